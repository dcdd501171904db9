import json
import re
import stat

import pytest

from paas.errors import InvalidInput
from paas.migration.html import write_page
from paas.migration.report import MOST_IN_RESULT, Report


@pytest.fixture
def report(tmp_path):
    lines = []
    made = Report("migrate", "run-1", folder=str(tmp_path / "reports"), say=lines.append)
    made.lines = lines
    yield made
    made.close()


def page_of(report, verb="plan", *, dry_run=True):
    result = report.result(verb=verb, source="paasA", destination="paasB", dry_run=dry_run, complete=False)
    page = report.path.with_suffix(".html")
    write_page(result, report.path, page)
    return result, page


def test_a_result_is_bounded_however_much_happened(report):
    for number in range(5_000):
        report.record("conflict", "configmaps", f"shop/c{number}", words="x" * 300)
        report.warn(f"warning {number}")
    result, _ = page_of(report)
    assert result["outcomes"] == {"conflict": 5_000}
    assert len(result["conflicts"]) == MOST_IN_RESULT
    assert len(json.dumps(result)) < 60_000
    assert len(report.path.read_text().splitlines()) == 10_000


def test_counts_are_by_kind_and_outcome_and_what_stays_behind_by_rule(report):
    report.record("created", "secrets", "shop/a")
    report.leave("secrets", "shop/b", "generated service account token")
    report.leave_kind("pods", 3, "only with include_pods")
    result, _ = page_of(report)
    assert result["counts"] == {"pods": {"left behind": 3}, "secrets": {"created": 1, "left behind": 1}}
    assert result["left_behind"]["secrets"] == {"generated service account token": 1}
    assert result["written"] == 1


def test_the_page_stands_alone_and_shows_names_as_text(report):
    report.record("conflict", "configmaps", "shop/<script>alert(1)</script>", words="a & b", differences=[
        {"field": "data.k", "source": "differs", "destination": "absent"}
    ])  # fmt: skip
    report.leave("secrets", "shop/b", "generated service account token")
    report.warn("look <here>")
    _, page = page_of(report)
    text = page.read_text()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert not re.search(r"""(src|href)\s*=|url\(|@import|https?://""", text), "nothing is loaded from anywhere"
    for words in ("shop/", "data.k", "generated service account token", "look &lt;here&gt;", "@media print"):
        assert words in text
    assert stat.S_IMODE(page.stat().st_mode) == stat.S_IMODE(report.path.stat().st_mode) == 0o600


def test_the_page_begins_with_what_somebody_has_to_decide_and_ends_with_the_way_back(report):
    report.record("created", "configmaps", "shop/fine")
    report.leave("secrets", "shop/token", "generated service account token")
    report.record("conflict", "configmaps", "shop/theirs", words="differs")
    text = page_of(report, "migrate", dry_run=False)[1].read_text()
    places = [
        text.index(words) for words in ("shop/theirs", "generated service", "By kind", "shop/fine", "How to go back")
    ]
    assert places == sorted(places)
    assert "st2 run kubernetes.migrate_undo destination=paasB run=run-1" in text[places[-1] :]


@pytest.mark.parametrize(
    ("verb", "dry_run", "words"),
    [
        ("plan", True, "Nothing was written"),
        ("verify", False, "Nothing was written"),
        ("migrate", True, "Nothing was written"),
        ("release", False, "migrate_hold source=paasB"),
        ("hold", False, "migrate_release destination=paasA"),
        ("undo", False, "migrate_cluster source=paasA destination=paasB"),
    ],
)
def test_each_page_says_how_to_go_back(report, verb, dry_run, words):
    assert words in page_of(report, verb, dry_run=dry_run)[1].read_text().partition("How to go back")[2]


def test_progress_is_told_every_two_seconds_with_what_is_done_and_how_fast(tmp_path):
    now = [0.0]
    lines = []
    report = Report("migrate", "run-1", folder=str(tmp_path), say=lines.append, now=lambda: now[0])
    report.total = 100
    for _ in range(10):
        now[0] += 0.5
        report.record("created", "secrets", "shop/a")
    assert lines == ["migrate run-1: 4 of about 100 objects, 2/s", "migrate run-1: 8 of about 100 objects, 2/s"]
    report.close()


def test_a_folder_that_cannot_be_used_is_told_at_once(tmp_path):
    with pytest.raises(InvalidInput, match="an absolute path"):
        Report("plan", "r", folder="reports")
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(InvalidInput, match="a folder that can be written"):
        Report("plan", "r", folder=str(file / "below"))
