import pytest
from botocore.exceptions import ClientError

TAGS = {"TagSet": [{"Key": "k", "Value": "v"}]}


def test_calls_are_counted_by_action_reading_and_writing(account):
    account.database("shop")
    account.statuses()
    account.statuses()
    assert account.control("GET", "counts") == {
        "total": 3,
        "reading": 2,
        "writing": 1,
        "by_action": {"rds:CreateDBInstance": 1, "rds:DescribeDBInstances": 2},
    }


def test_the_writing_calls_are_listed_with_their_parameters_and_no_secret(account):
    account.database("shop")
    calls = account.control("GET", "calls?writing=1")
    assert [call["action"] for call in calls] == ["CreateDBInstance"]
    assert calls[0]["params"]["DBInstanceIdentifier"] == "shop"
    assert calls[0]["params"]["MasterUserPassword"] == "***"
    assert "planted-password" not in str(calls)


def test_calls_that_met_a_fault_say_so(account):
    account.rule(service="sts", effect={"error": "Throttling"})
    with pytest.raises(ClientError):
        account.sts.get_caller_identity()
    call = account.control("GET", "calls")[-1]
    assert (call["status"], call["fault"]) == (400, True)


@pytest.mark.parametrize(
    ("call", "action"),
    [
        (lambda s3: s3.put_object(Bucket="bucket", Key="a/b c", Body=b"x"), "PutObject"),
        (lambda s3: s3.get_object(Bucket="bucket", Key="there"), "GetObject"),
        (lambda s3: s3.head_object(Bucket="bucket", Key="there"), "HeadObject"),
        (lambda s3: s3.list_objects_v2(Bucket="bucket"), "ListObjects"),
        (lambda s3: s3.list_object_versions(Bucket="bucket"), "ListObjectVersions"),
        (lambda s3: s3.delete_object(Bucket="bucket", Key="there"), "DeleteObject"),
        (lambda s3: s3.copy_object(Bucket="bucket", Key="c", CopySource="bucket/there"), "CopyObject"),
        (lambda s3: s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "there"}]}), "DeleteObjects"),
        (lambda s3: s3.put_object_tagging(Bucket="bucket", Key="there", Tagging=TAGS), "PutObjectTagging"),
        (lambda s3: s3.get_bucket_versioning(Bucket="bucket"), "GetBucketVersioning"),
    ],
)
def test_calls_to_s3_have_names_too(account, call, action):
    account.s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    account.s3.put_object(Bucket="bucket", Key="there", Body=b"x")
    call(account.s3)
    assert account.control("GET", "calls")[-1]["action"] == action


def test_conditional_writes_and_large_bodies_pass_through(account):
    account.s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    body = bytes(range(256)) * 8192
    account.s3.put_object(Bucket="bucket", Key="journal", Body=body, IfNoneMatch="*")
    assert account.s3.get_object(Bucket="bucket", Key="journal")["Body"].read() == body
    with pytest.raises(ClientError) as error:
        account.s3.put_object(Bucket="bucket", Key="journal", Body=b"y", IfNoneMatch="*")
    assert error.value.response["Error"]["Code"] == "PreconditionFailed"
