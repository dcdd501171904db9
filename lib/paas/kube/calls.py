"""Requests to one API server whose failures are the pack's errors. The client's verbs stand on these."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from paas.errors import ServerError
from paas.kube import failures, paths
from paas.kube.lane import Lane
from paas.kube.transport import READ_TIMEOUT, Answer, Chunks, NoAnswer

JSON = {"Content-Type": "application/json"}
_OPERATIONS = {"GET": "read", "POST": "create", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}


class Door(Protocol):
    """What a client needs of `paas.kube.transport.Transport`."""

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = READ_TIMEOUT,
    ) -> Answer:
        """Send one request and read its answer."""

    def open(self, path: str, *, params: Mapping[str, Any], timeout: float) -> Chunks:
        """Begin a GET whose answer is read as it comes."""

    def lane(self) -> Lane | None:
        """A connection of its own for one thread, where there can be one."""

    def close(self) -> None:
        """Close the kept connections."""


class Calls:
    """Sends requests; usable from many threads.

    Args:
        cluster: The cluster's name in the settings.
        transport: How to reach it.
    """

    def __init__(self, cluster: str, transport: Door) -> None:
        self.cluster = cluster
        self._transport = transport

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = READ_TIMEOUT,
        operation: str | None = None,
    ) -> Any:
        """Send one request; the answer's JSON, parsed.

        Args:
            method: HTTP method.
            path: Path on the API server.
            params: Query parameters; None values are left out.
            body: JSON, encoded.
            headers: Beside the client's own.
            timeout: Seconds that the server may be silent.
            operation: What errors call it; the method's own word where left out.
        """
        try:
            answer = self._transport.request(method, path, params=params, body=body, headers=headers, timeout=timeout)
        except NoAnswer as error:
            raise failures.from_transport(
                self.cluster, operation or _OPERATIONS[method], paths.parse(path), error
            ) from error
        if answer.status > 299:
            raise failures.from_answer(
                self.cluster,
                operation or _OPERATIONS[method],
                paths.parse(path),
                answer.status,
                answer.headers,
                answer.body,
            )
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise self._no_json(operation or _OPERATIONS[method], path, answer.status) from error

    def creator(self) -> Callable[[str, bytes], None]:
        """A function that creates objects over a connection of its own, for one thread that creates many.

        It takes the collection's path, query included, and the encoded object; answers are not parsed. It raises what
        `create` raises.
        """
        lane = self._transport.lane()

        def create(path: str, body: bytes) -> None:
            try:
                if lane is None:
                    answer = self._transport.request("POST", path, body=body, headers=JSON)
                else:
                    answer = lane.request("POST", path, body)
            except NoAnswer as error:
                raise failures.from_transport(self.cluster, "create", paths.parse(path), error) from error
            if answer.status > 299:
                target = paths.parse(path)
                raise failures.from_answer(self.cluster, "create", target, answer.status, answer.headers, answer.body)

        return create

    def close(self) -> None:
        """Close the kept connections."""
        self._transport.close()

    def _open(self, operation: str, path: str, params: Mapping[str, Any], *, timeout: float) -> Chunks:
        target = paths.parse(path)
        try:
            chunks = self._transport.open(path, params=params, timeout=timeout)
        except NoAnswer as error:
            raise failures.from_transport(self.cluster, operation, target, error) from error
        if chunks.status != 200:
            body = chunks.rest()
            chunks.close()
            raise failures.from_answer(self.cluster, operation, target, chunks.status, chunks.headers, body)
        return chunks

    def _no_json(self, operation: str, path: str, status: int) -> ServerError:
        return ServerError(
            system=f"Kubernetes {self.cluster}",
            operation=operation,
            target=str(paths.parse(path)),
            words="the answer is no JSON",
            status=status,
            hint=f"is clusters.{self.cluster} an API server?",
        )
