"""An environment in the lab's AWS: two clusters' servers, live and pre-live, ready for a cutover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.endpoints import AwsEndpoint

Kind = Literal["classic", "target_group", "weighted"]
CLUSTERS = ("paasA", "paasB")
SIDES = ("live", "prelive")
ZONES = ("a", "b")
# One that moto has in every region; to ask for the list takes it seconds.
IMAGE = "ami-12c6146b"
# moto looks through every tag of every instance: a thousand of them take it a while.
_LONGEST = 900


@dataclass(frozen=True)
class Built:
    """What was made.

    Attributes:
        settings: The environment as it stands in the pack's configuration under `traffic`.
        servers: Instance ids by cluster.
        names: Name of the classic load balancer, or ARN of the target group, by side; by cluster where it is weighted.
        listeners: ARN by side, where it is weighted.
        groups: Autoscaling group by cluster, where there are any.
    """

    settings: dict[str, Any]
    servers: dict[str, list[str]]
    names: dict[str, str]
    listeners: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)


def settings_of(name: str, kind: Kind = "classic") -> dict[str, Any]:
    """An environment as it stands in the pack's configuration under `traffic`, for load balancers found by name."""
    return {
        "bucket": f"paas-{name}-state",
        "clusters": list(CLUSTERS),
        "server_tags": {"KubernetesCluster": "{cluster}", "role": "{role}", "environment": "{environment}"},
        "roles": {"ingress": {side: {kind: f"ingress-{name}-{side}"} for side in SIDES}},
    }


