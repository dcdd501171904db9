"""What may be done is found out before anything is written: with the roles that `deploy/` has, and with less."""

from __future__ import annotations

import itertools

import pytest
import yaml

from paas import migration
from paas.errors import PaasError, Refused
from tests.integration.migration.world import Cluster, client_of, config_map, meta
from tests.unit.migration.places import DEPLOY

RBAC = "rbac.authorization.k8s.io/v1"
_NUMBERS = itertools.count(1)


def user_of(cluster: Cluster, file: str, *, without: tuple[str, ...] = ()):
    """A client that may do what a file of `deploy/` grants, and no more; some verbs may be left out."""
    name = f"migrator-{next(_NUMBERS)}"
    role = next(each for each in yaml.safe_load_all((DEPLOY / file).read_text()) if each["kind"] == "ClusterRole")
    role["metadata"]["name"] = name
    for rule in role["rules"]:
        rule["verbs"] = [verb for verb in rule["verbs"] if verb not in without] or ["get"]
    cluster.create(role)
    subject = {"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    binding = {"apiVersion": RBAC, "kind": "ClusterRoleBinding", "metadata": meta(name)}
    cluster.create({**binding, "roleRef": reference, "subjects": [subject]})
    cluster.lab("tokens", {"token": name, "user": name})
    return client_of(cluster.endpoint, name=cluster.client.cluster, token=name)


@pytest.fixture
def room(faulty):
    name = faulty.namespace()
    faulty.source.create(config_map("c", name))
    rules = [{"apiGroups": ["apps"], "resources": ["*"], "verbs": ["*"]}]
    faulty.source.create({"apiVersion": RBAC, "kind": "Role", "metadata": meta("admin", name), "rules": rules})
    return name


def migrate(faulty, source, destination, room, **options):
    return migration.migrate(
        source, destination, namespaces=[room], report_folder=str(faulty.folder), say=faulty.lines.append, **options
    )


def test_the_roles_of_deploy_are_enough_for_a_run_and_its_undo(faulty, room):
    source = user_of(faulty.source, "rbac-migration-source.yaml")
    destination = user_of(faulty.destination, "rbac-migration-destination.yaml")
    result = migrate(faulty, source, destination, room)
    assert result["complete"], result
    undone = migration.undo(destination, run=result["run"], report_folder=str(faulty.folder), say=faulty.lines.append)
    assert undone["complete"], undone


@pytest.mark.parametrize("verb", ["create", "escalate", "bind"])
def test_a_permission_that_is_missing_is_named_before_anything_is_written(faulty, room, verb):
    destination = user_of(faulty.destination, "rbac-migration-destination.yaml", without=(verb,))
    with pytest.raises(Refused, match=rf"may not .*{verb} .*nothing was written.*rbac-migration-destination"):
        migrate(faulty, faulty.source.client, destination, room)
    assert not faulty.destination.has("Namespace", room)


def test_a_source_that_may_not_be_read_is_told_before_anything_is_written(faulty, room):
    source = user_of(faulty.source, "rbac-migration-source.yaml", without=("list",))
    with pytest.raises(PaasError, match=r"may not list|answered 403"):
        migrate(faulty, source, faulty.destination.client, room)
    assert not faulty.destination.has("Namespace", room)


def test_one_cluster_under_two_names_is_refused(faulty):
    from paas.errors import InvalidInput

    same = client_of(faulty.source.endpoint, name="other")
    with pytest.raises(InvalidInput, match="both names lead to the same one"):
        migration.plan(faulty.source.client, same, report_folder=str(faulty.folder), say=faulty.lines.append)


def test_a_namespace_that_the_source_lacks_is_told_at_once(faulty):
    from paas.errors import InvalidInput

    with pytest.raises(InvalidInput, match="`namespaces` is 'nowhere'; expected namespaces that paasA has"):
        migrate(faulty, faulty.source.client, faulty.destination.client, "nowhere")
