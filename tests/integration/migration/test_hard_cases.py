"""The hard cases of a migration, each by its expected result."""

from __future__ import annotations

import pytest

from paas.migration.marks import HELD, Mark
from tests.integration.migration.world import (
    config_map,
    created,
    cron_job,
    definition,
    deployment,
    eventually,
    meta,
    service,
    template,
    writes,
)

RBAC = "rbac.authorization.k8s.io"


def outcomes(result, kind):
    return result["counts"].get(kind, {})


def test_run_twice_the_second_run_writes_nothing(world):
    room = world.namespace()
    for index in range(5):
        world.source.create(config_map(f"c{index}", room))
    world.source.create(deployment("web", room))
    world.source.create(cron_job("nightly", room))
    world.source.create(service("web", room, type="LoadBalancer"))
    first = world.migrate(namespaces=[room])
    assert first["complete"], first
    assert first["comparison"]["complete"]
    world.destination.calls()
    second = world.migrate(namespaces=[room], compare=False)
    assert second["written"] == 0
    assert writes(world.destination.calls()) == 0


def test_the_source_is_only_ever_read(world):
    room = world.namespace()
    world.source.create(config_map("c", room))
    world.source.create(cron_job("nightly", room))
    world.source.calls()
    world.plan(namespaces=[room])
    result = world.migrate(namespaces=[room])
    world.verify(namespaces=[room])
    world.undo(run=result["run"])
    assert set(world.source.calls()) <= {"get", "list"}


def test_a_node_port_that_is_taken_is_reported(world):
    room, other = world.namespace(), world.namespace()
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30011}]
    world.source.create(service("web", room, type="NodePort", ports=ports))
    world.destination.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(other)})
    world.destination.create(service("other", other, type="NodePort", ports=ports))
    result = world.migrate(namespaces=[room], compare=False)
    assert not result["complete"]
    (failure,) = result["failures"]
    assert "30011" in failure["words"]
    assert not world.destination.has("Service", "web", room)
    world.destination.delete("Service", "other", other)


def test_a_node_port_that_is_taken_is_reassigned_where_that_is_asked_for(world):
    room, other = world.namespace(), world.namespace()
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30012}]
    world.source.create(service("web", room, type="NodePort", ports=ports))
    world.destination.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(other)})
    world.destination.create(service("other", other, type="NodePort", ports=ports))
    result = world.migrate(namespaces=[room], node_ports="reassign")
    assert result["complete"], result
    assert result["comparison"]["complete"], result["comparison"]
    assert any("30012" in warning for warning in result["warnings"])
    assert world.destination.get("Service", "web", room)["spec"]["ports"][0]["nodePort"] != 30012
    world.destination.delete("Service", "other", other)


def test_services_of_every_sort_arrive_as_what_they_are(world):
    room = world.namespace()
    world.source.create(service("headless", room, clusterIP="None", selector={"app": "web"}))
    world.source.create(service("outside", room, type="ExternalName", externalName="db.example.com", ports=None))
    world.source.create(service("manual", room))
    subsets = [{"addresses": [{"ip": "192.0.2.7"}], "ports": [{"port": 8080}]}]
    endpoints = {"apiVersion": "v1", "kind": "Endpoints", "metadata": meta("manual", room), "subsets": subsets}
    world.source.create(endpoints)
    local = service("local", room, type="NodePort", externalTrafficPolicy="Local", selector={"app": "web"})
    world.source.create(local)
    result = world.migrate(namespaces=[room])
    assert result["complete"], result
    assert result["comparison"]["complete"], result["comparison"]
    there = {name: world.destination.get("Service", name, room)["spec"] for name in ("headless", "outside", "local")}
    assert there["headless"]["clusterIP"] == "None"
    assert there["outside"]["externalName"] == "db.example.com"
    assert there["local"]["externalTrafficPolicy"] == "Local"
    arrived = world.destination.get("Endpoints", "manual", room)["subsets"][0]["addresses"]
    assert [each["ip"] for each in arrived] == ["192.0.2.7"]


