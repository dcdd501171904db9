"""Tables of the documentation, written from the pack's metadata between markers so that they cannot drift.

`python docs/generate.py` writes them into README.md and docs/*.md; `--check` writes nothing and fails where a table is
not what it would write. A marker is a pair of lines, `<!-- generated: NAME -->` and `<!-- /generated: NAME -->`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "lib"))
MARKED = re.compile(
    r"(?P<begin>^<!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<end>^<!-- /generated: (?P=name) -->$)",
    re.DOTALL | re.MULTILINE,
)


def documents(folder: str) -> Iterator[dict[str, Any]]:
    """Every metadata file of a folder, by name."""
    for file in sorted((REPOSITORY / folder).glob("*.yaml")):
        loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
        if isinstance(loaded, dict):
            yield loaded


def table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(_cell(value) for value in line) + " |\n" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _code(value: object) -> str:
    return f"`{value}`"


def actions() -> str:
    """Each action with its parameters; the required ones first, without `timeout` and its like."""
    return table(
        ("Action", "What it does", "Parameters"),
        (
            (_code(f"kubernetes.{each['name']}"), each["description"], _parameters(each.get("parameters") or {}))
            for each in documents("actions")
        ),
    )


def _parameters(parameters: Mapping[str, Mapping[str, Any]]) -> str:
    shown = {name: each for name, each in parameters.items() if name not in ("timeout", "log_level")}
    required = [f"**{_code(name)}**" for name, each in shown.items() if each.get("required")]
    return ", ".join([*required, *(_code(name) for name, each in shown.items() if not each.get("required"))])


def triggers() -> str:
    """Each trigger with the sensor that emits it and what its payload holds."""
    return table(
        ("Trigger", "Sensor", "When", "Payload"),
        (
            (
                _code(f"kubernetes.{trigger['name']}"),
                _code(sensor["class_name"]),
                trigger["description"],
                ", ".join(_code(name) for name in trigger.get("payload_schema", {}).get("properties", {})),
            )
            for sensor in documents("sensors")
            for trigger in sensor.get("trigger_types") or ()
        ),
    )


def rules() -> str:
    """Each rule with its trigger and its action."""
    return table(
        ("Rule", "Trigger", "Action", "What it does", "Ships"),
        (
            (
                _code(f"kubernetes.{each['name']}"),
                _code(each["trigger"]["type"]),
                _code(each["action"]["ref"]),
                each["description"],
                ships or ("enabled" if each["enabled"] else "disabled"),
            )
            for folder, ships in (("rules", ""), ("rules/examples", "as an example"))
            for each in documents(folder)
        ),
    )


def policies() -> str:
    """Each policy with what it is about."""
    return table(
        ("Policy", "About", "Type", "What it does"),
        (
            (
                _code(f"kubernetes.{each['name']}"),
                _code(each["resource_ref"]),
                _code(each["policy_type"]),
                each["description"],
            )
            for each in documents("policies")
        ),
    )


def aliases() -> str:
    """Each alias with what a person types."""
    return table(
        ("Say", "Action", "What it does"),
        (
            (
                "<br>".join(_code(each["display"] if isinstance(each, dict) else each) for each in alias["formats"]),
                _code(alias["action_ref"]),
                alias["description"],
            )
            for alias in documents("aliases")
        ),
    )


def configuration() -> str:
    """Each section of the configuration with its settings, nested ones dotted."""
    schema = yaml.safe_load((REPOSITORY / "config.schema.yaml").read_text(encoding="utf-8"))
    return "\n".join(
        f"### `{section}`\n\n{found['description']}\n\n"
        + table(("Setting", "Type", "Default", "What it is"), _settings(found, section))
        for section, found in schema.items()
    )


def _settings(found: Mapping[str, Any], key: str) -> Iterator[tuple[object, ...]]:
    inner = found.get("additionalProperties")
    if isinstance(inner, dict) and "properties" in inner:
        found, key = inner, f"{key}.NAME"
    for name, each in found.get("properties", {}).items():
        dotted = f"{key}.{name}"
        if "properties" in each:
            yield from _settings(each, dotted)
            continue
        yield _code(dotted), _type(each), _default(each), each["description"] + _limits(each)
        if "properties" in each.get("items", {}):
            yield from _settings(each["items"], f"{dotted}[]")
        if isinstance(each.get("additionalProperties"), dict) and "properties" in each["additionalProperties"]:
            yield from _settings(each, dotted)


def _type(found: Mapping[str, Any]) -> str:
    if found["type"] == "array":
        return f"list of {found.get('items', {}).get('type', 'values')}s"
    if isinstance(found.get("additionalProperties"), dict):
        return f"names to {_type(found['additionalProperties'])}s"
    return str(found["type"])


def _default(found: Mapping[str, Any]) -> str:
    if found.get("required"):
        return "required"
    default = found.get("default")
    if default is None or default in ([], {}):
        return ""
    return _code(str(default).lower() if isinstance(default, bool) else default)


def _limits(found: Mapping[str, Any]) -> str:
    said = [
        f"{word} {found[limit]}" for limit, word in (("minimum", "at least"), ("maximum", "at most")) if limit in found
    ]
    return f" ({', '.join(said)})" if said else ""


def migration_kinds() -> str:
    """Each rule of the migration, in the order of creation."""
    from paas.migration import explained

    return table(("Kinds", "Rule"), explained.kinds())


def migration_never() -> str:
    """Each kind that a migration leaves to the cluster."""
    from paas.migration import explained

    return table(("Kind", "What it is"), explained.never())


def migration_conversions() -> str:
    """Each kind that a migration converts, where the two clusters share no version."""
    from paas.migration import explained

    return table(("From", "To", "Look at"), explained.conversions())


TABLES: dict[str, Callable[[], str]] = {
    "actions": actions,
    "aliases": aliases,
    "configuration": configuration,
    "migration_conversions": migration_conversions,
    "migration_kinds": migration_kinds,
    "migration_never": migration_never,
    "policies": policies,
    "rules": rules,
    "triggers": triggers,
}


def rendered(text: str, file: str) -> str:
    """The text with every table between its markers.

    Raises:
        SystemExit: A marker has a name that there is no table for.
    """

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in TABLES:
            raise SystemExit(f"{file}: there is no table {name!r}; there are {', '.join(TABLES)}")
        return f"{match['begin']}\n{TABLES[name]()}\n{match['end']}"

    return MARKED.sub(fill, text)


def main(arguments: list[str] | None = None) -> int:
    """Write the tables, or check them; 1 where a file is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a table has drifted")
    check = parser.parse_args(arguments).check
    drifted = 0
    for file in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))):
        text = file.read_text(encoding="utf-8")
        wanted = rendered(text, file.name)
        if wanted == text:
            continue
        drifted += 1
        if check:
            print(
                f"{file.relative_to(REPOSITORY)}: its tables have drifted; run python docs/generate.py", file=sys.stderr
            )
        else:
            file.write_text(wanted, encoding="utf-8")
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
