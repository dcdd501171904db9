"""Region and zone of every node, from EC2, as the labels that schedulers of all versions look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from paas.errors import NotFound, Refused

REGION_LABELS = ("topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region")
ZONE_LABELS = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
# aws:///eu-west-1a/i-0123456789abcdef0, as the cloud provider writes it on a node.
_PROVIDER_ID = re.compile(r"^aws://.*/(i-[0-9a-f]+)$")
_VALUES_AT_ONCE = 200  # EC2's limit for one filter
_PAGE = 1000


class Nodes(Protocol):
    """What this needs of `paas.kube.Client`."""

    def get(self, path: str) -> Any:
        """Read one object."""

    def list(self, path: str) -> Iterator[dict[str, Any]]:
        """List a collection."""

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Merge a patch into an object."""


class Aws(Protocol):
    """What this needs of `paas.aws.Aws`."""

    def each(self, service: str, operation: str, items: str, *, target: str, **request: Any) -> Any:
        """Yield every item of every page."""


def label_zones(
    kube: Nodes, aws: Aws, *, region: str, node: str | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Put region and zone on every node, or on one; a node that has them is not written.

    Args:
        kube: The cluster's API.
        aws: The account that the nodes run in.
        region: The account's region, which every instance found there is in.
        node: Only this one.
        dry_run: Say what would be written, and write nothing.

    Returns:
        `{"message", "labelled": [{"node", "zone", "labels", "before"}], "unchanged": 3, "gone": [...], "unknown":
        [...]}`; `before` are the labels that were written over, `unknown` are nodes that EC2 knows no instance of,
        `gone` those that went meanwhile.

    Raises:
        NotFound: There is no such node.
        Refused: EC2 knows no instance of the one node; a moment later it may, when the node has just come up.
        ServerError: The API or AWS refused, or did not answer.
    """
    nodes = [kube.get(_path(node))] if node else list(kube.list("/api/v1/nodes"))
    zones = _zones(aws, nodes)
    labelled: list[dict[str, Any]] = []
    gone: list[str] = []
    unknown: list[str] = []
    unchanged = 0
    for each in nodes:
        name = each["metadata"]["name"]
        zone = zones.get(_instance(each)) or zones.get(name)
        if zone is None and node:
            raise Refused(
                f"EC2 in {region} knows no instance of node {name} ({_instance(each) or 'no AWS providerID'}); if it "
                "has just come up, run it again, else look at aws.region and at the node's spec.providerID"
            )
        if zone is None:
            unknown.append(name)
            continue
        wanted = dict.fromkeys(REGION_LABELS, region) | dict.fromkeys(ZONE_LABELS, zone)
        there = each["metadata"].get("labels") or {}
        missing = {label: value for label, value in wanted.items() if there.get(label) != value}
        if not missing:
            unchanged += 1
            continue
        before = {label: there[label] for label in missing if label in there}
        if not dry_run:
            try:
                kube.patch(_path(name), {"metadata": {"labels": missing}})
            except NotFound:
                gone.append(name)
                continue
        labelled.append({"node": name, "zone": zone, "labels": missing, "before": before})
    said = [f"nodes: {len(labelled)} {'would be ' if dry_run else ''}labelled", f"{unchanged} had their labels"]
    said += [f"{len(gone)} went meanwhile"] if gone else []
    said += [f"EC2 in {region} knows no instance of {', '.join(unknown[:10])}"] if unknown else []
    return {
        "dry_run": dry_run,
        "message": ", ".join(said),
        "labelled": labelled,
        "unchanged": unchanged,
        "gone": gone,
        "unknown": unknown,
    }


def _path(name: str) -> str:
    return f"/api/v1/nodes/{quote(name, safe='')}"


def _instance(node: Mapping[str, Any]) -> str:
    """The instance id of a node, empty where its provider did not write one."""
    match = _PROVIDER_ID.match((node.get("spec") or {}).get("providerID") or "")
    return match[1] if match else ""


def _zones(aws: Aws, nodes: list[Mapping[str, Any]]) -> dict[str, str]:
    """Zones by instance id, and by private DNS name for the nodes without one."""
    ids = sorted({_instance(each) for each in nodes} - {""})
    names = sorted(each["metadata"]["name"] for each in nodes if not _instance(each))
    zones: dict[str, str] = {}
    for key, values in (("instance-id", ids), ("private-dns-name", names)):
        for start in range(0, len(values), _VALUES_AT_ONCE):
            portion = values[start : start + _VALUES_AT_ONCE]
            found = aws.each(
                "ec2",
                "describe_instances",
                "Reservations",
                target=f"{len(portion)} nodes",
                Filters=[{"Name": key, "Values": portion}],
                PaginationConfig={"PageSize": _PAGE},
            )
            for instance in (instance for reservation in found for instance in reservation["Instances"]):
                answered = instance["InstanceId"] if key == "instance-id" else instance["PrivateDnsName"]
                zones[answered] = instance["Placement"]["AvailabilityZone"]
    return zones
