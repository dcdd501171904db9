"""A database's later life: an event that comes again, a change, a hand-over, a deletion."""

from __future__ import annotations

from typing import Any

from lab.demo.databases import EVENT, database
from lab.demo.report import Report
from lab.demo.stage import Stage

_CLAIM = "paas.internal/claim"


def play(stage: Stage, report: Report) -> None:
    """What the first chapter made is replayed, changed, handed over and deleted."""
    status = stage.read("paasA", "Database", "shop", "orders").get("status") or {}
    if status.get("phase") != "Available":
        report.check("shop/orders of the first chapter is Available", False, instead=str(status.get("phase")))
        return
    _replay(stage, report)
    _change(stage, report)
    _hand_over(stage, report, str(status["claim"]))
    _deletion(stage, report)


def _status(stage: Stage, cluster: str, name: str) -> dict[str, Any]:
    status: dict[str, Any] = stage.read(cluster, "Database", "shop", name).get("status") or {}
    return status


def _instances(stage: Stage) -> dict[str, dict[str, Any]]:
    found = stage.aws("rds").describe_db_instances()["DBInstances"]
    return {each["DBInstanceIdentifier"]: each for each in found}


def _replay(stage: Stage, report: Report) -> None:
    report.chapter("The event of its creation comes once more")
    before = (stage.read("paasA", "Database", "shop", "orders"), sorted(_instances(stage)))
    keys = stage.consul_keys("paasA", "shop/orders/")
    payload = stage.occurrences(EVENT, cluster="paasA", name="orders", resource="ADDED")[0]["payload"]
    ended = stage.run(
        "kubernetes.db_create_chain", cluster="paasA", namespace="shop", name="orders", uid=payload["uid"]
    )
    report.show("chain", f"kubernetes.db_create_chain, for event {payload['event_id']}: {ended['status']}")
    report.check("the chain looks, and succeeds", ended["status"] == "succeeded")
    after = (stage.read("paasA", "Database", "shop", "orders"), sorted(_instances(stage)))
    report.check(
        "object, databases and keys are what they were",
        before == after and stage.consul_keys("paasA", "shop/orders/") == keys,
    )


def _change(stage: Stage, report: Report) -> None:
    report.chapter("The developer asks for more storage, and for less")
    claim = _status(stage, "paasA", "carts").get("claim", "")
    stage.apply("paasA", database("carts", storageGiB=30, **{"class": "db.t3.small"}))
    grown = report.wait(
        "storage and class are changed on AWS",
        lambda: [each for name, each in _instances(stage).items() if name == claim and each["AllocatedStorage"] == 30],
    )
    if grown:
        report.show("RDS", f"{claim}: {grown[0]['AllocatedStorage']} GiB, {grown[0]['DBInstanceClass']}")
    stage.apply("paasA", database("carts", storageGiB=30, version="5.7", **{"class": "db.t3.small"}))
    refused = report.wait("a version that is not allowed is refused on the status", lambda: _refusal(stage, "carts"))
    report.show("status", f"phase: {_status(stage, 'paasA', 'carts').get('phase')}", str(refused))
    report.check("the database stays Available", _status(stage, "paasA", "carts").get("phase") == "Available")


def _refusal(stage: Stage, name: str) -> str | None:
    for each in _status(stage, "paasA", name).get("conditions") or ():
        if each["type"] == "Accepted" and each["status"] == "False":
            return str(each["message"])
    return None


def _hand_over(stage: Stage, report: Report, claim: str) -> None:
    report.chapter("The same object in paasB: one database, handed over")
    # paasB has an orders of its own from the first chapter; carts is what moves.
    claim = str(_status(stage, "paasA", "carts")["claim"])
    moved = database("carts", storageGiB=30, **{"class": "db.t3.small"})
    moved["metadata"]["annotations"] = {_CLAIM: claim}
    report.show("object", stage.apply("paasB", moved), f"with the claim {claim}, as the migration keeps it")
    there = report.wait(
        "paasB shows it, and leaves it to its owner", lambda: _owned(stage, "paasB", "carts", "paasA"), within=90
    )
    report.check("there is still one database", sum(each.startswith("shop-carts-") for each in _instances(stage)) == 1)
    if not there:
        return
    dry = stage.run("kubernetes.db_hand_over", source="paasA", destination="paasB", namespace="shop", dry_run=True)
    report.show("dry run", str((dry["result"]["result"] or {}).get("outcomes") or dry["result"]))
    ended = stage.run("kubernetes.db_hand_over", source="paasA", destination="paasB", namespace="shop")
    result = ended["result"]["result"]
    report.show(
        "hand-over",
        *(f"{each['name']}: {each['outcome']} {each['why']}" for each in result.get("databases", ())),
        str(result.get("message", "")),
    )
    report.check("paasB owns it", _owned(stage, "paasB", "carts", "paasB") is not None)
    keys = stage.consul_keys("paasB", "shop/carts/")
    secret = [stage.vault_secret(name, "secret/shop/carts/rds").get("rds_password") for name in ("paasA", "paasB")]
    report.check("its connection is in the Consul of paasB", keys.get("shop/carts/rds_claim") == claim)
    report.check("its password is in the Vault of paasB, the same one", bool(secret[0]) and secret[0] == secret[1])
    stage.delete("paasA", "Database", "shop", "carts")
    report.wait("the object of paasA goes", lambda: not stage.read("paasA", "Database", "shop", "carts"))
    report.check(
        "the database stays, and paasB serves it",
        claim in _instances(stage) and stage.consul_keys("paasB", "shop/carts/") == keys,
    )


def _owned(stage: Stage, cluster: str, name: str, owner: str) -> dict[str, Any] | None:
    status = _status(stage, cluster, name)
    return status if status.get("owner") == owner else None


def _deletion(stage: Stage, report: Report) -> None:
    report.chapter("A Database is deleted, its deletionPolicy is Snapshot")
    stage.lab.call("PUT", "/rules/kubernetes.rds_delete_db", {"enabled": True})
    report.show("rule", "kubernetes.rds_delete_db, which ships disabled: enabled")
    claim = str(_status(stage, "paasA", "orders")["claim"])
    neighbours = {name for name in _instances(stage) if name != claim}
    dry = stage.run("kubernetes.rds_delete_database", cluster="paasA", namespace="shop", name="orders", dry_run=True)
    report.show("dry run", str(dry["result"]["result"]["message"]))
    report.check("an object that nobody deleted keeps its database", dry["status"] == "failed")
    stage.delete("paasA", "Database", "shop", "orders")
    report.show("object", "Database shop/orders in paasA deleted")
    gone = report.wait(
        "snapshot, keys, database, secret, then the object itself",
        lambda: not stage.read("paasA", "Database", "shop", "orders"),
        within=180,
    )
    snapshots = stage.aws("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    report.show("snapshots", *(f"{each['DBSnapshotIdentifier']}: {each['Status']}" for each in snapshots))
    mine = [each for each in snapshots if each["DBInstanceIdentifier"] == claim]
    report.check("its snapshots are there", bool(mine) and all(each["Status"] == "available" for each in mine))
    left = set(_instances(stage))
    report.check("its database is gone, and every other one is there", bool(gone) and left == neighbours)
    report.check("its keys are gone from Consul", not stage.consul_keys("paasA", "shop/orders/"))
    report.check("its secret is gone from Vault", not stage.vault_secret("paasA", "secret/shop/orders/rds"))
    report.check("the orders of paasB are served", bool(stage.consul_keys("paasB", "shop/orders/")))
