"""A listener, or one of its rules, that forwards by weight: read, and changed in one atomic call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paas.errors import ConfigError, NotFound, Refused
from paas.settings import BalancerSettings
from paas.traffic.calls import Aws, Call
from paas.traffic.views import Weights


class Forward:
    """One side of a role that forwards by weight.

    Args:
        aws: The account.
        balancer: The listener or rule.
        setting: The setting that names it, for errors.
        groups: Target group's ARN by cluster.
    """

    def __init__(self, aws: Aws, balancer: BalancerSettings, setting: str, groups: Mapping[str, str]) -> None:
        self._aws = aws
        self._arn = balancer.name
        self._of_rule = balancer.kind == "rule"
        self._setting = setting
        self._groups = groups
        self._actions: list[dict[str, Any]] = []
        self.name = f"{balancer.kind} {self._arn.rpartition('/')[2]}"

    def read(self) -> Weights:
        """Percent by cluster, of those that it lists.

        Raises:
            ConfigError: There is no such listener or rule, or it does not forward.
            Refused: It forwards to a target group of neither cluster.
        """
        self._actions = self._read_actions()
        action = self._forward_action()
        listed = (action.get("ForwardConfig") or {}).get("TargetGroups") or [
            {"TargetGroupArn": action["TargetGroupArn"], "Weight": 1}
        ]
        clusters = {arn: cluster for cluster, arn in self._groups.items()}
        # A single group gets everything, whatever its weight; Weight is left out where it is 1.
        weights = {each["TargetGroupArn"]: int(each.get("Weight", 1)) for each in listed}
        total = sum(weights.values())
        for arn, weight in weights.items():
            if arn not in clusters and weight:
                raise Refused(
                    f"{self._setting} forwards {weight} of {total} to {arn}, which is no cluster's target group; take "
                    "it out of the forward, or name it in the role's servers"
                )
        return {
            clusters[arn]: round(100 * weight / total) if total else 0
            for arn, weight in weights.items()
            if arn in clusters
        }

    def set(self, weights: Weights) -> Call:
        """The call that sets percent by cluster; everything else of the actions stays. Needs a `read` before."""
        actions = [self._kept(action) for action in self._actions]
        forward = next(action for action in actions if action["Type"] == "forward")
        forward.pop("TargetGroupArn", None)
        config = dict(forward.get("ForwardConfig") or {})
        config["TargetGroups"] = [
            {"TargetGroupArn": self._groups[cluster], "Weight": weight} for cluster, weight in sorted(weights.items())
        ]
        forward["ForwardConfig"] = config
        if self._of_rule:
            return Call("elbv2", "modify_rule", self.name, {"RuleArn": self._arn, "Actions": actions})
        return Call("elbv2", "modify_listener", self.name, {"ListenerArn": self._arn, "DefaultActions": actions})

    def _read_actions(self) -> list[dict[str, Any]]:
        operation, by, key = ("describe_listeners", {"ListenerArns": [self._arn]}, "Listeners")
        if self._of_rule:
            operation, by, key = ("describe_rules", {"RuleArns": [self._arn]}, "Rules")
        try:
            found = self._aws.call("elbv2", operation, target=self._arn, **by)[key]
        except NotFound:
            found = []
        if not found:
            raise ConfigError(self._setting, f"there is no {self.name.partition(' ')[0]} {self._arn}; name one that is")
        actions: list[dict[str, Any]] = found[0]["Actions" if self._of_rule else "DefaultActions"]
        return actions

    def _forward_action(self) -> dict[str, Any]:
        for action in self._actions:
            if action["Type"] == "forward":
                return action
        raise ConfigError(self._setting, f"{self._arn} does not forward; give it a forward to a cluster's target group")

    @staticmethod
    def _kept(action: dict[str, Any]) -> dict[str, Any]:
        """An action as AWS takes it back: a sign-in's secret is never shown, so AWS is told to keep it."""
        kept = dict(action)
        if oidc := kept.get("AuthenticateOidcConfig"):
            kept["AuthenticateOidcConfig"] = {**oidc, "UseExistingClientSecret": True}
        return kept
