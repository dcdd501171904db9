"""Environments with paasA live and paasB beside it, one for each kind of load balancer."""

from __future__ import annotations

import json
from typing import Any

from paas import traffic
from paas.settings import EnvironmentSettings
from paas.settings.reading import read
from tests.unit.traffic.fake_aws import Clock, FakeAws

GROUP_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/"
A, B = ("i-a1", "i-a2", "i-a3"), ("i-b1", "i-b2", "i-b3")
LISTENERS = {side: f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/paas/1/{side}" for side in
             ("live", "prelive")}  # fmt: skip


class Killed(BaseException):
    """The process is gone."""


class Scene:
    """One environment on a fake AWS, with a promise that is checked at every call: live is never short of servers."""

    def __init__(self, kind: str = "classic", *, groups: bool = False, a=A, b=B, staged: bool = True, **settings: Any):
        self.kind, self.a, self.b = kind, set(a), set(b)
        self.clock = Clock()
        self.aws = FakeAws(self.clock)
        self.said: list[str] = []
        self.names = {"paasA": "kubernetes-ingress-prd-a", "paasB": "kubernetes-ingress-prd-b"} if groups else {}
        for cluster, ids in (("paasA", a), ("paasB", b)):
            self.aws.launch(*ids, group=self.names.get(cluster), KubernetesCluster=cluster, role="ingress")
        getattr(self, f"_{kind}")(staged)
        self.settings = read(EnvironmentSettings, {**self._config(), **settings, "name": "prd"}, "traffic.prd")
        self.minimum = 1
        self.shortages: list[str] = []
        self.aws.before.append(self.check)
        self.aws.after.append(self.check)

    def _config(self) -> dict[str, Any]:
        balancers = {
            "classic": {side: {"classic": f"ingress-{side}"} for side in ("live", "prelive")},
            "target_group": {side: {"target_group": f"ingress-{side}"} for side in ("live", "prelive")},
            "weighted": {
                **{side: {"listener": arn} for side, arn in LISTENERS.items()},
                "servers": {c: {"target_group": f"ingress-{c}"} for c in ("paasA", "paasB")},
            },
        }
        return {
            "bucket": "state",
            "clusters": ["paasA", "paasB"],
            "server_tags": {"KubernetesCluster": "{cluster}", "role": "{role}"},
            "roles": {"ingress": balancers[self.kind]},
        }

    def _registering(self, pools: dict[str, str], staged: bool) -> None:
        self.pool = pools
        for side, ids in (("live", self.a), ("prelive", self.b if staged else ())):
            self.aws.pools[pools[side]] = {}
            self.aws.put_behind(pools[side], *ids)
        for cluster, side in (("paasA", "live"), ("paasB", "prelive")):
            if cluster in self.names and (side == "live" or staged):
                self.aws.groups[self.names[cluster]]["attached"] = {pools[side]}

    def _classic(self, staged: bool) -> None:
        self._registering({side: f"ingress-{side}" for side in ("live", "prelive")}, staged)

    def _target_group(self, staged: bool) -> None:
        self._registering({side: f"{GROUP_ARN}ingress-{side}" for side in ("live", "prelive")}, staged)

    def _weighted(self, staged: bool) -> None:
        self.pool = {cluster: f"{GROUP_ARN}ingress-{cluster}" for cluster in ("paasA", "paasB")}
        for cluster, ids in (("paasA", self.a), ("paasB", self.b if staged else ())):
            self.aws.pools[self.pool[cluster]] = {}
            self.aws.put_behind(self.pool[cluster], *ids)
        for side, cluster in (("live", "paasA"), ("prelive", "paasB")):
            self.aws.listeners[LISTENERS[side]] = [{"Type": "forward", "TargetGroupArn": self.pool[cluster]}]

    # What is looked at.

    def weights(self, side: str) -> dict[str, int]:
        (forward,) = [action for action in self.aws.listeners[LISTENERS[side]] if action["Type"] == "forward"]
        if "TargetGroupArn" in forward:
            return {forward["TargetGroupArn"].rpartition("-")[2]: 100}
        listed = forward["ForwardConfig"]["TargetGroups"]
        return {each["TargetGroupArn"].rpartition("-")[2]: each["Weight"] for each in listed if each["Weight"]}

    def behind(self, side: str) -> set[str]:
        """Who is registered on a side, or in the groups that it forwards to."""
        if self.kind != "weighted":
            return set(self.aws.pools[self.pool[side]])
        return {each for cluster in self.weights(side) for each in self.aws.pools[self.pool[cluster]]}

    def served(self) -> set[str]:
        """Who takes the live requests."""
        pools = [self.pool["live"]] if self.kind != "weighted" else [self.pool[each] for each in self.weights("live")]
        return {each for pool in pools for each in self.aws.healthy(pool)}

    def sides(self) -> tuple[set[str], set[str]]:
        return self.behind("live"), self.behind("prelive")

    def check(self, service: str, operation: str, request: dict[str, Any]) -> None:
        if len(self.served()) < self.minimum:
            self.shortages.append(f"{operation}: {sorted(self.served())}")
        if self.kind == "weighted":
            for cluster in self.weights("live"):
                if not self.aws.healthy(self.pool[cluster]):
                    self.shortages.append(f"{operation}: live forwards to {cluster}, where nobody is healthy")

    def unwatched(self) -> Scene:
        """The scene without its promise, where a load balancer is missing."""
        self.aws.before.clear()
        self.aws.after.clear()
        return self

    def journal(self) -> dict[str, Any]:
        return json.loads(self.aws.objects["state", "paas/traffic.json"][0])

    def adding(self) -> dict[str, bool]:
        return {name: not group["suspended"] for name, group in self.aws.groups.items()}

    def attached(self) -> dict[str, set[str]]:
        return {name: {key.rpartition("-")[2] for key in group["attached"]} for name, group in self.aws.groups.items()}

    # What is done.

    def traffic(self) -> traffic.Traffic:
        return traffic.connect(self.aws, self.settings, pace=self.clock.pace(), say=self.said.append)

    def stage(self, cluster: str = "paasB", *, dry_run: bool = False, **order: Any) -> dict[str, Any]:
        return self.traffic().stage(cluster, traffic.Order(by="tester", **order), dry_run=dry_run)

    def cutover(self, cluster: str = "paasB", *, dry_run: bool = False, **order: Any) -> dict[str, Any]:
        return self.traffic().cutover(cluster, traffic.Order(by="tester", **order), dry_run=dry_run)

    def switch_back(self, *, dry_run: bool = False, **order: Any) -> dict[str, Any]:
        return self.traffic().switch_back(traffic.Order(by="tester", **order), dry_run=dry_run)

    def status(self) -> dict[str, Any]:
        return traffic.status(self.traffic())

    def dies_at(self, number: int, *, after: bool = False) -> None:
        """The process dies before (or after) its next call but `number`; then later ones may come."""
        left = [number]

        def count(service: str, operation: str, request: dict[str, Any]) -> None:
            left[0] -= 1
            if left[0] == -1:
                hooks.remove(count)
                raise Killed

        hooks = self.aws.after if after else self.aws.before
        hooks.append(count)

    def lease_ends(self) -> None:
        self.clock.sleep(self.settings.lease_seconds + 1)
