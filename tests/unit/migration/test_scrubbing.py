import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from paas.migration.facts import NoFacts
from paas.migration.kinds import RULES, rules_of
from paas.migration.kinds.base import Kind
from paas.migration.marks import MIGRATED, digest
from paas.migration.scrub import SERVER_METADATA, scrub
from tests.unit.migration.objects import live

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
metadata = st.fixed_dictionaries(
    {"name": st.just("web")},
    optional={
        **{field: json_values for field in SERVER_METADATA if field != "managedFields"},
        "managedFields": st.just([{"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:spec": {}}}]),
        "namespace": st.just("shop"),
        "labels": st.dictionaries(texts, texts, max_size=3),
        "annotations": st.dictionaries(texts, texts, max_size=3),
        "generateName": st.just("web-"),
        "finalizers": st.lists(st.sampled_from(["a/b", "c/d", "kubernetes"]), max_size=3),
        "ownerReferences": st.lists(st.fixed_dictionaries({"uid": texts, "kind": texts, "name": texts}), max_size=2),
    },
)
custom_objects = st.fixed_dictionaries(
    {"apiVersion": st.just("shop.example.com/v1"), "kind": st.just("Widget"), "metadata": metadata},
    optional={"spec": json_values, "status": json_values, "anything": json_values},
)


def scrubbed(obj, kind=None, **more):
    obj = copy.deepcopy(obj)
    scrub(obj, kind=kind or Kind(), facts=NoFacts(), **more)
    return obj


@given(custom_objects)
def test_nothing_that_the_server_writes_is_left(obj):
    after = scrubbed(obj)
    assert not set(SERVER_METADATA) & set(after["metadata"])
    assert "status" not in after
    assert "ownerReferences" not in after["metadata"]
    assert "generateName" not in after["metadata"]


@given(custom_objects)
def test_scrubbing_twice_is_scrubbing_once(obj):
    once = scrubbed(obj)
    assert scrubbed(once) == once
    assert digest(scrubbed(once)) == digest(once)


@given(custom_objects)
def test_what_somebody_meant_is_untouched(obj):
    after = scrubbed(obj)
    for field in ("spec", "anything"):
        assert after.get(field) == obj.get(field)
    assert after["metadata"]["name"] == obj["metadata"]["name"]
    assert (after["metadata"].get("labels") or {}) == (obj["metadata"].get("labels") or {})


@given(custom_objects, st.sets(st.sampled_from(["a/b", "c/d"])))
def test_only_listed_finalizers_are_kept_in_their_order(obj, keep):
    before = obj["metadata"].get("finalizers") or []
    after = scrubbed(obj, keep_finalizers=keep)["metadata"].get("finalizers") or []
    assert after == [each for each in before if each in keep]


@given(custom_objects)
def test_the_digest_ignores_the_order_of_fields_and_the_mark(obj):
    after = scrubbed(obj)
    turned = json.loads(json.dumps(after), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert digest(turned) == digest(after)
    turned["metadata"]["annotations"] = {**(turned["metadata"].get("annotations") or {}), MIGRATED: "x"}
    assert digest(scrubbed(turned)) == digest(after)


def test_owner_references_are_handed_back():
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "1"}
    obj = live("v1", "Secret", metadata={"ownerReferences": [owner]})
    assert scrub(obj, kind=Kind(), facts=NoFacts()) == [owner]


def test_generate_name_stays_where_there_is_no_name():
    obj = {"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "web-"}}
    scrub(obj, kind=Kind(), facts=NoFacts())
    assert obj["metadata"] == {"generateName": "web-"}


def test_the_deployment_controllers_revision_goes():
    obj = live("apps/v1", "Deployment", spec={}, metadata={"annotations": {"deployment.kubernetes.io/revision": "7"}})
    assert "annotations" not in scrubbed(obj, rules_of("apps", "Deployment"))["metadata"]


def test_every_rule_scrubs_its_barest_object_twice_as_once():
    for rule in RULES:
        for group, kind in rule.kinds:
            bare = live(f"{group}/v1" if group else "v1", kind, spec={}, metadata={"annotations": {}, "labels": {}})
            once = scrubbed(bare, rule)
            assert scrubbed(once, rule) == once, kind