class Builder:
    """Makes environments in one lab AWS."""

    def __init__(self, endpoint: AwsEndpoint) -> None:
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client of one service."""
        import boto3
        from botocore.config import Config

        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=self._endpoint.url,
                region_name=self._endpoint.region,
                aws_access_key_id=self._endpoint.access_key_id,
                aws_secret_access_key=self._endpoint.secret_access_key,
                config=Config(read_timeout=_LONGEST, retries={"total_max_attempts": 1}),
            )
        return self._clients[service]

    def environment(
        self,
        name: str,
        *,
        kind: Kind = "classic",
        servers: int = 2,
        groups: bool = False,
        settings: Mapping[str, Any] | None = None,
    ) -> Built:
        """Make an environment with paasA live and nothing behind pre-live.

        Args:
            name: The environment's, such as `prd`.
            kind: Of the load balancers.
            servers: How many each cluster has.
            groups: Whether an autoscaling group has them, attached to live in the case of paasA.
            settings: More settings, such as `poll_seconds`.
        """
        found = settings_of(name, kind)
        self.client("s3").create_bucket(
            Bucket=found["bucket"], CreateBucketConfiguration={"LocationConstraint": self._endpoint.region}
        )
        of_group = {cluster: f"kubernetes-ingress-{name}-{cluster[-1].lower()}" for cluster in CLUSTERS}
        ids = {
            cluster: self._launch(name, cluster, servers, of_group[cluster] if groups else None) for cluster in CLUSTERS
        }
        listeners: dict[str, str] = {}
        if kind == "weighted":
            names = {cluster: self._target_group(f"ingress-{name}-{cluster}") for cluster in CLUSTERS}
            listeners = self._listeners(name, names)
            role: dict[str, Any] = {side: {"listener": listeners[side]} for side in SIDES}
            role["servers"] = {cluster: {"target_group": f"ingress-{name}-{cluster}"} for cluster in CLUSTERS}
            found["roles"] = {"ingress": role}
            self._register(names["paasA"], ids["paasA"])
        else:
            make = self._classic if kind == "classic" else self._target_group
            names = {side: make(f"ingress-{name}-{side}") for side in SIDES}
            self.attach(names["live"], of_group["paasA"]) if groups else self._register(names["live"], ids["paasA"])
        return Built(
            {**found, **(settings or {})},
            ids,
            names,
            listeners,
            of_group if groups else {},
        )

    def _launch(self, name: str, cluster: str, count: int, group: str | None) -> list[str]:
        tags = {"KubernetesCluster": cluster, "role": "ingress", "environment": name}
        zone = f"{self._endpoint.region}{ZONES[CLUSTERS.index(cluster)]}"
        if group is None:
            started = self.client("ec2").run_instances(
                ImageId=IMAGE,
                MinCount=count,
                MaxCount=count,
                Placement={"AvailabilityZone": zone},
                TagSpecifications=[{"ResourceType": "instance", "Tags": _tags(tags)}],
            )
            return [each["InstanceId"] for each in started["Instances"]]
        scaling = self.client("autoscaling")
        scaling.create_launch_configuration(LaunchConfigurationName=group, ImageId=IMAGE, InstanceType="t3.micro")
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=group,
            LaunchConfigurationName=group,
            MinSize=count,
            MaxSize=count,
            AvailabilityZones=[zone],
            Tags=[{**tag, "PropagateAtLaunch": True} for tag in _tags(tags)],
        )
        found = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][0]
        return [each["InstanceId"] for each in found["Instances"]]

    def _classic(self, name: str) -> str:
        listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
        zones = [f"{self._endpoint.region}{zone}" for zone in ZONES]
        self.client("elb").create_load_balancer(LoadBalancerName=name, Listeners=[listener], AvailabilityZones=zones)
        return name

    def _target_group(self, name: str) -> str:
        vpc = self.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
        made = self.client("elbv2").create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc)
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def _listeners(self, name: str, groups: Mapping[str, str]) -> dict[str, str]:
        subnets = [each["SubnetId"] for each in self.client("ec2").describe_subnets()["Subnets"][:2]]
        made = self.client("elbv2").create_load_balancer(Name=f"paas-{name}", Subnets=subnets)
        balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
        listeners = {}
        for side, port, cluster in (("live", 80, "paasA"), ("prelive", 8080, "paasB")):
            forward = {"Type": "forward", "TargetGroupArn": groups[cluster]}
            listener = self.client("elbv2").create_listener(
                LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=[forward]
            )
            listeners[side] = str(listener["Listeners"][0]["ListenerArn"])
        return listeners

    def _register(self, name: str, ids: list[str]) -> None:
        if name.startswith("arn:"):
            targets = [{"Id": each} for each in ids]
            self.client("elbv2").register_targets(TargetGroupArn=name, Targets=targets)
        else:
            instances = [{"InstanceId": each} for each in ids]
            self.client("elb").register_instances_with_load_balancer(LoadBalancerName=name, Instances=instances)

    def attach(self, name: str, group: str) -> None:
        """Attach an autoscaling group to a classic load balancer, or to a target group by its ARN."""
        scaling = self.client("autoscaling")
        if name.startswith("arn:"):
            scaling.attach_load_balancer_target_groups(AutoScalingGroupName=group, TargetGroupARNs=[name])
        else:
            scaling.attach_load_balancers(AutoScalingGroupName=group, LoadBalancerNames=[name])


def live_servers(builder: Builder, built: Built, side: str = "live") -> set[str]:
    """Who takes the requests of a side now, as a client of AWS finds out: healthy, and not draining."""
    if not built.listeners:
        return _healthy(builder, built.names[side])
    actions = builder.client("elbv2").describe_listeners(ListenerArns=[built.listeners[side]])["Listeners"][0]
    forward = next(action for action in actions["DefaultActions"] if action["Type"] == "forward")
    listed = (forward.get("ForwardConfig") or {}).get("TargetGroups") or [
        {"TargetGroupArn": forward["TargetGroupArn"], "Weight": 1}
    ]
    arns = [each["TargetGroupArn"] for each in listed if each.get("Weight", 1)]
    return set().union(*(_healthy(builder, arn) for arn in arns))


def _healthy(builder: Builder, name: str) -> set[str]:
    if name.startswith("arn:"):
        described = builder.client("elbv2").describe_target_health(TargetGroupArn=name)["TargetHealthDescriptions"]
        return {each["Target"]["Id"] for each in described if each["TargetHealth"]["State"] == "healthy"}
    states = builder.client("elb").describe_instance_health(LoadBalancerName=name)["InstanceStates"]
    return {
        each["InstanceId"]
        for each in states
        if each["State"] == "InService" and "deregistration" not in str(each.get("Description"))
    }


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
