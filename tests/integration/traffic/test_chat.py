"""A whole cutover as people in Slack do it: each line is one that the answer before it has shown."""

import re
import subprocess
import sys

import pytest

from lab.aws.environments import Builder, live_servers
from lab.aws.serving import Backends
from lab.demo.stage import ROOT, raised

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with raised(tmp_path_factory.mktemp("lab"), real=False, rds_delay=0) as stage:
        yield stage


@pytest.fixture
def say(stage):
    """Says something to the bot; the exit status and what Slack shows."""

    def say(line):
        command = [sys.executable, "-m", "lab", "--state-dir", str(stage.directory), "chat", "--user", "ada", line]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout

    return say


def offered(shown, begins):
    """The line between backticks that begins so."""
    (line,) = [each for each in re.findall(r"`([^`\n]+)`", shown) if each.startswith(begins)]
    return line


def test_a_cutover_and_the_way_back(stage, say):
    builder = Builder(stage.aws_endpoint)
    built = builder.environment("prd")
    backends = Backends(stage.aws_endpoint, built)
    backends.ready("paasB")
    try:
        staged = say("elb stage paasB in prd")[1]
        assert offered(staged, "smoke test") == "smoke test prd"
        plan = say(offered(staged, "elb plan") + " min_healthy=50%")[1]
        assert "leave  DeregisterInstancesFromLoadBalancer  ingress-prd-live" in plan
        assert live_servers(builder, built) == set(built.servers["paasA"])

        refused, words = say("elb confirm cutover to paasB in prd plan 00000000")
        assert (refused, "It failed: plan 00000000 is not what would be done now" in words) == (1, True)
        assert live_servers(builder, built) == set(built.servers["paasA"])

        done = say(offered(plan, "elb confirm"))[1]
        assert "@ada: prd: paasB is live; 4 calls on ingress-prd-live, ingress-prd-prelive." in done
        assert live_servers(builder, built) == set(built.servers["paasB"])
        assert "prd: paasB live (2 of 2 healthy), paasA pre-live (2 of 2 healthy)." in say("elb status of prd")[1]

        back = say(offered(done, "elb plan switch back"))[1]
        assert "prd: paasA is live" in say(offered(back, "elb confirm switch back"))[1]
        assert live_servers(builder, built) == set(built.servers["paasA"])
    finally:
        backends.stop()
