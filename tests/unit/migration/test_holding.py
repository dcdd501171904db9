import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.migration.hold import as_patch, hold, own_values, release
from paas.migration.kinds import rules_of
from paas.migration.marks import HELD
from paas.migration.transforms import merged
from tests.unit.migration.objects import live

ports = st.lists(
    st.fixed_dictionaries({"port": st.integers(1, 9)}, optional={"nodePort": st.integers(30000, 32767)}), max_size=3
)
services = st.builds(
    lambda kind, ports, more: live("v1", "Service", spec={"type": kind, "ports": ports, **more}),
    st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer"]),
    ports,
    st.fixed_dictionaries(
        {},
        optional={
            "externalTrafficPolicy": st.sampled_from(["Local", "Cluster"]),
            "loadBalancerIP": st.just("192.0.2.1"),
            "loadBalancerClass": st.just("a/b"),
            "healthCheckNodePort": st.integers(30000, 32767),
            "sessionAffinity": st.just("None"),
        },
    ),
)
deployments = st.builds(
    lambda spec: live("apps/v1", "Deployment", spec=spec),
    st.fixed_dictionaries({"selector": st.just({})}, optional={"replicas": st.integers(0, 5)}),
)
cron_jobs = st.builds(
    lambda spec: live("batch/v1", "CronJob", spec=spec),
    st.fixed_dictionaries({"schedule": st.just("* * * * *")}, optional={"suspend": st.booleans()}),
)
holdable = services | deployments | cron_jobs


def rules(obj):
    return rules_of(obj["apiVersion"].rpartition("/")[0], obj["kind"])


@given(holdable)
def test_release_gives_back_exactly_what_hold_took(obj):
    before = copy.deepcopy(obj)
    release_needed = hold(obj, rules(obj))
    assert release(obj) == release_needed
    assert obj == before


@given(holdable)
def test_holding_twice_is_holding_once(obj):
    hold(obj, rules(obj))
    once = copy.deepcopy(obj)
    assert not hold(obj, rules(obj))
    assert obj == once


@given(holdable)
def test_the_patch_of_own_values_does_what_release_does(obj):
    if not hold(obj, rules(obj)):
        return
    patch = as_patch(own_values(obj))
    patch["metadata"] = {"annotations": {HELD: None}}
    patched = merged(obj, patch)
    release(obj)
    if not patched["metadata"].get("annotations"):
        patched["metadata"].pop("annotations", None)
    assert patched == obj


def test_a_cron_job_waits_suspended():
    obj = live("batch/v1", "CronJob", spec={"schedule": "0 3 * * *", "suspend": False})
    assert hold(obj, rules(obj))
    assert obj["spec"]["suspend"] is True
    assert own_values(obj) == {"spec.suspend": False}


def test_one_that_its_owner_suspended_needs_no_note():
    obj = live("batch/v1", "CronJob", spec={"schedule": "0 3 * * *", "suspend": True})
    assert not hold(obj, rules(obj))
    assert "annotations" not in obj["metadata"]


def test_a_load_balancer_waits_as_a_cluster_ip_without_what_only_a_balancer_may_have():
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [{"port": 80, "nodePort": 30080}]}
    obj = live("v1", "Service", spec=spec)
    assert hold(obj, rules(obj))
    assert obj["spec"] == {"type": "ClusterIP", "ports": [{"port": 80}]}


@pytest.mark.parametrize("text", ["", "no json", "[1]"])
def test_a_note_that_nobody_can_read_is_left_alone(text):
    obj = live("batch/v1", "CronJob", spec={"suspend": True}, metadata={"annotations": {HELD: text}})
    assert not release(obj)
    assert obj["spec"]["suspend"] is True
