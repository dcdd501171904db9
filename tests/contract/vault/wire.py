"""What a test asks and reads, in Vault's own terms."""

from __future__ import annotations

import json

DENIED = {"errors": ["1 error occurred:\n\t* permission denied\n\n"]}
NO_TOKEN = {"errors": ["permission denied"]}
NOTHING = {"errors": []}
STALE = {"errors": ["check-and-set parameter did not match the current version"]}


def refused(answer, status, *words):
    """Whether an answer is a refusal in exactly these words."""
    return (answer.status_code, answer.json()) == (status, {"errors": list(words)})


def write(vault, path, data, **options):
    body = {"data": data, **({"options": options} if options else {})}
    return vault.post(f"secret/data/{path}", body)


def patch(vault, path, body):
    return vault.ask(
        "PATCH",
        path,
        data=json.dumps(body),
        headers={**vault.headers, "Content-Type": "application/merge-patch+json"},
    )


def data_of(answer):
    return answer.json()["data"]


def auth_of(answer):
    return answer.json()["auth"]
