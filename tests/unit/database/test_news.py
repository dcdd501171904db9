import pytest

from paas.database.news import News


def condition(kind, status, reason="r", message="m", at="2026-01-02T03:04:05Z"):
    return {"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": at}


def event(phase=None, *conditions, resource="MODIFIED", **status):
    said = {"claim": "shop-orders-k3f7q2m4xa", "conditions": list(conditions), **status}
    return {
        "cluster": "paasA",
        "resource": resource,
        "api_version": "paas.internal/v1",
        "object_kind": "Database",
        "namespace": "shop",
        "name": "orders",
        "uid": "u-1",
        "status": {**said, "phase": phase} if phase else {},
    }


AVAILABLE = event("Available", condition("Ready", "True"), endpoint="db.example.com", owner="paasA")
FAILED = event("Failed", condition("Ready", "False", message="Vault is sealed"))


def tell(news, payload):
    found = news.of(payload)
    news.heard(payload)
    return [each["event"] for each in found]


def test_a_database_that_became_available_is_told_once():
    news = News()
    assert tell(news, AVAILABLE) == ["Available"]
    assert tell(news, AVAILABLE) == []


def test_what_is_told_names_object_database_and_words():
    (said,) = News().of(AVAILABLE)
    assert {key: said[key] for key in ("cluster", "namespace", "name", "claim", "owner", "endpoint", "message")} == {
        "cluster": "paasA",
        "namespace": "shop",
        "name": "orders",
        "claim": "shop-orders-k3f7q2m4xa",
        "owner": "paasA",
        "endpoint": "db.example.com",
        "message": "m",
    }


def test_another_message_of_an_available_database_is_no_news():
    news = News()
    tell(news, AVAILABLE)
    assert tell(news, event("Available", condition("Ready", "True", message="published again"))) == []


def test_another_failure_is_news_and_the_same_is_not():
    news = News()
    assert tell(news, FAILED) == ["Failed"]
    assert tell(news, FAILED) == []
    assert tell(news, event("Failed", condition("Ready", "False", message="AccessDenied"))) == ["Failed"]


def test_a_database_that_recovered_is_told():
    news = News()
    tell(news, AVAILABLE)
    tell(news, FAILED)
    assert tell(news, event("Available", condition("Ready", "True", at="2026-01-02T04:00:00Z"))) == ["Available"]


def test_a_refusal_is_told_with_its_reason():
    (said,) = News().of(event("Refused", condition("Accepted", "False"), condition("Ready", "False", message="no")))
    assert (said["event"], said["message"]) == ("Refused", "no")


def test_a_drift_is_told_beside_the_availability():
    news = News()
    tell(news, AVAILABLE)
    drifted = event("Available", condition("Ready", "True"), condition("InSync", "False", message="class changed"))
    (said,) = news.of(drifted)
    assert (said["event"], said["message"]) == ("Drifted", "class changed")


def test_what_is_in_sync_is_no_news():
    news = News()
    tell(news, AVAILABLE)
    assert tell(news, event("Available", condition("Ready", "True"), condition("InSync", "True"))) == []


def test_an_object_that_went_is_told_once_and_forgotten():
    news = News()
    tell(news, AVAILABLE)
    assert tell(news, {**AVAILABLE, "resource": "DELETED"}) == ["Deleted"]
    assert news.told == {}


def test_one_whose_end_was_noticed_later_is_told_from_memory():
    news = News()
    tell(news, AVAILABLE)
    (said,) = news.of(event(resource="DELETED"))
    assert (said["event"], said["claim"]) == ("Deleted", "shop-orders-k3f7q2m4xa")


def test_an_object_that_never_had_a_claim_goes_in_silence():
    assert News().of(event(resource="DELETED")) == []


def test_a_restart_tells_nothing_again():
    news = News()
    tell(news, AVAILABLE)
    assert tell(News(news.told), AVAILABLE) == []


def test_what_is_told_again_after_a_crash_has_the_same_id():
    assert News().of(AVAILABLE)[0]["event_id"] == News().of(AVAILABLE)[0]["event_id"]


@pytest.mark.parametrize(
    "status", [{}, {"phase": 5}, {"phase": "Made up"}, {"phase": "Available", "conditions": "none"}, {"claim": []}]
)
def test_a_status_that_its_author_made_up_is_no_news(status):
    assert News().of({**AVAILABLE, "status": status}) == []


def test_every_payload_has_every_field_and_none_is_null():
    kinds = [News().of(each)[0] for each in (AVAILABLE, FAILED, {**AVAILABLE, "resource": "DELETED"})]
    assert {frozenset(each) for each in kinds} == {frozenset(kinds[0])}
    assert all(value is not None for each in kinds for value in each.values())
