"""Pods on a node end after their grace, though nothing runs them."""

from tests.contract.kube.subject import eventually

PODS = "/api/v1/namespaces/default/pods"


def pod(**more):
    return {"metadata": {"name": "a", **more}, "spec": {"nodeName": "n", "containers": [{"name": "c", "image": "i"}]}}


def test_a_deleted_pod_is_seen_going_and_then_gone(kube):
    kube.post(PODS, pod())
    with kube.watching(PODS, resourceVersion=kube.version(PODS)) as stream:
        found = kube.delete(f"{PODS}/a")
        assert found.body["metadata"]["deletionGracePeriodSeconds"] == 30
        assert stream.wait_for(2) == [("MODIFIED", "a"), ("DELETED", "a")]


def test_a_finalizer_holds_it_still(kube):
    kube.post(PODS, pod(finalizers=["example.com/hold"]))
    kube.delete(f"{PODS}/a")
    eventually(lambda: kube.get(f"{PODS}/a").body["metadata"]["deletionGracePeriodSeconds"] == 0)
    kube.patch(f"{PODS}/a", {"metadata": {"finalizers": None}})
    eventually(lambda: kube.get(f"{PODS}/a").status == 404)


def test_without_grace_it_is_gone_at_once(kube):
    kube.post(PODS, pod())
    kube.delete(f"{PODS}/a", {"gracePeriodSeconds": 0})
    assert kube.get(f"{PODS}/a").status == 404