def test_a_load_balancer_waits_as_a_cluster_ip_until_it_is_released(world):
    room = world.namespace()
    world.source.create(service("public", room, type="LoadBalancer", externalTrafficPolicy="Local"))
    world.migrate(namespaces=[room])
    assert world.destination.get("Service", "public", room)["spec"]["type"] == "ClusterIP"
    assert world.release(namespaces=[room])["complete"]
    spec = world.destination.get("Service", "public", room)["spec"]
    assert (spec["type"], spec["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert world.verify(namespaces=[room])["complete"]


def test_a_users_secret_beside_a_service_account_goes_and_the_real_token_does_not(world):
    room = world.namespace()
    token = "kubernetes.io/service-account-token"
    secret = {"apiVersion": "v1", "kind": "Secret"}
    of_app = {"kubernetes.io/service-account.name": "app"}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta("app", room)}
    world.source.create({**account, "secrets": [{"name": "app-token-abcde"}, {"name": "app-token-x"}]})
    world.source.create({**secret, "metadata": meta("app-token-x", room), "type": "Opaque", "data": {"k": "eA=="}})
    world.source.create({**secret, "metadata": meta("app-token-abcde", room, annotations=of_app), "type": token})
    world.source.create({**secret, "metadata": meta("made-by-a-person", room, annotations=of_app), "type": token})
    result = world.migrate(namespaces=[room])
    assert result["complete"], result
    assert world.destination.has("Secret", "app-token-x", room)
    assert world.destination.has("Secret", "made-by-a-person", room)
    assert not world.destination.has("Secret", "app-token-abcde", room)
    references = world.destination.get("ServiceAccount", "app", room).get("secrets") or []
    assert [each["name"] for each in references] == ["app-token-x"]


def test_a_definition_that_takes_its_time_is_awaited_and_one_that_fails_is_named(world):
    room = world.namespace()
    group, broken = f"{room}.example.com", f"broken.{room}.example.com"
    for kind, where in (("Good", group), ("Bad", broken)):
        world.source.create(definition(kind, where))
    for kind, where in (("Good", group), ("Bad", broken)):
        thing = {"apiVersion": f"{where}/v1", "kind": kind, "metadata": meta("one", room), "spec": {"a": 1}}
        eventually(lambda thing=thing: created(world.source, thing))
    # The names of the second are taken on the destination, so it is never accepted there.
    rival = definition("Rival", broken, plural="rivals")
    rival["spec"]["names"]["shortNames"] = ["bads"]
    world.destination.create(rival)
    if not world.real:
        world.destination.lab("settings", {"establish_delay": 0.8})
    result = world.migrate(namespaces=[room], kinds=["CustomResourceDefinition", "Good", "Bad"], wait_seconds=3)
    if not world.real:
        world.destination.lab("settings", {"establish_delay": 0.02})
    assert world.destination.has("Good", "one", room, group=group)
    assert outcomes(result, f"bads.{broken}") == {"blocked": 1}
    assert any(f"bads.{broken}" in failure["object"] for failure in result["failures"])
    for name in (f"goods.{group}", f"bads.{broken}"):
        world.source.delete("CustomResourceDefinition", name)
    for name in (f"goods.{group}", f"bads.{broken}", f"rivals.{broken}"):
        world.destination.delete("CustomResourceDefinition", name)


def test_a_webhook_whose_backend_is_not_ready_is_not_created_and_stops_nothing(world):
    room = world.namespace()
    world.source.create(service("guard", room, selector={"app": "nobody"}))
    world.source.create(config_map("c", room))
    hook = {
        "name": "guard.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "clientConfig": {"service": {"namespace": room, "name": "guard"}},
        "rules": [
            {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["nonesuch"]},
        ],
    }
    kind = "ValidatingWebhookConfiguration"
    world.source.create(
        {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": meta(room), "webhooks": [hook]}
    )
    chosen = {
        "namespaces": [room],
        "include_cluster_scoped": True,
        "kinds": ["Service", "ConfigMap", "Endpoints", kind],
    }
    result = world.migrate(**chosen, wait_seconds=2, compare=False)
    assert world.destination.has("ConfigMap", "c", room)
    assert not world.destination.has(kind, room)
    assert any("no ready endpoint" in failure["words"] for failure in result["failures"]), result["failures"]
    # Once the backend is up the same command completes.
    subsets = [{"addresses": [{"ip": "192.0.2.9"}], "ports": [{"port": 8080}]}]
    world.source.patch("Service", "guard", room, {"spec": {"selector": None}})
    world.destination.patch("Service", "guard", room, {"spec": {"selector": None}}, manager="paas-migration")
    slices = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": meta("guard-1", room, labels={"kubernetes.io/service-name": "guard"}),
        "addressType": "IPv4",
        "endpoints": [{"addresses": [subsets[0]["addresses"][0]["ip"]], "conditions": {"ready": True}}],
        "ports": [{"port": 8080}],
    }
    world.destination.create(slices)
    result = world.migrate(**chosen, wait_seconds=10, compare=False)
    assert result["complete"], result
    assert world.destination.has(kind, room)
    for cluster in (world.source, world.destination):
        cluster.delete(kind, room)


def test_a_namespace_that_does_not_end_is_one_clear_error(world):
    room = world.namespace()
    for index in range(3):
        world.source.create(config_map(f"c{index}", room))
    world.destination.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(room)})
    stuck = config_map("stuck", room)
    stuck["metadata"]["finalizers"] = ["example.com/never"]
    world.destination.create(stuck)
    world.destination.delete("Namespace", room)
    eventually(lambda: world.destination.get("Namespace", room)["metadata"].get("deletionTimestamp"))
    result = world.migrate(namespaces=[room], wait_seconds=2, compare=False)
    assert outcomes(result, "namespaces")["failed"] == 1
    assert outcomes(result, "configmaps")["blocked"] == 3
    assert "does not end" in result["failures"][0]["words"]
    world.destination.patch("ConfigMap", "stuck", room, {"metadata": {"finalizers": None}})
    eventually(lambda: not world.destination.has("Namespace", room))
    assert world.migrate(namespaces=[room])["complete"]


