import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.standins import hcl


@pytest.mark.parametrize(
    "text",
    [
        'path "a/*" { capabilities = ["read", "list"] }',
        'path "a/*" {\n  # why\n  capabilities = [\n    "read",\n    "list",\n  ]\n}\n',
        '// said\npath "a/*" { /* twice */ capabilities = ["read", "list"] }',
        '{"path": {"a/*": {"capabilities": ["read", "list"]}}}',
    ],
)
def test_a_block_is_read_however_it_is_written(text):
    assert hcl.parse(text) == [("path", ["a/*"], {"capabilities": ["read", "list"]})]


def test_attributes_stand_beside_blocks():
    assert hcl.parse('acl = "write"\nkey "a" { policy = "read" }') == [
        ("acl", [], "write"),
        ("key", ["a"], {"policy": "read"}),
    ]


def test_values_may_be_numbers_truths_lists_and_maps():
    text = 'path "a" { n = 5 f = 1.5 t = true m = { "k" = ["v"] } l = [] }'
    assert hcl.parse(text)[0][2] == {"n": 5, "f": 1.5, "t": True, "m": {"k": ["v"]}, "l": []}


@pytest.mark.parametrize("text", ["path {", 'path "a"', 'path "a" {', "= 5", 'a = ["b"', "a = ", "a = }", "{", "?"])
def test_what_is_none_is_refused(text):
    with pytest.raises(hcl.BadPolicy):
        hcl.parse(text)


@given(st.text(alphabet='path "{}[]=,ab\n#/*', max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(hcl.BadPolicy):
        hcl.parse(text)
