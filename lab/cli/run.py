"""`lab run`, `lab executions`, `lab cancel`: actions, and what became of them."""

from __future__ import annotations

import argparse
from typing import Any

from lab.cli import casting
from lab.cli.client import LabClient, quoted
from lab.cli.tables import print_json, print_table

_COMPLETED = ("succeeded", "failed", "timeout", "canceled", "abandoned")
_WAITS = ("paused", "pending")


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("run", help="run an action, wait for its end, print the execution as JSON")
    parser.add_argument("action", help="pack.name")
    parser.add_argument("parameters", nargs="*", help="key=value, @key=file")
    parser.add_argument("--async", dest="asynchronous", action="store_true", help="do not wait")
    parser.set_defaults(command=run)

    parser = commands.add_parser("executions", help="the latest executions, or one with everything under it")
    parser.add_argument("id", nargs="?")
    parser.add_argument("-n", "--last", type=int, default=20)
    parser.add_argument("--action", metavar="REF")
    parser.add_argument("--status")
    parser.add_argument("--children", action="store_true", help="also those that another execution started")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(command=executions)

    parser = commands.add_parser("cancel", help="cancel an execution")
    parser.add_argument("id")
    parser.set_defaults(command=cancel)


def run(arguments: argparse.Namespace) -> int:
    """Run an action.

    Returns:
        0 where it succeeded, was not waited for, or waits for a person; 1 where it failed.
    """
    client = LabClient(arguments.state_dir)
    schemas = client.call("GET", f"/actions/{quoted(arguments.action)}")["parameters"]
    given = casting.parameters(arguments.parameters, schemas)
    execution = client.call("POST", "/executions", {"action": arguments.action, "parameters": given})
    while not arguments.asynchronous and execution["status"] not in (*_COMPLETED, *_WAITS):
        execution = client.call("GET", f"/executions/{execution['id']}", wait=30)
    print_json(execution)
    return 0 if arguments.asynchronous or execution["status"] in ("succeeded", *_WAITS) else 1


def executions(arguments: argparse.Namespace) -> int:
    """Show executions."""
    client = LabClient(arguments.state_dir)
    if arguments.id:
        tree = _tree(client, client.call("GET", f"/executions/{quoted(arguments.id)}"))
        if arguments.json:
            print_json(tree)
        else:
            print_table(_lines(tree), _COLUMNS)
            print_json(tree["result"])
        return 0
    found = client.each(
        "/executions",
        limit=arguments.last,
        action=arguments.action,
        status=arguments.status,
        parents=None if arguments.children else "true",
    )
    if arguments.json:
        print_json(found)
    else:
        print_table([_line(each, 0) for each in found], _COLUMNS)
    return 0


_COLUMNS = ("id", "action", "status", "started", "seconds", "rule")


def _tree(client: LabClient, execution: dict[str, Any]) -> dict[str, Any]:
    below = client.each(f"/executions/{execution['id']}/children", depth=1)
    return {**execution, "children": [_tree(client, child) for child in below]}


def _lines(tree: dict[str, Any], depth: int = 0) -> list[dict[str, Any]]:
    return [_line(tree, depth), *(line for child in tree["children"] for line in _lines(child, depth + 1))]


def _line(execution: dict[str, Any], depth: int) -> dict[str, Any]:
    seconds = execution.get("elapsed_seconds")
    return {
        "id": execution["id"],
        "action": "  " * depth + execution["action"]["ref"],
        "status": execution["status"],
        "started": execution["start_timestamp"][11:23],
        "seconds": None if seconds is None else f"{seconds:.2f}",
        "rule": (execution.get("rule") or {}).get("ref"),
    }


def cancel(arguments: argparse.Namespace) -> int:
    """Cancel an execution."""
    print_json(LabClient(arguments.state_dir).call("DELETE", f"/executions/{quoted(arguments.id)}"))
    return 0
