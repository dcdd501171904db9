"""The main job: an object in a cluster becomes a database."""

from __future__ import annotations

from typing import Any

from lab.demo.report import Report
from lab.demo.stage import Stage

EVENT = "kubernetes.thirdpartyobject"
SENSOR = "ThirdPartyResourceSensor"


def play(stage: Stage, report: Report) -> None:
    """Every stop of the way from the object to the connection; a refusal; a second cluster; a sensor that was dead."""
    for cluster in ("paasA", "paasB"):
        stage.apply(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    _straight_way(stage, report)
    _refusal(stage, report)
    _second_cluster(stage, report)
    _dead_sensor(stage, report)
    _nowhere_else(stage, report)


def database(name: str, **spec: Any) -> dict[str, Any]:
    """A Database of the namespace `shop`."""
    wanted = {"engine": "mysql", "version": "8.0", "class": "db.t3.micro", "storageGiB": 20, **spec}
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "paas.internal/v1", "kind": "Database", "metadata": metadata, "spec": wanted}


def _phase(stage: Stage, cluster: str, name: str, phase: str) -> dict[str, Any] | None:
    status: dict[str, Any] = stage.read(cluster, "Database", "shop", name).get("status") or {}
    return status if status.get("phase") == phase else None


def _straight_way(stage: Stage, report: Report) -> None:
    report.chapter("A developer creates a Database in paasA")
    report.show("object", stage.apply("paasA", database("orders")), "spec: mysql 8.0, db.t3.micro, 20 GiB")
    seen = report.wait(
        "the sensor sees it and the trigger goes out",
        lambda: stage.occurrences(EVENT, cluster="paasA", name="orders", resource="ADDED"),
    )
    if seen:
        payload = seen[0]["payload"]
        named = {key: payload[key] for key in ("cluster", "resource", "object_kind", "namespace", "name", "event_id")}
        report.show("trigger", EVENT, *(f"{key}: {value}" for key, value in named.items()))
    chains = report.wait(
        "the rule matches and starts the chain",
        lambda: stage.executions("kubernetes.db_create_chain", cluster="paasA", name="orders"),
    )
    status = report.wait(
        "the database becomes Available", lambda: _phase(stage, "paasA", "orders", "Available"), within=120
    )
    if not (chains and status):
        return
    chain_of = {"cluster": "paasA", "name": "orders"}
    for chain in (
        *stage.ended("kubernetes.db_create_chain", **chain_of),
        *stage.ended("kubernetes.db_publish_chain", **chain_of),
    ):
        rule = (chain.get("rule") or {}).get("ref")
        report.show("rule", f"{rule} -> {chain['action']['ref']}: {chain['status']}")
        tasks = stage.children(chain)
        report.show("tasks", *(f"{each['action']['ref']}: {each['status']}" for each in tasks))
        report.check(
            f"every task of {chain['action']['ref']} succeeded",
            bool(tasks) and all(each["status"] == "succeeded" for each in tasks),
        )
    _outcome(stage, report, "paasA", "orders", status)


def _outcome(stage: Stage, report: Report, cluster: str, name: str, status: dict[str, Any]) -> None:
    claim = status["claim"]
    instances = stage.aws("rds").describe_db_instances(DBInstanceIdentifier=claim)["DBInstances"]
    report.show("RDS", f"{claim}: {instances[0]['DBInstanceStatus']}, {instances[0]['Engine']}")
    keys = stage.consul_keys(cluster, f"{status['consulPrefix']}/")
    report.show("Consul", *(f"{key} = {value}" for key, value in keys.items()))
    endpoint = instances[0]["Endpoint"]["Address"]
    report.check(
        f"the Consul of {cluster} has the address that AWS gave",
        keys.get(f"{status['consulPrefix']}/rds_endpoint") == endpoint,
        instead=str(keys),
    )
    secret = stage.vault_secret(cluster, status["vaultPath"])
    report.show("Vault", f"{status['vaultPath']}: rds_password = {'*' * len(secret.get('rds_password', ''))}")
    report.check(f"the Vault of {cluster} has the password", len(secret.get("rds_password", "")) > 20)
    told = {key: status.get(key) for key in ("phase", "endpoint", "port", "consulPrefix", "vaultPath", "claim")}
    report.show("status", *(f"{key}: {value}" for key, value in told.items()))
    report.check(f"the status of {name} says where to connect", status.get("endpoint") == endpoint)


