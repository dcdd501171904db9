from __future__ import annotations

import pytest

from lab.stackstorm.templates import Templates


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ {'a': 1} | to_json_string }}", '{"a": 1}'),
        ("{{ ('[1]' | from_json_string)[0] }}", "1"),
        ("{{ ('a: [1]' | from_yaml_string).a[0] }}", "1"),
        ("{{ {'a': [1]} | to_yaml_string }}", "a:\n- 1"),
        ("{{ 'a\"b' | json_escape }}", 'a\\"b'),
        ("{{ {'a': [{'b': 1}, {'b': 2}]} | jsonpath_query('a[*].b') }}", "[1, 2]"),
        ("{{ {'a': 1} | jsonpath_query('b') }}", "None"),
        ("{{ 'xay' | regex_match('a') }}", "False"),
        ("{{ 'xAy' | regex_search('a', true) }}", "True"),
        ("{{ 'aXa' | regex_replace('a', 'b') }}", "bXb"),
        ("{{ 'a1b22' | regex_substring('[0-9]+', 1) }}", "22"),
        ("{{ '1.2.3' | version_compare('1.3.0') }}", "-1"),
        ("{{ '1.2.3' | version_match('>=1.2.0') }}", "True"),
        ("{{ '1.2.3' | version_bump_minor }}", "1.3.0"),
        ("{{ '1.2.3' | version_strip_patch }}", "1.2"),
        ("{{ 3661 | to_human_time_from_seconds }}", "1h1m1s"),
        ("{{ 59.6 | to_human_time_from_seconds }}", "1m0s"),
        ("{{ 0 | to_human_time_from_seconds }}", "0s"),
        ("{{ '/a/b.txt' | basename }}{{ '/a/b.txt' | dirname }}", "b.txt/a"),
        ("{{ 'a' is in ['a'] }}", "True"),
    ],
)
def test_a_filter(templates: Templates, template: str, expected: str) -> None:
    assert templates.render(template, {}).strip() == expected


def test_blocks_leave_no_blank_lines(templates: Templates) -> None:
    assert templates.render("  {% if true %}\na\n  {% endif %}\nb", {}) == "a\nb"


def test_the_sandbox_holds(templates: Templates) -> None:
    with pytest.raises(Exception, match="unsafe"):
        templates.render("{{ ''.__class__.__mro__ }}", {})
