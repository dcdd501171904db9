"""Action `kubernetes.db_status`."""

from typing import Any

from paas.errors import InvalidInput, Outdated, PaasError
from paas_pack.databases import DatabaseAction


class DbStatus(DatabaseAction):
    def perform(
        self,
        *,
        uid: str | None = None,
        claim: str | None = None,
        report: dict[str, Any] | None = None,
        failure: dict[str, Any] | None = None,
        going: bool = False,
        **identity: str,
    ) -> dict[str, Any]:
        from paas import database

        if (report is None) == (failure is None):
            raise InvalidInput("report", report, "either report or failure")
        said = database.report_of_failure(failure or {}) if report is None else database.Report.from_dict(report)
        if said is None:
            return {"written": False, "message": (failure or {}).get("message")}
        target = self.target(**identity, uid=uid, claim=claim, going=going)
        try:
            if going:
                target.going()  # what a deletion says is for an object that goes; one that lives stays as it is
            status = self.sayer(target)(said, warning=said.phase in ("Failed", "Refused"))
        except Outdated as error:
            return {"written": False, "message": str(error)}
        if report is None and said.phase == "Failed":
            raise PaasError(said.message)  # the object says it; the chain must not look as if it had gone well
        return {"written": True, "status": status}
