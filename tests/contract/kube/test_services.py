"""Services: addresses and ports, given, kept, refused."""

import itertools

import pytest

PORTS = itertools.count(30100)
HTTP = [{"port": 80}]


@pytest.fixture
def make(kube, namespace):
    def call(name, **spec):
        return kube.post(f"{namespace}/services", {"metadata": {"name": name}, "spec": spec})

    return call


def test_a_service_gets_an_address_and_its_defaults(make):
    spec = make("a", ports=HTTP).body["spec"]
    address = spec.pop("clusterIP")
    assert address.startswith("10.96.")
    assert spec == {
        "clusterIPs": [address],
        "internalTrafficPolicy": "Cluster",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "sessionAffinity": "None",
        "type": "ClusterIP",
    }


def test_no_two_have_one_address(make):
    assert len({make(f"s{number}", ports=HTTP).body["spec"]["clusterIP"] for number in range(10)}) == 10


def test_a_headless_one_has_none(make):
    spec = make("a", clusterIP="None", ports=HTTP).body["spec"]
    assert (spec["clusterIP"], spec["clusterIPs"]) == ("None", ["None"])


def test_an_external_name_has_none(make):
    spec = make("a", type="ExternalName", externalName="db.example.com").body["spec"]
    assert spec == {"externalName": "db.example.com", "sessionAffinity": "None", "type": "ExternalName"}


def test_a_node_port_is_chosen(make):
    spec = make("a", type="NodePort", ports=HTTP).body["spec"]
    assert 30000 <= spec["ports"][0]["nodePort"] <= 32767
    assert spec["externalTrafficPolicy"] == "Cluster"


def test_a_node_port_that_is_taken_is_refused(make):
    port = next(PORTS)
    assert make("a", type="NodePort", ports=[{"port": 80, "nodePort": port}]).status == 201
    found = make("b", type="NodePort", ports=[{"port": 80, "nodePort": port}])
    words = f"Invalid value: {port}: provided port is already allocated"
    assert (found.status, found.causes) == (422, {("spec.ports[0].nodePort", "FieldValueInvalid", words)})


def test_a_node_port_out_of_range_is_refused(make):
    found = make("a", type="NodePort", ports=[{"port": 80, "nodePort": 80}])
    words = "Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767"
    assert found.causes == {("spec.ports[0].nodePort", "FieldValueInvalid", words)}


def test_a_deleted_services_port_is_free_again(kube, namespace, make):
    port = next(PORTS)
    make("a", type="NodePort", ports=[{"port": 80, "nodePort": port}])
    kube.delete(f"{namespace}/services/a")
    assert make("b", type="NodePort", ports=[{"port": 80, "nodePort": port}]).status == 201


def test_a_replacement_that_says_nothing_keeps_address_and_port(kube, namespace, make):
    before = make("a", type="NodePort", ports=HTTP).body["spec"]
    body = {"metadata": {"name": "a"}, "spec": {"type": "NodePort", "ports": HTTP}}
    assert kube.put(f"{namespace}/services/a", body).body["spec"] == before


def test_an_address_cannot_change(kube, namespace, make):
    make("a", ports=HTTP)
    found = kube.patch(f"{namespace}/services/a", {"spec": {"clusterIP": "10.96.255.254"}})
    assert found.status == 422
    assert ("spec.clusterIPs[0]", "FieldValueInvalid") in {cause[:2] for cause in found.causes}


def test_an_address_that_is_taken_or_foreign_is_refused(make):
    taken = make("a", ports=HTTP).body["spec"]["clusterIP"]
    found = make("b", ports=HTTP, clusterIP=taken)
    words = f'Invalid value: ["{taken}"]: failed to allocate IP {taken}: provided IP is already allocated'
    assert found.causes == {("spec.clusterIPs", "FieldValueInvalid", words)}
    found = make("c", ports=HTTP, clusterIP="1.2.3.4")
    words = (
        'Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: '
        "the provided network does not match the current range"
    )
    assert found.causes == {("spec.clusterIPs", "FieldValueInvalid", words)}


def test_a_node_port_goes_when_the_type_does(kube, namespace, make):
    make("a", type="NodePort", ports=HTTP)
    spec = kube.patch(f"{namespace}/services/a", {"spec": {"type": "ClusterIP"}}).body["spec"]
    assert "nodePort" not in spec["ports"][0]
    assert "externalTrafficPolicy" not in spec


def test_a_local_load_balancer_has_a_health_check_port(make):
    spec = make("a", type="LoadBalancer", ports=HTTP, externalTrafficPolicy="Local").body["spec"]
    assert 30000 <= spec["healthCheckNodePort"] <= 32767
    assert spec["allocateLoadBalancerNodePorts"] is True


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ({}, ("spec.ports", "FieldValueRequired", "Required value")),
        ({"ports": [{"port": 80}, {"port": 81}]}, ("spec.ports[0].name", "FieldValueRequired", "Required value")),
        (
            {"ports": HTTP, "type": "Odd"},
            (
                "spec.type",
                "FieldValueNotSupported",
                'Unsupported value: "Odd": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
            ),
        ),
        (
            {"ports": [{"port": 80, "nodePort": 30001}]},
            (
                "spec.ports[0].nodePort",
                "FieldValueForbidden",
                "Forbidden: may not be used when `type` is 'ClusterIP'",
            ),
        ),
        ({"type": "ExternalName"}, ("spec.externalName", "FieldValueInvalid", None)),
    ],
    ids=["no-ports", "nameless-ports", "odd-type", "node-port-of-a-cluster-ip", "no-external-name"],
)
def test_what_makes_no_sense_is_refused(make, spec, cause):
    found = make("a", **spec)
    assert found.status == 422
    assert any(one[0] == cause[0] and cause[2] in (None, one[2]) for one in found.causes), found.causes


def test_endpoints_of_a_service_without_selector_are_the_users(kube, namespace, make):
    make("a", ports=HTTP)
    subsets = [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]
    created = kube.post(f"{namespace}/endpoints", {"metadata": {"name": "a"}, "subsets": subsets})
    assert (created.status, created.body["subsets"][0]["addresses"]) == (201, [{"ip": "192.0.2.1"}])
