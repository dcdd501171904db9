"""Who may: tokens, roles and bindings, the words of a refusal, reviews, escalation."""

import pytest

from tests.contract.kube.subject import config_map, eventually, unique

RBAC = "rbac.authorization.k8s.io"
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def rbac(namespace):
    return namespace.replace("/api/v1", f"/apis/{RBAC}/v1")


@pytest.fixture
def grant(kube, namespace):
    """Bind a user to new rules in the namespace, and wait until they hold."""

    def call(user, *rules):
        name = unique("role")
        assert kube.post(f"{rbac(namespace)}/roles", {"metadata": {"name": name}, "rules": list(rules)}).status == 201
        reference = {"apiGroup": RBAC, "kind": "Role", "name": name}
        subjects = [{"kind": "User", "name": user}]
        binding = {"metadata": {"name": name}, "roleRef": reference, "subjects": subjects}
        assert kube.post(f"{rbac(namespace)}/rolebindings", binding).status == 201
        first = rules[0]
        path = namespace if first["apiGroups"] == [""] else rbac(namespace)
        attributes = {
            "namespace": namespace.rpartition("/")[2],
            "group": first["apiGroups"][0],
            "resource": first["resources"][0],
            "verb": first["verbs"][0],
        }
        review = {"spec": {"resourceAttributes": attributes}}
        eventually(lambda: kube.post(REVIEWS, review, user=user).body["status"]["allowed"])
        return path

    return call


def may(*verbs, resources=("configmaps",), group="", **more):
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs), **more}


def test_an_unknown_token_is_401(kube, config_maps):
    found = kube.get(config_maps, token="nobodys")
    assert (found.status, found.reason, found.words) == (401, "Unauthorized", "Unauthorized")


def test_without_a_token_one_is_anonymous(kube, config_maps):
    found = kube.get(config_maps, token=None)
    room = config_maps.split("/")[4]
    words = (
        f'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" '
        f'in the namespace "{room}"'
    )
    assert (found.status, found.reason, found.words) == (403, "Forbidden", words)


@pytest.mark.parametrize("path", ["/healthz", "/version", "/livez", "/readyz"])
def test_some_paths_are_everyones(kube, path):
    assert kube.get(path, token=None).status == 200


def test_a_refusal_names_user_verb_resource_and_place(kube, config_maps, namespace):
    room = namespace.rpartition("/")[2]
    here, everywhere = f'in the namespace "{room}"', "at the cluster scope"
    for method, path, start, verb, resource, group, where in (
        ("GET", config_maps, "configmaps", "list", "configmaps", "", here),
        ("GET", f"{config_maps}/a", 'configmaps "a"', "get", "configmaps", "", here),
        ("GET", "/api/v1/configmaps", "configmaps", "list", "configmaps", "", everywhere),
        ("POST", config_maps, "configmaps", "create", "configmaps", "", here),
        ("PUT", f"{config_maps}/a", 'configmaps "a"', "update", "configmaps", "", here),
        ("PATCH", f"{config_maps}/a", 'configmaps "a"', "patch", "configmaps", "", here),
        ("DELETE", f"{config_maps}/a", 'configmaps "a"', "delete", "configmaps", "", here),
        ("DELETE", config_maps, "configmaps", "deletecollection", "configmaps", "", here),
        ("GET", "/api/v1/nodes/n", 'nodes "n"', "get", "nodes", "", everywhere),
        ("GET", namespace, f'namespaces "{room}"', "get", "namespaces", "", here),
        ("GET", "/api/v1/namespaces", "namespaces", "list", "namespaces", "", everywhere),
        (
            "GET",
            namespace.replace("/api/v1", "/apis/apps/v1") + "/deployments/d/scale",
            'deployments.apps "d"',
            "get",
            "deployments/scale",
            "apps",
            here,
        ),
        (
            "GET",
            "/apis/nosuch.example.com/v1/things",
            "things.nosuch.example.com",
            "list",
            "things",
            "nosuch.example.com",
            everywhere,
        ),
    ):
        found = kube.ask(method, path, {} if method in ("POST", "PUT", "PATCH") else None, user="stranger")
        why = f'User "stranger" cannot {verb} resource "{resource}" in API group "{group}" {where}'
        assert (found.status, found.words) == (403, f"{start} is forbidden: {why}")


def test_a_watch_is_refused_as_a_watch(kube, config_maps):
    found = kube.get(config_maps, watch="1", user="stranger")
    assert 'User "stranger" cannot watch resource "configmaps"' in found.words


def test_a_path_that_is_no_resource_is_refused_by_its_path(kube):
    found = kube.get("/metrics", user="stranger")
    assert (found.status, found.words) == (403, 'forbidden: User "stranger" cannot get path "/metrics"')


def test_a_role_lets_its_subject_do_what_it_says_and_no_more(kube, config_maps, namespace, grant):
    kube.post(config_maps, config_map("a"))
    grant("reader", may("get", "list"))
    assert kube.get(config_maps, user="reader").status == 200
    assert kube.get(f"{config_maps}/a", user="reader").status == 200
    assert kube.post(config_maps, config_map("b"), user="reader").status == 403
    assert kube.get(f"{namespace}/secrets", user="reader").status == 403
    assert kube.get("/api/v1/configmaps", user="reader").status == 403
    assert kube.get("/api/v1/namespaces/default/configmaps", user="reader").status == 403


def test_resource_names_narrow_a_role(kube, config_maps, grant):
    for name in ("a", "b"):
        kube.post(config_maps, config_map(name))
    grant("narrow", may("list"), may("get", resourceNames=["a"]))
    assert kube.get(f"{config_maps}/a", user="narrow").status == 200
    assert kube.get(f"{config_maps}/b", user="narrow").status == 403


