"""Autoscaling groups attached to load balancers, backends that are asked, and servers that somebody puts back."""

import http.server
import threading

import pytest


@pytest.fixture
def image(account):
    return account.ec2.describe_images()["Images"][0]["ImageId"]


@pytest.fixture
def lone(account, image):
    """An instance of no group."""
    return account.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]


@pytest.fixture
def launch(account, image):
    account.autoscaling.create_launch_configuration(
        LaunchConfigurationName="small", ImageId=image, InstanceType="t3.micro"
    )

    def launch(name):
        account.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName="small",
            MinSize=2,
            MaxSize=2,
            AvailabilityZones=["eu-west-1a"],
        )
        found = account.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return {each["InstanceId"] for each in found[0]["Instances"]}

    return launch


@pytest.fixture
def balancer(account):
    def balancer(name):
        listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
        account.elb.create_load_balancer(LoadBalancerName=name, Listeners=[listener], AvailabilityZones=["eu-west-1a"])
        return name

    return balancer


def behind(account, name):
    found = account.elb.describe_instance_health(LoadBalancerName=name)["InstanceStates"]
    return {each["InstanceId"] for each in found}


def register(account, name, *ids):
    account.elb.register_instances_with_load_balancer(
        LoadBalancerName=name, Instances=[{"InstanceId": each} for each in ids]
    )


def attach(account, group, *names):
    account.autoscaling.attach_load_balancers(AutoScalingGroupName=group, LoadBalancerNames=list(names))


def test_attaching_a_group_adds_its_instances_and_leaves_the_others(account, launch, balancer, lone):
    first, second, live = launch("a"), launch("b"), balancer("live")
    register(account, live, lone)
    attach(account, "a", live)
    attach(account, "b", live)
    assert behind(account, live) == {lone} | first | second


def test_detaching_a_group_takes_its_instances_out_of_the_named_one_alone(account, launch, balancer):
    own = launch("a")
    live, prelive = balancer("live"), balancer("prelive")
    register(account, live, *own)  # by hand as well: AWS knows one registration
    attach(account, "a", live, prelive)
    account.autoscaling.detach_load_balancers(AutoScalingGroupName="a", LoadBalancerNames=[live])
    assert behind(account, live) == set()
    assert behind(account, prelive) == own


def test_what_a_group_takes_with_it_drains(account, launch, balancer):
    own, live = launch("a"), balancer("live")
    account.control("PUT", "delays", {"draining": 60})
    attach(account, "a", live)
    account.autoscaling.detach_load_balancers(AutoScalingGroupName="a", LoadBalancerNames=[live])
    assert behind(account, live) == own
    account.later(61)
    assert behind(account, live) == set()


def test_what_a_group_adds_takes_its_time_to_be_healthy(account, launch, balancer):
    launch("a")
    account.control("PUT", "delays", {"registering": 60})
    attach(account, "a", balancer("live"))
    states = account.elb.describe_instance_health(LoadBalancerName="live")["InstanceStates"]
    assert {each["State"] for each in states} == {"OutOfService"}


def test_something_may_put_servers_back(account, balancer, lone):
    live = balancer("live")
    register(account, live, lone)
    account.control("POST", "returners", {"group": "live", "seconds": 5, "times": 1})
    for expected in ({lone}, set()):
        account.elb.deregister_instances_from_load_balancer(LoadBalancerName=live, Instances=[{"InstanceId": lone}])
        assert behind(account, live) == set()
        account.later(5)
        assert behind(account, live) == expected


def test_an_instance_with_a_backend_is_as_healthy_as_that(account, balancer, lone):
    class Backend(http.server.BaseHTTPRequestHandler):
        status = 503

        def do_GET(self):
            self.send_response(self.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    live = balancer("live")
    register(account, live, lone)
    account.control("PUT", "backends", {lone: f"http://127.0.0.1:{server.server_port}/"})

    def state():
        return account.elb.describe_instance_health(LoadBalancerName=live)["InstanceStates"][0]["State"]

    try:
        assert state() == "OutOfService"
        Backend.status = 200
        assert state() == "InService"
    finally:
        server.shutdown()
        server.server_close()
    assert state() == "OutOfService"
