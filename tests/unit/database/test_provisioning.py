import pytest

from paas.database.provisioning import provision
from paas.errors import Conflict, PaasError, Refused
from paas.settings import DatabasePlatform

PATH = "secret/shop/orders/rds"


@pytest.fixture
def make(vault, instances, snapshots, spec, owner):
    vault.put(PATH, {"rds_password": "planted-value", "rds_claim": owner.claim})

    def make(platform=None):
        return provision(
            vault,
            instances,
            spec,
            owner=owner,
            path=PATH,
            platform=platform or DatabasePlatform(),
            snapshots=snapshots,
        )

    return make


def test_an_instance_is_made_under_its_claim(make, account, owner):
    instance, created = make()
    assert created
    assert instance.identifier == account.created[0]["DBInstanceIdentifier"] == owner.claim
    assert instance.owner == owner


def test_the_request_says_what_the_spec_says(make, account):
    make()
    asked = account.created[0]
    assert {
        name: asked[name] for name in ("Engine", "EngineVersion", "DBInstanceClass", "AllocatedStorage", "DBName")
    } == {
        "Engine": "mysql",
        "EngineVersion": "8.0",
        "DBInstanceClass": "db.t3.micro",
        "AllocatedStorage": 20,
        "DBName": "orders",
    }
    assert asked["MasterUserPassword"] == "planted-value"


def test_what_is_safe_is_asked_for_even_where_it_is_false(make, account):
    make()
    asked = account.created[0]
    assert (asked["DeletionProtection"], asked["StorageEncrypted"]) == (True, True)
    assert (asked["PubliclyAccessible"], asked["MultiAZ"]) == (False, False)


def test_the_platforms_own_settings_go_along(make, account):
    make(DatabasePlatform(subnet_group="paas", security_group_ids=("sg-1",), tags={"team": "paas"}))
    asked = account.created[0]
    assert (asked["DBSubnetGroupName"], asked["VpcSecurityGroupIds"]) == ("paas", ["sg-1"])
    assert {"Key": "team", "Value": "paas"} in asked["Tags"]


def test_a_platform_tag_cannot_pass_for_an_owner(make, account, owner):
    make(DatabasePlatform(tags={"paas.internal/namespace": "bank"}))
    assert {"Key": "paas.internal/namespace", "Value": owner.namespace} in account.created[0]["Tags"]


def test_what_is_left_to_aws_is_not_sent(make, account):
    make()
    assert "KmsKeyId" not in account.created[0]
    assert None not in account.created[0].values()


def test_twice_is_once(make, account):
    make()
    _, created = make()
    assert not created
    assert len(account.created) == 1


def test_an_answer_that_was_lost_is_not_asked_for_again(make, account, owner):
    account.before_create = lambda fake, request: fake.add(owner, status="creating")
    instance, created = make()
    assert (instance.status, created) == ("creating", False)


def test_a_foreign_instance_of_that_name_is_left_alone(make, account, somebody_else):
    account.add(somebody_else)
    with pytest.raises(Refused, match="left alone"):
        make()


def test_an_untagged_instance_of_that_name_is_left_alone(make, account, owner):
    account.add(owner, TagList=[])
    with pytest.raises(Refused, match="not one of this platform"):
        make()


def test_a_database_that_another_cluster_owns_is_adopted_as_it_is(make, account, elsewhere, vault):
    account.add(elsewhere)
    instance, created = make()
    assert not created
    assert instance.owner == elsewhere


def test_without_its_password_in_vault_nothing_is_made(make, account, vault):
    vault.secrets.clear()
    with pytest.raises(PaasError, match="db_credentials"):
        make()
    assert account.created == []


def test_a_conflict_about_something_else_stays_one(make, account):
    def conflict(fake, request):
        fake.instances[request["DBInstanceIdentifier"]] = {}
        fake.describe_db_instances = lambda **_: (_ for _ in ()).throw(lookup)

    from paas.errors import NotFound

    lookup = NotFound(system="AWS rds", operation="describe", target="it", words="none")
    account.before_create = conflict
    with pytest.raises(Conflict):
        make()
