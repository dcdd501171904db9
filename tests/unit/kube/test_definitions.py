"""What CRDs and ThirdPartyResources define."""

from __future__ import annotations

import pytest

from paas.kube.definitions import Definition, definition_of, group_of

ESTABLISHED = {"conditions": [{"type": "Established", "status": "True"}]}


def crd(*versions, status=ESTABLISHED, **spec):
    return {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "databases.paas.internal"},
        "spec": {
            "group": "paas.internal",
            "names": {"plural": "databases", "kind": "Database"},
            "versions": [{"name": name, "served": served, "storage": storage} for name, served, storage in versions],
            **spec,
        },
        "status": status,
    }


def third_party(name, *versions):
    return {
        "kind": "ThirdPartyResource",
        "metadata": {"name": name},
        "versions": [{"name": version} for version in versions],
    }


@pytest.mark.parametrize(
    ("versions", "chosen"),
    [
        ([("v1", True, True)], "v1"),
        ([("v1", True, False), ("v2", True, True)], "v2"),
        ([("v1", True, False), ("v2", False, True)], "v1"),
    ],
)
def test_a_crds_objects_are_watched_in_the_stored_version_if_it_is_served(versions, chosen):
    assert definition_of(crd(*versions)) == Definition("paas.internal", "databases", "Database", chosen)


@pytest.mark.parametrize(
    "item",
    [
        crd(("v1", False, True)),
        crd(("v1", True, True), status={}),
        crd(("v1", True, True), status={"conditions": [{"type": "Established", "status": "False"}]}),
        {"kind": "CustomResourceDefinition", "metadata": {}},
    ],
)
def test_a_crd_that_serves_nothing_yet_defines_nothing(item):
    assert definition_of(item) is None


def test_a_crd_of_1_7_has_one_version():
    old = crd(version="v1alpha1")
    del old["spec"]["versions"]

    assert definition_of(old).version == "v1alpha1"


@pytest.mark.parametrize(
    ("name", "kind", "path"),
    [
        ("cron-tab.stable.example.com", "CronTab", "/apis/stable.example.com/v1/crontabs"),
        ("database.paas.internal", "Database", "/apis/paas.internal/v1/databases"),
        ("my-policy.paas.internal", "MyPolicy", "/apis/paas.internal/v1/mypolicies"),
        ("dns.paas.internal", "Dns", "/apis/paas.internal/v1/dnses"),
    ],
)
def test_a_third_party_resource_is_spelled_as_the_old_servers_did(name, kind, path):
    definition = definition_of(third_party(name, "v1", "v2"))

    assert (definition.kind, definition.path) == (kind, path)
    assert definition.third_party


@pytest.mark.parametrize("item", [third_party("crontab", "v1"), third_party("cron-tab.example.com")])
def test_a_third_party_resource_without_group_or_version_defines_nothing(item):
    assert definition_of(item) is None


def test_the_group_is_in_the_definitions_name():
    assert group_of("databases.paas.internal") == "paas.internal"
    assert group_of("cron-tab.stable.example.com") == "stable.example.com"
