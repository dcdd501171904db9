import itertools
import uuid

import pytest

from tests.contract.consul.values import errors_of, txn

MANAGEMENT = "00000000-0000-0000-0000-000000000001"
ANONYMOUS = "00000000-0000-0000-0000-000000000002"
NUMBERS = itertools.count(1)


def policy(consul, rules):
    name = f"policy-{next(NUMBERS)}"
    return consul.ask("PUT", "acl/policy", json={"Name": name, "Rules": rules}).json()


def token(consul, **wanted):
    return consul.ask("PUT", "acl/token", json=wanted).json()


def role_with(consul, made):
    body = {"Name": f"role-{next(NUMBERS)}", "Policies": [{"ID": made["ID"]}]}
    return consul.ask("PUT", "acl/role", json=body).json()


@pytest.fixture
def team(guarded, folder):
    """The same Consul as a team sees it: it writes in its folder, not in the locked part, and reads one key beside."""
    rules = f"""
        key_prefix "{folder}/" {{ policy = "write" }}
        key_prefix "{folder}/locked/" {{ policy = "deny" }}
        key_prefix "{folder}/shown/" {{ policy = "read" }}
        key "{folder}-beside" {{ policy = "read" }}
        session_prefix "" {{ policy = "write" }}
    """
    made = policy(guarded, rules)
    made_token = token(guarded, Policies=[{"ID": made["ID"]}])
    subject = guarded.anew({"X-Consul-Token": made_token["SecretID"]})
    subject.accessor = made_token["AccessorID"]
    return subject


def denied(team, what, on):
    return f"Permission denied: token with AccessorID '{team.accessor}' lacks permission '{what}' on \"{on}\""


def test_a_token_writes_and_reads_where_it_may(team, folder):
    assert team.put(f"kv/{folder}/a", b"1").json() is True
    assert team.get(f"kv/{folder}/a?raw").content == b"1"


@pytest.mark.parametrize("key", ["{}/locked/a", "{}-beside", "{}/shown/a"])
def test_a_token_does_not_write_where_it_may_not(team, folder, key):
    name = key.format(folder)
    answer = team.put(f"kv/{name}", b"1")
    assert (answer.status_code, answer.text) == (403, denied(team, "key:write", name))


def test_a_token_does_not_read_where_it_may_not(team, folder):
    answer = team.get(f"kv/{folder}/locked/a")
    assert (answer.status_code, answer.text) == (403, denied(team, "key:read", f"{folder}/locked/a"))


def test_a_key_that_may_be_read_and_is_not_there_is_a_404(team, folder):
    assert team.get(f"kv/{folder}-beside").status_code == 404


def test_a_list_leaves_out_what_may_not_be_read_and_says_so(guarded, team, folder):
    for name in ("a", "locked/b", "shown/c"):
        guarded.put(f"kv/{folder}/{name}", b"1")
    answer = team.get(f"kv/{folder}/?keys")
    assert answer.json() == [f"{folder}/a", f"{folder}/shown/c"]
    assert answer.headers["X-Consul-Results-Filtered-By-ACLs"] == "true"
    assert "X-Consul-Results-Filtered-By-ACLs" not in guarded.get(f"kv/{folder}/?keys").headers


def test_a_list_of_which_nothing_may_be_read_looks_empty(guarded, team, folder):
    guarded.put(f"kv/{folder}/locked/a", b"1")
    assert team.get(f"kv/{folder}/locked/?recurse").status_code == 404


def test_a_tree_is_deleted_only_where_all_of_it_may_be_written(team, folder):
    assert team.delete(f"kv/{folder}/?recurse").status_code == 403
    assert team.delete(f"kv/{folder}/open/?recurse").json() is True


def test_a_transaction_names_the_operations_that_are_denied(team, folder):
    answer = txn(
        team,
        {"Verb": "set", "Key": f"{folder}/a", "Value": b"1"},
        {"Verb": "set", "Key": f"{folder}/locked/a", "Value": b"1"},
    )
    assert (answer.status_code, errors_of(answer)) == (409, {1: denied(team, "key:write", f"{folder}/locked/a")})


def test_a_transaction_that_reads_leaves_out_what_is_denied(guarded, team, folder):
    guarded.put(f"kv/{folder}/locked/a", b"1")
    guarded.put(f"kv/{folder}/a", b"1")
    answer = txn(team, {"Verb": "get", "Key": f"{folder}/locked/a"}, {"Verb": "get", "Key": f"{folder}/a"})
    assert [result["KV"]["Key"] for result in answer.json()["Results"]] == [f"{folder}/a"]
    assert answer.json()["ResultsFilteredByACLs"] is True


def test_without_a_token_one_is_anonymous(guarded):
    answer = guarded.get("kv/a", headers={})
    words = f"Permission denied: token with AccessorID '{ANONYMOUS}' lacks permission 'key:read' on \"a\""
    assert (answer.status_code, answer.text) == (403, words)


def test_a_token_that_does_not_exist_is_not_found(guarded):
    answer = guarded.get("kv/a", headers={"X-Consul-Token": str(uuid.uuid4())})
    assert (answer.status_code, answer.text) == (403, "ACL not found")


