"""What the API answers about actions, executions, inquiries and aliases."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from lab.stackstorm.api_routing import LONGEST_WAIT, Answer, Request, route
from lab.stackstorm.errors import Invalid, NotFound, ParameterError


@route("GET", "/executions")
def list_executions(request: Request) -> Answer:
    """The latest executions."""
    found = request.service.executions.latest(
        limit=request.number("limit", 50),
        action=request.query.get("action"),
        status=request.query.get("status"),
        parents=request.flag("parents"),
        occurrence=request.query.get("trigger_instance"),
    )
    return 200, [request.service.shown(execution) for execution in found]


@route("POST", "/executions")
def run_action(request: Request) -> Answer:
    """Start an action: `{action, parameters}`."""
    actions = request.service.actions
    ref, given = str(request.body.get("action")), request.body.get("parameters") or {}
    try:
        context = {"user": request.body.get("user") or "stanley", "pack": actions.registry.action(ref).pack}
    except NotFound as error:
        raise Invalid(str(error)) from None  # what is not found is not what was asked of the API
    try:
        parameters = actions.render(ref, given, context=context)
    except ParameterError as error:
        actions.refuse(ref, given, context=context, error=error, check=False)
        raise Invalid(str(error)) from error
    return 201, request.service.shown(actions.request(ref, parameters, context=context))


@route("GET", "/executions/*")
def get_execution(request: Request, identifier: str) -> Answer:
    """One execution; with `wait`, up to so many seconds for its end."""
    wait = min(float(request.query.get("wait", 0)), LONGEST_WAIT)
    store = request.service.executions
    execution = store.wait(identifier, timeout=wait) if wait else store.get(identifier)
    return 200, request.service.shown(execution, children=True)


@route("GET", "/executions/*/children")
def list_children(request: Request, identifier: str) -> Answer:
    """What an execution started, and what that started, down to `depth`; -1 is everything."""
    depth = request.number("depth", -1)
    found = request.service.executions.children(identifier)
    for child in found if depth != 1 else ():
        found += request.service.executions.children(child.id)
    return 200, [request.service.shown(child) for child in found]


@route("DELETE", "/executions/*")
def cancel_execution(request: Request, identifier: str) -> Answer:
    """Cancel an execution."""
    return 200, request.service.shown(request.service.actions.cancel(identifier))


@route("GET", "/actions")
def list_actions(request: Request) -> Answer:
    """Every action."""
    return 200, [_action(action) for action in request.service.registry.actions()]


@route("GET", "/actions/*")
def get_action(request: Request, ref: str) -> Answer:
    """One action, its parameters' schemas with the runner's."""
    return 200, _action(request.service.registry.action(ref))


def _action(action: Any) -> dict[str, Any]:
    return {
        "ref": action.ref,
        "pack": action.pack,
        "name": action.name,
        "description": action.description,
        "enabled": action.enabled,
        "runner_type": action.runner.name,
        "parameters": action.schemas,
    }


@route("GET", "/inquiries")
def list_inquiries(request: Request) -> Answer:
    """What waits for an answer."""
    return 200, request.service.inquiries.pending()


@route("PUT", "/inquiries/*")
def answer_inquiry(request: Request, identifier: str) -> Answer:
    """Answer one: `{response}`."""
    body = request.body
    return 200, request.service.shown(
        request.service.inquiries.answer(identifier, body.get("response"), user=body.get("user") or "stanley"),
    )


@route("GET", "/actionalias")
def list_aliases(request: Request) -> Answer:
    """Every alias."""
    return 200, [{"ref": alias.ref, **asdict(alias)} for alias in request.service.registry.aliases()]


@route("POST", "/aliasexecution/match_and_execute")
def match_and_execute(request: Request) -> Answer:
    """Run what somebody says: `{command, user, source_channel}`."""
    body = request.body
    channel = str(body.get("source_channel") or "lab")
    return 201, {"results": request.service.chat.say(body["command"], user=str(body.get("user")), channel=channel)}


@route("GET", "/aliasexecution/*/result")
def alias_result(request: Request, identifier: str) -> Answer:
    """What is said in chat about an execution that an alias started."""
    return 200, {"message": request.service.chat.result(request.service.executions.get(identifier))}
