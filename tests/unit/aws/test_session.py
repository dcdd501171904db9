import logging

import botocore.session
import pytest

from paas.errors import ConfigError, Conflict, Forbidden, NotFound, ServerError, Unavailable


def test_an_operation_is_called_by_its_name(account, instance):
    account.call("rds", "create_db_instance", target="one", **instance)
    described = account.call("rds", "describe_db_instances", target="one", DBInstanceIdentifier="one")
    assert described["DBInstances"][0]["Engine"] == "mysql"


def test_what_is_not_there_is_not_found_in_awss_own_words(account):
    with pytest.raises(NotFound, match="AWS rds answered 404 to describe_db_instances one: DBInstanceNotFound"):
        account.call("rds", "describe_db_instances", target="one", DBInstanceIdentifier="one")


def test_what_is_there_already_is_a_conflict(account, instance):
    account.call("rds", "create_db_instance", target="one", **instance)
    with pytest.raises(Conflict, match="AlreadyExists"):
        account.call("rds", "create_db_instance", target="one", **instance)


def test_every_page_is_read(account, instance):
    for number in range(45):
        account.call("rds", "create_db_instance", target="it", **{**instance, "DBInstanceIdentifier": f"db{number}"})
    found = account.each("rds", "describe_db_instances", "DBInstances", target="all", PaginationConfig={"PageSize": 20})
    assert len({each["DBInstanceIdentifier"] for each in found}) == 45


def test_a_request_of_the_wrong_kind_does_not_repeat_its_values(account, instance):
    with pytest.raises(ServerError) as refused:
        account.call(
            "rds", "create_db_instance", target="one", **{**instance, "MasterUserPassword": ["planted-password"]}
        )
    assert "planted" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_nobody_listening_is_unavailable_and_says_where_to_look(connect):
    closed = connect(endpoint_url="http://127.0.0.1:1", timeout=1.0)
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:1.*aws\.endpoint_url"):
        closed.call("rds", "describe_db_instances", target="all")


def test_no_keys_at_all_is_forbidden_and_names_the_settings(connect):
    keyless = connect(access_key_id=None, secret_access_key=None, endpoint_url="http://127.0.0.1:1")
    with pytest.raises(Forbidden, match=r"aws\.access_key_id"):
        keyless.call("rds", "describe_db_instances", target="all")


def test_a_reference_that_names_nothing_is_a_config_error(connect):
    with pytest.raises(ConfigError, match=r"aws\.secret_access_key"):
        connect(secret_access_key="datastore:absent").call("rds", "describe_db_instances", target="all")


def test_a_role_is_assumed_once(connect, monkeypatch):
    import moto

    calls = []
    send = botocore.session.Session.create_client

    def counting(self, service_name, *args, **more):
        calls.append(service_name)
        return send(self, service_name, *args, **more)

    monkeypatch.setattr(botocore.session.Session, "create_client", counting)
    with moto.mock_aws():
        account = connect(role_arn="arn:aws:iam::123456789012:role/paas", external_id="datastore:external")
        account.call("rds", "describe_db_instances", target="all")
        account.call("rds", "describe_db_instances", target="all")
        account.call("s3", "list_buckets", target="all")
    assert calls == ["sts", "rds", "s3"]


def test_a_role_is_assumed_again_before_its_keys_end(connect, monkeypatch):
    import moto

    from paas.aws import session

    now = [0.0]
    monkeypatch.setattr(session.time, "monotonic", lambda: now[0])
    with moto.mock_aws():
        account = connect(role_arn="arn:aws:iam::123456789012:role/paas")
        keys = []
        for minutes in (0, 40, 58, 59, 115):
            now[0] = minutes * 60
            account.call("s3", "list_buckets", target="all")
            keys.append(account._client("s3")._request_signer._credentials.access_key)
    first, second, third = dict.fromkeys(keys)
    assert keys == [first, first, second, second, third]


def test_retries_are_bounded_and_timeouts_are_the_settings(connect):
    config = connect(timeout=7.0)._options()["config"]
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert (config.connect_timeout, config.read_timeout) == (7.0, 7.0)


def test_no_password_and_no_key_is_logged_even_at_debug(account, instance, caplog):
    with caplog.at_level(logging.DEBUG):
        account.call("rds", "create_db_instance", target="one", **instance)
    assert "planted" not in caplog.text
