"""`lab rules`, `rule`, `triggers`, `emit`, `sensors`, `sensor`: what comes in, and what it starts."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import yaml

from lab.cli.casting import BadWord
from lab.cli.client import LabClient, quoted
from lab.cli.tables import print_json, print_table


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("rules", help="the rules")
    parser.add_argument("--enforcements", action="store_true", help="what became of matches, in place of the rules")
    _show(parser, rules)

    parser = commands.add_parser("rule", help="enable, disable, add or remove a rule")
    parser.add_argument("what", choices=("enable", "disable", "add", "remove"))
    parser.add_argument("ref", help="pack.name; for add: the file of the rule's metadata")
    parser.set_defaults(command=rule)

    parser = commands.add_parser("triggers", help="the triggers, and what occurred last")
    parser.add_argument("--type", metavar="REF", help="what occurred of one trigger type")
    parser.add_argument("-n", "--last", type=int, default=20)
    _show(parser, triggers)

    parser = commands.add_parser("emit", help="say that a trigger occurred")
    parser.add_argument("trigger", help="pack.name")
    parser.add_argument("payload", nargs="?", default="{}", help="JSON, or @file")
    parser.set_defaults(command=emit)

    parser = commands.add_parser("sensors", help="the sensors and their processes")
    _show(parser, sensors)

    parser = commands.add_parser("sensor", help="restart, kill (as a crash would) or stop a sensor's process")
    parser.add_argument("what", choices=("restart", "kill", "stop"))
    parser.add_argument("name", help="the class's name")
    parser.set_defaults(command=sensor)


def _show(parser: argparse.ArgumentParser, command: Any) -> None:
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(command=command)


def _print(arguments: argparse.Namespace, found: list[dict[str, Any]], *columns: str) -> int:
    if arguments.json:
        print_json(found)
    else:
        print_table(found, columns)
    return 0


def rules(arguments: argparse.Namespace) -> int:
    """Show the rules, or what became of their matches."""
    client = LabClient(arguments.state_dir)
    if arguments.enforcements:
        found = client.each("/ruleenforcements")
        return _print(
            arguments,
            found,
            "enforced_at",
            "rule.ref",
            "status",
            "execution_id",
            "trigger_instance_id",
            "failure_reason",
        )
    return _print(arguments, client.each("/rules"), "ref", "enabled", "trigger.type", "action.ref", "description")


def rule(arguments: argparse.Namespace) -> int:
    """Change one rule."""
    client = LabClient(arguments.state_dir)
    path = f"/rules/{quoted(arguments.ref)}"
    if arguments.what == "add":
        said = yaml.safe_load(Path(arguments.ref).read_text(encoding="utf-8"))
        print_json(client.call("POST", "/rules", said))
    elif arguments.what == "remove":
        client.call("DELETE", path)
    else:
        print_json(client.call("PUT", path, {"enabled": arguments.what == "enable"}))
    return 0


def triggers(arguments: argparse.Namespace) -> int:
    """Show the triggers' types, or what occurred."""
    client = LabClient(arguments.state_dir)
    found = client.each("/triggerinstances", limit=arguments.last, trigger_type=arguments.type)
    if arguments.json:
        print_json(found)
        return 0
    if not arguments.type:
        print_table(client.each("/triggers"), ("ref", "type", "parameters"))
        print()
    print_table(found, ("occurrence_time", "type", "status", "id", "payload"))
    return 0


def emit(arguments: argparse.Namespace) -> int:
    """Say that a trigger occurred."""
    text: str = arguments.payload
    if text.startswith("@"):
        text = Path(text[1:]).read_text(encoding="utf-8")
    try:
        payload = json.loads(text)
    except ValueError as error:
        raise BadWord(f"the payload is no JSON: {error}") from None
    client = LabClient(arguments.state_dir)
    print_json(client.call("POST", "/triggerinstances", {"trigger": arguments.trigger, "payload": payload}))
    return 0


def sensors(arguments: argparse.Namespace) -> int:
    """Show the sensors."""
    found = LabClient(arguments.state_dir).each("/sensors")
    return _print(arguments, found, "ref", "running", "pid", "respawns", "given_up", "exit_code", "log")


def sensor(arguments: argparse.Namespace) -> int:
    """Tell one sensor's process to end, or to begin anew."""
    client = LabClient(arguments.state_dir)
    print_json(client.call("POST", f"/sensors/{quoted(arguments.name)}/{arguments.what}"))
    return 0
