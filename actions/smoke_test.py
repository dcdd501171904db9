"""Action `kubernetes.smoke_test`."""

from typing import Any

from paas_pack.traffic import TrafficAction


class SmokeTest(TrafficAction):
    def perform(
        self,
        *,
        environment: str | None = None,
        url: str | None = None,
        checks: list[dict[str, Any]] | None = None,
        cluster: str | None = None,
        namespace: str = "default",
        cronjob: str | None = None,
        job_seconds: float = 600.0,
    ) -> dict[str, Any]:
        from paas.traffic import smoke, smoke_job

        if cronjob:
            return smoke_job.smoke_job(
                self.kube(smoke.needed("cluster", cluster)), namespace=namespace, cronjob=cronjob, timeout=job_seconds
            )
        found = self.environment(environment)
        where, asked = smoke.needed("url", url or found.smoke.url), smoke.checks_of(found, checks)
        return smoke.smoke_test(where, asked, found.smoke)
