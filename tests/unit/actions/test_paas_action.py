import logging

import pytest
from st2common.runners.utils import get_action_class_instance

from paas.errors import ConfigError, Refused
from paas_pack.actions import PaasAction, inert


def run(perform, **parameters):
    action_cls = type("Example", (PaasAction,), {"perform": perform})
    return get_action_class_instance(action_cls, config={}, action_service=None).run(**parameters)


def test_what_is_performed_is_the_result():
    assert run(lambda self, *, name: {"name": name}, name="a") == (True, {"name": "a"})


def test_a_parameter_that_was_not_given_keeps_its_default():
    assert run(lambda self, *, name="b": {"name": name}, name=None) == (True, {"name": "b"})


def test_a_sentence_of_the_packs_own_is_a_failed_result():
    def perform(self):
        raise Refused("no", setting="databases.allow.classes")

    assert run(perform) == (False, {"error": "Refused", "message": "no", "setting": "databases.allow.classes"})


def test_a_defect_is_named_and_a_librarys_message_is_not_repeated(caplog):
    planted = "-".join(["planted", "value"])

    def perform(self):
        raise ValueError(planted)

    with caplog.at_level(logging.DEBUG):
        succeeded, result = run(perform)
    assert (succeeded, result["error"]) == (False, "ValueError")
    assert "perform, line" in result["message"]
    assert "planted-value" not in str(result)
    assert "planted-value" not in caplog.text


def test_settings_that_cannot_be_used_are_a_failed_result():
    def perform(self):
        return {"cluster": self.kube("absent")}

    succeeded, result = run(perform)
    assert (succeeded, result["error"]) == (False, ConfigError.__name__)


@pytest.mark.parametrize("template", ["{{ st2kv.system.token }}", "{% set a = 1 %}", "{# a #}", "{{{ a }}}", "{{% a"])
def test_no_text_of_a_failure_is_a_template(template):
    broken = inert({"message": f"it is {template}", "more": [template, {"deep": template}], "number": 1})
    assert broken["number"] == 1
    for text in (broken["message"], broken["more"][0], broken["more"][1]["deep"]):
        assert not any(begin in text for begin in ("{{", "{%", "{#"))


def test_plain_text_stays_as_it_is():
    assert inert('{"a": {"b": 1}} 100% #1') == '{"a": {"b": 1}} 100% #1'
