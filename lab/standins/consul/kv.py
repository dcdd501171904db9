"""`/v1/kv/`: get, list, keys, put, delete."""

from __future__ import annotations

import unicodedata
from urllib.parse import urlencode

from lab.standins.consul import operations
from lab.standins.consul.authorize import Authorizer
from lab.standins.consul.entries import Entry
from lab.standins.consul.operations import Operation
from lab.standins.consul.queries import Answer, HttpError, Reader
from lab.standins.consul.sessions import Sessions
from lab.standins.consul.store import Rejected, State, Store
from lab.standins.consul.watches import Watch
from lab.standins.httpd import Request, Response

MAX_VALUE = 512 * 1024
TOO_LARGE = (
    "Request body({} bytes) too large, max size: {} bytes. See https://www.consul.io/docs/agent/config/config-files#{}."
)


class KeyValue:
    """The key-value endpoint."""

    def __init__(self, store: Store, reader: Reader, sessions: Sessions) -> None:
        self._store = store
        self._reader = reader
        self._sessions = sessions

    def respond(self, request: Request, authorizer: Authorizer) -> Response:
        """Answer one request below `/v1/kv/`.

        Raises:
            HttpError: Whatever Consul refuses.
        """
        key = request.path_bytes().removeprefix(b"/v1/kv/")
        if request.method == "GET":
            if request.has("keys"):
                return self._keys(request, key, authorizer)
            if request.has("recurse"):
                return self._list(request, key, authorizer)
            return self._get(request, key, authorizer)
        if request.method == "PUT":
            return self._put(request, key, authorizer)
        if request.method == "DELETE":
            return self._delete(request, key, authorizer)
        raise HttpError(405, f"method {request.method} not allowed")

    def _get(self, request: Request, key: bytes, authorizer: Authorizer) -> Response:
        if not key:
            raise HttpError(400, "Missing key name")

        def look(state: State) -> Answer:
            authorizer.require_key(key, "read")
            entry = state.entries.get(key)
            if entry is None:
                return Answer(None, state.kv_index, missing=True)
            return Answer(entry, entry.modify)

        entry, headers = self._reader.read(request, lambda: Watch("kv", key, exact=True), look)
        if entry is None:
            return Response(404, b"", headers)
        if request.has("raw"):
            safe = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
            return Response(200, entry.value or b"", {**headers, "Content-Type": "text/plain", **safe})
        return Response.of_json([entry.as_json()], headers=headers)

    def _find(self, request: Request, prefix: bytes, authorizer: Authorizer) -> tuple[list[Entry], dict[str, str]]:
        def look(state: State) -> Answer:
            index, entries = operations.list_under(state, prefix)
            readable = authorizer.readable(entries)
            return Answer(readable, index or 1, filtered=len(readable) < len(entries))

        return self._reader.read(request, lambda: Watch("kv", prefix), look)

    def _list(self, request: Request, prefix: bytes, authorizer: Authorizer) -> Response:
        entries, headers = self._find(request, prefix, authorizer)
        if not entries:
            return Response(404, b"", headers)
        return Response.of_json([entry.as_json() for entry in entries], headers=headers)

    def _keys(self, request: Request, prefix: bytes, authorizer: Authorizer) -> Response:
        entries, headers = self._find(request, prefix, authorizer)
        separator = (request.arg("separator") or request.arg("seperator")).encode()
        if separator:
            folders = [_up_to(entry.key, len(prefix), separator) for entry in entries]
            keys = list(dict.fromkeys(folders))
        else:
            keys = [entry.key for entry in entries]
        if not keys and prefix:
            return Response(404, b"", headers)
        return Response.of_json([key.decode("utf-8", "replace") for key in keys], headers=headers)

    def _put(self, request: Request, key: bytes, authorizer: Authorizer) -> Response:
        if not key:
            raise HttpError(400, "Missing key name")
        _refuse_conflicting(request, "cas", "acquire", "release")
        wanted = Operation(
            "set",
            key,
            request.body or None,
            flags=_unsigned(request, "flags"),
            index=_unsigned(request, "cas"),
            session=request.arg("acquire") or request.arg("release"),
        )
        if len(request.body) > MAX_VALUE:
            raise HttpError(413, TOO_LARGE.format(len(request.body), MAX_VALUE, "kv_max_value_size"))
        self._reader.check_leader()
        authorizer.require_key(key, "write")
        if request.has("acquire") and self._sessions.delayed(key):
            return Response.of_json(False)
        try:
            with self._store.change() as change:
                if request.has("cas"):
                    done = operations.cas(change, wanted)
                elif request.has("acquire"):
                    done = operations.lock(change, wanted)
                elif request.has("release"):
                    done = operations.unlock(change, wanted)
                else:
                    done = operations.put(change, wanted)
        except Rejected as error:
            raise HttpError(500, f"raft apply failed: {error}") from None
        return Response.of_json(done is not None)

    def _delete(self, request: Request, key: bytes, authorizer: Authorizer) -> Response:
        _refuse_conflicting(request, "recurse", "cas")
        recurse = request.has("recurse")
        if not key and not recurse:
            raise HttpError(400, "Missing key name")
        index = _unsigned(request, "cas")
        self._reader.check_leader()
        if recurse:
            authorizer.require_tree(key)
        else:
            authorizer.require_key(key, "write")
        done = True
        with self._store.change() as change:
            if recurse:
                change.delete_tree(key)
            elif request.has("cas"):
                done = operations.delete_cas(change, Operation("delete-cas", key, index=index))
            else:
                operations.delete(change, key)
        return Response.of_json(done)


def _up_to(key: bytes, prefix_length: int, separator: bytes) -> bytes:
    """The key up to and with the first separator after the prefix, whole where there is none."""
    found = key.find(separator, prefix_length)
    return key if found < 0 else key[: found + len(separator)]


def _unsigned(request: Request, name: str) -> int:
    text = request.arg(name)
    if not request.has(name):
        return 0
    if not (text.isascii() and text.isdigit()) or int(text) >= 2**64:
        raise HttpError(500, f'strconv.ParseUint: parsing "{text}": invalid syntax')
    return int(text)


def _refuse_conflicting(request: Request, *names: str) -> None:
    if sum(request.has(name) for name in names) > 1:
        shown = urlencode(sorted((name, value) for name, values in request.query.items() for value in values))
        raise HttpError(400, f"Conflicting flags: {shown}")


def printable(path: bytes) -> bool:
    """Whether a path holds only what Go calls printable; Consul answers 400 to any other."""
    text = path.decode("utf-8", "replace")
    return (text.isascii() and text.isprintable()) or all(
        character == " " or unicodedata.category(character)[0] in "LMNPS" for character in text
    )