def test_an_object_that_changes_or_goes_meanwhile_is_told_at_the_end(world, monkeypatch):
    room = world.namespace()
    for name in ("a", "b", "c"):
        world.source.create(config_map(name, room))
    creator = world.destination.client.creator

    def meddling():
        create = creator()

        def create_and_meddle(path, body):
            create(path, body)
            if f"{room}/configmaps" in path and b'"name":"c"' in body:
                world.source.patch("ConfigMap", "a", room, {"data": {"a": "2"}})
                world.source.delete("ConfigMap", "b", room)

        return create_and_meddle

    monkeypatch.setattr(world.destination.client, "creator", meddling)
    result = world.migrate(namespaces=[room], concurrency=1)
    told = {each["object"]: each for each in result["comparison"]["differences"]}
    assert set(told) == {f"{room}/a", f"{room}/b"}
    assert told[f"{room}/a"]["differences"][0]["field"] == "data.a"
    assert "has it no more" in told[f"{room}/b"]["words"]


def test_a_hand_edited_deployment_is_a_conflict_and_stays_untouched(world):
    room = world.namespace()
    world.source.create(deployment("web", room))
    world.destination.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(room)})
    world.destination.create(deployment("web", room, app="edited"), manager="kubectl-edit")
    before = world.destination.get("Deployment", "web", room)["spec"]
    for policy in ("report", "update"):
        result = world.migrate(namespaces=[room], on_conflict=policy, compare=False)
        (conflict,) = result["conflicts"]
        assert any("selector" in each["field"] for each in conflict["differences"])
        assert world.destination.get("Deployment", "web", room)["spec"] == before


def test_what_differs_is_updated_where_that_is_asked_for_and_undo_brings_it_back(world):
    room = world.namespace()
    world.source.create(config_map("c", room, a="source"))
    world.destination.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(room)})
    original = world.destination.create(config_map("c", room, a="theirs"), manager="kubectl-create")
    result = world.migrate(namespaces=[room], on_conflict="update")
    assert outcomes(result, "configmaps")["updated"] == 1
    assert world.destination.get("ConfigMap", "c", room)["data"] == {"a": "source"}
    undone = world.undo(run=result["run"])
    assert undone["complete"], undone
    back = world.destination.get("ConfigMap", "c", room)
    assert (back["data"], back["metadata"]["uid"]) == ({"a": "theirs"}, original["metadata"]["uid"])
    assert "annotations" not in back["metadata"]


def test_what_cannot_be_updated_is_recreated_where_that_is_asked_for_and_undo_brings_it_back(world):
    room = world.namespace()
    world.source.create(deployment("web", room))
    world.destination.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(room)})
    world.destination.create(deployment("web", room, app="edited"))
    result = world.migrate(namespaces=[room], on_conflict="recreate")
    assert outcomes(result, "deployments.apps") == {"recreated": 1}
    assert world.destination.get("Deployment", "web", room)["spec"]["selector"]["matchLabels"] == {"app": "web"}
    undone = world.undo(run=result["run"])
    assert world.destination.get("Deployment", "web", room)["spec"]["selector"]["matchLabels"] == {"app": "edited"}, (
        undone
    )


