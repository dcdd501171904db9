"""The Go modules and the catalogue say the same, and name no registry."""

from __future__ import annotations

import re

import pytest

from lab.servers.catalogue import BINARIES, MODULES


@pytest.mark.parametrize("binary", BINARIES.values(), ids=str)
def test_the_module_is_pinned_to_the_version_that_the_catalogue_names(binary):
    pinned = re.findall(r"^(?:require |\t)(\S+) (v\S+)", (binary.folder / "go.mod").read_text(), re.M)
    main = [version for module, version in pinned if binary.package.startswith(module) or module.endswith("/vault")]
    assert binary.version in main


@pytest.mark.parametrize("name", sorted({binary.module for binary in BINARIES.values()}))
def test_every_module_has_its_checksums(name):
    assert (MODULES / name / "go.sum").stat().st_size > 1000


def test_no_file_names_a_registry():
    files = [path for path in MODULES.rglob("*") if path.suffix in (".py", ".go", ".mod")]
    files.append(MODULES.parent.parent / "requirements-go.txt")
    assert [path.name for path in files if re.search(r"https?://(?!127\.0\.0\.1|\{|\")", path.read_text())] == []
