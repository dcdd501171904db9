import hashlib

import moto
import pytest

from paas import aws, buckets
from paas.errors import InvalidInput, NotFound, Refused
from paas.references import References
from paas.settings import AwsSettings


class Account:
    """Two buckets of moto's, in this process, and a count of the calls."""

    def __init__(self, inner):
        self._inner = inner
        self.calls = []
        self.before = []

    def call(self, service, operation, *, target, **request):
        for each in self.before:
            each(operation, request)
        self.calls.append(operation)
        return self._inner.call(service, operation, target=target, **request)

    def each(self, service, operation, items, *, target, **request):
        self.calls.append(operation)
        return self._inner.each(service, operation, items, target=target, **request)

    def make(self, bucket, *, versions=True):
        self._inner.call(
            "s3",
            "create_bucket",
            target=bucket,
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
        )
        if versions:
            self._inner.call(
                "s3",
                "put_bucket_versioning",
                target=bucket,
                Bucket=bucket,
                VersioningConfiguration={"Status": "Enabled"},
            )

    def put(self, bucket, key, body, **more):
        self._inner.call("s3", "put_object", target=key, Bucket=bucket, Key=key, Body=body, **more)

    def get(self, bucket, key):
        return self._inner.call("s3", "get_object", target=key, Bucket=bucket, Key=key)

    def files(self, bucket):
        found = self._inner.each("s3", "list_objects_v2", "Contents", target=bucket, Bucket=bucket)
        return {each["Key"]: self.get(bucket, each["Key"])["Body"].read() for each in found}

    def versions(self, bucket, key):
        found = self._inner.each("s3", "list_object_versions", "Versions", target=bucket, Bucket=bucket, Prefix=key)
        return len(list(found))

    @property
    def writes(self):
        return [each for each in self.calls if each.startswith(("put", "delete"))]


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with moto.mock_aws():
        keys = {"access_key_id": "datastore:key", "secret_access_key": "datastore:key"}
        account = Account(aws.connect(AwsSettings(region="eu-west-1", **keys), References({"key": "lab"}.get)))
        account.make("paas-a")
        account.make("paas-b")
        yield account


def sync(account, *, prefix="", rewrite=None, **order):
    order = buckets.Order(rewrite=buckets.Rules.read(rewrite), **order)
    said = []
    return buckets.sync(account, source="paas-a", destination="paas-b", prefix=prefix, order=order, say=said.append)


TO_B = [{"keys": "*.conf", "from": "paasA", "to": "paasB"}]


def test_every_file_is_there_afterwards_with_its_headers(account):
    account.put("paas-a", "conf/api.conf", b"x = 1", ContentType="text/plain", CacheControl="no-store")
    account.put("paas-a", "bin/start.sh", b"#!/bin/sh\n", Metadata={"mode": "755"})
    result = sync(account)
    assert sorted(result["written"]) == ["bin/start.sh", "conf/api.conf"]
    assert account.files("paas-b") == account.files("paas-a")
    copy = account.get("paas-b", "conf/api.conf")
    assert (copy["ContentType"], copy["CacheControl"]) == ("text/plain", "no-store")
    assert account.get("paas-b", "bin/start.sh")["Metadata"]["mode"] == "755"


def test_what_was_written_carries_its_checksum(account):
    account.put("paas-a", "api.conf", b"x = 1")
    sync(account)
    mark = account.get("paas-b", "api.conf")["Metadata"]["paas-sha256"]
    assert mark == hashlib.sha256(b"x = 1").hexdigest()


def test_rules_rewrite_the_files_that_they_are_about(account):
    account.put("paas-a", "api.conf", b"cluster = paasA")
    account.put("paas-a", "notes.txt", b"paasA")
    sync(account, rewrite=TO_B)
    assert account.files("paas-b") == {"api.conf": b"cluster = paasB", "notes.txt": b"paasA"}


def test_what_is_no_text_is_not_rewritten(account):
    account.put("paas-a", "blob.conf", b"\xff\x00paasA")
    sync(account, rewrite=TO_B)
    assert account.files("paas-b") == {"blob.conf": b"\xff\x00paasA"}


@pytest.mark.parametrize("rewrite", [None, TO_B])
def test_twice_is_once(account, rewrite):
    account.put("paas-a", "api.conf", b"cluster = paasA")
    sync(account, rewrite=rewrite)
    account.calls.clear()
    assert sync(account, rewrite=rewrite)["unchanged"] == 1
    assert account.writes == []


