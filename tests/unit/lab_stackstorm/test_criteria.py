from __future__ import annotations

from typing import Any

import pytest

from lab.stackstorm.resources import Rule
from lab.stackstorm.rules import Matcher
from lab.stackstorm.templates import Templates

PAYLOAD = {
    "name": "Orders",
    "n": 5,
    "flag": False,
    "nothing": None,
    "labels": {"type": "mysql"},
    "annotations": {"paas.internal/claim": "c1"},
    "list": ["a", "b"],
    "fields": [{"name": "Status", "to": "Approved"}, {"name": "Owner", "to": "Ann"}],
    "old": "2001-01-01T00:00:00Z",
}


def matches(templates: Templates, key: str, kind: str, pattern: Any, **more: Any) -> bool:
    found, problems = judged(templates, key, kind, pattern, **more)
    assert not problems
    return found


def judged(templates: Templates, key: str, kind: str, pattern: Any, **more: Any) -> tuple[bool, list[str]]:
    problems: list[str] = []
    rule = Rule("p", "r", "t", "a", criteria={key: {"type": kind, "pattern": pattern, **more}})
    return Matcher(templates).matches(rule, PAYLOAD, problem=problems.append), problems


@pytest.mark.parametrize(
    ("key", "kind", "pattern", "expected"),
    [
        ("trigger.name", "equals", "Orders", True),
        ("trigger.name", "eq", "orders", False),
        ("trigger.name", "ieq", "orders", True),
        ("trigger.n", "equals", "5", False),
        ("trigger.n", "nequals", "5", True),
        ("trigger.n", "gt", 4, True),
        ("trigger.n", "lessthan", 5, False),
        ("trigger.flag", "equals", False, True),
        ("trigger.flag", "exists", True, True),
        ("trigger.nothing", "exists", True, False),
        ("trigger.nothing", "nexists", True, True),
        ("trigger.absent.deeper", "nexists", True, True),
        ("trigger.list[9]", "nexists", True, True),
        ("trigger.labels.type", "inside", ["mysql", "postgres"], True),
        ("trigger.labels.type", "nin", ["mysql"], False),
        ("trigger.labels.type", "inside", "a mysql server", True),
        ("trigger.nothing", "ninside", ["x"], True),
        ("trigger.annotations.'paas.internal/claim'", "equals", "c1", True),
        ("trigger.annotations['paas.internal/claim']", "equals", "c1", True),
        ("trigger.list", "contains", "a", True),
        ("trigger.list", "ncontains", "a", False),
        ("trigger.name", "icontains", "ORD", True),
        ("trigger.name", "startswith", "Ord", True),
        ("trigger.name", "iendswith", "ERS", True),
        ("trigger.name", "matchwildcard", "Or*s", True),
        ("trigger.name", "matchregex", "rders", False),
        ("trigger.name", "regex", "rders", True),
        ("trigger.name", "iregex", "^orders$", True),
        ("trigger.old", "timediff_gt", 60, True),
        ("trigger.old", "td_lt", 60, False),
        ("trigger.list[*]", "equals", "a", True),
        ("trigger.list[*]", "equals", "b", False),
        ("trigger.n#again", "equals", 5, True),
        ("trigger.n", "equals", "{{ trigger.n }}", True),
        ("trigger.n", "equals", "{{ (trigger.n + 0) }}", True),
        ("trigger.name", "equals", "{{ trigger.name }}", True),
        ("trigger.name", "equals", "Or{{ 'ders' }}", True),
        ("trigger.flag", "equals", "{{ trigger.flag }}", True),
    ],
)
def test_an_operator(templates: Templates, key: str, kind: str, pattern: Any, expected: bool) -> None:
    assert matches(templates, key, kind, pattern) is expected


@pytest.mark.parametrize(
    ("key", "kind", "pattern", "sentence"),
    [
        ("trigger.nothing", "gt", 4, "There might be a problem with the criteria in rule p.r"),
        ("trigger.nothing", "startswith", "a", "There might be a problem with the criteria in rule p.r"),
        ("trigger.n", "regex", "5", "There might be a problem with the criteria in rule p.r"),
        ("trigger.annotations.paas.internal/claim", "equals", "c1", "Failed transforming criteria key"),
        ("trigger.n", "equals", "{{ trigger.absent }}", "Failed to render pattern value"),
        ("trigger.n", "equals", "{{ trigger.n + 1 }}", "Failed to render pattern value"),
    ],
)
def test_what_cannot_be_compared_does_not_match_and_says_why(
    templates: Templates, key: str, kind: str, pattern: Any, sentence: str
) -> None:
    found, problems = judged(templates, key, kind, pattern)
    assert not found
    assert [words for words in problems if words.startswith(sentence)]


def test_criteria_never_match_an_empty_payload(templates: Templates) -> None:
    rule = Rule("p", "r", "t", "a", criteria={"trigger.x": {"type": "nexists", "pattern": True}})
    assert not Matcher(templates).matches(rule, {}, problem=pytest.fail)


def test_no_criteria_always_match(templates: Templates) -> None:
    assert Matcher(templates).matches(Rule("p", "r", "t", "a"), {}, problem=pytest.fail)


@pytest.mark.parametrize(
    ("condition", "expected"), [("any", True), ("all", False), ("all2any", False), ("any2any", True)]
)
def test_a_search_joins_items_and_criteria_by_its_condition(
    templates: Templates, condition: str, expected: bool
) -> None:
    pattern = {
        "item.name": {"type": "equals", "pattern": "Status"},
        "item.to": {"type": "startswith", "pattern": "App"},
    }
    assert matches(templates, "trigger.fields", "search", pattern, condition=condition) is expected


def test_a_pattern_may_come_from_the_datastore_as_a_string(templates: Templates) -> None:
    templates._datastore.set("wanted.name", "Orders")
    assert matches(templates, "trigger.name", "equals", "{{ st2kv.system.wanted.name | string }}")


def test_a_bare_datastore_item_is_no_json_and_so_no_pattern(templates: Templates) -> None:
    templates._datastore.set("wanted.name", "Orders")
    found, problems = judged(templates, "trigger.name", "equals", "{{ st2kv.system.wanted.name }}")
    assert not found
    assert "not JSON serializable" in problems[0]


def test_a_child_of_a_search_that_cannot_be_compared_leaves_the_other_items(templates: Templates) -> None:
    pattern = {"item.to": {"type": "regex", "pattern": "^App"}, "item.name": {"type": "equals", "pattern": "Status"}}
    assert matches(templates, "trigger.fields", "search", pattern, condition="any")
