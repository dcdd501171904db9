import pytest

from paas.database.instances import DatabaseLost, NotItsOwn
from paas.database.progress import advance, report_of_failure
from paas.errors import InvalidInput, Outdated, PaasError, Refused, Unavailable


@pytest.fixture
def go_on(place, instances, owner, database, settings):
    return lambda: advance(place, instances, database.read(), owner=owner, settings=settings)


def test_a_database_that_is_being_made_is_waited_for(go_on, account, owner, consul):
    account.add(owner, status="creating", Endpoint=None)
    report, written = go_on()
    assert (report.phase, written) == ("Creating", ())
    assert "creating" in report.message
    assert consul.writes == []


def test_an_available_database_is_published_and_said_so(go_on, account, owner):
    account.add(owner)
    report, written = go_on()
    assert report.phase == "Available"
    assert report.fields == {"endpoint": f"{owner.claim}.rds.example.com", "port": 3306, "owner": "paasA"}
    assert len(written) == 5


@pytest.mark.parametrize("status", ["failed", "storage-full", "restore-error", "incompatible-network"])
def test_a_failed_database_is_a_failure_in_awss_own_words(go_on, account, owner, consul, status):
    account.add(owner, status=status)
    account.events = ["older", "No capacity left."]
    with pytest.raises(PaasError, match=rf"{status}: No capacity left\."):
        go_on()
    assert consul.writes == []


def test_a_database_of_another_cluster_is_shown_and_not_published(go_on, account, elsewhere, consul):
    account.add(elsewhere)
    report, written = go_on()
    assert (report.phase, report.reason, written) == ("Available", "OwnedElsewhere", ())
    assert report.fields["owner"] == "paasB"
    assert consul.writes == []


def test_a_database_that_is_gone_is_a_failure(go_on):
    with pytest.raises(PaasError, match="has no RDS instance"):
        go_on()


def test_a_database_that_is_somebody_elses_is_left_alone(go_on, account, somebody_else, consul):
    account.add(somebody_else)
    with pytest.raises(Refused, match="left alone"):
        go_on()
    assert consul.writes == []


@pytest.mark.parametrize("error", [Refused("no", setting="databases.allow.classes"), InvalidInput("engine", 5, "text")])
def test_what_a_developer_can_put_right_is_refused(error):
    report = report_of_failure(error.as_result())
    assert (report.phase, report.message) == ("Refused", str(error))


def test_an_outage_is_a_failure_in_the_servers_own_words():
    error = Unavailable(system="Vault paasA", operation="read", target="it", words="Vault is sealed", status=503)
    report = report_of_failure(error.as_result())
    assert (report.phase, report.reason) == ("Failed", "Unavailable")
    assert "Vault is sealed" in report.message


def test_what_aws_says_of_the_database_itself_is_more_than_a_step_that_failed():
    assert report_of_failure(DatabaseLost("AWS says that it is storage-full").as_result()).lost
    assert report_of_failure(NotItsOwn("its status.claim was not minted for this object").as_result()).lost
    assert not report_of_failure(PaasError("Consul has no leader").as_result()).lost


def test_a_step_that_ended_without_an_answer_is_a_failure():
    assert report_of_failure({}).phase == "Failed"


def test_an_event_that_is_too_late_says_nothing():
    assert report_of_failure(Outdated("gone").as_result()) is None