def test_what_changed_at_the_source_is_written_over_and_the_version_before_is_kept(account):
    account.put("paas-a", "api.conf", b"one")
    sync(account)
    account.put("paas-a", "api.conf", b"two")
    sync(account)
    assert account.files("paas-b") == {"api.conf": b"two"}
    assert account.versions("paas-b", "api.conf") == 2


def test_other_rules_write_again(account):
    account.put("paas-a", "api.conf", b"cluster = paasA")
    sync(account)
    sync(account, rewrite=TO_B)
    assert account.files("paas-b") == {"api.conf": b"cluster = paasB"}


def test_the_destinations_own_file_is_kept_and_named(account):
    account.put("paas-a", "api.conf", b"one")
    account.put("paas-b", "api.conf", b"edited by hand")
    result = sync(account)
    assert result["kept"] == ["api.conf"]
    assert account.files("paas-b") == {"api.conf": b"edited by hand"}


def test_the_destinations_own_file_is_replaced_where_that_is_asked_for(account):
    account.put("paas-a", "api.conf", b"one")
    account.put("paas-b", "api.conf", b"edited by hand")
    sync(account, overwrite=True)
    assert account.files("paas-b") == {"api.conf": b"one"}
    assert account.versions("paas-b", "api.conf") == 2


def test_nothing_is_deleted_unless_asked(account):
    for key in ("a", "b", "c"):
        account.put("paas-a", key, b"x")
    sync(account)
    account.call("s3", "delete_object", target="a", Bucket="paas-a", Key="a")
    account.calls.clear()
    assert sync(account)["deleted"] == []
    assert set(account.files("paas-b")) == {"a", "b", "c"}


def test_where_asked_only_what_this_made_is_deleted_and_its_version_stays(account):
    for key in ("a", "b", "c"):
        account.put("paas-a", key, b"x")
    sync(account)
    account.put("paas-b", "own", b"x")
    account.call("s3", "delete_object", target="a", Bucket="paas-a", Key="a")
    result = sync(account, delete=True)
    assert (result["deleted"], result["kept"]) == (["a"], ["own"])
    assert set(account.files("paas-b")) == {"b", "c", "own"}
    assert account.versions("paas-b", "a") == 1


def test_deleting_more_than_half_is_refused(account):
    for number in range(10):
        account.put("paas-a", f"f{number}", b"x")
    sync(account)
    for number in range(6):
        account.call("s3", "delete_object", target="f", Bucket="paas-a", Key=f"f{number}")
    account.calls.clear()
    with pytest.raises(Refused, match="6 of 10 files of s3://paas-b/ would be deleted, more than half"):
        sync(account, delete=True)
    assert account.writes == []


def test_an_empty_source_is_refused_where_the_destination_has_files(account):
    account.put("paas-b", "own", b"x")
    with pytest.raises(Refused, match="s3://paas-a/ is empty while s3://paas-b/ is not"):
        sync(account, delete=True)


def test_two_empty_buckets_are_in_step(account):
    assert sync(account)["written"] == []


def test_a_destination_without_versions_is_refused(account):
    account.make("paas-c", versions=False)
    with pytest.raises(Refused, match="bucket paas-c keeps no versions"):
        buckets.sync(account, source="paas-a", destination="paas-c", say=lambda line: None)


def test_one_bucket_for_both_is_refused(account):
    with pytest.raises(Refused, match="one bucket, paas-a"):
        buckets.sync(account, source="paas-a", destination="paas-a")


def test_a_bucket_that_is_missing_is_not_found(account):
    with pytest.raises(NotFound, match="NoSuchBucket"):
        buckets.sync(account, source="paas-x", destination="paas-b", say=lambda line: None)


def test_a_folder_ends_where_its_name_does(account):
    account.put("paas-a", "conf/one", b"1")
    account.put("paas-a", "config/two", b"2")
    sync(account, prefix="conf")
    assert set(account.files("paas-b")) == {"conf/one"}


