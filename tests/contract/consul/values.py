"""What a test asks and reads, in Consul's own terms."""

from __future__ import annotations

import base64


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def value_of(consul, key: str) -> bytes | None:
    """A key's value, b"" for an empty one, None where there is no such key."""
    answer = consul.get(f"kv/{key}")
    if answer.status_code == 404:
        return None
    return base64.b64decode(answer.json()[0]["Value"] or "")


def entry_of(consul, key: str) -> dict:
    return consul.get(f"kv/{key}").json()[0]


def index_of(answer) -> int:
    return int(answer.headers["X-Consul-Index"])


def txn(consul, *operations: dict, **more):
    """One transaction of KV operations; values are given as bytes."""
    body = []
    for operation in operations:
        value = operation.get("Value")
        body.append({"KV": {**operation, **({"Value": encoded(value)} if value is not None else {})}})
    return consul.ask("PUT", "txn", json=body, **more)


def errors_of(answer) -> dict[int, str]:
    return {error["OpIndex"]: error["What"] for error in answer.json()["Errors"]}
