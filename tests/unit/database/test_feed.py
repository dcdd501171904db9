from paas.database import changes


def test_a_new_instance_is_an_event_with_its_identity(account, instances, owner):
    account.add(owner, status="creating", Endpoint=None)
    (event,), _ = changes({}, instances.ours())
    assert event.pop("event_id")
    assert event == {
        "claim": owner.claim,
        "identifier": owner.claim,
        "status": "creating",
        "cluster": "paasA",
        "namespace": "shop",
        "name": "orders",
        "api_version": "paas.internal/v1",
        "object_kind": "Database",
        "engine": "mysql",
        "endpoint": "",
        "port": 0,
        "retiring": False,
        "replicas": [],
        "snapshots": [],
    }


def test_what_did_not_change_is_no_event(account, instances, owner):
    account.add(owner)
    _, seen = changes({}, instances.ours())
    assert changes(seen, instances.ours()) == ([], seen)


def test_another_status_is_an_event(account, instances, owner):
    account.add(owner, status="creating")
    _, seen = changes({}, instances.ours())
    account.add(owner, status="available")
    (event,), _ = changes(seen, instances.ours())
    assert event["status"] == "available"


def test_the_same_change_told_again_has_the_same_id(account, instances, owner):
    account.add(owner)
    (first,), _ = changes({}, instances.ours())
    (again,), _ = changes({}, instances.ours())
    assert first["event_id"] == again["event_id"]


def test_instances_that_are_not_ours_are_none_of_our_business(account, instances, owner):
    account.add(owner, TagList=[{"Key": "Name", "Value": "legacy"}])
    assert changes({}, instances.ours()) == ([], {})


def test_a_replica_that_inherited_our_tags_is_not_ours(account, instances, owner):
    account.add(owner, DBInstanceIdentifier="a-replica")
    assert changes({}, instances.ours()) == ([], {})


def test_an_instance_that_is_gone_is_told_once_and_forgotten(account, instances, owner):
    account.add(owner)
    _, seen = changes({}, instances.ours())
    account.instances.clear()
    (event,), now_seen = changes(seen, instances.ours())
    assert (event["status"], event["claim"], event["namespace"]) == ("deleted", owner.claim, "shop")
    assert changes(now_seen, instances.ours()) == ([], {})


def test_one_that_is_gone_carries_every_field(account, instances, owner):
    account.add(owner)
    (there,), seen = changes({}, instances.ours())
    account.instances.clear()
    (gone,), _ = changes(seen, instances.ours())
    assert set(gone) == set(there)


def test_a_snapshot_that_is_finished_is_a_change_of_its_retiring_database(account, instances, snapshots, owner):
    account.add(owner, tags={"paas.internal/retiring": "u-1"})
    account.add_snapshot("final", owner.claim, status="creating")
    (event,), seen = changes({}, instances.ours(), snapshots.each())
    assert (event["retiring"], event["snapshots"]) == (True, ["final creating"])
    account.snapshots["final"]["Status"] = "available"
    (event,), _ = changes(seen, instances.ours(), snapshots.each())
    assert event["snapshots"] == ["final available"]
