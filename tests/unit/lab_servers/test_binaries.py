"""Which binary is run: the environment's, one on PATH that is new enough, the cache's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.servers import BuildFailed, binaries, locate
from lab.servers.catalogue import BINARIES, Binary
from tests.unit.lab_servers.programs import only_on_path, script


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("KUBEBUILDER_ASSETS", "CONSUL_BIN", "VAULT_BIN"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    only_on_path(monkeypatch, tmp_path / "path")
    binaries.version_of.cache_clear()


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Binary]:
    """A Go module with the given files, and etcd's entry of the catalogue pointing at it."""

    def make(**files: str) -> Binary:
        folder = tmp_path / "modules" / "etcd"
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in {"go.mod": "module x", "go.sum": "a h1:1", **files}.items():
            (folder / name).write_text(content)
        monkeypatch.setattr("lab.servers.catalogue.MODULES", tmp_path / "modules")
        return BINARIES["etcd"]

    return make


def test_a_bare_machine_has_none():
    assert {name: locate(name) for name in BINARIES} == dict.fromkeys(BINARIES)


@pytest.mark.parametrize("changed", ["go.mod", "go.sum", "main.go"])
def test_a_change_of_any_file_of_the_module_is_another_binary(module, changed):
    before = binaries.cached(module())
    assert binaries.cached(module(**{changed: "changed"})) != before


def test_other_flags_of_the_linker_are_another_binary(module):
    binary = module()
    assert binaries.cached(dataclasses.replace(binary, ldflags="-s")) != binaries.cached(binary)


def test_a_new_date_of_the_same_files_is_the_same_binary(module):
    before = binaries.cached(module())
    assert binaries.cached(module()) == before


def test_the_cache_lies_in_the_users_cache_folder(module, tmp_path):
    kept = binaries.cached(module())
    assert kept.parent.parent == tmp_path / "cache" / "stackstorm-kubernetes" / "servers"
    assert kept.name == "etcd" and kept.parent.name.startswith("etcd-")


def test_a_relative_cache_folder_is_ignored_as_the_specification_asks(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert binaries.cache_folder() == tmp_path / ".cache" / "stackstorm-kubernetes" / "servers"


def test_what_is_in_the_cache_is_used(module):
    kept = script(binaries.cached(module()), "exit 0")
    assert locate("etcd") == kept


@pytest.mark.parametrize(("name", "variable"), [("consul", "CONSUL_BIN"), ("vault", "VAULT_BIN")])
def test_a_file_that_the_environment_names_comes_before_one_on_path(monkeypatch, tmp_path, name, variable):
    script(tmp_path / "path" / name, "echo v9.9.9")
    named = script(tmp_path / "mine" / "any-name", "exit 0")
    monkeypatch.setenv(variable, str(named))
    assert locate(name) == named


def test_the_assets_folder_serves_what_it_holds_and_the_rest_is_looked_for_elsewhere(monkeypatch, tmp_path):
    assets = tmp_path / "assets"
    held = script(assets / "kube-apiserver", "exit 0")
    on_path = script(tmp_path / "path" / "kubectl", "echo 'Client Version: v1.36.0'")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(assets))
    assert (locate("kube-apiserver"), locate("kubectl"), locate("etcd")) == (held, on_path, None)


def test_an_environment_that_names_no_program_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setenv("VAULT_BIN", str(tmp_path / "absent"))
    with pytest.raises(BuildFailed, match=r"^VAULT_BIN=.*absent is no program; it should name a vault binary$"):
        locate("vault")


def test_an_assets_folder_that_is_not_there_is_told_so(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path / "absent"))
    with pytest.raises(BuildFailed, match=r"^KUBEBUILDER_ASSETS=.*absent is no folder; it should hold"):
        locate("etcd")


@pytest.mark.parametrize(
    ("name", "says", "used"),
    [
        ("etcd", "etcd Version: 3.6.1", True),
        ("etcd", "etcd Version: 3.4.23", False),
        ("kubectl", "Client Version: v1.32.4-dispatcher", False),
        ("kube-apiserver", "Kubernetes v1.37.0", True),
        ("vault", "Vault v1.21.4 (abc), built 2026-03-04T17:40:05Z", True),
        ("consul", "Consul v1.8.7", False),
        ("kwok", "kwok dev", False),
    ],
)
def test_a_program_on_path_is_used_where_it_is_new_enough(tmp_path, name, says, used):
    program = script(tmp_path / "path" / name, f"echo '{says}'")
    assert locate(name) == (program if used else None)


def test_a_name_that_is_none_of_the_servers_is_answered_with_those_that_are():
    with pytest.raises(BuildFailed, match=r"^'mysql' is none of the lab's servers; they are etcd, kube-apiserver, "):
        locate("mysql")
