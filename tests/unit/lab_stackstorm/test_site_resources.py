"""`lab get databases`: a resource is named as for kubectl."""

from types import SimpleNamespace

import pytest

from lab.cli.site import _resource
from paas.errors import NotFound

SERVED = [
    ("events.k8s.io", "v1", "events", "Event", ["ev"]),
    ("", "v1", "events", "Event", ["ev"]),
    ("", "v1", "nodes", "Node", ["no"]),
    ("paas.internal", "v1", "databases", "Database", ["db"]),
]


class Resources:
    served = [SimpleNamespace(group=g, version=v, plural=p, kind=k, short=s) for g, v, p, k, s in SERVED]

    def all(self):
        return self.served

    def find(self, group, name):
        for each in self.served:
            if each.group == group and name in (each.kind, each.plural):
                return each
        raise NotFound(system="Kubernetes paasA", operation="find", target=name, words="not served", status=404)


class Client:
    resources = Resources()

    def get(self, path):
        group, _, version = path.removeprefix("/apis/").removeprefix("/api/").rpartition("/")
        of_group = [each for each in self.resources.served if (each.group, each.version) == (group, version)]
        return {"resources": [{"name": each.plural, "shortNames": each.short} for each in of_group]}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("databases", ("paas.internal", "databases")),
        ("Database", ("paas.internal", "databases")),
        ("database", ("paas.internal", "databases")),
        ("db", ("paas.internal", "databases")),
        ("databases.paas.internal", ("paas.internal", "databases")),
        ("no", ("", "nodes")),
        ("events", ("", "events")),
        ("ev", ("", "events")),
        ("events.events.k8s.io", ("events.k8s.io", "events")),
    ],
)
def test_a_plural_a_kind_or_a_short_name_will_do_and_the_core_comes_first(said, meant):
    found = _resource(Client(), said)
    assert (found.group, found.plural) == meant


@pytest.mark.parametrize("said", ["nothing", "nodes.paas.internal"])
def test_what_is_not_served_is_not_found(said):
    with pytest.raises(NotFound):
        _resource(Client(), said)
