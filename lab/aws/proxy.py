"""The proxy before moto's server: an AWS that takes its time and that can be told to fail.

`python -m lab.aws.proxy --upstream http://127.0.0.1:PORT [--port 0] [--name aws]`
"""

from __future__ import annotations

import argparse
import time
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from lab.aws import answers
from lab.aws.autoscaling import Autoscaling
from lab.aws.calls import Call, identify
from lab.aws.clock import Clock
from lab.aws.control import Control
from lab.aws.health import Health
from lab.aws.journal import Journal
from lab.aws.lag import Lag
from lab.aws.rules import Rules
from lab.aws.states import States
from lab.aws.upstream import Upstream
from lab.standins.httpd import HttpServer, Request, Response, serve_until_told

HANG_LIMIT = 300.0


class Proxy:
    """What happens to one request on its way to moto and back."""

    def __init__(self, upstream: Upstream) -> None:
        self.clock = Clock()
        self.upstream = upstream
        self.rules = Rules(self.clock.now)
        self.journal = Journal()
        self.states = States(self.clock.now)
        self.health = Health(self.clock.now)
        self.autoscaling = Autoscaling(upstream.url, self.health, self.clock.now)
        self.lag = Lag(self.clock.now)
        self.control = Control(self)

    def respond(self, request: Request) -> Response:
        """Answer one request: the lab's own, moto's, or an AWS call with whatever rules do to it."""
        if request.path.startswith("/__lab__/"):
            return self.control.respond(request)
        if request.path.startswith("/moto-api"):
            return self.upstream.send(request)
        call = identify(request)
        self.autoscaling.put_back()
        effect = self.rules.effect_on(call)
        response = self._answer(call, request, effect)
        status = 0 if response.reset else response.status
        self.journal.add(call, status=status, faulty=bool(effect))
        return response

    def _answer(self, call: Call, request: Request, effect: dict[str, Any]) -> Response:
        if seconds := effect.get("delay"):
            time.sleep(min(float(seconds), HANG_LIMIT))
        if "hang" in effect:
            time.sleep(min(float(effect["hang"]), HANG_LIMIT))
            return Response(reset=True)
        if effect.get("reset") == "before":
            return Response(reset=True)
        if "error" in effect:
            return answers.error_of(call.service, effect["error"])
        response = self._read(call, request, effect) if call.reading else self._write(call, request)
        for old, new in effect.get("replace", []):
            response.body = response.body.replace(old.encode(), new.encode())
        if "age" in effect:
            response.headers["Date"] = _later(response.headers["Date"], float(effect["age"]))
        if effect.get("reset") == "after":
            return Response(reset=True)
        return response

    def _read(self, call: Call, request: Request, effect: dict[str, Any]) -> Response:
        if "lag" in effect:
            lagging = self.lag.answer(call, request, seconds=float(effect["lag"]))
            if lagging is not None:
                return lagging
            if "unseen" in effect and not self.lag.knows(call, request):
                self.lag.remember(call, request)
                return answers.error_of(call.service, effect["unseen"])
        self.lag.remember(call, request)
        return self._ask(call, request)

    def _ask(self, call: Call, request: Request) -> Response:
        response = self.states.rewrite(call, self.upstream.send(request))
        return self.health.rewrite(call, response)

    def _write(self, call: Call, request: Request) -> Response:
        refusal = self.states.refusal(call)
        if refusal is not None:
            return refusal
        if lagging := self.rules.lagging():
            self.lag.before_write(lambda seen: any(rule.fits(seen) for rule in lagging), self._ask)
        before = self.autoscaling.before(call)
        response = self.upstream.send(request)
        if response.status < 300:
            self.states.observe(call, response)
            self.health.observe(call)
            self.autoscaling.after(call, before)
        return self.states.rewrite(call, response)


def _later(date: str, seconds: float) -> str:
    return format_datetime(parsedate_to_datetime(date) + timedelta(seconds=seconds), usegmt=True)


def main() -> None:
    """Serve until SIGTERM; the ready line is `{"url": ..., "upstream": ...}`."""
    parser = argparse.ArgumentParser(prog="python -m lab.aws.proxy", description=__doc__)
    parser.add_argument("--upstream", required=True, help="URL of moto's server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--name", default="aws")
    options = parser.parse_args()
    proxy = Proxy(Upstream(options.upstream))
    server = HttpServer(proxy.respond, port=options.port)
    url = f"http://127.0.0.1:{server.port}"
    serve_until_told(server, ready={"name": options.name, "url": url, "upstream": options.upstream})


if __name__ == "__main__":
    main()
