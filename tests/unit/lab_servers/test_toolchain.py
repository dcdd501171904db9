"""Where Go comes from: PATH, this environment, the package index; or a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.servers import BuildFailed, toolchain
from tests.unit.lab_servers.programs import only_on_path, script


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    only_on_path(monkeypatch, tmp_path / "path")
    monkeypatch.setattr(toolchain, "_installed", lambda: None)
    monkeypatch.setattr(toolchain, "REQUIREMENTS", tmp_path / "requirements-go.txt")  # is not there: pip refuses
    return tmp_path / "path"


def go(path: Path, version: str) -> str:
    return str(script(path, f"echo 'go version go{version} linux/amd64'"))


def test_the_newest_go_that_a_module_asks_for_is_needed():
    assert toolchain.needed() == (1, 26)


def test_a_go_on_path_that_is_new_enough_is_used(tools):
    newer = go(tools / "go", "1.27.1")
    assert toolchain.go_command(print) == newer


def test_one_that_is_too_old_gives_way_to_the_one_in_this_environment(tools, monkeypatch, tmp_path):
    go(tools / "go", "1.19.8")
    installed = go(tmp_path / "site-packages" / "go", "1.26.3")
    monkeypatch.setattr(toolchain, "_installed", lambda: installed)
    assert toolchain.go_command(print) == installed


def test_where_none_can_be_installed_it_says_why_and_what_to_do(tools):
    said: list[str] = []
    with pytest.raises(
        BuildFailed, match=r"^Go 1\.26 or newer is needed .* could not install requirements-go.txt: .*put it on PATH$"
    ):
        toolchain.go_command(said.append)
    assert said == ["Go 1.26 is needed, there is none on PATH; installing a toolchain from the package index ..."]


def test_the_version_on_path_that_will_not_do_is_named(tools, monkeypatch):
    go(tools / "go", "1.19.8")
    monkeypatch.setattr(toolchain, "_install", lambda wanted: None)
    said: list[str] = []
    with pytest.raises(BuildFailed, match=r"does not run on this machine; install Go 1\.26"):
        toolchain.go_command(said.append)
    assert said[0].startswith("Go 1.26 is needed, the one on PATH is 1.19; ")


def test_what_is_no_go_has_no_version(tmp_path):
    assert toolchain.go_version(str(tmp_path / "absent")) == (0, 0)
