"""What the Consul stand-in does otherwise than Consul 1.14."""

from __future__ import annotations

import io
import json
import tarfile

import requests

from tests.contract.differences import Difference


def _status(path, method="GET", **more):
    return lambda consul: consul.ask(method, path, **more).status_code


def _is_a_tar(consul) -> bool:
    try:
        tarfile.open(fileobj=io.BytesIO(consul.get("snapshot").content), mode="r:gz").close()
    except tarfile.TarError:
        return False
    return True


def _words_of_bad_base64(consul) -> str:
    return consul.put("txn", b'[{"KV": {"Verb": "set", "Key": "k", "Value": "%%"}}]').text


def _session_with_unknown_check(consul) -> int:
    return consul.put("session/create", json.dumps({"NodeChecks": ["nothing"]})).status_code


def _encoding_of_a_large_answer(consul) -> str | None:
    consul.put("kv/differences/large", b"x" * 10_000)
    return consul.get("kv/differences/large", headers={"Accept-Encoding": "gzip"}).headers.get("Content-Encoding")


def _status_of_faults(consul) -> int:
    return requests.get(f"{consul.url}/__lab__/faults", headers=consul.headers, timeout=10).status_code


DIFFERENCES = [
    Difference(
        "format of a snapshot",
        "Consul's is a tar of Raft's own encoding, the stand-in's is gzipped JSON: each restores its own alone. "
        "What a restore does is the same.",
        _is_a_tar,
        real=True,
        stand_in=False,
    ),
    Difference(
        "words about a body that does not parse",
        "The words come from the decoder of the language. The status and the beginning are the same.",
        _words_of_bad_base64,
        real="Failed to parse body: illegal base64 data at input byte 0",
        stand_in="Failed to parse body: failed to decode value: Only base64 data is allowed",
    ),
    Difference(
        "nodes and services",
        "The stand-in has one node and no services, checks or health: nothing here asks for them.",
        _status("catalog/services"),
        real=200,
        stand_in=404,
    ),
    Difference(
        "transactions of nodes and services",
        "Only KV operations are taken, for the same reason.",
        _status("txn", "PUT", json=[{"Node": {"Verb": "get", "Node": {"Node": "none"}}}]),
        real=409,
        stand_in=400,
    ),
    Difference(
        "sessions that depend on checks",
        "A session of the stand-in ends by its TTL or when it is destroyed, never because a check fails.",
        _session_with_unknown_check,
        real=500,
        stand_in=200,
    ),
    Difference(
        "pretty JSON",
        "?pretty is ignored.",
        lambda consul: "\n" in consul.get("status/peers?pretty").text,
        real=True,
        stand_in=False,
    ),
    Difference(
        "compressed answers",
        "The stand-in never compresses; a client that counts bytes on the wire counts others.",
        _encoding_of_a_large_answer,
        real="gzip",
        stand_in=None,
    ),
    Difference(
        "faults and tombstones on request",
        "Consul drops tombstones after 15 minutes, the stand-in when POST /__lab__/reap says so, and never otherwise.",
        _status_of_faults,
        real=404,
        stand_in=200,
    ),
]
