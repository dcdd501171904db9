import pytest


@pytest.fixture
def machines(account):
    image = account.ec2.describe_images()["Images"][0]["ImageId"]
    started = account.ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2)["Instances"]
    return [machine["InstanceId"] for machine in started]


def ids(machines):
    return [{"InstanceId": machine} for machine in machines]


@pytest.fixture
def live(account):
    """A classic load balancer: what it says of each instance."""
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    account.elb.create_load_balancer(LoadBalancerName="live", Listeners=[listener], AvailabilityZones=["eu-west-1a"])

    def states(*named):
        wanted = {"Instances": ids(named)} if named else {}
        found = account.elb.describe_instance_health(LoadBalancerName="live", **wanted)["InstanceStates"]
        return {each["InstanceId"]: (each["State"], each["Description"]) for each in found}

    return states


@pytest.fixture
def group(account):
    vpc = account.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = account.elbv2.create_target_group(Name="live-tg", Protocol="HTTP", Port=80, VpcId=vpc)
    return made["TargetGroups"][0]["TargetGroupArn"]


def targets(account, group):
    found = account.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in found}


IN_PROGRESS = ("OutOfService", "Instance registration is still in progress.")
DRAINING = ("InService", "Instance deregistration currently in progress.")
FINE = ("InService", "N/A")


def test_a_registered_instance_comes_into_service_after_a_while(account, live, machines):
    account.control("PUT", "delays", {"registering": 30})
    account.elb.register_instances_with_load_balancer(LoadBalancerName="live", Instances=ids(machines))
    assert live() == dict.fromkeys(machines, IN_PROGRESS)
    account.later(31)
    assert live() == dict.fromkeys(machines, FINE)


def test_a_draining_instance_is_in_service_and_says_that_it_leaves(account, live, machines):
    account.control("PUT", "delays", {"draining": 30})
    account.elb.register_instances_with_load_balancer(LoadBalancerName="live", Instances=ids(machines))
    account.elb.deregister_instances_from_load_balancer(LoadBalancerName="live", Instances=ids(machines[:1]))
    assert live() == {machines[0]: DRAINING, machines[1]: FINE}
    assert live(machines[0]) == {machines[0]: DRAINING}
    account.later(31)
    assert live() == {machines[1]: FINE}


def test_an_instance_that_never_gets_healthy(account, live, machines):
    script = {"group": "live", "target": machines[0], "timeline": [{"state": "OutOfService"}]}
    account.control("POST", "health", script)
    account.elb.register_instances_with_load_balancer(LoadBalancerName="live", Instances=ids(machines))
    account.later(86400)
    assert [live()[machine][0] for machine in machines] == ["OutOfService", "InService"]


def test_a_timeline_begins_when_the_instance_is_registered(account, live, machines):
    steps = [{"state": "OutOfService", "seconds": 10}, {"state": "InService", "seconds": 10}, {"state": "OutOfService"}]
    account.control("POST", "health", {"timeline": steps})
    account.later(100)
    account.elb.register_instances_with_load_balancer(LoadBalancerName="live", Instances=ids(machines[:1]))
    seen = []
    for _ in range(3):
        seen.append(live()[machines[0]][0])
        account.later(10)
    assert seen == ["OutOfService", "InService", "OutOfService"]


def test_targets_are_initial_healthy_and_draining(account, group, machines):
    account.control("PUT", "delays", {"registering": 30, "draining": 30})
    account.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": machine} for machine in machines])
    assert targets(account, group) == dict.fromkeys(machines, "initial")
    account.later(31)
    assert targets(account, group) == dict.fromkeys(machines, "healthy")
    account.elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": machines[0]}])
    assert targets(account, group) == {machines[0]: "draining", machines[1]: "healthy"}
    account.later(31)
    assert targets(account, group) == {machines[1]: "healthy"}


def test_a_target_can_fail_its_health_checks(account, group, machines):
    account.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": machine} for machine in machines])
    account.control("POST", "health", {"group": "live-tg", "target": machines[1], "timeline": [{"state": "unhealthy"}]})
    assert targets(account, group) == {machines[0]: "healthy", machines[1]: "unhealthy"}
    account.control("DELETE", "health")
    assert targets(account, group) == dict.fromkeys(machines, "healthy")