def test_a_token_may_come_as_a_bearer(guarded, team, folder):
    bearer = {"Authorization": "Bearer " + team.headers["X-Consul-Token"]}
    assert team.get(f"kv/{folder}/a", headers=bearer).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "acl/tokens"), ("GET", "acl/policies"), ("GET", "snapshot")])
def test_a_team_sees_nothing_of_the_acls(team, method, path):
    assert team.ask(method, path).status_code == 403


def test_a_token_sees_itself(team):
    assert team.get("acl/token/self").json()["AccessorID"] == team.accessor


def test_a_token_keeps_the_ids_that_it_is_given(guarded):
    wanted = {"AccessorID": str(uuid.uuid4()), "SecretID": str(uuid.uuid4()), "Description": "brought along"}
    made = token(guarded, **wanted)
    assert {name: made[name] for name in wanted} == wanted
    read = guarded.get(f"acl/token/{wanted['AccessorID']}").json()
    assert {name: read[name] for name in wanted} == wanted


@pytest.mark.parametrize("field", ["AccessorID", "SecretID"])
def test_an_id_is_taken_once(guarded, field):
    wanted = {field: str(uuid.uuid4())}
    token(guarded, **wanted)
    answer = guarded.ask("PUT", "acl/token", json=wanted)
    assert (answer.status_code, answer.text) == (500, f"Invalid Token: {field} is already in use")


def test_a_token_is_updated_in_place_without_a_new_secret(guarded):
    made = token(guarded, Description="old")
    answer = guarded.ask("PUT", f"acl/token/{made['AccessorID']}", json={"Description": "new"}).json()
    assert (answer["Description"], answer["SecretID"]) == ("new", made["SecretID"])
    refused = guarded.ask("PUT", f"acl/token/{made['AccessorID']}", json={"SecretID": str(uuid.uuid4())})
    assert (refused.status_code, refused.text) == (500, "Changing a token's SecretID is not permitted")


def test_a_role_passes_its_policies_on(guarded, folder):
    made = policy(guarded, f'key_prefix "{folder}/" {{ policy = "write" }}')
    role = role_with(guarded, made)
    assert role["Policies"] == [{"ID": made["ID"], "Name": made["Name"]}]
    secret = token(guarded, Roles=[{"Name": role["Name"]}])["SecretID"]
    assert guarded.put(f"kv/{folder}/a", b"1", headers={"X-Consul-Token": secret}).json() is True


def test_a_deleted_token_is_worth_nothing_at_once(guarded, team, folder):
    assert guarded.delete(f"acl/token/{team.accessor}").json() is True
    assert team.get(f"kv/{folder}/a").text == "ACL not found"
    assert guarded.get(f"acl/token/{team.accessor}").status_code == 403


def test_a_deleted_policy_leaves_the_roles_that_had_it(guarded):
    made = policy(guarded, 'key_prefix "x/" { policy = "write" }')
    role = role_with(guarded, made)
    guarded.delete(f"acl/policy/{made['ID']}")
    assert "Policies" not in guarded.get(f"acl/role/{role['ID']}").json()


def test_a_policy_is_found_by_name_and_listed_without_its_rules(guarded):
    made = policy(guarded, 'key "a" { policy = "read" }')
    assert guarded.get(f"acl/policy/name/{made['Name']}").json() == made
    listed = {each["Name"]: each for each in guarded.get("acl/policies").json()}
    assert "Rules" not in listed[made["Name"]]
    assert listed["global-management"]["ID"] == MANAGEMENT


def test_a_policy_name_is_taken_once(guarded):
    made = policy(guarded, "")
    answer = guarded.ask("PUT", "acl/policy", json={"Name": made["Name"]})
    words = f'Invalid Policy: A Policy with Name "{made["Name"]}" already exists'
    assert (answer.status_code, answer.text) == (500, words)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"acl/policy/{MANAGEMENT}", "Delete operation not permitted on the builtin global-management policy"),
        (f"acl/token/{ANONYMOUS}", "Delete operation not permitted on the anonymous token"),
    ],
)
def test_what_is_built_in_stays(guarded, path, words):
    answer = guarded.delete(path)
    assert (answer.status_code, answer.text) == (500, words)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("acl/token", {"Policies": [{"Name": "none"}]}, 'No such ACL policy with name "none"'),
        ("acl/token", {"Roles": [{"Name": "none"}]}, 'No such ACL role with name "none"'),
        ("acl/token", {"AccessorID": "x"}, "Invalid Token: AccessorID - not a valid UUID"),
        ("acl/role", {"Name": "r", "Policies": [{"Name": "none"}]}, 'No such ACL policy with name "none"'),
        ("acl/policy", {}, "Invalid Policy: no Name is set"),
    ],
)
def test_what_makes_no_sense_is_refused(guarded, path, body, words):
    answer = guarded.ask("PUT", path, json=body)
    assert (answer.status_code, answer.text) == (500, words)


def test_a_policy_that_does_not_parse_is_refused(guarded):
    answer = guarded.ask("PUT", "acl/policy", json={"Name": "bad", "Rules": "key_prefix {"})
    assert answer.status_code == 500
    assert answer.text.startswith("Failed to parse ACL rules: ")


def test_without_acls_there_is_nothing_to_ask(consul):
    answer = consul.get("acl/tokens")
    assert (answer.status_code, answer.text) == (401, "ACL support disabled")
