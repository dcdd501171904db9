"""Loading a tree of references: every value is fetched before the first is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paas.errors import InvalidInput, PaasError
from paas.vault.client import Vault
from paas.vault.grants import check_path
from paas.vault.merging import write_keys
from paas.vault.values import Sources

_SIZE_AT_MOST = 1024 * 1024


def read_tree(file: str) -> Mapping[str, Any]:
    """Read a tree from a YAML or JSON file on this machine.

    Raises:
        InvalidInput: It cannot be read, or holds no mapping.
    """
    import yaml

    try:
        path = Path(file)
        if path.stat().st_size > _SIZE_AT_MOST:
            raise InvalidInput("file", file, f"a file of at most {_SIZE_AT_MOST} bytes")
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("file", file, f"a readable file ({getattr(error, 'strerror', '') or error})") from None
    except yaml.YAMLError:
        # The parser's words quote the file.
        raise InvalidInput("file", file, "YAML or JSON") from None
    if not isinstance(tree, Mapping):
        raise InvalidInput("file", file, "a mapping of paths to mappings of keys to references")
    return tree


def load_tree(
    vault: Vault, tree: Mapping[str, Any], sources: Sources, *, prefix: str = "", rotate: bool = False, dry_run: bool
) -> dict[str, Any]:
    """Give every secret of a tree its values; other keys and other secrets stay.

    Args:
        vault: The Vault.
        tree: Mappings of keys to references, by path.
        sources: Fetches the references.
        prefix: What every path begins with.
        rotate: Make up new values for generated keys that have one.
        dry_run: Only look; references are fetched all the same.

    Returns:
        `secrets` (one entry a path, without values), `written`, `unchanged` and `failed`. A path that Vault does not
        take keeps the others from nothing; doing it again goes on from there.

    Raises:
        InvalidInput: The tree is none; nothing was written.
        ConfigError: A reference names nothing; nothing was written.
    """
    wanted = {}
    for name, values in tree.items():
        path = check_path(f"{prefix}{name}", parameter="tree")
        if not isinstance(values, Mapping) or not values or not all(isinstance(key, str) for key in values):
            raise InvalidInput("tree", path, "a mapping of keys to references for each path")
        wanted[path] = sources.fetch(path, values, parameter=path)
    said, failed = [], []
    for path, each in wanted.items():
        try:
            said.append(write_keys(vault, path, each, rotate=rotate, dry_run=dry_run).as_dict())
        except PaasError as error:
            failed.append({"path": path, **error.as_result()})
    return {
        "secrets": said,
        "written": sum(each["written"] for each in said),
        "unchanged": sum(not each["changed"] for each in said),
        "failed": failed,
        "dry_run": dry_run,
    }
