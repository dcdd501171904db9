import pytest

from paas import nodes
from paas.errors import NotFound, Refused

ALL = {
    "topology.kubernetes.io/region": "eu-west-1",
    "failure-domain.beta.kubernetes.io/region": "eu-west-1",
    "topology.kubernetes.io/zone": "eu-west-1a",
    "failure-domain.beta.kubernetes.io/zone": "eu-west-1a",
}


class Cluster:
    def __init__(self):
        self.nodes = {}
        self.patches = []
        self.gone = set()

    def add(self, name, *, provider_id=None, labels=None):
        spec = {"providerID": provider_id} if provider_id else {}
        self.nodes[name] = {"metadata": {"name": name, "labels": labels or {}}, "spec": spec}

    def get(self, path):
        name = path.rpartition("/")[2]
        if name not in self.nodes:
            raise NotFound(system="Kubernetes paasA", operation="read", target=name, words="not found", status=404)
        return self.nodes[name]

    def list(self, path):
        assert path == "/api/v1/nodes"
        yield from self.nodes.values()

    def patch(self, path, body):
        name = path.rpartition("/")[2]
        if name in self.gone:
            raise NotFound(system="Kubernetes paasA", operation="patch", target=name, words="not found", status=404)
        self.patches.append((name, body["metadata"]["labels"]))
        self.nodes[name]["metadata"]["labels"] |= body["metadata"]["labels"]


class Ec2:
    def __init__(self):
        self.instances = []
        self.calls = []

    def add(self, instance, zone="eu-west-1a", name=""):
        self.instances.append({"InstanceId": instance, "PrivateDnsName": name, "Placement": {"AvailabilityZone": zone}})

    def each(self, service, operation, items, *, target, **request):
        (wanted,) = request["Filters"]
        self.calls.append(wanted)
        field = {"instance-id": "InstanceId", "private-dns-name": "PrivateDnsName"}[wanted["Name"]]
        for each in self.instances:
            if each[field] in wanted["Values"]:
                yield {"Instances": [each]}


@pytest.fixture
def cluster():
    return Cluster()


@pytest.fixture
def ec2():
    return Ec2()


def label(cluster, ec2, **how):
    return nodes.label_zones(cluster, ec2, region="eu-west-1", **how)


def test_a_node_gets_region_and_zone_under_the_new_names_and_the_old(cluster, ec2):
    cluster.add("ip-10-0-0-1", provider_id="aws:///eu-west-1a/i-0abc")
    ec2.add("i-0abc")
    result = label(cluster, ec2)
    assert cluster.patches == [("ip-10-0-0-1", ALL)]
    assert result["labelled"] == [{"node": "ip-10-0-0-1", "zone": "eu-west-1a", "labels": ALL, "before": {}}]
    assert result["message"] == "nodes: 1 labelled, 0 had their labels"


def test_a_node_that_has_them_is_not_written(cluster, ec2):
    cluster.add("one", provider_id="aws:///eu-west-1a/i-0abc", labels={"app": "x", **ALL})
    ec2.add("i-0abc")
    assert label(cluster, ec2)["unchanged"] == 1
    assert cluster.patches == []


def test_only_what_differs_is_written(cluster, ec2):
    old = {**ALL, "topology.kubernetes.io/zone": "eu-west-1b"}
    del old["failure-domain.beta.kubernetes.io/region"]
    cluster.add("one", provider_id="aws:///eu-west-1a/i-0abc", labels=old)
    ec2.add("i-0abc")
    (labelled,) = label(cluster, ec2)["labelled"]
    wanted = {"topology.kubernetes.io/zone": "eu-west-1a", "failure-domain.beta.kubernetes.io/region": "eu-west-1"}
    assert cluster.patches == [("one", wanted)]
    assert labelled["before"] == {"topology.kubernetes.io/zone": "eu-west-1b"}


def test_ec2_is_believed_not_the_provider_id(cluster, ec2):
    cluster.add("one", provider_id="aws:///eu-west-1c/i-0abc")
    ec2.add("i-0abc", zone="eu-west-1b")
    assert label(cluster, ec2)["labelled"][0]["zone"] == "eu-west-1b"


def test_a_node_without_a_provider_id_is_found_by_its_private_name(cluster, ec2):
    cluster.add("ip-10-0-0-1.eu-west-1.compute.internal")
    ec2.add("i-0abc", name="ip-10-0-0-1.eu-west-1.compute.internal")
    assert label(cluster, ec2)["labelled"][0]["zone"] == "eu-west-1a"


def test_a_node_that_ec2_does_not_know_is_named_and_the_others_are_done(cluster, ec2):
    cluster.add("elsewhere", provider_id="kwok://elsewhere")
    cluster.add("one", provider_id="aws:///eu-west-1a/i-0abc")
    ec2.add("i-0abc")
    result = label(cluster, ec2)
    assert (result["unknown"], [each["node"] for each in result["labelled"]]) == (["elsewhere"], ["one"])


def test_a_node_that_goes_meanwhile_is_no_failure(cluster, ec2):
    cluster.add("one", provider_id="aws:///eu-west-1a/i-0abc")
    cluster.gone.add("one")
    ec2.add("i-0abc")
    assert label(cluster, ec2)["gone"] == ["one"]


def test_one_node_alone(cluster, ec2):
    for number in (1, 2):
        cluster.add(f"n{number}", provider_id=f"aws:///eu-west-1a/i-0{number}")
        ec2.add(f"i-0{number}")
    label(cluster, ec2, node="n2")
    assert [name for name, _ in cluster.patches] == ["n2"]


def test_one_node_that_ec2_does_not_know_yet_is_a_failure_that_a_policy_retries(cluster, ec2):
    cluster.add("new", provider_id="aws:///eu-west-1a/i-0abc")
    with pytest.raises(Refused, match=r"EC2 in eu-west-1 knows no instance of node new \(i-0abc\).*run it again"):
        label(cluster, ec2, node="new")
    assert cluster.patches == []


def test_a_node_that_is_not_there_is_not_found(cluster, ec2):
    with pytest.raises(NotFound):
        label(cluster, ec2, node="typo")


def test_a_dry_run_says_and_does_not(cluster, ec2):
    cluster.add("one", provider_id="aws:///eu-west-1a/i-0abc")
    ec2.add("i-0abc")
    result = label(cluster, ec2, dry_run=True)
    assert result["labelled"]
    assert cluster.patches == []


def test_a_thousand_nodes_are_five_questions(cluster, ec2):
    for number in range(1000):
        cluster.add(f"n{number}", provider_id=f"aws:///eu-west-1a/i-{number:04x}")
        ec2.add(f"i-{number:04x}")
    label(cluster, ec2)
    assert [len(call["Values"]) for call in ec2.calls] == [200] * 5
    assert len(cluster.patches) == 1000
