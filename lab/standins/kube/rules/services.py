"""Services: cluster addresses and node ports, handed out, kept and given back."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from lab.standins.kube.cluster import Cluster
from lab.standins.kube.errors import Cause, Json, forbidden_field, invalid_value, required, unsupported

from . import Rule

NETWORK = ipaddress.ip_network("10.96.0.0/16")
NODE_PORTS = range(30000, 32768)
TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")


def _others(cluster: Cluster, value: Json) -> Iterator[Json]:
    uid = value["metadata"].get("uid")
    return (one for one in cluster.all("", "services") if one["metadata"].get("uid") != uid)


def _taken_ports(cluster: Cluster, value: Json) -> set[int]:
    found = set()
    for other in _others(cluster, value):
        for port in other["spec"].get("ports") or ():
            if port.get("nodePort"):
                found.add(port["nodePort"])
        if other["spec"].get("healthCheckNodePort"):
            found.add(other["spec"]["healthCheckNodePort"])
    return found


def _prepare(cluster: Cluster, new: Json, old: Json | None) -> None:
    spec = new.setdefault("spec", {})
    type_ = spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    if old is None:
        new["status"] = {"loadBalancer": {}}
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port.get("port"))
    if type_ == "ExternalName":
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"):
            spec.pop(field, None)
        return
    if not cluster.settings.old:
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if type_ in ("NodePort", "LoadBalancer"):
        spec.setdefault("externalTrafficPolicy", "Cluster")
    elif old is not None and old["spec"].get("type") != type_:
        spec.pop("externalTrafficPolicy", None)
    if spec["sessionAffinity"] == "ClientIP":
        spec.setdefault("sessionAffinityConfig", {"clientIP": {"timeoutSeconds": 10800}})
    if type_ == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
    if old is not None:
        _keep(spec, old["spec"])


def _allocate(cluster: Cluster, new: Json) -> None:
    spec = new["spec"]
    if spec["type"] == "ExternalName":
        return
    if not cluster.settings.old:
        # Headless and without a selector, a Service may carry any address: the server gives it both families.
        both = spec.get("clusterIP") == "None" and not spec.get("selector")
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if both else ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "RequireDualStack" if both else "SingleStack")
    _allocate_address(cluster, new, spec)
    _allocate_ports(cluster, new, spec)


def _keep(spec: Json, before: Json) -> None:
    """An update that says nothing of an allocation keeps it."""
    for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if not spec.get(field) and before.get(field) and before.get("type") != "ExternalName":
            spec[field] = before[field]
    if spec["type"] not in ("NodePort", "LoadBalancer"):
        for port in spec.get("ports") or ():
            if any(
                port.get("nodePort") and port["nodePort"] == one.get("nodePort") for one in before.get("ports") or ()
            ):
                del port["nodePort"]
        return
    ports = {(port.get("port"), port.get("protocol")): port.get("nodePort") for port in before.get("ports") or ()}
    for port in spec.get("ports") or ():
        kept = ports.get((port.get("port"), port.get("protocol")))
        if not port.get("nodePort") and kept:
            port["nodePort"] = kept


def _allocate_address(cluster: Cluster, new: Json, spec: Json) -> None:
    if not spec.get("clusterIP"):
        taken = {one["spec"].get("clusterIP") for one in _others(cluster, new)}
        start = 10 + cluster.store.version % 40_000  # spread, as the real allocator's random choice does
        candidates = (str(NETWORK[(start + step) % 65_000 + 1]) for step in range(65_000))
        spec["clusterIP"] = next(address for address in candidates if address not in taken)
    if not cluster.settings.old:
        spec["clusterIPs"] = [spec["clusterIP"]]


def _allocate_ports(cluster: Cluster, new: Json, spec: Json) -> None:
    if spec["type"] not in ("NodePort", "LoadBalancer"):
        return
    taken: set[int] | None = None
    wanted = [port for port in spec.get("ports") or () if not port.get("nodePort")]
    if spec.get("allocateLoadBalancerNodePorts") is False:
        wanted = []
    needs_check = (
        spec["type"] == "LoadBalancer"
        and spec.get("externalTrafficPolicy") == "Local"
        and not spec.get("healthCheckNodePort")
    )
    if wanted or needs_check:
        taken = _taken_ports(cluster, new) | {port.get("nodePort", 0) for port in spec.get("ports") or ()}
        start = cluster.store.version % len(NODE_PORTS)
        free = (one for one in (*NODE_PORTS[start:], *NODE_PORTS[:start]) if one not in taken)
        for port in wanted:
            port["nodePort"] = next(free)
        if needs_check:
            spec["healthCheckNodePort"] = next(free)


def _validate(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    spec = new["spec"]
    causes: list[Cause] = []
    if spec["type"] not in TYPES:
        return [unsupported("spec.type", spec["type"], sorted(TYPES))]
    if spec["type"] == "ExternalName":
        return [] if spec.get("externalName") else [required("spec.externalName")]
    headless = spec.get("clusterIP") == "None"
    if not spec.get("ports") and not headless:
        causes.append(required("spec.ports"))
    causes += _address_causes(cluster, new, old)
    taken = _taken_ports(cluster, new)
    for position, port in enumerate(spec.get("ports") or ()):
        field = f"spec.ports[{position}]"
        if not isinstance(port.get("port"), int) or not 0 < port["port"] < 65536:
            causes.append(invalid_value(f"{field}.port", port.get("port", 0), "must be between 1 and 65535, inclusive"))
        if len(spec["ports"]) > 1 and not port.get("name"):
            causes.append(required(f"{field}.name"))
        asked = port.get("nodePort")
        if asked and spec["type"] == "ClusterIP":
            causes.append(forbidden_field(f"{field}.nodePort", "may not be used when `type` is 'ClusterIP'"))
        elif asked and asked not in NODE_PORTS:
            words = "provided port is not in the valid range. The range of valid ports is 30000-32767"
            causes.append(invalid_value(f"{field}.nodePort", asked, words))
        elif asked and asked in taken:
            causes.append(invalid_value(f"{field}.nodePort", asked, "provided port is already allocated"))
    return causes


def _address_causes(cluster: Cluster, new: Json, old: Json | None) -> list[Cause]:
    spec = new["spec"]
    address = spec.get("clusterIP")
    if old is not None and old["spec"].get("clusterIP") and address != old["spec"]["clusterIP"]:
        return [invalid_value("spec.clusterIPs[0]", [address], "may not change once set")]
    if not address or address == "None":
        return []
    try:
        inside = ipaddress.ip_address(address) in NETWORK
    except ValueError:
        words = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        return [invalid_value("spec.clusterIPs[0]", address, words)]
    if not inside:
        words = f"failed to allocate IP {address}: the provided network does not match the current range"
        return [invalid_value("spec.clusterIPs", [address], words)]
    if any(one["spec"].get("clusterIP") == address for one in _others(cluster, new)):
        return [
            invalid_value(
                "spec.clusterIPs", [address], f"failed to allocate IP {address}: provided IP is already allocated"
            )
        ]
    return []


RULES = {("", "Service"): Rule(prepare=_prepare, validate=_validate, allocate=_allocate)}
