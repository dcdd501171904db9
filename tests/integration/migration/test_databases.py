"""A Database that moves to another cluster adopts its RDS instance; a second one never appears."""

from __future__ import annotations

import pytest

from tests.unit.actions.chains import run_action, run_chain
from tests.unit.actions.platform import Platform

OBJECT = {"namespace": "default", "name": "orders"}


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    platform = Platform(tmp_path_factory.mktemp("adoption"))
    try:
        platform.start()
        yield platform
    finally:
        platform.stop()


def test_it_arrives_with_its_claim_and_adopts_the_instance_that_is_there(platform, tmp_path):
    platform.create("orders")
    for chain in ("db_create_chain", "db_publish_chain"):
        run_chain(chain, config=platform.config, parameters={"cluster": "paasA", **OBJECT})
    claim = platform.object("orders")["status"]["claim"]
    assert platform.instances() == [claim]

    succeeded, result = run_action(
        "migrate_namespace",
        config=platform.config,
        parameters={
            "namespace": "default",
            "source": "paasA",
            "destination": "paasB",
            "report_folder": str(tmp_path),
        },
    )
    assert succeeded, result
    arrived = platform.object("orders", cluster="paasB")
    assert arrived["metadata"]["annotations"]["paas.internal/claim"] == claim
    assert "finalizers" not in arrived["metadata"], "nothing in paasB has asked for one yet"

    _, done = run_chain("db_create_chain", config=platform.config, parameters={"cluster": "paasB", **OBJECT})
    assert platform.instances() == [claim], done
    assert platform.object("orders", cluster="paasB")["status"]["claim"] == claim
    said = "".join(file.read_text() for file in tmp_path.iterdir()) + str(result)
    assert platform.password("orders") not in said


def test_one_that_is_only_being_asked_for_waits_until_it_has_its_claim(platform, tmp_path):
    platform.create("waiting")
    succeeded, result = run_action(
        "migrate_plan",
        config=platform.config,
        parameters={"source": "paasA", "destination": "paasB", "kinds": ["Database"], "report_folder": str(tmp_path)},
    )
    assert succeeded, result
    assert result["left_behind"]["databases.paas.internal"] == {"no claim yet; migrate it when it has one": 1}
