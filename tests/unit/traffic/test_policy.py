"""deploy/aws-policy.json allows the calls that traffic, nodes and buckets make: all of them, and no other."""

import json
from pathlib import Path

import pytest

from paas import nodes
from tests.unit.buckets.test_syncing import account, sync
from tests.unit.nodes.test_zones import Cluster, Ec2
from tests.unit.traffic.scenes import LISTENERS, Scene

__all__ = ["account"]  # pytest finds a fixture by its name

POLICY = json.loads((Path(__file__).resolve().parents[3] / "deploy/aws-policy.json").read_text())
SERVICES = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}
# Where IAM has another word than the API; a head is a get, https://docs.aws.amazon.com/service-authorization.
PERMISSIONS = {"s3:HeadObject": "s3:GetObject", "s3:ListObjectsV2": "s3:ListBucket"}
# GetObject says "not found" rather than "forbidden" only to those who may list.
NO_CALL = {"s3:ListBucket"}


def statements():
    """The statements that are not the databases', with their actions as a list."""
    for each in POLICY["Statement"]:
        actions = [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
        if not actions[0].startswith("rds:"):
            yield each, actions


def permission(service, operation):
    name = "".join(word[0].upper() + word[1:] for word in operation.split("_"))
    asked = f"{SERVICES.get(service, service)}:{name}"
    return PERMISSIONS.get(asked, asked)


def traffic_makes():
    for kind in ("classic", "target_group", "weighted", "rules"):
        for groups in (False, True):
            scene = Scene("weighted" if kind == "rules" else kind, groups=groups, staged=False)
            if kind == "rules":
                roles = scene._config()["roles"]
                roles["ingress"] |= {side: {"rule": arn} for side, arn in LISTENERS.items()}
                scene.settings = Scene("weighted", roles=roles).settings
            scene.stage("paasB")
            scene.cutover("paasB")
            scene.switch_back()
            scene.status()
            yield from ((service, operation) for service, operation, _ in scene.aws.calls)


def nodes_make():
    cluster, ec2 = Cluster(), Ec2()
    cluster.add("one", provider_id="aws:///eu-west-1a/i-0abc")
    ec2.add("i-0abc")
    ec2.each = lambda service, operation, items, *, target, **request: made.append((service, operation)) or []
    made = []
    nodes.label_zones(cluster, ec2, region="eu-west-1")
    return made


def buckets_make(account):
    for key in ("one", "two", "three"):
        account.put("paas-a", key, b"old")
    sync(account)
    account.put("paas-a", "one", b"new")
    account.call("s3", "delete_object", target="two", Bucket="paas-a", Key="two")
    account.calls.clear()
    sync(account, delete=True)
    return [("s3", operation) for operation in account.calls]


def test_it_allows_exactly_the_calls_that_are_made(account):
    made = {permission(*call) for call in [*traffic_makes(), *nodes_make(), *buckets_make(account)]}
    allowed = {action for _, actions in statements() for action in actions}
    assert made | NO_CALL == allowed


@pytest.mark.parametrize("statement", list(statements()), ids=lambda each: each[0]["Sid"])
def test_what_changes_something_is_allowed_on_its_kind_of_object_alone(statement):
    each, actions = statement
    resources = [each["Resource"]] if isinstance(each["Resource"], str) else each["Resource"]
    reads = all(":Describe" in action for action in actions)
    assert reads or all(resource.startswith("arn:aws:") for resource in resources)
    assert not any("*" in action for action in actions)