def test_a_dry_run_says_what_the_run_then_does(account):
    account.put("paas-a", "api.conf", b"one")
    account.put("paas-a", "b.conf", b"one")
    account.calls.clear()
    shown = sync(account, dry_run=True)
    assert account.writes == []
    done = sync(account)
    assert {**done, "dry_run": True, "message": shown["message"]} == shown
    assert shown["message"] == "s3://paas-a/ to s3://paas-b/ would be: 2 written"
    assert done["message"] == "s3://paas-a/ to s3://paas-b/: 2 written"


def test_a_file_that_somebody_writes_meanwhile_is_not_written_over(account):
    account.put("paas-a", "api.conf", b"one")

    def faster(operation, request):
        if operation == "put_object" and request["Bucket"] == "paas-b":
            account.before.clear()
            account.put("paas-b", "api.conf", b"theirs")

    account.before.append(faster)
    assert sync(account)["changed_meanwhile"] == ["api.conf"]
    assert account.files("paas-b") == {"api.conf": b"theirs"}


@pytest.mark.parametrize("gone_from", ["paas-a", "paas-b"])
def test_a_file_that_somebody_deletes_meanwhile_is_left_for_the_next_run(account, gone_from):
    account.put("paas-a", "api.conf", b"one")
    account.put("paas-a", "b.conf", b"one")
    sync(account)
    account.put("paas-a", "api.conf", b"two")
    account.put("paas-a", "b.conf", b"two")
    wanted = {"paas-a": "get_object", "paas-b": "put_object"}[gone_from]

    def faster(operation, request):
        if (operation, request.get("Key")) == (wanted, "api.conf"):
            account.before.clear()
            account.call("s3", "delete_object", target="api.conf", Bucket=gone_from, Key="api.conf")

    account.before.append(faster)
    result = sync(account)
    assert (result["changed_meanwhile"], result["written"]) == (["api.conf"], ["b.conf"])
    assert "1 changed meanwhile (run it again)" in result["message"]


def test_what_was_there_before_can_be_brought_back_by_the_version_that_the_result_names(account):
    for key in ("one", "two", "three"):
        account.put("paas-a", key, b"old")
    sync(account)
    account.put("paas-a", "one", b"new")
    account.call("s3", "delete_object", target="two", Bucket="paas-a", Key="two")
    result = sync(account, delete=True)
    assert set(result["versions"]) == {"one", "two"}
    for key, version in result["versions"].items():
        found = account.call("s3", "get_object", target=key, Bucket="paas-b", Key=key, VersionId=version)
        assert found["Body"].read() == b"old"
    assert "the version before of each of 2 stays in the bucket" in result["message"]


def test_on_the_way_back_a_file_that_is_what_the_rules_make_of_the_source_is_no_difference(account):
    account.put("paas-a", "api.conf", b"cluster = paasB")
    account.put("paas-b", "api.conf", b"cluster = paasA")
    account.put("paas-a", "x.conf", b"cluster = paasB, changed")
    account.put("paas-b", "x.conf", b"cluster = paasA")
    result = sync(account, rewrite=[{"keys": "*.conf", "from": "paasB", "to": "paasA"}])
    assert (result["unchanged"], result["kept"]) == (1, ["x.conf"])


def test_of_a_long_list_the_first_are_shown_and_all_are_counted(account, monkeypatch):
    monkeypatch.setattr("paas.buckets.syncing.SHOWN_AT_MOST", 2)
    for number in range(5):
        account.put("paas-a", f"f{number}", b"x")
    result = sync(account)
    assert (len(result["written"]), result["left_out"]) == (2, 3)
    assert result["message"].endswith(": 5 written")


def test_a_file_that_is_too_large_is_refused_before_anything_is_written(account, monkeypatch):
    monkeypatch.setattr("paas.buckets.syncing.LARGEST", 3)
    account.put("paas-a", "a", b"x")
    account.put("paas-a", "large", b"xxxx")
    account.calls.clear()
    with pytest.raises(Refused, match="s3://paas-a/large has 4 bytes; at most 3 are copied"):
        sync(account)
    assert account.writes == []


@pytest.mark.parametrize(
    "rule", [{}, {"from": "a"}, {"from": "", "to": "b"}, {"from": "a", "to": "b", "re": "x"}, {"from": 1, "to": 2}, "x"]
)
def test_a_rule_that_is_none_is_named(rule):
    with pytest.raises(InvalidInput, match=r"`rewrite\[0\]`"):
        buckets.Rules.read([rule])
