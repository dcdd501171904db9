"""The lab's own door, /__lab__/: faults in and out, history compacted, watches ended, requests counted.

Only the administrator's token opens it. No real server has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lab.standins.front import Reply
from lab.standins.request import Request

from .authentication import MASTERS
from .cluster import User
from .errors import ApiError, Json, bad_request
from .faults import Rule
from .store import encode

if TYPE_CHECKING:
    from .api import Api


class Admin:
    """What tests may order.

    - `faults`: GET the rules, POST one or a list of them, DELETE all.
    - `compact`: POST forgets the history up to now.
    - `expire`: POST makes every continue token handed out so far expire.
    - `streams`: GET the running watches; POST `{"path": regex, "order": "cut"|"end"|"stall"|{Status}}` ends some.
    - `requests`: GET the counts by verb, DELETE gets and resets them.
    - `settings`: POST changes `bookmark_interval`, `establish_delay`.
    - `tokens`: POST `{"token", "user", "groups"}` makes a bearer token good.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self._doors: dict[str, Callable[[str, Any], Any]] = {
            "faults": self._faults,
            "compact": self._compact,
            "expire": self._expire,
            "streams": self._streams,
            "requests": self._requests,
            "settings": self._settings,
            "tokens": self._tokens,
        }

    def handle(self, request: Request, reply: Reply, user: User) -> None:
        """Answer an order.

        Raises:
            ApiError: 400, 403 or 404.
        """
        if MASTERS not in user.groups:
            raise ApiError(403, "Forbidden", f'User "{user.name}" may not give orders to the lab')
        name = request.path.removeprefix("/__lab__/").strip("/")
        if name not in self._doors:
            raise ApiError(404, "NotFound", f"the lab has no {name}; it has {', '.join(sorted(self._doors))}")
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError as error:
            raise bad_request(f"no JSON: {error}") from None
        reply.send(200, encode(self._doors[name](request.method, body)))

    def _faults(self, method: str, body: Any) -> Json:
        if method == "DELETE":
            self.api.faults.clear()
        elif method == "POST":
            for rule in body if isinstance(body, list) else [body or {}]:
                self.api.faults.add(Rule.of(rule))
        return {"faults": self.api.faults.all()}

    def _compact(self, method: str, body: Any) -> Json:
        del method, body
        version = self.api.cluster.store.compact()
        return {"compacted": str(version)}

    def _expire(self, method: str, body: Any) -> Json:
        del method, body
        self.api.continues.expire(self.api.cluster)
        return {"expired": True}

    def _streams(self, method: str, body: Any) -> Json:
        running = list(self.api.streams.running)
        if method == "POST":
            wanted = re.compile((body or {}).get("path", ""))
            running = [stream for stream in running if wanted.search(stream.path)]
            self.api.streams.order(running, (body or {}).get("order", "cut"))
        return {"streams": [{"path": stream.path, "sent": stream.sent} for stream in running]}

    def _requests(self, method: str, body: Any) -> Json:
        del body
        return self.api.faults.counted(reset=method == "DELETE")

    def _settings(self, method: str, body: Any) -> Json:
        settings = self.api.cluster.settings
        for name, value in (body or {}).items() if method == "POST" else ():
            if name not in ("bookmark_interval", "establish_delay"):
                raise bad_request(f"{name} cannot be changed; bookmark_interval and establish_delay can")
            setattr(settings, name, float(value))
        return {"bookmark_interval": settings.bookmark_interval, "establish_delay": settings.establish_delay}

    def _tokens(self, method: str, body: Any) -> Json:
        if method != "POST" or not body:
            raise bad_request('POST {"token": ..., "user": ..., "groups": [...]}')
        groups = (*body.get("groups", ()), "system:authenticated")
        self.api.tokens.add(body["token"], User(body["user"], groups))
        return {"user": body["user"]}
