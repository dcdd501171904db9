"""The tests' own folders, as `st2-run-pack-tests` needs them."""

from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]


def test_every_folder_with_tests_is_a_package_because_stackstorm_brings_a_package_named_tests() -> None:
    folders = {file.parent for file in TESTS.rglob("*.py") if "packs" not in file.relative_to(TESTS).parts}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]
