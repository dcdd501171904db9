"""`lab chat`, `lab answer`, `lab inquiries`: what people do."""

from __future__ import annotations

import argparse
import getpass
from typing import Any

from lab.cli import casting
from lab.cli.client import LabClient, quoted
from lab.cli.tables import print_json, print_table

_DONE = ("succeeded", "failed", "timeout", "canceled", "abandoned")


def register(commands: Any) -> None:
    """Add the commands."""
    parser = commands.add_parser("chat", help="say something to the bot, and read what Slack would show")
    parser.add_argument("words", nargs="+", help="the command; in quotes where it has quotes itself")
    parser.add_argument("--user", default=getpass.getuser())
    parser.add_argument("--no-wait", action="store_true", help="the acknowledgement alone")
    parser.set_defaults(command=chat)

    parser = commands.add_parser("inquiries", help="questions that wait for an answer")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(command=inquiries)

    parser = commands.add_parser("answer", help="answer a question")
    parser.add_argument("id")
    parser.add_argument("answers", nargs="*", help="key=value, by the question's schema")
    parser.set_defaults(command=answer)


def chat(arguments: argparse.Namespace) -> int:
    """Say something.

    Returns:
        0 where everything that was started succeeded, waits for a person, or was not waited for.
    """
    client = LabClient(arguments.state_dir)
    said = {"command": " ".join(arguments.words), "user": arguments.user, "source_channel": "lab"}
    good = True
    for started in client.call("POST", "/aliasexecution/match_and_execute", said)["results"]:
        if started["message"] is not None:
            print(f"@{arguments.user}: {started['message']}", flush=True)
        if not arguments.no_wait:
            good = _follow(client, started["execution"], arguments.user) and good
    return 0 if good else 1


def _follow(client: LabClient, execution: dict[str, Any], user: str) -> bool:
    while execution["status"] not in (*_DONE, "paused", "pending"):
        execution = client.call("GET", f"/executions/{execution['id']}", wait=2)
    if execution["status"] not in _DONE:
        print(f"execution {execution['id']} is {execution['status']}: `lab inquiries` says what it waits for")
        return True
    message = client.call("GET", f"/aliasexecution/{execution['id']}/result")["message"]
    if message is not None:
        print(f"@{user}: {message}")
    return bool(execution["status"] == "succeeded")


def inquiries(arguments: argparse.Namespace) -> int:
    """Show what waits for an answer."""
    found = LabClient(arguments.state_dir).each("/inquiries")
    if arguments.json:
        print_json(found)
    else:
        print_table(found, ("id", "route", "users", "ttl", "schema.properties"))
    return 0


def answer(arguments: argparse.Namespace) -> int:
    """Answer a question."""
    client = LabClient(arguments.state_dir)
    asked = {each["id"]: each for each in client.each("/inquiries")}
    schema = asked.get(arguments.id, {}).get("schema", {}).get("properties", {})
    response = casting.parameters(arguments.answers, schema)
    print_json(client.call("PUT", f"/inquiries/{quoted(arguments.id)}", {"response": response}))
    return 0
