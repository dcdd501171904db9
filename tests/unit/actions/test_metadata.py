"""What the metadata of the database actions says is what their files take."""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
PYTHON_ACTIONS = sorted(
    file.stem for pattern in ("db_*.py", "rds_*.py") for file in (REPOSITORY / "actions").glob(pattern)
)
CHAINS = sorted(file.stem for file in (REPOSITORY / "actions/workflows").glob("db_*_chain.yaml"))
# What names an object; `perform` may take them together, as `**identity`.
IDENTITY = {"cluster", "namespace", "name", "api_version", "object_kind"}
each_action = pytest.mark.parametrize("name", PYTHON_ACTIONS)


def metadata(name):
    return yaml.safe_load((REPOSITORY / f"actions/{name}.yaml").read_text())


def perform(name):
    module = importlib.import_module(name)
    return next(each for each in vars(module).values() if getattr(each, "__module__", "") == name).perform


@each_action
def test_the_file_takes_the_parameters_that_are_declared(name):
    taken = set(inspect.signature(perform(name)).parameters) - {"self"}
    if "identity" in taken:
        taken = taken - {"identity"} | IDENTITY
    assert set(metadata(name)["parameters"]) - {"timeout"} == taken


@each_action
def test_what_has_no_default_is_required_or_filled_in(name):
    declared = metadata(name)["parameters"]
    for parameter in inspect.signature(perform(name)).parameters.values():
        if parameter.name not in ("self", "identity") and parameter.default is inspect.Parameter.empty:
            assert declared[parameter.name].get("required") or "default" in declared[parameter.name]


@each_action
def test_everything_is_described_and_bounded(name):
    declared = metadata(name)
    assert declared["description"]
    assert all(each["description"] for each in declared["parameters"].values())
    assert 0 < declared["parameters"]["timeout"]["default"] <= 600


@each_action
def test_the_file_is_imported_quickly(name):
    """Heavy clients wait until they are used. Counted is the processor's time: the machine may be busy."""
    program = (
        "import sys, time; sys.path[:0] = sys.argv[1:4]; import st2common.runners.base_action;"
        "begun = time.process_time(); __import__(sys.argv[5]); took = time.process_time() - begun;"
        "print(took, *({'boto3', 'kubernetes', 'hvac', 'consul', 'requests'} & set(sys.modules)))"
    )
    folders = [str(REPOSITORY / each) for each in ("actions", "actions/lib", "lab/stackstorm/lent")]
    done = subprocess.run(
        [sys.executable, "-c", program, *folders, "-", name], capture_output=True, text=True, timeout=60, check=True
    )
    took, *heavy = done.stdout.split()
    assert float(took) < 0.3
    assert heavy == []


@pytest.mark.parametrize("name", CHAINS)
def test_each_task_of_a_chain_gives_what_its_action_needs_and_takes(name):
    chain = yaml.safe_load((REPOSITORY / f"actions/workflows/{name}.yaml").read_text())
    for task in chain["chain"]:
        declared = metadata(task["ref"].removeprefix("kubernetes."))["parameters"]
        given = set(task["parameters"])
        assert given <= set(declared)
        assert {key for key, each in declared.items() if each.get("required")} <= given


@pytest.mark.parametrize("name", CHAINS)
def test_each_failure_of_a_chain_is_told_on_the_object(name):
    chain = yaml.safe_load((REPOSITORY / f"actions/workflows/{name}.yaml").read_text())
    tasks = {task["name"]: task for task in chain["chain"]}
    for task in tasks.values():
        if task["ref"] != "kubernetes.db_status":
            assert tasks[task["on-failure"]]["ref"] == "kubernetes.db_status"
