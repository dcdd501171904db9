"""What the API answers about triggers, rules and sensors."""

from __future__ import annotations

from dataclasses import asdict

from lab.stackstorm.api_routing import LONGEST_WAIT, Answer, Request, route
from lab.stackstorm.errors import Invalid
from lab.stackstorm.metadata import read_rule


@route("GET", "/rules")
def list_rules(request: Request) -> Answer:
    """Every rule."""
    return 200, request.service.rulebook.all()


@route("POST", "/rules")
def add_rule(request: Request) -> Answer:
    """Add a rule, from its metadata."""
    rule = read_rule(request.body)
    request.service.registry.action(rule.action)
    request.service.rulebook.add(rule)
    return 201, asdict(rule)


@route("PUT", "/rules/*")
def switch_rule(request: Request, ref: str) -> Answer:
    """Switch a rule on or off: `{enabled}`."""
    return 200, asdict(request.service.rulebook.enable(ref, bool(request.body["enabled"])))


@route("DELETE", "/rules/*")
def remove_rule(request: Request, ref: str) -> Answer:
    """Remove a rule."""
    request.service.rulebook.remove(ref)
    return 204, None


@route("GET", "/ruleenforcements")
def list_enforcements(request: Request) -> Answer:
    """What became of matches."""
    return 200, request.service.rules.enforcements(
        limit=request.number("limit", 50),
        rule=request.query.get("rule_ref"),
        occurrence=request.query.get("trigger_instance"),
    )


@route("GET", "/triggertypes")
def list_trigger_types(request: Request) -> Answer:
    """Every trigger type."""
    return 200, [{"ref": kind.ref, **asdict(kind)} for kind in request.service.registry.trigger_types()]


@route("GET", "/triggers")
def list_triggers(request: Request) -> Answer:
    """Every trigger."""
    return 200, [trigger.as_json() for trigger in request.service.triggers.all()]


@route("GET", "/triggers/changes")
def trigger_changes(request: Request) -> Answer:
    """Triggers of some types that were created or deleted since a point; waits for the next."""
    since, changes = request.service.triggers.changes(
        since=request.number("since", 0),
        types=frozenset(request.query.get("types", "").split(",")),
        timeout=min(float(request.query.get("timeout", 0)), LONGEST_WAIT),
    )
    return 200, {"since": since, "changes": [{"what": what, "trigger": each.as_json()} for what, each in changes]}


@route("GET", "/triggerinstances")
def list_occurrences(request: Request) -> Answer:
    """What occurred, newest first."""
    return 200, list(
        request.service.triggers.latest(
            limit=request.number("limit", 50),
            kind=request.query.get("trigger_type"),
            trigger=request.query.get("trigger"),
        )
    )


@route("POST", "/triggerinstances")
def dispatch(request: Request) -> Answer:
    """Say that a trigger occurred: `{trigger, payload}`."""
    occurrence = request.service.triggers.dispatch(request.body["trigger"], request.body.get("payload"))
    return 202, {"id": occurrence.id, "trigger": occurrence.trigger.ref}


@route("GET", "/sensors")
def list_sensors(request: Request) -> Answer:
    """Every sensor and its process."""
    return 200, request.service.sensors.status()


@route("POST", "/sensors/*/(restart|kill|stop)")
def tell_sensor(request: Request, ref: str, what: str) -> Answer:
    """Restart, kill or stop one sensor's process."""
    sensors = request.service.sensors
    {"restart": sensors.restart, "kill": sensors.kill, "stop": sensors.stop_one}[what](ref)
    return 200, sensors.status()


@route("POST", "/webhooks/(.+)")
def post_webhook(request: Request, hook: str) -> Answer:
    """Dispatch what was posted to the rules that asked for this path."""
    if not isinstance(request.body, (dict, list)):
        raise Invalid("the body of a webhook is a JSON object or list")
    request.service.webhooks.post(hook, request.body, request.headers)
    return 202, request.body
