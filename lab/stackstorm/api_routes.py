"""What the lab's API answers: one function a path."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.stackstorm.errors import Invalid, NotFound, ParameterError
from lab.stackstorm.metadata import read_rule

if TYPE_CHECKING:
    from lab.stackstorm.service import StackStorm

Answer = tuple[int, Any]
_LONGEST_WAIT = 60.0


@dataclass(frozen=True)
class Request:
    """One request: the service, the query, the body as JSON, and the headers."""

    service: StackStorm
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]

    def number(self, name: str, default: int) -> int:
        """A number of the query."""
        return int(self.query.get(name, default))

    def flag(self, name: str) -> bool:
        """A yes or no of the query."""
        return self.query.get(name, "").lower() in ("1", "true", "yes")


_ROUTES: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = []


def _route(method: str, path: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    pattern = re.compile("^" + path.replace("/*", "/([^/]+)") + "$")

    def register(call: Callable[..., Answer]) -> Callable[..., Answer]:
        _ROUTES.append((method, pattern, call))
        return call

    return register


def find(method: str, path: str) -> tuple[Callable[..., Answer], list[str]]:
    """The function of a path, and what stands for its wildcards.

    Raises:
        NotFound: There is no such path.
    """
    for known, pattern, call in _ROUTES:
        match = pattern.match(path)
        if known == method and match:
            return call, [urllib.parse.unquote(part) for part in match.groups()]
    raise NotFound(f"the API has no {method} {path}")


@_route("GET", "/executions")
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


@_route("POST", "/executions")
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


@_route("GET", "/executions/*")
def get_execution(request: Request, identifier: str) -> Answer:
    """One execution; with `wait`, up to so many seconds for its end."""
    wait = min(float(request.query.get("wait", 0)), _LONGEST_WAIT)
    store = request.service.executions
    execution = store.wait(identifier, timeout=wait) if wait else store.get(identifier)
    return 200, request.service.shown(execution, children=True)


@_route("GET", "/executions/*/children")
def list_children(request: Request, identifier: str) -> Answer:
    """What an execution started, and what that started, down to `depth`; -1 is everything."""
    depth = request.number("depth", -1)
    found = request.service.executions.children(identifier)
    for child in found if depth != 1 else ():
        found += request.service.executions.children(child.id)
    return 200, [request.service.shown(child) for child in found]


@_route("DELETE", "/executions/*")
def cancel_execution(request: Request, identifier: str) -> Answer:
    """Cancel an execution."""
    return 200, request.service.shown(request.service.actions.cancel(identifier))


@_route("GET", "/actions")
def list_actions(request: Request) -> Answer:
    """Every action."""
    return 200, [_action(action) for action in request.service.registry.actions()]


@_route("GET", "/actions/*")
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


@_route("GET", "/rules")
def list_rules(request: Request) -> Answer:
    """Every rule."""
    return 200, request.service.rulebook.all()


@_route("POST", "/rules")
def add_rule(request: Request) -> Answer:
    """Add a rule, from its metadata."""
    rule = read_rule(request.body)
    request.service.registry.action(rule.action)
    request.service.rulebook.add(rule)
    return 201, asdict(rule)


@_route("PUT", "/rules/*")
def switch_rule(request: Request, ref: str) -> Answer:
    """Switch a rule on or off: `{enabled}`."""
    return 200, asdict(request.service.rulebook.enable(ref, bool(request.body["enabled"])))


@_route("DELETE", "/rules/*")
def remove_rule(request: Request, ref: str) -> Answer:
    """Remove a rule."""
    request.service.rulebook.remove(ref)
    return 204, None


@_route("GET", "/ruleenforcements")
def list_enforcements(request: Request) -> Answer:
    """What became of matches."""
    return 200, request.service.rules.enforcements(
        limit=request.number("limit", 50),
        rule=request.query.get("rule_ref"),
        occurrence=request.query.get("trigger_instance"),
    )


@_route("GET", "/triggertypes")
def list_trigger_types(request: Request) -> Answer:
    """Every trigger type."""
    return 200, [{"ref": kind.ref, **asdict(kind)} for kind in request.service.registry.trigger_types()]


@_route("GET", "/triggers")
def list_triggers(request: Request) -> Answer:
    """Every trigger."""
    return 200, [trigger.as_json() for trigger in request.service.triggers.all()]


@_route("GET", "/triggers/changes")
def trigger_changes(request: Request) -> Answer:
    """Triggers of some types that were created or deleted since a point; waits for the next."""
    since, changes = request.service.triggers.changes(
        since=request.number("since", 0),
        types=frozenset(request.query.get("types", "").split(",")),
        timeout=min(float(request.query.get("timeout", 0)), _LONGEST_WAIT),
    )
    return 200, {"since": since, "changes": [{"what": what, "trigger": each.as_json()} for what, each in changes]}


@_route("GET", "/triggerinstances")
def list_occurrences(request: Request) -> Answer:
    """What occurred, newest first."""
    return 200, list(
        request.service.triggers.latest(
            limit=request.number("limit", 50),
            kind=request.query.get("trigger_type"),
            trigger=request.query.get("trigger"),
        )
    )


@_route("POST", "/triggerinstances")
def dispatch(request: Request) -> Answer:
    """Say that a trigger occurred: `{trigger, payload}`."""
    occurrence = request.service.triggers.dispatch(request.body["trigger"], request.body.get("payload"))
    return 202, {"id": occurrence.id, "trigger": occurrence.trigger.ref}


@_route("GET", "/keys")
def list_keys(request: Request) -> Answer:
    """A page of the datastore."""
    keys = request.service.datastore.list(
        prefix=request.query.get("prefix", ""),
        scope=request.query.get("scope", "system"),
        limit=min(request.number("limit", 100), 1000),
        offset=request.number("offset", 0),
    )
    return 200, [key.as_json() for key in keys]


@_route("GET", "/keys/*")
def get_key(request: Request, name: str) -> Answer:
    """One item of the datastore."""
    scope = request.query.get("scope", "system")
    return 200, request.service.datastore.get(name, scope=scope, decrypt=request.flag("decrypt")).as_json()


@_route("PUT", "/keys/*")
def set_key(request: Request, name: str) -> Answer:
    """Write one item: `{value, secret, ttl, scope}`."""
    body = request.body
    key = request.service.datastore.set(
        name,
        body["value"],
        scope=body.get("scope") or "system",
        secret=bool(body.get("secret")),
        ttl=body.get("ttl"),
    )
    return 200, key.as_json()


@_route("DELETE", "/keys/*")
def delete_key(request: Request, name: str) -> Answer:
    """Delete one item."""
    request.service.datastore.delete(name, scope=request.query.get("scope", "system"))
    return 204, None


@_route("GET", "/configs/*")
def get_config(request: Request, pack: str) -> Answer:
    """A pack's config as it was written; with `resolved`, as actions and sensors get it."""
    service = request.service
    return 200, service.config_of(pack, "stanley") if request.flag("resolved") else service.written_config(pack)


