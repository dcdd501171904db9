"""Finding a cluster's servers: by EC2 tags, by autoscaling group, or by instance ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from paas.errors import ConfigError
from paas.settings import ServersSettings
from paas.traffic import groups
from paas.traffic.calls import Aws, portions

# EC2 writes this tag on what a group launches, so that no other call is needed to know a server's group.
_GROUP_TAG = "aws:autoscaling:groupName"
_PAGE = 1000
_RUNNING = {"Name": "instance-state-name", "Values": ["running"]}


@dataclass(frozen=True)
class Found:
    """Running servers: the name of its autoscaling group, or None, by instance id."""

    group_of: dict[str, str | None]

    @property
    def ids(self) -> frozenset[str]:
        """The instance ids."""
        return frozenset(self.group_of)


def find(aws: Aws, wanted: ServersSettings, setting: str) -> Found:
    """Find a cluster's running servers.

    Args:
        aws: The account.
        wanted: How they are found.
        setting: The setting that says so, for errors.

    Raises:
        ConfigError: An autoscaling group or an instance that is named is not there.
    """
    if wanted.autoscaling_groups:
        return _by_group(aws, wanted.autoscaling_groups, f"{setting}.autoscaling_groups")
    if wanted.instance_ids:
        return _by_id(aws, wanted.instance_ids, f"{setting}.instance_ids")
    filters = [{"Name": f"tag:{tag}", "Values": [value]} for tag, value in sorted(wanted.tags.items())]
    return Found({instance: group for instance, group, _ in _instances(aws, [*filters, _RUNNING], target=says(wanted))})


def says(wanted: ServersSettings) -> str:
    """How servers are found, for a person."""
    if wanted.autoscaling_groups:
        return f"autoscaling group {', '.join(wanted.autoscaling_groups)}"
    if wanted.instance_ids:
        return f"instance ids {', '.join(wanted.instance_ids)}"
    return "tags " + ", ".join(f"{tag}={value}" for tag, value in sorted(wanted.tags.items()))


def _by_group(aws: Aws, names: tuple[str, ...], setting: str) -> Found:
    described = groups.describe(aws, names)
    for name in names:
        if name not in described:
            raise ConfigError(setting, f"there is no autoscaling group {name!r}; name one that exists")
    return Found({each: name for name in names for each in sorted(groups.servers(described[name], in_service=True))})


def _by_id(aws: Aws, ids: tuple[str, ...], setting: str) -> Found:
    found: dict[str, str | None] = {}
    states: dict[str, str] = {}
    for portion in portions(set(ids)):
        by = [{"Name": "instance-id", "Values": portion}]  # a filter takes an id that is gone; InstanceIds does not
        for instance, group, state in _instances(aws, by, target=f"{len(portion)} instances"):
            states[instance] = state
            if state == "running":
                found[instance] = group
    for instance in ids:
        if instance not in states:
            raise ConfigError(setting, f"there is no instance {instance!r}; name those that exist")
    return Found(found)


def _instances(aws: Aws, filters: list[dict[str, Any]], *, target: str) -> Iterator[tuple[str, str | None, str]]:
    reservations = aws.each(
        "ec2",
        "describe_instances",
        "Reservations",
        target=target,
        Filters=filters,
        PaginationConfig={"PageSize": _PAGE},
    )
    for reservation in reservations:
        for instance in reservation["Instances"]:
            tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
            yield instance["InstanceId"], tags.get(_GROUP_TAG), instance["State"]["Name"]
