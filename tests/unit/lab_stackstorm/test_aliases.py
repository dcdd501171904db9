from __future__ import annotations

from typing import Any

import pytest

from lab.stackstorm.aliases import NoMatch, extract, extract_for
from lab.stackstorm.errors import Invalid
from lab.stackstorm.service import StackStorm


@pytest.mark.parametrize(
    ("format_string", "command", "expected"),
    [
        ("greet {{ who }}", "greet Ann", {"who": "Ann"}),
        ("greet {{ who }}", "  greet   Ann  ", {"who": "  Ann"}),
        ("greet {{ who }}", "greet Ann Lee", {"who": "Ann Lee"}),
        ("greet {{ who }}", 'greet "Ann Lee"', {"who": "Ann Lee"}),
        ("greet {{ who }}", "greet 'Ann Lee'", {"who": "Ann Lee"}),
        ("greet {{who}} now", "greet Ann now", {"who": "Ann"}),
        ("greet {{ who=you }}", "greet", {"who": "you"}),
        ("greet {{ who = you all }}", "greet", {"who": "you all"}),
        ('greet {{ who="you all" }}', "greet", {"who": "you all"}),
        ("greet {{ who='' }}", "greet", {"who": ""}),
        ("greet {{ who=you }}", "greet Ann", {"who": "Ann"}),
        ("move {{ a }} to {{ b }}", "move x y to z", {"a": "x y", "b": "z"}),
        ("move {{ a }} to {{ b=here }}", "move x to", {"a": "x", "b": "here"}),
        ("greet {{ who }}", "greet Ann times=3", {"who": "Ann", "times": "3"}),
        ("greet {{ who }}", 'greet Ann note="a b" n=2', {"who": "Ann", "note": "a b", "n": "2"}),
        ("greet {{ who }}", 'greet Ann data={"a": 1}', {"who": "Ann", "data": '{"a": 1}'}),
        ("(please )?greet {{ who }}", "please greet Ann", {"who": "Ann"}),
        (r"^greet (?P<who>\w+)$", "greet Ann", None),
        (r"greet (?P<who>\w+)", "greet Ann", {"who": "Ann"}),
        ("list", "list", {}),
        ("list", "list all", None),
        ("list", "unlist", None),
        ("greet {{ who }}", "greet", None),
    ],
)
def test_what_a_command_gives_by_a_format(format_string: str, command: str, expected: dict[str, Any] | None) -> None:
    if expected is None:
        with pytest.raises(NoMatch):
            extract(format_string, command)
    else:
        assert extract(format_string, command) == expected


def test_an_alias_knows_only_its_own_formats(service: StackStorm) -> None:
    (alias,) = service.registry.aliases()
    assert extract_for(alias, "greet {{ who }} times {{ times=2 }}", "greet Ann times") == {"who": "Ann", "times": "2"}
    with pytest.raises(ValueError, match="not available"):
        extract_for(alias, "greet {{ who }}", "greet Ann")


def test_a_command_starts_its_action_and_says_what_slack_would_show(service: StackStorm) -> None:
    (started,) = service.chat.say("greet Ann times 3", user="ann")
    assert started["message"] == "greeting *Ann*"
    execution = service.executions.wait(started["execution"]["id"], timeout=20)
    assert execution.parameters == {"who": "Ann", "times": 3}
    assert execution.context["api_user"] == "ann"
    assert execution.context["action_alias_ref"] == {"id": "sample.greet", "name": "greet"}
    assert service.chat.result(execution) == "hello Ann hello Ann hello Ann"


def test_an_anchored_format_matches_nothing_that_is_longer(service: StackStorm) -> None:
    with pytest.raises(Invalid, match="matched no patterns"):
        service.chat.say("say hello", user="ann")


def test_a_parameter_that_cannot_be_cast_is_refused(service: StackStorm) -> None:
    with pytest.raises(ValueError, match='parameter "times"'):
        service.chat.say("greet Ann times often", user="ann")


def test_an_execution_that_no_alias_started_has_a_plain_result(service: StackStorm) -> None:
    execution = service.executions.wait(service.actions.request("core.noop", {}).id, timeout=10)
    text = service.chat.result(execution)
    assert text is not None
    assert text.startswith("Action core.noop completed.\nstatus : succeeded\n")
