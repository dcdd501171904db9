import pytest
import yaml

from paas.errors import InvalidInput
from paas.migration.options import Options
from tests.unit.migration.places import ACTIONS


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"namespaces": ["Shop"]}, "`namespaces` is 'Shop'; expected namespace names"),
        ({"namespaces": ["kube-system"]}, "expected a namespace that is not the cluster's own"),
        ({"namespaces": 5}, "`namespaces` is 5; expected a list of texts"),
        ({"namespaces": ["a"], "exclude_namespaces": ["a"]}, "`exclude_namespaces` is 'a'"),
        ({"namespace_map": {"a": "x", "b": "x"}}, "`namespace_map` is 'x'; expected a target for each alone; a and b"),
        ({"namespace_map": {"a": "kube-public"}}, "`namespace_map` is 'kube-public'"),
        ({"namespace_map": ["a"]}, "`namespace_map` is ['a']; expected a map of texts to texts"),
        ({"namespaces": ["a"], "namespace_map": {"b": "c"}}, "`namespace_map` is 'b'; expected one of `namespaces`: a"),
        ({"labels": "app=="}, None),
        ({"labels": "app in a,b"}, "`labels` is 'app in a,b'; expected a label selector"),
        ({"labels": "app in (a"}, "expected a label selector"),
        ({"exclude": ["web"]}, "`exclude` is 'web'; expected Kind/name or Kind/namespace/name"),
        ({"schedules": "stop"}, "`schedules` is 'stop'; expected one of suspend, keep"),
        ({"on_conflict": "force"}, "expected one of report, update, recreate"),
        ({"concurrency": 0}, "`concurrency` is 0; expected a number from 1 to 64"),
        ({"concurrency": True}, "`concurrency` is True"),
        ({"wait_seconds": "soon"}, "`wait_seconds` is 'soon'"),
        ({"colour": "red"}, "`colour` is 'red'; expected one of namespaces"),
        ({"transforms": {}}, "`transforms` is {}; expected a list"),
        ({"transforms": [{"kind": "A"}]}, "`transforms[0]` is ['kind']; expected exactly one of patch"),
        ({"transforms": [{"patch": [{"op": "put"}]}]}, "`transforms[0].patch[0]`"),
        ({"transforms": [{"merge": {}, "colour": 1}]}, "`transforms[0].colour` is 1"),
        ({"transforms": [{"merge": {}, "labels": {"a": 1}}]}, "`transforms[0].labels`"),
    ],
)
def test_bad_input_is_one_sentence_that_names_it(given, sentence):
    if sentence is None:
        Options.load(given)
        return
    with pytest.raises(InvalidInput) as raised:
        Options.load(given)
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_not_given_keeps_its_default():
    assert Options.load({"labels": None, "concurrency": None}) == Options()


def test_lists_may_come_as_one_text():
    assert Options.load({"namespaces": "a, b"}).namespaces == ("a", "b")


def test_objects_outside_namespaces_go_only_where_no_namespace_is_named():
    assert Options.load({}).whole_cluster
    assert not Options.load({"namespaces": ["a"]}).whole_cluster
    assert Options.load({"namespaces": ["a"], "include_cluster_scoped": True}).whole_cluster


def test_the_same_request_is_known_again_whatever_its_speed():
    slow, fast = Options.load({"concurrency": 1}), Options.load({"concurrency": 16, "wait_seconds": 5})
    assert slow.digest("a", "b") == fast.digest("a", "b")
    assert slow.digest("a", "b") != slow.digest("b", "a")
    assert slow.digest("a", "b") != Options.load({"workloads": "zero"}).digest("a", "b")


@pytest.mark.parametrize("name", ["migrate_plan", "migrate_cluster", "migrate_verify"])
def test_an_actions_parameters_are_the_options_with_their_defaults(name):
    parameters = yaml.safe_load((ACTIONS / f"{name}.yaml").read_text())["parameters"]
    plain = Options()
    for field in Options.__dataclass_fields__:
        if field == "lease_seconds" and name != "migrate_cluster":
            continue
        default = parameters[field].get("default")
        assert Options.load({field: default}) == plain, field
