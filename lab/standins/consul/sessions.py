"""`/v1/session/`: create, renew, destroy, info; TTLs that run out, locks released, and the lock delay after."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from lab.standins import durations
from lab.standins.consul import operations
from lab.standins.consul.authorize import Authorizer
from lab.standins.consul.entries import Session
from lab.standins.consul.queries import Answer, HttpError, Reader
from lab.standins.consul.store import State, Store
from lab.standins.consul.watches import Watch
from lab.standins.httpd import Request, Response

SHORTEST_TTL = 10.0
LONGEST_TTL = 86400.0
LONGEST_LOCK_DELAY = 60.0
DEFAULT_LOCK_DELAY = 15.0
GRACE = 2  # a session outlives its TTL by as much again, as Consul's do
SERF = "serfHealth"


class Sessions:
    """The session endpoint, and the thread that ends sessions whose TTL has run out."""

    def __init__(self, store: Store, reader: Reader, *, node: str, now: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._reader = reader
        self._node = node
        self._now = now
        self._delays: dict[bytes, float] = {}
        with store.lock:
            for session in store.state.sessions.values():
                self._start_ttl(session)

    def start_reaper(self, *, every: float = 0.25) -> None:
        """End sessions in the background, until the process ends."""

        def reap() -> None:
            while True:
                time.sleep(every)
                self.reap()

        threading.Thread(target=reap, name="session-ttl", daemon=True).start()

    def reap(self) -> None:
        """End the sessions whose TTL, and the grace after it, have run out."""
        with self._store.lock:
            over = [
                session.id
                for session in self._store.state.sessions.values()
                if session.deadline is not None and session.deadline <= self._now()
            ]
            for session_id in over:
                self._end(session_id)

    def delayed(self, key: bytes) -> bool:
        """Whether a lock delay still keeps the key from being locked."""
        with self._store.lock:
            until = self._delays.get(key)
            if until is not None and until <= self._now():
                del self._delays[key]
                return False
            return until is not None

    def respond(self, request: Request, authorizer: Authorizer) -> Response:
        """Answer one request below `/v1/session/`.

        Raises:
            HttpError: Whatever Consul refuses.
        """
        verb, _, name = request.path.removeprefix("/v1/session/").partition("/")
        method = {"create": "PUT", "destroy": "PUT", "renew": "PUT"}.get(verb, "GET")
        if request.method != method:
            raise HttpError(405, f"method {request.method} not allowed")
        if verb == "create":
            return self._create(request, authorizer)
        if verb == "list":
            return self._shown(request, authorizer, lambda session: True)
        if not name:
            raise HttpError(400, "Missing node name" if verb == "node" else "Missing session")
        if verb == "info":
            return self._shown(request, authorizer, lambda session: session.id == name, one=True)
        if verb == "node":
            return self._shown(request, authorizer, lambda session: session.node == name)
        if verb in ("renew", "destroy"):
            return self._renew_or_destroy(verb, name, authorizer)
        raise HttpError(404, "Invalid URL path: not a recognized HTTP API endpoint\n")

    def _create(self, request: Request, authorizer: Authorizer) -> Response:
        wanted = _wanted(request)
        node = wanted.get("node") or self._node
        self._reader.check_leader()
        authorizer.require("session", node, "write")
        behavior = wanted.get("behavior") or "release"
        if behavior not in ("release", "delete"):
            raise HttpError(500, f"Invalid Behavior setting '{behavior}'")
        ttl = wanted.get("ttl") or ""
        _check_ttl(ttl)
        if node != self._node:
            raise HttpError(500, "apply failed: Missing node registration")
        checks = wanted.get("nodechecks", wanted.get("checks", [SERF]))
        with self._store.change() as change:
            session = Session(
                id=str(uuid.uuid4()),
                name=wanted.get("name") or "",
                node=node,
                lock_delay=_lock_delay(wanted.get("lockdelay", DEFAULT_LOCK_DELAY)),
                behavior=behavior,
                ttl=ttl,
                node_checks=list(checks or []),
                create=change.index,
                modify=change.index,
            )
            self._start_ttl(session)
            change.put_session(session)
        return Response.of_json({"ID": session.id})

    def _renew_or_destroy(self, verb: str, session_id: str, authorizer: Authorizer) -> Response:
        self._reader.check_leader()
        with self._store.lock:
            session = self._store.state.sessions.get(session_id)
            if session is not None:
                authorizer.require("session", session.node, "write")
            if verb == "renew":
                if session is None:
                    raise HttpError(404, f"Session id '{session_id}' not found")
                self._start_ttl(session)
                return Response.of_json([session.as_json()])
            if session is not None:
                self._end(session_id)
        return Response.of_json(True)

    def _shown(
        self, request: Request, authorizer: Authorizer, fits: Callable[[Session], bool], *, one: bool = False
    ) -> Response:
        def look(state: State) -> Answer:
            found = [session for session in state.sessions.values() if fits(session)]
            allowed = [session.as_json() for session in found if authorizer.allows("session", session.node, "read")]
            return Answer(allowed, state.session_index or 1, missing=one and not found)

        shown, headers = self._reader.read(request, lambda: Watch("session"), look)
        return Response.of_json(shown, headers=headers)

    def _start_ttl(self, session: Session) -> None:
        ttl = durations.parse(session.ttl) if session.ttl else 0.0
        session.deadline = self._now() + ttl * GRACE if ttl else None

    def _end(self, session_id: str) -> None:
        session = self._store.state.sessions[session_id]
        with self._store.change() as change:
            change.delete_session(session_id)
            held = operations.release(change, session_id, session.behavior)
        delay = min(session.lock_delay, LONGEST_LOCK_DELAY)
        if delay > 0:
            self._delays.update(dict.fromkeys(held, self._now() + delay))


def _wanted(request: Request) -> dict[str, Any]:
    """The body with its names in lower case: Go's decoder does not mind the case."""
    if not request.body:
        return {}
    try:
        body = json.loads(request.body)
        return {name.lower(): value for name, value in body.items()}
    except (ValueError, AttributeError) as error:
        raise HttpError(400, f"Request decode failed: {error}") from None


def _check_ttl(ttl: str) -> None:
    if not ttl:
        return
    try:
        seconds = durations.parse(ttl)
    except ValueError as error:
        raise HttpError(500, f"Session TTL '{ttl}' invalid: {error}") from None
    if seconds and not SHORTEST_TTL <= seconds <= LONGEST_TTL:
        nanoseconds = round(seconds * 1e9)
        raise HttpError(500, f"Invalid Session TTL '{nanoseconds}', must be between [10s=24h0m0s]")


def _lock_delay(value: Any) -> float:
    """Seconds of a LockDelay: a Go duration, a number of seconds below 1000, or nanoseconds."""
    if isinstance(value, str):
        try:
            return durations.parse(value)
        except ValueError as error:
            raise HttpError(400, f"Request decode failed: {error}") from None
    return float(value) if value < 1000 else float(value) / 1e9
