"""A writing AWS call as a value: planned, printed by a dry run, and made, by one and the same object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

#: Targets a call at most; AWS documents no limit, and its own controllers send this many.
AT_ONCE = 200


class Aws(Protocol):
    """What this room needs of `paas.aws.Aws`."""

    def call(self, service: str, operation: str, *, target: str, **request: Any) -> dict[str, Any]:
        """Call one operation."""

    def each(self, service: str, operation: str, items: str, *, target: str, **request: Any) -> Any:
        """Yield every item of every page."""


@dataclass(frozen=True)
class Call:
    """One call that changes something.

    Attributes:
        service: boto3's name of the service.
        operation: boto3's name of the operation.
        target: The object as a person would name it.
        request: The operation's parameters.
    """

    service: str
    operation: str
    target: str
    request: Mapping[str, Any]

    @property
    def name(self) -> str:
        """`elb:RegisterInstancesWithLoadBalancer`, as IAM writes it."""
        service = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}.get(self.service, self.service)
        return f"{service}:{''.join(word.capitalize() for word in self.operation.split('_'))}"

    def as_dict(self) -> dict[str, Any]:
        """For results: `call`, `target`, `request`."""
        return {"call": self.name, "target": self.target, "request": dict(self.request)}

    def make(self, aws: Aws) -> None:
        """Make the call.

        Raises:
            ServerError: AWS refused, or did not answer.
        """
        aws.call(self.service, self.operation, target=self.target, **self.request)


def portions(ids: frozenset[str] | set[str], size: int = AT_ONCE) -> list[list[str]]:
    """Ids in order, cut into what goes into one call each."""
    ordered = sorted(ids)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]
