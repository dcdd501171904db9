"""What Vault answers with: its envelope around data or auth, and its refusals."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from lab.standins.httpd import Request, Response

DENIED = "permission denied"
DENIED_BY_POLICY = "1 error occurred:\n\t* permission denied\n\n"


class VaultError(Exception):
    """An answer with `errors`; the words are Vault's own."""

    def __init__(self, status: int, *words: str) -> None:
        super().__init__(*words)
        self.status = status
        self.words = words

    def response(self) -> Response:
        """The answer as it goes out."""
        return Response.of_json({"errors": list(self.words)}, status=self.status)


NOT_FOUND = VaultError(404)


@dataclass
class Call:
    """One request below `/v1/`, after its token was looked up.

    Attributes:
        operation: `read`, `list`, `create` (a write; whether it is an update is the policy's question), `patch`,
            `delete`.
        path: Without `/v1/`; of a list always with a slash at its end.
        data: The body, and for reads the query, as one dict.
        token: The token's entry, None where none was sent.
    """

    operation: str
    path: str
    request: Request
    data: dict[str, Any] = field(default_factory=dict)
    token: dict[str, Any] | None = None

    def below(self, prefix: str) -> str:
        """The path after a prefix."""
        return self.path.removeprefix(prefix)

    @property
    def writes(self) -> bool:
        """Whether it is a PUT or a POST."""
        return self.operation == "create"


def envelope(
    data: Any = None, *, auth: Any = None, warnings: list[str] | None = None, status: int = 200, lease: int = 0
) -> Response:
    """Vault's usual answer around `data` or `auth`."""
    return Response.of_json(_around(data, auth=auth, warnings=warnings, lease=lease), status=status)


def flat(data: dict[str, Any]) -> Response:
    """The answer of older sys paths: the data both at the top and under `data`."""
    return Response.of_json({**data, **_around(data)})


def _around(data: Any, *, auth: Any = None, warnings: list[str] | None = None, lease: int = 0) -> dict[str, Any]:
    return {
        "request_id": str(uuid.uuid4()),
        "lease_id": "",
        "renewable": False,
        "lease_duration": lease,
        "data": data,
        "wrap_info": None,
        "warnings": warnings,
        "auth": auth,
    }


def keys(names: list[str]) -> Response:
    """The answer of a list; 404 where there is nothing."""
    if not names:
        raise NOT_FOUND
    return envelope({"keys": names})


def done() -> Response:
    """204: it was done, there is nothing to say."""
    return Response(204)
