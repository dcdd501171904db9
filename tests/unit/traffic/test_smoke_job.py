import pytest

from paas.errors import NotFound
from paas.traffic.smoke import SmokeFailed
from paas.traffic.smoke_job import smoke_job
from tests.unit.traffic.fake_aws import Clock


class Resource:
    api_version = "batch/v1"

    def __init__(self, plural):
        self._plural = plural

    def path(self, namespace, name=None):
        return f"/apis/batch/v1/namespaces/{namespace}/{self._plural}" + (f"/{name}" if name else "")


class Cluster:
    """A cluster whose Jobs end as they are told."""

    def __init__(self, *conditions):
        self.conditions = list(conditions)
        self.created, self.deleted = [], []
        self.resources = self

    def find(self, group, kind):
        return Resource({"CronJob": "cronjobs", "Job": "jobs"}[kind])

    def get(self, path):
        if "/cronjobs/" in path:
            if not path.endswith("/smoke"):
                raise NotFound(system="Kubernetes paasB", operation="read", target=path, words="not found", status=404)
            template = {"metadata": {"labels": {"app": "smoke"}}, "spec": {"backoffLimit": 0, "template": {"spec": {}}}}
            return {"metadata": {"name": "smoke"}, "spec": {"jobTemplate": template}}
        condition = self.conditions.pop(0) if len(self.conditions) > 1 else self.conditions[0]
        return {"status": {"conditions": [{"type": condition, "status": "True", "message": "BackoffLimitExceeded"}]}}

    def create(self, path, body):
        self.created.append((path, body))

    def delete(self, path, *, propagation):
        self.deleted.append(path)


def run(cluster, **how):
    return smoke_job(cluster, namespace="smoke", cronjob=how.pop("cronjob", "smoke"), timeout=60, pace=Clock().pace())


def test_a_job_that_completes_passes_and_goes():
    cluster = Cluster("Suspended", "Complete")
    result = run(cluster)
    ((path, body),) = cluster.created
    assert (path, body["kind"]) == ("/apis/batch/v1/namespaces/smoke/jobs", "Job")
    assert cluster.deleted == [f"{path}/{body['metadata']['name']}"]
    assert result["job"] == f"smoke/{body['metadata']['name']}"


def test_a_job_bears_the_template_and_who_made_it_and_does_not_stay_for_ever():
    cluster = Cluster("Complete")
    run(cluster)
    body = cluster.created[0][1]
    assert body["metadata"]["labels"] == {"app": "smoke", "paas.internal/smoke-test": "smoke"}
    assert (body["spec"]["backoffLimit"], body["spec"]["ttlSecondsAfterFinished"]) == (0, 3600)


def test_a_job_that_fails_says_so_and_stays_for_its_logs():
    cluster = Cluster("Failed")
    with pytest.raises(SmokeFailed, match=r"failed after 0\.0 s: BackoffLimitExceeded; its logs stay"):
        run(cluster)
    assert cluster.deleted == []


def test_a_job_that_does_not_end_is_ended():
    cluster = Cluster("Suspended")
    with pytest.raises(SmokeFailed, match=r"had not ended after 60.* s; it was deleted"):
        run(cluster)
    assert len(cluster.deleted) == 1


def test_a_cronjob_that_is_not_there_is_not_found():
    with pytest.raises(NotFound):
        run(Cluster("Complete"), cronjob="typo")
