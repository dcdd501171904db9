"""Action `kubernetes.db_status`."""

from typing import Any

from paas.errors import InvalidInput, Outdated, PaasError
from paas_pack.actions import PaasAction


class DbStatus(PaasAction):
    def perform(
        self,
        *,
        cluster: str,
        api_version: str,
        object_kind: str,
        namespace: str,
        name: str,
        uid: str | None = None,
        claim: str | None = None,
        report: dict[str, Any] | None = None,
        failure: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        from paas import database

        if (report is None) == (failure is None):
            raise InvalidInput("report", report, "either report or failure")
        said = database.report_of_failure(failure or {}) if report is None else database.Report.from_dict(report)
        if said is None:
            return {"written": False, "message": (failure or {}).get("message")}
        ref = database.ObjectRef(
            cluster=cluster,
            api_version=api_version,
            kind=object_kind,
            namespace=namespace,
            name=name,
            uid=uid,
            claim=claim,
        )
        try:
            status = database.write_status(database.DatabaseObject(self.kube(cluster), ref), said)
        except Outdated as error:
            return {"written": False, "message": str(error)}
        if report is None and said.phase == "Failed":
            raise PaasError(said.message)  # the object says it; the chain must not look as if it had gone well
        return {"written": True, "status": status}
