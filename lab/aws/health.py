"""Health behind load balancers: moto has all healthy at once; here it takes time, drains, fails or never comes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from xml.etree import ElementTree

from lab.aws import answers
from lab.aws.backends import Backends
from lab.aws.calls import Call
from lab.standins.httpd import Response

DEFAULT_DELAYS = {"registering": 0.0, "draining": 0.0}
# state -> (reason, description) in AWS's own words, where a timeline gives none.
CLASSIC = {
    "InService": ("N/A", "N/A"),
    "OutOfService": (
        "Instance",
        "Instance has failed at least the UnhealthyThreshold number of health checks consecutively.",
    ),
    "registering": ("ELB", "Instance registration is still in progress."),
    "draining": ("N/A", "Instance deregistration currently in progress."),
}
NEWER = {
    "healthy": ("", ""),
    "unhealthy": ("Target.FailedHealthChecks", "Health checks failed"),
    "initial": ("Elb.RegistrationInProgress", "Target registration is in progress"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
    "unused": ("Target.NotRegistered", "Target is not registered to the target group"),
}


@dataclass
class Script:
    """A scripted health: `timeline` is a list of `{"state", "seconds", "reason", "description"}`, begun at `start`."""

    group: str
    target: str
    timeline: list[dict[str, Any]]
    start: float

    def at(self, elapsed: float) -> dict[str, Any] | None:
        """The entry that holds `elapsed` seconds after the start; an entry without seconds holds for good."""
        for entry in self.timeline:
            seconds = entry.get("seconds")
            if seconds is None or elapsed < float(seconds):
                return entry
            elapsed -= float(seconds)
        return None


@dataclass
class Health:
    """Health by load balancer (classic, its name) or target group (its ARN), and by instance or target id."""

    now: Callable[[], float]
    delays: dict[str, float] = field(default_factory=lambda: dict(DEFAULT_DELAYS))
    scripts: list[Script] = field(default_factory=list)
    registered: dict[tuple[str, str], float] = field(default_factory=dict)
    draining: dict[tuple[str, str], float] = field(default_factory=dict)
    backends: Backends = field(default_factory=Backends)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def script(self, *, group: str, target: str, timeline: list[dict[str, Any]]) -> None:
        """Script the health of a target (both names may be globs); the newest script that fits decides."""
        with self.lock:
            self.scripts.insert(0, Script(group, target, timeline, self.now()))

    def clear(self) -> None:
        """Forget scripts, registrations, backends and delays."""
        with self.lock:
            self.scripts.clear()
            self.registered.clear()
            self.draining.clear()
            self.backends.clear()
            self.delays = dict(DEFAULT_DELAYS)

    def observe(self, call: Call) -> None:
        """Note a registration or deregistration that succeeded."""
        if call.action in ("RegisterInstancesWithLoadBalancer", "RegisterTargets"):
            self.joined(_group(call), _targets(call))
        elif call.action in ("DeregisterInstancesFromLoadBalancer", "DeregisterTargets"):
            self.left(_group(call), _targets(call))

    def joined(self, group: str, targets: list[str]) -> None:
        """Note that targets were registered just now, unless they were before."""
        with self.lock:
            for target in targets:
                self.registered.setdefault((group, target), self.now())
                self.draining.pop((group, target), None)

    def left(self, group: str, targets: list[str]) -> None:
        """Note that targets were deregistered just now."""
        with self.lock:
            for target in targets:
                was_there = self.registered.pop((group, target), None) is not None
                if was_there and self.delays.get("draining"):
                    self.draining[(group, target)] = self.now() + self.delays["draining"]

    def rewrite(self, call: Call, response: Response) -> Response:
        """The answer of a health call with every target in the state that it shows now."""
        if response.status != 200 or call.action not in ("DescribeInstanceHealth", "DescribeTargetHealth"):
            return response
        document = answers.Document.parse(response.body)
        if document is None:
            return response
        with self.lock:
            (self._classic if call.service == "elb" else self._newer)(call, document)
        return Response(200, document.body(), response.headers)

    def _shown(
        self, group: str, target: str, alive: dict[str, bool], *, words: dict[str, tuple[str, str]]
    ) -> tuple[str, str, str] | None:
        registered = self.registered.get((group, target), float("-inf"))
        for script in self.scripts:
            if fnmatchcase(short_name(group), script.group) and fnmatchcase(target, script.target):
                entry = script.at(self.now() - max(script.start, registered))
                if entry is not None:
                    reason, description = words.get(entry["state"], ("", ""))
                    return entry["state"], entry.get("reason", reason), entry.get("description", description)
        classic = words is CLASSIC
        if self.now() - registered < self.delays.get("registering", 0.0):
            return ("OutOfService", *words["registering"]) if classic else ("initial", *words["initial"])
        if alive.get(target) is False:
            return ("OutOfService", *words["OutOfService"]) if classic else ("unhealthy", *words["unhealthy"])
        return None

    def _drains(self, group: str) -> list[str]:
        self.draining = {key: until for key, until in self.draining.items() if until > self.now()}
        return [target for drained_group, target in self.draining if drained_group == group]

    def _classic(self, call: Call, document: answers.Document) -> None:
        group, asked = _group(call), _targets(call)
        lists = document.all("InstanceStates")
        alive = self.backends.alive([document.text(member, "InstanceId") for states in lists for member in states])
        drains = [target for target in self._drains(group) if not asked or target in asked]
        for member in [member for states in lists for member in list(states)]:
            target = document.text(member, "InstanceId")
            if target in drains:
                lists[0].remove(member)  # asked by name, moto calls a drained instance unknown
            elif shown := self._shown(group, target, alive, words=CLASSIC):
                _fill_classic(document, member, *shown)
        for target in drains if lists else []:
            member = ElementTree.SubElement(lists[0], document.namespace + "member")
            document.put(member, "InstanceId", target)
            _fill_classic(document, member, "InService", *CLASSIC["draining"])

    def _newer(self, call: Call, document: answers.Document) -> None:
        group, asked = _group(call), _targets(call)
        lists = document.all("TargetHealthDescriptions")
        alive = self.backends.alive([document.text(each, "Id") for each in document.all("Target")])
        drains = [target for target in self._drains(group) if not asked or target in asked]
        for member in [member for states in lists for member in list(states)]:
            described = document.child(member, "Target")
            health = document.child(member, "TargetHealth")
            if described is None or health is None:
                continue
            target = document.text(described, "Id")
            if target in drains:
                _fill_newer(document, health, "draining", *NEWER["draining"])
                drains.remove(target)
            elif shown := self._shown(group, target, alive, words=NEWER):
                _fill_newer(document, health, *shown)
        for target in drains if lists else []:
            member = ElementTree.SubElement(lists[0], document.namespace + "member")
            described = ElementTree.SubElement(member, document.namespace + "Target")
            document.put(described, "Id", target)
            health = ElementTree.SubElement(member, document.namespace + "TargetHealth")
            _fill_newer(document, health, "draining", *NEWER["draining"])


def _fill_classic(document: answers.Document, member: ElementTree.Element, state: str, reason: str, text: str) -> None:
    document.put(member, "State", state)
    document.put(member, "ReasonCode", reason)
    document.put(member, "Description", text)


def _fill_newer(document: answers.Document, health: ElementTree.Element, state: str, reason: str, text: str) -> None:
    document.put(health, "State", state)
    for name, value in (("Reason", reason), ("Description", text)):
        document.drop(health, name)
        if value:
            document.put(health, name, value)


def _group(call: Call) -> str:
    return call.params.get("LoadBalancerName") or call.params.get("TargetGroupArn", "")


def short_name(group: str) -> str:
    """A target group's name out of its ARN; a classic load balancer's name as it is."""
    return group.split("/")[1] if group.startswith("arn:") else group


def _targets(call: Call) -> list[str]:
    return call.members("Instances", "InstanceId") + call.members("Targets", "Id")