def _refusal(stage: Stage, report: Report) -> None:
    report.chapter("A Database that the allow-list refuses")
    report.show("object", stage.apply("paasA", database("warehouse", **{"class": "db.r6g.16xlarge"})))
    status = report.wait("the object says Refused", lambda: _phase(stage, "paasA", "warehouse", "Refused"))
    if status:
        message = next(each["message"] for each in status["conditions"] if each["status"] == "False")
        report.show("status", f"phase: {status['phase']}", message)
        report.check("the message names the setting that would allow it", "databases.allow.classes" in message)
        report.check("nothing was made: there is no claim", "claim" not in status)


def _second_cluster(stage: Stage, report: Report) -> None:
    report.chapter("A Database of the same name in paasB")
    report.show("object", stage.apply("paasB", database("orders", engine="postgres", version="16")))
    status = report.wait("it becomes Available", lambda: _phase(stage, "paasB", "orders", "Available"), within=120)
    if status:
        _outcome(stage, report, "paasB", "orders", status)
        other = stage.read("paasA", "Database", "shop", "orders")["status"]["claim"]
        report.check("it is a database of its own", status["claim"] != other)


def _dead_sensor(stage: Stage, report: Report) -> None:
    report.chapter("The sensor is stopped, an object is created meanwhile, the sensor comes back")
    before = len(stage.occurrences(EVENT))
    stage.sensor("stop", SENSOR)
    report.show("sensor", "stopped")
    report.show("object", stage.apply("paasA", database("carts")))
    stage.sensor("restart", SENSOR)
    report.show("sensor", "started again")
    status = report.wait("its database becomes Available", lambda: _phase(stage, "paasA", "carts", "Available"))
    added = stage.occurrences(EVENT, name="carts", resource="ADDED")
    report.check("its creation was delivered once", len(added) == 1, instead=f"{len(added)} times")
    replayed = [each["payload"]["name"] for each in stage.occurrences(EVENT)[before:]]
    report.check("nothing else was replayed", set(replayed) == {"carts"}, instead=", ".join(sorted(set(replayed))))
    if status:
        report.show("status", f"phase: {status['phase']}", f"claim: {status['claim']}")


def _nowhere_else(stage: Stage, report: Report) -> None:
    report.chapter("The passwords are in Vault, and nowhere else")
    passwords = []
    for cluster, name in (("paasA", "orders"), ("paasA", "carts"), ("paasB", "orders")):
        path = (stage.read(cluster, "Database", "shop", name).get("status") or {}).get("vaultPath", "")
        passwords.append(stage.vault_secret(cluster, path).get("rds_password", "").encode() if path else b"")
    found = [path.name for path in stage.files() if any(each and each in path.read_bytes() for each in passwords)]
    looked_at = sum(1 for _ in stage.files())
    report.check(
        f"not in any of the {looked_at} files that StackStorm wrote: executions, triggers, datastore, logs",
        all(passwords) and not found,
        instead=", ".join(found) or "a password is missing",
    )
    objects = [str(stage.read(cluster, "Database", "shop", "orders")).encode() for cluster in ("paasA", "paasB")]
    keys = str([stage.consul_keys(name, "") for name in ("paasA", "paasB")]).encode()
    report.check(
        "not in the objects, not in Consul", not any(each in blob for each in passwords for blob in (*objects, keys))
    )
