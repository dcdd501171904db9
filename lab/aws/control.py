"""The proxy's own endpoints under `/__lab__/`: rules, delays, statuses, health, the clock, and what was called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lab.aws.autoscaling import Returner
from lab.aws.rules import BadRule
from lab.standins.httpd import Request, Response

if TYPE_CHECKING:
    from lab.aws.proxy import Proxy


class Control:
    """Routes `/__lab__/<what>`; every body and every answer is JSON."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._routes: dict[tuple[str, str], Callable[[Request, Any], Any]] = {
            ("GET", "rules"): lambda request, body: [rule.as_json() for rule in proxy.rules.all()],
            ("POST", "rules"): self._add_rules,
            ("DELETE", "rules"): self._remove_rules,
            ("GET", "delays"): lambda request, body: self._delays(),
            ("PUT", "delays"): lambda request, body: self._set_delays(body),
            ("POST", "status"): self._force_status,
            ("DELETE", "status"): self._release_status,
            ("POST", "health"): self._script_health,
            ("PUT", "backends"): lambda request, body: proxy.health.backends.put(dict(body)),
            ("GET", "backends"): lambda request, body: proxy.health.backends.all(),
            ("POST", "returners"): self._add_returner,
            ("DELETE", "returners"): lambda request, body: proxy.autoscaling.clear(),
            ("DELETE", "health"): lambda request, body: proxy.health.scripts.clear(),
            ("GET", "counts"): lambda request, body: proxy.journal.counts(),
            ("GET", "calls"): self._calls,
            ("DELETE", "calls"): lambda request, body: proxy.journal.clear(),
            ("POST", "clock"): self._advance,
            ("POST", "reset"): self._reset,
        }

    def respond(self, request: Request) -> Response:
        """Answer one control request; 400 says what is wrong with it, 404 which endpoints there are."""
        what = request.path.removeprefix("/__lab__/").strip("/")
        route = self._routes.get((request.method, what))
        if route is None:
            known = ", ".join(f"{method} /__lab__/{name}" for method, name in self._routes)
            return Response.of_json({"error": f"no {request.method} {request.path}; there are {known}"}, status=404)
        try:
            return Response.of_json(route(request, request.json()))
        except (BadRule, KeyError, TypeError, ValueError) as error:
            return Response.of_json({"error": f"{type(error).__name__}: {error}"}, status=400)

    def _add_rules(self, request: Request, body: Any) -> Any:
        specs = body if isinstance(body, list) else [body]
        return [self._proxy.rules.add(spec).as_json() for spec in specs]

    def _remove_rules(self, request: Request, body: Any) -> None:
        self._proxy.rules.remove(int(request.arg("id")) if request.has("id") else None)

    def _delays(self) -> dict[str, float]:
        return {**self._proxy.states.delays, **self._proxy.health.delays}

    def _set_delays(self, body: Any) -> dict[str, float]:
        for name, seconds in body.items():
            for owner in (self._proxy.states.delays, self._proxy.health.delays):
                if name in owner:
                    owner[name] = float(seconds)
                    break
            else:
                raise ValueError(f"no delay {name!r}; there are {', '.join(self._delays())}")
        return self._delays()

    def _force_status(self, request: Request, body: Any) -> None:
        self._proxy.states.force(
            region=body.get("region", "eu-west-1"),
            element=body.get("kind", "DBInstance"),
            identifier=body["id"],
            status=body["status"],
            seconds=body.get("seconds"),
        )

    def _release_status(self, request: Request, body: Any) -> None:
        self._proxy.states.release(
            region=request.arg("region", "eu-west-1"),
            element=request.arg("kind", "DBInstance"),
            identifier=request.arg("id"),
        )

    def _script_health(self, request: Request, body: Any) -> None:
        self._proxy.health.script(
            group=body.get("group", "*"), target=body.get("target", "*"), timeline=list(body["timeline"])
        )

    def _add_returner(self, request: Request, body: Any) -> None:
        self._proxy.autoscaling.returners.append(
            Returner(
                group=body.get("group", "*"),
                target=body.get("target", "*"),
                seconds=float(body.get("seconds", 0)),
                times=None if body.get("times") is None else int(body["times"]),
            )
        )

    def _calls(self, request: Request, body: Any) -> Any:
        return self._proxy.journal.entries(
            after=int(request.arg("after", "0")), writing_only=request.arg("writing") in ("1", "true")
        )

    def _advance(self, request: Request, body: Any) -> None:
        self._proxy.clock.advance(float(body["advance"]))

    def _reset(self, request: Request, body: Any) -> None:
        proxy = self._proxy
        proxy.rules.remove()
        proxy.journal.clear()
        proxy.states.clear()
        proxy.health.clear()
        proxy.lag.clear()
        proxy.autoscaling.clear()
        if (body or {}).get("aws"):
            moto_reset = Request("POST", "/moto-api/reset", {}, [("Host", "localhost")], b"")
            proxy.upstream.send(moto_reset)
