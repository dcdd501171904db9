"""From a node that joins a cluster to its zone: the example rule, as an operator would put it to work."""

import time

import pytest
import yaml

from lab.demo.stage import ROOT, raised

RULE = ROOT / "rules/examples/nodes_label_zones.yaml"
WITHIN = 90


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with raised(tmp_path_factory.mktemp("lab"), real=False, rds_delay=0.0) as stage:
        yield stage


def labels_of(stage, name):
    return stage.clusters["paasA"].get(f"/api/v1/nodes/{name}")["metadata"].get("labels") or {}


def test_a_new_node_gets_its_region_and_zone_from_ec2(stage):
    ec2 = stage.aws("ec2")
    (started,) = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"]
    zone = started["Placement"]["AvailabilityZone"]
    stage.lab.call("POST", "/rules", {**yaml.safe_load(RULE.read_text(encoding="utf-8")), "enabled": True})
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}}
    stage.apply("paasA", {**node, "spec": {"providerID": f"aws:///{zone}/{started['InstanceId']}"}})

    deadline = time.monotonic() + WITHIN
    while "topology.kubernetes.io/zone" not in labels_of(stage, "node-1") and time.monotonic() < deadline:
        time.sleep(0.2)
    found = labels_of(stage, "node-1")
    assert found.get("topology.kubernetes.io/zone") == zone
    assert found.get("topology.kubernetes.io/region") == zone[:-1]
    assert found.get("failure-domain.beta.kubernetes.io/zone") == zone
