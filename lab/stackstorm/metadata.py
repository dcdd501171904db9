"""Reads a pack from its directory as StackStorm's registration does, and says in one sentence what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml

from lab.stackstorm import resource_schemas, schemas
from lab.stackstorm.criteria import OPERATORS
from lab.stackstorm.errors import Invalid, MetadataError
from lab.stackstorm.resources import Action, Alias, Pack, Policy, Rule, Sensor, TriggerType
from lab.stackstorm.runner_types import RUNNER_TYPES, RunnerType

_T = TypeVar("_T")
_ENDINGS = (".yaml", ".yml", ".json")
_OVERRIDABLE = frozenset({"default", "description", "enum", "immutable", "required"})


def read_pack(directory: Path) -> Pack:
    """Read and check one pack.

    Raises:
        MetadataError: The first thing found that StackStorm would refuse, or could never run.
    """
    directory = directory.resolve()
    said = _checked(directory / "pack.yaml", resource_schemas.PACK, directory, version_as_text=True)
    ref = said.get("ref") or said["name"]
    if not re.match(r"^[a-z0-9_]+$", ref):
        raise MetadataError(f"pack.yaml: ref: {ref!r} must hold only a-z, 0-9 and underscores")
    reader = _Reader(ref, directory)
    sensors = tuple(reader.each("sensors", resource_schemas.SENSOR, reader.sensor))
    declared = tuple(reader.each("triggers", resource_schemas.TRIGGER_TYPE, reader.trigger_type))
    config = directory / "config.schema.yaml"
    return Pack(
        ref=ref,
        directory=directory,
        version=str(said["version"]),
        config_schema=_checked(config, resource_schemas.CONFIG_SCHEMA, directory) if config.is_file() else {},
        actions=tuple(reader.each("actions", resource_schemas.ACTION, reader.action)),
        sensors=sensors,
        trigger_types=declared + tuple(each for sensor in sensors for each in sensor.trigger_types),
        rules=tuple(reader.each("rules", resource_schemas.RULE, reader.rule)),
        aliases=tuple(reader.each("aliases", resource_schemas.ALIAS, reader.alias)),
        policies=tuple(reader.each("policies", resource_schemas.POLICY, reader.policy)),
    )


def read_rule(said: Mapping[str, Any]) -> Rule:
    """A rule from its metadata, given by itself; without a pack it is in `default`.

    Raises:
        MetadataError: StackStorm would refuse it.
    """
    pack = str(said.get("pack") or "default")
    try:
        cleaned = schemas.validate(dict(said), resource_schemas.RULE, trusted=True)
    except Invalid as problem:
        raise MetadataError(f"the rule: {problem}") from None
    return _Reader(pack, Path("rule")).rule(cleaned)


def _load(path: Path, root: Path) -> dict[str, Any]:
    name = path.relative_to(root) if path.is_relative_to(root) else path
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MetadataError(f"{name}: there is no such file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MetadataError(f"{name}: is no YAML: {' '.join(str(error).split())}") from None
    if said is not None and not isinstance(said, dict):
        raise MetadataError(f"{name}: must be a mapping, not {type(said).__name__}")
    return said or {}


def _checked(path: Path, schema: Mapping[str, Any], root: Path, *, version_as_text: bool = False) -> dict[str, Any]:
    said = _load(path, root)
    if version_as_text and said.get("version") is not None:
        said["version"] = str(said["version"])  # 0.1 is a number in YAML
    try:
        cleaned: dict[str, Any] = schemas.validate(said, schema, trusted=True)
    except Invalid as problem:
        raise MetadataError(f"{path.relative_to(root)}: {problem}") from None
    return cleaned


class _Reader:
    """Turns the files of one pack into resources."""

    def __init__(self, pack: str, directory: Path) -> None:
        self.pack = pack
        self.directory = directory
        self._at = directory  # the file that is being read, for messages

    def each(self, folder: str, schema: Mapping[str, Any], make: Callable[[dict[str, Any]], _T]) -> Iterator[_T]:
        """One resource for each metadata file directly in `folder`."""
        for path in sorted((self.directory / folder).glob("*")):
            if path.suffix not in _ENDINGS or not path.is_file():
                continue
            self._at = path
            said = _checked(path, schema, self.directory)
            if said.get("pack") not in (None, self.pack):
                raise self._wrong("pack", f"is {said['pack']!r}, but the file lies in pack {self.pack!r}")
            yield make(said)

    def _wrong(self, attribute: str, problem: str) -> MetadataError:
        return MetadataError(f"{self._at.relative_to(self.directory)}: {attribute}: {problem}")

    def _entry_point(self, said: Mapping[str, Any]) -> Path:
        path = self._at.parent / str(said["entry_point"])
        if not said["entry_point"] or not path.is_file():
            raise self._wrong("entry_point", f"there is no file {said['entry_point']!r} beside it")
        return path

    def action(self, said: dict[str, Any]) -> Action:
        """An action, its parameters checked as a set."""
        runner = RUNNER_TYPES.get(said["runner_type"])
        if runner is None:
            raise self._wrong("runner_type", f"{said['runner_type']!r} is none of {', '.join(RUNNER_TYPES)}")
        parameters = said.get("parameters") or {}
        self._check_parameters(parameters, runner)
        return Action(
            pack=self.pack,
            name=said["name"],
            runner=runner,
            parameters=parameters,
            description=said.get("description") or "",
            enabled=said["enabled"],
            entry_point=said["entry_point"],
            file=self._entry_point(said) if runner.needs_file else None,
            output_schema=said.get("output_schema") or {},
        )

    def _check_parameters(self, parameters: Mapping[str, Any], runner: RunnerType) -> None:
        positions: dict[float, str] = {}
        for name, meta in parameters.items():
            inherited = runner.parameters.get(name, {})
            for attribute, value in (meta or {}).items() if inherited else ():
                if attribute not in _OVERRIDABLE and value != inherited.get(attribute):
                    raise self._wrong(
                        f"parameters.{name}.{attribute}", f"the {runner.name} runner has it, and it cannot be changed"
                    )
            if "immutable" in meta and "default" not in {**inherited, **meta}:
                raise self._wrong(f"parameters.{name}", "is immutable and needs a default")
            if "position" in meta and positions.setdefault(meta["position"], name) != name:
                raise self._wrong(
                    f"parameters.{name}.position", f"{meta['position']} is that of {positions[meta['position']]} too"
                )
        taken = sorted(positions)
        if taken and taken != list(range(int(taken[0]), int(taken[0]) + len(taken))):
            raise self._wrong("parameters", f"the positions {taken} leave a gap")

    def trigger_type(self, said: dict[str, Any]) -> TriggerType:
        """A trigger type that a file declares, or a sensor."""
        return TriggerType(
            pack=self.pack,
            name=said["name"],
            description=said.get("description") or "",
            payload_schema=said.get("payload_schema") or {},
            parameters_schema=said.get("parameters_schema") or {},
        )

    def sensor(self, said: dict[str, Any]) -> Sensor:
        """A sensor, with the trigger types that it declares."""
        interval = said.get("poll_interval")
        if interval is not None and interval != int(interval):
            raise self._wrong(
                "poll_interval", f"{interval} must be whole seconds, or the sensor's process cannot start"
            )
        return Sensor(
            pack=self.pack,
            class_name=said["class_name"],
            file=self._entry_point(said),
            trigger_types=tuple(self.trigger_type(each) for each in said["trigger_types"]),
            description=said.get("description") or "",
            enabled=said["enabled"],
            poll_interval=interval,
        )

    def rule(self, said: dict[str, Any]) -> Rule:
        """A rule, its criteria checked for their operators."""
        for key, criterion in said["criteria"].items():
            operator = criterion.get("type") if isinstance(criterion, dict) else None
            if operator not in OPERATORS:
                raise self._wrong(f"criteria.{key}.type", f"{operator!r} is none of {', '.join(OPERATORS)}")
            if criterion.get("pattern") is None:
                raise self._wrong(f"criteria.{key}.pattern", f"is missing; {operator} compares with it")
        return Rule(
            pack=self.pack,
            name=said["name"],
            trigger_type=said["trigger"]["type"],
            trigger_parameters=said["trigger"].get("parameters") or {},
            criteria=said["criteria"],
            action=said["action"]["ref"],
            parameters=said["action"].get("parameters") or {},
            description=said.get("description") or "",
            enabled=said["enabled"],
            kind=(said.get("type") or {}).get("ref", "standard"),
        )

    def alias(self, said: dict[str, Any]) -> Alias:
        """A ChatOps alias."""
        return Alias(
            pack=self.pack,
            name=said["name"],
            action=said["action_ref"],
            formats=tuple(said["formats"]),
            description=said.get("description") or "",
            enabled=said["enabled"],
            ack=said.get("ack") or {},
            result=said.get("result") or {},
            extra=said.get("extra") or {},
            immutable_parameters=said.get("immutable_parameters") or {},
        )

    def policy(self, said: dict[str, Any]) -> Policy:
        """A policy, its parameters checked against its type's."""
        known = resource_schemas.POLICY_TYPES.get(said["policy_type"])
        if known is None:
            types = ", ".join(resource_schemas.POLICY_TYPES)
            raise self._wrong("policy_type", f"{said['policy_type']!r} is none of {types}")
        try:
            parameters = schemas.validate(said.get("parameters") or {}, schemas.of_parameters(known))
        except Invalid as problem:
            raise self._wrong("parameters", str(problem)) from None
        return Policy(self.pack, said["name"], said["resource_ref"], said["policy_type"], parameters, said["enabled"])