@_route("GET", "/sensors")
def list_sensors(request: Request) -> Answer:
    """Every sensor and its process."""
    return 200, request.service.sensors.status()


@_route("POST", "/sensors/*/(restart|kill|stop)")
def tell_sensor(request: Request, ref: str, what: str) -> Answer:
    """Restart, kill or stop one sensor's process."""
    sensors = request.service.sensors
    {"restart": sensors.restart, "kill": sensors.kill, "stop": sensors.stop_one}[what](ref)
    return 200, sensors.status()


@_route("GET", "/user")
def get_user(request: Request) -> Answer:
    """Who the caller is."""
    return 200, {
        "username": "stanley",
        "authentication": {"method": "authentication token", "location": "header"},
        "rbac": {"enabled": False, "roles": [], "is_admin": True},
    }


@_route("GET", "/packs")
def list_packs(request: Request) -> Answer:
    """The packs, and where they lie."""
    packs = request.service.registry.packs.values()
    return 200, [{"ref": pack.ref, "version": pack.version, "path": str(Path(pack.directory))} for pack in packs]


@_route("GET", "/inquiries")
def list_inquiries(request: Request) -> Answer:
    """What waits for an answer."""
    return 200, request.service.inquiries.pending()


@_route("PUT", "/inquiries/*")
def answer_inquiry(request: Request, identifier: str) -> Answer:
    """Answer one: `{response}`."""
    body = request.body
    return 200, request.service.shown(
        request.service.inquiries.answer(identifier, body.get("response"), user=body.get("user") or "stanley"),
    )


@_route("POST", "/webhooks/(.+)")
def post_webhook(request: Request, hook: str) -> Answer:
    """Dispatch what was posted to the rules that asked for this path."""
    if not isinstance(request.body, (dict, list)):
        raise Invalid("the body of a webhook is a JSON object or list")
    request.service.webhooks.post(hook, request.body, request.headers)
    return 202, request.body


@_route("GET", "/actionalias")
def list_aliases(request: Request) -> Answer:
    """Every alias."""
    return 200, [{"ref": alias.ref, **asdict(alias)} for alias in request.service.registry.aliases()]


@_route("POST", "/aliasexecution/match_and_execute")
def match_and_execute(request: Request) -> Answer:
    """Run what somebody says: `{command, user, source_channel}`."""
    body = request.body
    channel = str(body.get("source_channel") or "lab")
    return 201, {"results": request.service.chat.say(body["command"], user=str(body.get("user")), channel=channel)}


@_route("GET", "/aliasexecution/*/result")
def alias_result(request: Request, identifier: str) -> Answer:
    """What is said in chat about an execution that an alias started."""
    return 200, {"message": request.service.chat.result(request.service.executions.get(identifier))}
