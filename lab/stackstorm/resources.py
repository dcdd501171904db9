"""What a pack holds, as the rest of the lab's StackStorm sees it: already read, checked, and with defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.stackstorm.runner_types import RunnerType


@dataclass(frozen=True)
class Action:
    """One action; `file` is its entry point, None where its runner needs none."""

    pack: str
    name: str
    runner: RunnerType
    parameters: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    enabled: bool = True
    entry_point: str = ""
    file: Path | None = None
    output_schema: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """`pack.name`."""
        return f"{self.pack}.{self.name}"

    @property
    def schemas(self) -> dict[str, dict[str, Any]]:
        """Every parameter's schema: the runner's, and over it what the action says."""
        merged = {name: dict(said) for name, said in self.runner.parameters.items()}
        for name, said in self.parameters.items():
            merged[name] = {**merged.get(name, {}), **(said or {})}
        return merged

    @property
    def casts(self) -> dict[str, dict[str, Any]]:
        """What chains and aliases cast by: a parameter of the runner that the action changes has the type it gives."""
        return {**self.runner.parameters, **{name: said or {} for name, said in self.parameters.items()}}


@dataclass(frozen=True)
class TriggerType:
    """One kind of event; with a `parameters_schema`, each rule makes a trigger of its own from it."""

    pack: str
    name: str
    description: str = ""
    payload_schema: Mapping[str, Any] = field(default_factory=dict)
    parameters_schema: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """`pack.name`."""
        return f"{self.pack}.{self.name}"


@dataclass(frozen=True)
class Sensor:
    """One sensor class, run in a process of its own."""

    pack: str
    class_name: str
    file: Path
    trigger_types: tuple[TriggerType, ...] = ()
    description: str = ""
    enabled: bool = True
    poll_interval: float | None = None

    @property
    def ref(self) -> str:
        """`pack.ClassName`."""
        return f"{self.pack}.{self.class_name}"


@dataclass(frozen=True)
class Rule:
    """Which trigger starts which action, on what conditions."""

    pack: str
    name: str
    trigger_type: str
    action: str
    trigger_parameters: Mapping[str, Any] = field(default_factory=dict)
    criteria: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    enabled: bool = False
    kind: str = "standard"

    @property
    def ref(self) -> str:
        """`pack.name`."""
        return f"{self.pack}.{self.name}"


@dataclass(frozen=True)
class Alias:
    """What people say in chat to run one action."""

    pack: str
    name: str
    action: str
    formats: tuple[Any, ...] = ()
    description: str = ""
    enabled: bool = True
    ack: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    immutable_parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ref(self) -> str:
        """`pack.name`."""
        return f"{self.pack}.{self.name}"


@dataclass(frozen=True)
class Policy:
    """A limit on one action's executions; the lab checks it and does not enforce it."""

    pack: str
    name: str
    action: str
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True


@dataclass(frozen=True)
class Pack:
    """One pack, whole."""

    ref: str
    directory: Path
    version: str = ""
    config_schema: Mapping[str, Any] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    trigger_types: tuple[TriggerType, ...] = ()
    rules: tuple[Rule, ...] = ()
    aliases: tuple[Alias, ...] = ()
    policies: tuple[Policy, ...] = ()
