"""deploy/aws-policy.json allows every call that moving traffic makes."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.unit.traffic.scenes import LISTENERS, Scene

POLICY = json.loads((Path(__file__).resolve().parents[3] / "deploy/aws-policy.json").read_text())
SERVICES = {"elb": "elasticloadbalancing", "elbv2": "elasticloadbalancing"}


def allowed(name):
    found = [each["Action"] for each in POLICY["Statement"] if each["Effect"] == "Allow"]
    actions = [action for each in found for action in ([each] if isinstance(each, str) else each)]
    return any(fnmatchcase(name, action) for action in actions)


@pytest.mark.parametrize("groups", [False, True], ids=["tags", "groups"])
@pytest.mark.parametrize("kind", ["classic", "target_group", "weighted", "rules"])
def test_every_call_is_allowed(kind, groups):
    scene = Scene("weighted" if kind == "rules" else kind, groups=groups, staged=False)
    if kind == "rules":
        roles = scene._config()["roles"]
        roles["ingress"] |= {side: {"rule": arn} for side, arn in LISTENERS.items()}
        scene.settings = Scene("weighted", roles=roles).settings
    scene.stage("paasB")
    scene.cutover("paasB")
    scene.switch_back()
    scene.status()
    made = {
        f"{SERVICES.get(service, service)}:{''.join(word.capitalize() for word in operation.split('_'))}"
        for service, operation, _ in scene.aws.calls
    }
    assert {name for name in made if not allowed(name)} == set()
    assert len(made) > 5
