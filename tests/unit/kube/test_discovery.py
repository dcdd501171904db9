"""What a cluster serves, from each of the answers that servers of three ages give."""

from __future__ import annotations

from typing import Any

import pytest

from paas.errors import NotFound, Unavailable
from paas.kube.discovery import MAX_AGE, Discovery, Resource


class Server:
    """Answers by path and counts the requests."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, method: str, path: str, **_: object) -> Any:
        self.asked.append(path)
        answer = self.answers[path]
        if isinstance(answer, Exception):
            raise answer
        return answer


def described(plural: str, kind: str, **more: object) -> dict[str, Any]:
    return {"name": plural, "kind": kind, "namespaced": True, "verbs": ["get", "list", "watch"], **more}


def aggregated(plural: str, kind: str, *subresources: str) -> dict[str, Any]:
    return {
        "resource": plural,
        "responseKind": {"kind": kind},
        "scope": "Namespaced",
        "verbs": ["get", "list"],
        "subresources": [{"subresource": each} for each in subresources],
    }


def old_server(**groups: dict[str, Any]) -> Server:
    return Server(
        {
            "/api": {"versions": ["v1"]},
            "/api/v1": {"resources": [described("pods", "Pod"), described("pods/status", "Pod")]},
            "/apis": {
                "groups": [
                    {
                        "name": "apps",
                        "versions": [{"version": "v1beta1"}, {"version": "v1"}],
                        "preferredVersion": {"version": "v1"},
                    }
                ]
            },
            "/apis/apps/v1": {"resources": [described("deployments", "Deployment")]},
            "/apis/apps/v1beta1": {
                "resources": [described("deployments", "Deployment"), described("scales", "Scale", namespaced=False)]
            },
            **groups,
        }
    )


def new_server() -> Server:
    return Server(
        {
            "/api": {
                "kind": "APIGroupDiscoveryList",
                "items": [
                    {
                        "metadata": {},
                        "versions": [{"version": "v1", "resources": [aggregated("pods", "Pod", "status")]}],
                    }
                ],
            },
            "/apis": {
                "kind": "APIGroupDiscoveryList",
                "items": [
                    {
                        "metadata": {"name": "apps"},
                        "versions": [
                            {"version": "v1", "resources": [aggregated("deployments", "Deployment")]},
                            {"version": "v1beta1", "resources": [aggregated("deployments", "Deployment")]},
                        ],
                    }
                ],
            },
        }
    )


@pytest.mark.parametrize("server", [old_server, new_server])
def test_a_resource_is_found_by_kind_and_by_plural_at_the_preferred_version(server):
    discovery = Discovery("paasA", server())

    assert discovery.find("apps", "Deployment") == discovery.find("apps", "deployments")
    assert discovery.find("apps", "Deployment").api_version == "apps/v1"
    assert discovery.find("apps", "Deployment", version="v1beta1").version == "v1beta1"
    assert discovery.versions("apps", "deployments") == ("v1", "v1beta1")
    assert discovery.find("", "Pod").has_status
    assert not discovery.find("apps", "Deployment").has_status


def test_a_server_with_aggregated_discovery_is_asked_twice_in_all():
    server = new_server()
    discovery = Discovery("paasA", server)
    discovery.all()
    discovery.find("apps", "Deployment")

    assert server.asked == ["/api", "/apis"]


def test_a_resource_of_two_versions_is_listed_once():
    found = [(each.group, each.version, each.plural) for each in Discovery("paasA", old_server()).all()]

    assert found == [("", "v1", "pods"), ("apps", "v1", "deployments"), ("apps", "v1beta1", "scales")]


def test_a_resource_that_came_later_is_found_at_once():
    server = new_server()
    discovery = Discovery("paasA", server)
    discovery.all()
    server.answers["/apis"]["items"].append(
        {
            "metadata": {"name": "paas.internal"},
            "versions": [{"version": "v1", "resources": [aggregated("databases", "Database", "status")]}],
        }
    )

    assert discovery.find("paas.internal", "Database").has_status


def test_an_answer_is_believed_for_a_bounded_time():
    server, clock = new_server(), [0.0]
    discovery = Discovery("paasA", server, now=lambda: clock[0])
    discovery.all()
    clock[0] = MAX_AGE - 1
    discovery.all()
    assert len(server.asked) == 2
    clock[0] = MAX_AGE + 1
    discovery.all()
    assert len(server.asked) == 4


def test_what_is_not_served_is_said_with_what_is():
    with pytest.raises(NotFound, match=r"Database in API group apps.*Deployment"):
        Discovery("paasA", new_server()).find("apps", "Database")


def test_a_group_that_is_down_leaves_the_others_alone():
    down = Unavailable(system="Kubernetes paasA", operation="discover", target="x", words="no endpoints", status=503)
    discovery = Discovery("paasA", old_server(**{"/apis/apps/v1beta1": down}))

    assert discovery.find("", "Pod").kind == "Pod"
    assert discovery.find("apps", "Deployment").version == "v1"
    assert discovery.unreadable == {"apps": "no endpoints"}


def test_a_server_that_does_not_answer_is_an_error_and_not_an_empty_cluster():
    down = Unavailable(system="Kubernetes paasA", operation="discover", target="x", words="refused")
    with pytest.raises(Unavailable):
        Discovery("paasA", old_server(**{"/apis/apps/v1": down})).all()


def test_a_server_of_1_7_that_names_no_verbs_can_be_listed_and_watched():
    server = old_server()
    del server.answers["/apis/apps/v1"]["resources"][0]["verbs"]

    assert {"list", "watch"} <= Discovery("paasA", server).find("apps", "Deployment").verbs


@pytest.mark.parametrize(("minor", "number"), [("36", 36), ("7+", 7)])
def test_the_servers_version_is_read_without_its_suffix(minor, number):
    server = Server({"/version": {"major": "1", "minor": minor}})

    assert Discovery("paasA", server).server_version() == (1, number)


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ((), "/apis/paas.internal/v1/databases"),
        (("shop",), "/apis/paas.internal/v1/namespaces/shop/databases"),
        (("shop", "orders"), "/apis/paas.internal/v1/namespaces/shop/databases/orders"),
        (("shop", "orders", "status"), "/apis/paas.internal/v1/namespaces/shop/databases/orders/status"),
        (("a/b", "c?d"), "/apis/paas.internal/v1/namespaces/a%2Fb/databases/c%3Fd"),
    ],
)
def test_a_path_is_built_from_namespace_name_and_subresource(arguments, path):
    resource = Resource("paas.internal", "v1", "databases", "Database", True, frozenset())

    assert resource.path(*arguments) == path


def test_a_cluster_wide_resource_has_no_namespace_in_its_path():
    assert Resource("", "v1", "nodes", "Node", False, frozenset()).path("shop", "n1") == "/api/v1/nodes/n1"
