"""paasB gets what paasA knows: Consul's keys, kept in step, and Vault's secrets."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from lab.demo.report import Report
from lab.demo.stage import Stage

PAIR = "paasA-to-paasB"
TRIGGER = "kubernetes.consul_sync"
_KEYS = 300
_FOLDER = "app/"


def play(stage: Stage, report: Report) -> None:
    """Fill a Consul, compare, sync, keep in step, wipe the source; then a secret from Vault to Vault to a namespace."""
    _sync(stage, report)
    _kept(stage, report)
    _wiped(stage, report)
    _secrets(stage, report)


def _sync(stage: Stage, report: Report) -> None:
    report.chapter("paasB's Consul gets paasA's keys")
    entries = [
        {
            "key": f"{_FOLDER}setting-{number}",
            "flags": number,
            "value": base64.b64encode(f"v{number}".encode()).decode(),
        }
        for number in range(_KEYS)
    ]
    file = _file(stage, "keys.json")
    file.write_text(json.dumps(entries))
    made = _run(stage, report, "consul_import", consul="paasA", file=str(file))
    report.show("import", f"{made.get('created', {}).get('count')} keys into paasA, in the format of consul kv export")
    would = _run(stage, report, "consul_diff", pair=PAIR).get("would", {})
    report.show("diff", *(f"{what}: {each['count']}" for what, each in would.items()))
    synced = _run(stage, report, "consul_sync", pair=PAIR)
    counts = synced.get("counts", {})
    said = [f"{counts.get('written')} keys written in {synced.get('seconds')} s", synced.get("reason")]
    report.show("sync", *filter(None, said))
    report.check("every key of app/ is the same on both", _same(stage))
    _run(stage, report, "consul_put", consul="paasB", key=f"{_FOLDER}setting-7", value="by hand")
    _run(stage, report, "consul_put", consul="paasA", key=f"{_FOLDER}setting-7", value="newer")
    left = _run(stage, report, "consul_sync", pair=PAIR).get("differences", {}).get("changed_on_destination", {})
    report.check("what was changed by hand in paasB is reported and left", left.get("keys") == [f"{_FOLDER}setting-7"])
    _run(stage, report, "consul_put", consul="paasB", key=f"{_FOLDER}setting-7", value="newer")


def _kept(stage: Stage, report: Report) -> None:
    report.chapter("The sensor keeps them in step while the upgrade lasts")
    _run(stage, report, "consul_sync_enable", pair=PAIR)
    report.wait("a trigger says how they stand", lambda: stage.occurrences(TRIGGER, pair=PAIR))
    _run(stage, report, "consul_put", consul="paasA", key=f"{_FOLDER}late", value="new")
    report.wait(
        "a change in paasA is in paasB",
        lambda: stage.consul_keys("paasB", _FOLDER).get(f"{_FOLDER}late") == "new",
    )
    status = _run(stage, report, "consul_sync_status", pair=PAIR)
    report.show("status", f"{status.get('state')}, kept by {status.get('held_by', {}).get('process', 'nobody')}")


def _wiped(stage: Stage, report: Report) -> None:
    report.chapter("paasA's keys are wiped by mistake")
    backup = _file(stage, "backup.json")
    gone = _run(
        stage,
        report,
        "consul_delete",
        consul="paasA",
        key=_FOLDER,
        recurse=True,
        max_keys=1000,
        backup_file=str(backup),
    )
    report.show("deleted", f"{gone.get('count')} keys of paasA", f"undo: {gone.get('undo')}")
    stopped = report.wait(
        "the sync stops and a trigger says why", lambda: stage.occurrences(TRIGGER, pair=PAIR, state="stopped")
    )
    if stopped:
        report.show("trigger", stopped[-1]["payload"]["reason"])
    there = len(stage.consul_keys("paasB", _FOLDER))
    report.check("paasB has lost no more than the tenth that it may", there >= 0.9 * _KEYS, instead=f"{there} keys")
    _run(stage, report, "consul_import", consul="paasA", file=str(backup))
    count = len(stage.occurrences(TRIGGER, pair=PAIR))
    report.wait(
        "the keys are back, and the sync goes on",
        lambda: (
            len(stage.occurrences(TRIGGER, pair=PAIR)) > count
            or stage.occurrences(TRIGGER, pair=PAIR)[-1]["payload"]["state"] != "stopped"
        ),
    )
    _run(stage, report, "consul_sync_disable", pair=PAIR)
    report.wait("it is switched off", lambda: stage.occurrences(TRIGGER, pair=PAIR, state="disabled"))
    report.check("every key of app/ is the same on both", _same(stage))


def _secrets(stage: Stage, report: Report) -> None:
    report.chapter("Secrets go from Vault to Vault, and to the namespace that may have them")
    path = "secret/shop/api"
    written = _run(stage, report, "vault_write", vault="paasA", path=path, values={"token": "generate:32"})
    report.show("written", f"{path} version {written.get('version')}: {', '.join(written.get('keys', []))} = ********")
    copied = _run(stage, report, "vault_copy", source="paasA", destination="paasB", path="secret/shop/")
    report.show(
        "copied", *(f"{what}: {copied.get(what, {}).get('count')}" for what in ("created", "equal", "different"))
    )
    secret = stage.vault_secret("paasB", path)
    report.check("paasB's Vault has the same secret", bool(secret) and secret == stage.vault_secret("paasA", path))
    read = {"vault": "paasB", "path": path, "cluster": "paasB", "secret": "api"}
    _run(stage, report, "vault_read", namespace="shop", **read)
    data = stage.read("paasB", "Secret", "shop", "api").get("data") or {}
    report.check(
        "so has a Secret of namespace shop", base64.b64decode(data.get("token", "")).decode() == secret["token"]
    )
    refused = stage.run("kubernetes.vault_read", namespace="default", **read)
    said = (refused["result"].get("result") or {}).get("message", "")
    report.check("another namespace does not get it", refused["status"] == "failed" and "allow" in said, instead=said)
    seen = [str(file) for file in stage.files() if secret["token"] in file.read_text(errors="replace")]
    report.check("the value stands in no log, execution, trigger or datastore", not seen, instead=", ".join(seen))
    status = _run(stage, report, "vault_status", vault="paasB")
    report.show("status", status.get("message", ""), status.get("token", {}).get("message", ""))


def _same(stage: Stage) -> bool:
    there = stage.consul_keys("paasB", _FOLDER)
    return len(there) >= _KEYS and there == stage.consul_keys("paasA", _FOLDER)


def _file(stage: Stage, name: str) -> Path:
    return stage.directory / name


def _run(stage: Stage, report: Report, action: str, **parameters: Any) -> dict[str, Any]:
    execution = stage.run(f"kubernetes.{action}", **parameters)
    result: dict[str, Any] = execution["result"].get("result") or {}
    report.check(f"{action} succeeds", execution["status"] == "succeeded", instead=str(result.get("message", result)))
    return result
