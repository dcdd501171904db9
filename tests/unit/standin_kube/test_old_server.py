"""The server of 1.7: ThirdPartyResources, the old groups, no bookmarks, no pages."""

from tests.contract.kube.subject import config_map, eventually

DEFINITIONS = "/apis/extensions/v1beta1/thirdpartyresources"
WATCH = "/apis/extensions/v1beta1/watch/thirdpartyresources"
TABS = "/apis/stable.example.com/v1/namespaces/default/crontabs"


def define(old, name="cron-tab.stable.example.com"):
    body = {"metadata": {"name": name}, "description": "a cron", "versions": [{"name": "v1"}]}
    assert old.post(DEFINITIONS, body).status == 201
    eventually(lambda: old.get("/apis/stable.example.com/v1/crontabs").status == 200)


def tab(name, **metadata):
    return {
        "apiVersion": "stable.example.com/v1",
        "kind": "CronTab",
        "metadata": {"name": name, **metadata},
        "cronSpec": "*",
    }


def test_it_tells_its_version(old):
    assert old.get("/version").body["gitVersion"].startswith("v1.7.")


def test_a_definitions_name_makes_its_kind(old):
    define(old)
    created = old.post(TABS, tab("a"))
    assert (created.status, created.body["kind"], created.body["cronSpec"]) == (201, "CronTab", "*")
    (resource,) = old.get("/apis/stable.example.com/v1").body["resources"]
    assert (resource["name"], resource["kind"], resource["namespaced"]) == ("crontabs", "CronTab", True)


def test_items_of_a_third_party_list_have_no_kind(old):
    define(old)
    old.post(TABS, tab("a"))
    answer = old.get(TABS)
    assert answer.body["kind"] == "CronTabList"
    assert "kind" not in answer.body["items"][0]


def test_definitions_and_objects_are_watched_at_the_old_paths(old):
    with old.watching(WATCH) as definitions:
        define(old)
        assert definitions.wait_for(1) == [("ADDED", "cron-tab.stable.example.com")]
    with old.watching("/apis/stable.example.com/v1/watch/crontabs") as objects:
        old.post(TABS, tab("a"))
        old.delete(f"{TABS}/a")
        assert objects.wait_for(2) == [("ADDED", "a"), ("DELETED", "a")]
        assert objects.events[0]["object"]["kind"] == "CronTab"


def test_there_is_no_status_and_nobody_honours_finalizers(old):
    define(old)
    old.post(TABS, {**tab("a", finalizers=["example.com/hold"]), "status": {"phase": "Mine"}})
    assert old.get(f"{TABS}/a").body["status"] == {"phase": "Mine"}
    assert old.patch(f"{TABS}/a/status", {"status": {}}).status == 404
    old.delete(f"{TABS}/a")
    assert old.get(f"{TABS}/a").status == 404


def test_a_deleted_definition_takes_its_objects_with_it(old):
    define(old)
    old.post(TABS, tab("a"))
    with old.watching(TABS) as stream:
        stream.wait_for(1)
        old.delete(f"{DEFINITIONS}/cron-tab.stable.example.com")
        assert stream.wait_for(2)[-1] == ("DELETED", "a")
        assert stream.ended.wait(10)
    assert old.get(TABS).body == "404 page not found\n"


def test_it_does_not_know_the_newer_parameters(old):
    path = "/api/v1/namespaces/default/configmaps"
    for name in "abc":
        old.post(path, config_map(name))
    assert len(old.get(path, limit=1).names) == 3
    query = {"sendInitialEvents": "true", "allowWatchBookmarks": "true"}
    assert {one["type"] for one in old.watched(path, **query)} == {"ADDED"}


def test_there_are_no_definitions_of_the_newer_kind(old):
    assert old.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions").body == "404 page not found\n"
    assert old.get("/openapi/v2").status == 404


def test_two_groups_serve_one_deployment(old):
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    path = "/apis/extensions/v1beta1/namespaces/default/deployments"
    created = old.post(path, {"metadata": {"name": "d"}, "spec": {"template": template}})
    assert created.body["spec"]["selector"] == {"matchLabels": {"a": "b"}}
    assert created.body["metadata"]["selfLink"] == f"{path}/d"
    other = old.get("/apis/apps/v1beta1/namespaces/default/deployments/d")
    assert (other.body["apiVersion"], other.uid) == ("apps/v1beta1", created.uid)


def test_objects_have_no_managed_fields_and_namespaces_no_label(old):
    body = old.post("/api/v1/namespaces", {"metadata": {"name": "n"}}).body
    assert "managedFields" not in body["metadata"]
    assert "labels" not in body["metadata"]


def test_a_forgotten_version_is_gone(old):
    path = "/api/v1/namespaces/default/configmaps"
    version = old.post(path, config_map("a")).version
    for name in ("b", "c"):
        old.post(path, config_map(name))
    old.compact()
    (event,) = old.watched(path, resourceVersion=version)
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Gone")


def test_server_side_apply_is_not_known(old):
    path = "/api/v1/namespaces/default/configmaps/a"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
    assert old.patch(path, body, "application/apply-patch+yaml", fieldManager="me").status == 415