def test_a_service_account_is_merged_never_replaced_and_undo_brings_it_back(world):
    room = world.namespace()
    eventually(lambda: world.source.has("ServiceAccount", "default", room))
    world.source.patch("ServiceAccount", "default", room, {"imagePullSecrets": [{"name": "registry"}]})
    world.destination.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(room)})
    eventually(lambda: world.destination.has("ServiceAccount", "default", room))
    theirs = {"imagePullSecrets": [{"name": "theirs"}], "metadata": {"labels": {"own": "x"}}}
    world.destination.patch("ServiceAccount", "default", room, theirs)
    result = world.migrate(namespaces=[room])
    assert outcomes(result, "serviceaccounts")["merged"] == 1
    account = world.destination.get("ServiceAccount", "default", room)
    assert account["imagePullSecrets"] == [{"name": "theirs"}, {"name": "registry"}]
    assert account["metadata"]["labels"] == {"own": "x"}
    world.destination.calls()
    assert world.migrate(namespaces=[room])["written"] == 0
    assert world.undo(run=result["run"])["complete"]
    assert world.destination.get("ServiceAccount", "default", room)["imagePullSecrets"] == [{"name": "theirs"}]


def test_undo_takes_back_what_the_run_made_and_nothing_of_others(world):
    room, theirs = world.namespace(), world.namespace()
    for index in range(4):
        world.source.create(config_map(f"c{index}", room))
    world.source.create(deployment("web", room))
    world.source.create(config_map("ours", theirs))
    world.destination.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(theirs)})
    world.destination.create(config_map("not-ours", theirs))
    eventually(lambda: world.destination.has("ServiceAccount", "default", theirs))
    before = world.destination.snapshot()
    result = world.migrate(namespaces=[room, theirs])
    world.destination.patch("ConfigMap", "c0", room, {"data": {"a": "edited"}})
    edited = world.undo(run=result["run"])
    assert not edited["complete"]
    assert [each["object"] for each in edited["changed"]] == [f"{room}/c0"]
    assert world.destination.has("Namespace", room), "it holds what somebody has changed"
    assert world.undo(run=result["run"], include_changed=True)["complete"]
    eventually(lambda: not world.destination.has("Namespace", room))
    assert eventually(lambda: world.destination.snapshot() == before, what="the destination as before")


def test_a_copy_that_somebody_made_of_a_migrated_object_is_not_taken_back(world):
    room = world.namespace()
    world.source.create(config_map("c", room))
    result = world.migrate(namespaces=[room])
    copied = config_map("copy", room)
    copied["metadata"]["annotations"] = world.destination.get("ConfigMap", "c", room)["metadata"]["annotations"]
    assert Mark.of(copied).run == result["run"]
    world.destination.create(copied)
    world.undo(run=result["run"])
    assert world.destination.has("ConfigMap", "copy", room)
    assert not world.destination.has("ConfigMap", "c", room)


