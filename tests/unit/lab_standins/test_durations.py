import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.standins import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1h30m", 5400), ("250ms", 0.25), ("1.5h", 5400), ("0", 0), ("-5s", -5), ("2m3s4ms", 123.004)],
)
def test_a_duration_of_gos_is_read(text, seconds):
    assert durations.parse(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "x", "5", "5x", "s", "1h 2m", "--5s"])
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError, match="time: "):
        durations.parse(text)


@pytest.mark.parametrize(("value", "seconds"), [(60, 60), ("60", 60), ("2d", 172800), ("90m", 5400), ("", 0)])
def test_vault_takes_numbers_and_days_too(value, seconds):
    assert durations.seconds_of(value) == seconds


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(0, 59))
def test_hours_minutes_and_seconds_add_up(hours, minutes, seconds):
    assert durations.parse(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds
