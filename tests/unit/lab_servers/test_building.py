"""A build: once, whole or not at all, in bounded time, and with the compiler's own words where it fails."""

from __future__ import annotations

import fcntl
import multiprocessing
from pathlib import Path

import pytest

from lab.servers import BuildFailed, build
from lab.servers.catalogue import BINARIES
from tests.unit.lab_servers.programs import fake_go, only_on_path

ETCD = BINARIES["etcd"]


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    only_on_path(monkeypatch, tmp_path / "path")
    return tmp_path / "path"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "etcd-0123" / "etcd"


def left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.parent.iterdir())


def test_what_is_built_is_in_its_place_and_nothing_else_is_left(tools, target, capfd):
    fake_go(tools, build='echo binary > "$out"')
    build.build(ETCD, target)
    assert target.read_text() == "binary\n"
    assert left(target) == ["build.lock", "etcd-0123"]
    assert "etcd v3.6.13: built in " in capfd.readouterr().err


def test_what_is_there_is_not_built_again(tools, target):
    target.parent.mkdir(parents=True)
    target.write_text("kept")
    fake_go(tools, build="exit 1")
    build.build(ETCD, target)
    assert target.read_text() == "kept"


def test_a_build_that_fails_says_why_and_leaves_nothing(tools, target):
    fake_go(tools, build='echo partial > "$out"; echo "main.go:3: undefined: x" >&2; exit 2')
    with pytest.raises(BuildFailed, match=r"could not be built in lab/servers/etcd \(go ended with 2\).*undefined: x"):
        build.build(ETCD, target)
    assert left(target) == ["build.lock"]


def test_a_build_without_an_end_is_ended(tools, target, monkeypatch, tmp_path):
    monkeypatch.setattr(build, "TIMEOUT", 0.2)
    fake_go(tools, build=f"echo $$ > {tmp_path}/pid; exec sleep 60")
    with pytest.raises(BuildFailed, match=r"was not built within 0 s .*run `python -m lab.servers build etcd` again"):
        build.build(ETCD, target)
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


def test_progress_counts_the_packages(tools, target, monkeypatch, capfd):
    monkeypatch.setattr(build, "SAY_EVERY", 0.0)
    fake_go(tools, build='echo "go: downloading a v1" >&2; echo a/b >&2; echo c/d >&2; sleep 0.2; echo x > "$out"')
    build.build(ETCD, target)
    assert " s, 2 packages compiled; c/d" in capfd.readouterr().err


def test_two_processes_build_it_once(tools, target, tmp_path):
    fake_go(tools, build=f'echo built >> {tmp_path}/times; sleep 0.3; echo binary > "$out"')
    forked = multiprocessing.get_context("fork")
    processes = [forked.Process(target=build.build, args=(ETCD, target)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(20)
    assert [process.exitcode for process in processes] == [0, 0]
    assert (tmp_path / "times").read_text() == "built\n"


def test_waiting_for_another_build_has_an_end(tools, target, monkeypatch):
    monkeypatch.setattr(build, "LOCK_TIMEOUT", 0.0)
    target.parent.parent.mkdir(parents=True)
    lock = target.parent.parent / "build.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BuildFailed, match=r"another process has held .*build\.lock for 0 s; end"):
            build.build(ETCD, target)


def test_a_cache_that_cannot_be_written_is_one_sentence(tools, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(BuildFailed, match=r"^etcd v3\.6\.13 cannot be kept in the servers' cache: .*cache"):
        build.build(ETCD, tmp_path / "cache" / "etcd-0123" / "etcd")