def test_a_quota_exactly_as_large_as_its_use_stops_nothing(world):
    room = world.namespace()
    world.source.create(deployment("web", room, replicas=2))
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta("tight", room)}
    world.source.create({**quota, "spec": {"hard": {"count/deployments.apps": "1", "count/configmaps": "3"}}})
    for name in ("a", "b"):
        world.source.create(config_map(name, room))
    result = world.migrate(namespaces=[room])
    assert result["complete"], result
    assert result["comparison"]["complete"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_owners_that_are_not_controllers_are_linked_again_under_their_new_uid(world, dry_run):
    room = world.namespace()
    owner = world.source.create(config_map("owner", room))
    dependent = config_map("dependent", room)
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    dependent["metadata"]["ownerReferences"] = [reference]
    world.source.create(dependent)
    result = world.migrate(namespaces=[room], dry_run=dry_run)
    assert result["complete"], result
    if dry_run:
        assert not world.destination.has("Namespace", room)
        return
    new = world.destination.get("ConfigMap", "owner", room)["metadata"]["uid"]
    (link,) = world.destination.get("ConfigMap", "dependent", room)["metadata"]["ownerReferences"]
    assert link["uid"] == new != owner["metadata"]["uid"]
    assert world.migrate(namespaces=[room])["written"] == 0


def test_a_binding_to_another_role_is_a_conflict_for_it_is_immutable(world):
    room = world.namespace()
    for cluster, role in ((world.source, "reader"), (world.destination, "writer")):
        if cluster is world.destination:
            cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta(room)})
        rule = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]
        cluster.create({"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": meta(role, room), "rules": rule})
        reference = {"apiGroup": RBAC, "kind": "Role", "name": role}
        cluster.create(
            {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": meta("team", room), "roleRef": reference}
        )
    result = world.migrate(namespaces=[room], on_conflict="update", compare=False)
    (conflict,) = result["conflicts"]
    assert conflict["object"] == f"{room}/team"
    assert any(each["field"] == "roleRef.name" for each in conflict["differences"])


def test_schedules_wait_suspended_and_get_their_own_value_back(world):
    room = world.namespace()
    world.source.create(cron_job("live", room))
    world.source.create(cron_job("off", room, suspend=True))
    world.migrate(namespaces=[room])
    suspended = {name: world.destination.get("CronJob", name, room)["spec"]["suspend"] for name in ("live", "off")}
    assert suspended == {"live": True, "off": True}
    assert world.hold(namespaces=[room], destination=world.destination.client)["outcomes"] == {"held": 1}
    assert world.source.get("CronJob", "live", room)["spec"]["suspend"] is True
    assert world.release(namespaces=[room])["outcomes"] == {"released": 1}
    assert world.destination.get("CronJob", "live", room)["spec"]["suspend"] is False
    assert world.destination.get("CronJob", "off", room)["spec"]["suspend"] is True
    # What the source holds for the cutover is still its own value to a later run.
    again = world.migrate(namespaces=[room])
    assert (again["written"], again["complete"]) == (0, True)


def test_workloads_wait_without_replicas_where_that_is_asked_for(world):
    room = world.namespace()
    world.source.create(deployment("web", room, replicas=3))
    world.migrate(namespaces=[room], workloads="zero")
    assert world.destination.get("Deployment", "web", room)["spec"]["replicas"] == 0
    world.release(namespaces=[room], what=["workloads"])
    assert world.destination.get("Deployment", "web", room)["spec"]["replicas"] == 3


def test_what_a_controller_made_is_left_to_it_when_its_owner_is_released(world):
    room = world.namespace()
    world.source.create(deployment("web", room, replicas=2))
    world.migrate(namespaces=[room], workloads="zero")
    owner = world.destination.get("Deployment", "web", room)["metadata"]
    # As its controller makes it, the annotations copied.
    copy = deployment("web-1", room, app="web", replicas=0) | {"kind": "ReplicaSet"}
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": owner["uid"], "controller": True}
    annotations = {HELD: owner["annotations"][HELD]}
    copy["metadata"] |= {"labels": {"app": "web"}, "annotations": annotations, "ownerReferences": [reference]}
    world.destination.create(copy)
    result = world.release(namespaces=[room], what=["workloads"])
    assert result["counts"]["deployments.apps"] == {"released": 1}
    assert set(result["counts"]["replicasets.apps"]) == {"cleared"}
    made = world.destination.get("ReplicaSet", "web-1", room)
    assert world.real or made["spec"]["replicas"] == 0
    assert HELD not in made["metadata"].get("annotations", {}), "a rollback would bring it back"


def test_a_job_runs_once_and_a_failed_one_stays(world):
    room = world.namespace()
    job = {"apiVersion": "batch/v1", "kind": "Job"}
    world.source.create(
        {
            **job,
            "metadata": meta("once", room),
            "spec": {"suspend": True, "template": template("once", restartPolicy="Never")},
        }
    )
    world.source.create(
        {
            **job,
            "metadata": meta("failed", room),
            "spec": {"suspend": True, "template": template("failed", restartPolicy="Never")},
        }
    )
    now = "2026-01-01T00:00:00Z"
    conditions = [
        {
            "type": kind,
            "status": "True",
            "lastProbeTime": now,
            "lastTransitionTime": now,
            "reason": "Lab",
            "message": "m",
        }
        for kind in ("FailureTarget", "Failed")
    ]
    path = world.source.path("Job", "failed", room) + "/status"
    world.source.client.patch(path, {"status": {"startTime": now, "conditions": conditions}})
    result = world.migrate(namespaces=[room])
    assert result["complete"], result
    assert not world.destination.has("Job", "failed", room)
    arrived = world.destination.get("Job", "once", room)
    if world.real:
        source_uid = world.source.get("Job", "once", room)["metadata"]["uid"]
        assert arrived["spec"]["selector"]["matchLabels"]["batch.kubernetes.io/controller-uid"] != source_uid
        world.destination.patch("Job", "once", room, {"spec": {"suspend": False}})
        eventually(lambda: (world.destination.get("Job", "once", room).get("status") or {}).get("succeeded") == 1)
    assert not arrived["spec"].get("manualSelector")
