"""The main job on a whole lab: stand-ins, and the real servers where they are asked for."""

import json

import pytest

from lab.demo.databases import EVENT

pytestmark = pytest.mark.slow


def test_the_object_says_where_to_connect(run):
    status = run.statuses["orders"]
    assert (status["port"], status["consulPrefix"], status["vaultPath"]) == (
        3306,
        "shop/orders",
        "secret/shop/orders/rds",
    )
    assert status["endpoint"].startswith(status["claim"])


def test_aws_has_one_instance_for_each_object(run):
    instances = run.stage.aws("rds").describe_db_instances()["DBInstances"]
    claims = {status["claim"] for status in run.statuses.values()}
    assert sorted(each["DBInstanceIdentifier"] for each in instances) == sorted(claims)


def test_consul_has_the_connection(run):
    keys = run.stage.consul_keys("paasA", "shop/orders/")
    status = run.statuses["orders"]
    assert {name.rpartition("/")[2]: value for name, value in keys.items()} == {
        "rds_endpoint": status["endpoint"],
        "rds_port": "3306",
        "rds_dbname": "orders",
        "rds_username": "paas",
        "rds_claim": status["claim"],
    }


def test_every_execution_succeeded(run):
    found = run.stage.lab.each("/executions", limit=1000)
    assert {each["status"] for each in found} == {"succeeded"}


def test_what_was_created_while_the_sensor_was_dead_is_delivered_once(run):
    assert len(run.stage.occurrences(EVENT, name="carts", resource="ADDED")) == 1


def test_the_sensor_that_came_back_replays_nothing(run):
    after = run.stage.occurrences(EVENT)[run.before_the_kill :]
    assert {each["payload"]["name"] for each in after} == {"carts"}


def test_no_event_is_delivered_twice(run):
    ids = [each["payload"]["event_id"] for each in run.stage.occurrences(EVENT)]
    assert len(ids) == len(set(ids))


def test_the_passwords_differ(run):
    assert len(set(run.passwords)) == 2


def test_the_password_is_in_no_argv_and_no_environment(run):
    assert any(b"rds_create_database" in each for each in run.processes), "the sampler saw no action"
    assert not [each for each in run.processes if any(password in each for password in run.passwords)]


def test_the_password_is_in_no_execution_and_no_trigger(run):
    said = json.dumps([run.stage.lab.each(path, limit=1000) for path in ("/executions", "/triggerinstances")])
    assert not any(password.decode() in said for password in run.passwords)


def test_the_password_is_in_no_datastore_value_and_no_log(run):
    files = list(run.stage.files())
    assert len(files) > 5
    assert not [path.name for path in files if any(password in path.read_bytes() for password in run.passwords)]


def test_the_password_is_neither_in_consul_nor_in_the_object(run):
    found = [run.stage.consul_keys(name, "") for name in ("paasA", "paasB")]
    found += [run.stage.read("paasA", "Database", "shop", name) for name in run.statuses]
    assert not any(password.decode() in json.dumps(found) for password in run.passwords)