def test_a_subresource_is_granted_by_its_own_name(kube, custom, grant):
    kube.post(custom.path, custom.widget("a"))
    group = custom.group
    grant("keeper", may("patch", resources=["widgets/status"], group=group), may("list", group=group))
    assert kube.patch(f"{custom.path}/a/status", {"status": {"phase": "x"}}, user="keeper").status == 200
    assert kube.patch(f"{custom.path}/a", {"spec": {"size": 30}}, user="keeper").status == 403


def test_a_service_account_signs_in_with_a_token_made_for_it(kube, namespace, config_maps):
    room = namespace.rpartition("/")[2]
    kube.post(f"{namespace}/serviceaccounts", {"metadata": {"name": "robot"}})
    answer = kube.post(f"{namespace}/serviceaccounts/robot/token", {"spec": {"expirationSeconds": 3600}})
    assert (answer.status, answer.body["kind"]) == (201, "TokenRequest")
    token = answer.body["status"]["token"]
    found = kube.get(config_maps, token=token)
    assert f'User "system:serviceaccount:{room}:robot" cannot list resource "configmaps"' in found.words
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "view"}
    subjects = [{"kind": "ServiceAccount", "name": "robot", "namespace": room}]
    binding = {"metadata": {"name": "robot"}, "roleRef": reference, "subjects": subjects}
    kube.post(f"{rbac(namespace)}/rolebindings", binding)
    eventually(lambda: kube.get(config_maps, token=token).status == 200)
    assert kube.post(config_maps, config_map("a"), token=token).status == 403


def test_a_secret_for_a_service_account_is_filled_in(kube, namespace):
    kube.post(f"{namespace}/serviceaccounts", {"metadata": {"name": "robot"}})
    secret = {
        "metadata": {"name": "robot-token", "annotations": {"kubernetes.io/service-account.name": "robot"}},
        "type": "kubernetes.io/service-account-token",
    }
    assert kube.post(f"{namespace}/secrets", secret).status == 201
    found = eventually(
        lambda: (
            {"token", "ca.crt", "namespace"}
            <= set((one := kube.get(f"{namespace}/secrets/robot-token").body).get("data", {}))
            and one
        )
    )
    assert found["metadata"]["annotations"]["kubernetes.io/service-account.uid"]


def test_a_review_says_what_one_may_and_why(kube, namespace, grant):
    grant("asker", may("get"))
    room = namespace.rpartition("/")[2]
    attributes = {"namespace": room, "verb": "get", "resource": "configmaps"}
    found = kube.post(REVIEWS, {"spec": {"resourceAttributes": attributes}}, user="asker")
    assert found.status == 201
    assert found.body["status"]["allowed"] is True
    assert 'to User "asker"' in found.body["status"]["reason"]
    denied = kube.post(REVIEWS, {"spec": {"resourceAttributes": {**attributes, "verb": "delete"}}}, user="asker")
    assert denied.body["status"] == {"allowed": False}


def test_an_administrator_may_everything(kube):
    review = {"spec": {"resourceAttributes": {"verb": "*", "resource": "*", "group": "*"}}}
    assert kube.post(REVIEWS, review).body["status"] == {"allowed": True}


def test_a_review_must_ask_something(kube):
    found = kube.post(REVIEWS, {"spec": {}})
    words = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
    assert found.causes == {("spec.resourceAttributes", "FieldValueInvalid", words)}


def test_one_learns_who_one_is(kube):
    found = kube.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, user="alice")
    assert found.body["status"]["userInfo"] == {"username": "alice", "groups": ["system:authenticated"]}


def test_nobody_grants_what_they_do_not_have(kube, namespace, grant):
    grant("maker", may("create", resources=["roles", "rolebindings"], group=RBAC))
    role = {"metadata": {"name": "made"}, "rules": [may("get", resources=["pods"])]}
    found = kube.post(f"{rbac(namespace)}/roles", role, user="maker")
    words = (
        'roles.rbac.authorization.k8s.io "made" is forbidden: user "maker" (groups=["system:authenticated"]) is '
        "attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'
    )
    assert (found.status, found.words) == (403, words)


def test_who_may_escalate_does(kube, namespace, grant):
    grant("maker", may("create", "escalate", resources=["roles"], group=RBAC))
    role = {"metadata": {"name": "made"}, "rules": [may("get", resources=["pods"])]}
    assert kube.post(f"{rbac(namespace)}/roles", role, user="maker").status == 201


def test_a_binding_to_a_stronger_role_is_refused(kube, namespace, grant):
    grant("maker", may("create", resources=["rolebindings"], group=RBAC))
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"}
    found = kube.post(
        f"{rbac(namespace)}/rolebindings", {"metadata": {"name": "b"}, "roleRef": reference}, user="maker"
    )
    assert found.status == 403
    assert "is attempting to grant RBAC permissions not currently held" in found.words
    missing = {"metadata": {"name": "b"}, "roleRef": {**reference, "name": "nope"}}
    found = kube.post(f"{rbac(namespace)}/rolebindings", missing, user="maker")
    assert (found.status, found.words) == (404, 'rolebindings.rbac.authorization.k8s.io "nope" not found')


def test_what_a_binding_binds_to_cannot_change(kube, namespace):
    reference = {"apiGroup": RBAC, "kind": "Role", "name": "one"}
    kube.post(f"{rbac(namespace)}/rolebindings", {"metadata": {"name": "b"}, "roleRef": reference})
    found = kube.patch(f"{rbac(namespace)}/rolebindings/b", {"roleRef": {"name": "two"}})
    words = 'Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"two"}: cannot change roleRef'
    assert (found.status, found.causes) == (422, {("roleRef", "FieldValueInvalid", words)})
