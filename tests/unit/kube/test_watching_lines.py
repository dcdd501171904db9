"""Lines out of pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.kube.watching.lines import Lines, LineTooLong


@given(st.lists(st.text(min_size=1).map(lambda t: t.encode().replace(b"\n", b"-") or b"-"), max_size=8), st.data())
def test_however_a_stream_is_cut_its_lines_are_the_same(lines, data):
    lines = [line for line in lines if line.strip()]
    stream = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    framing = Lines()
    got = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += framing.feed(stream[start:end])

    assert got == lines
    assert framing.pending == 0


def test_a_line_without_its_end_is_pending():
    framing = Lines()

    assert framing.feed(b"one\ntwo") == [b"one"]
    assert framing.pending == 3
    assert framing.feed(b"\n") == [b"two"]


def test_empty_lines_are_nothing():
    assert Lines().feed(b"\n\r\none\n\n") == [b"one"]


def test_a_line_that_never_ends_is_given_up():
    framing = Lines(longest=10)
    framing.feed(b"12345678")
    with pytest.raises(LineTooLong):
        framing.feed(b"9ab")
