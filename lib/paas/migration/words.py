"""A server's words in a report, without the values that it quotes."""

from __future__ import annotations

import re

from paas.errors import ServerError
from paas.kube import Resource

#: Groups whose values the server may quote: an operator needs the port that is taken, the quantity that is wrong.
_KNOWN = ("", "apps", "batch", "autoscaling", "policy")
_QUOTED = re.compile(r'(Invalid value|Duplicate value|Unsupported value): (?:".*?"(?=:|, |$|\))|\{.*?\}(?=:)|\S+(?=:))')
_LONGEST = 400


def words_of(error: ServerError, resource: Resource) -> str:
    """What the server said of an object.

    Of a Secret its words are not repeated at all; of kinds whose fields nobody here knows, without the values.
    """
    status = str(error.status) if error.status else "no answer"
    if resource.kind == "Secret" and not resource.group:
        return f"{status} {error.reason}".strip() + ": the server's words may quote the Secret, and are not repeated"
    words = error.words
    if (resource.group not in _KNOWN and not resource.group.endswith(".k8s.io")) or resource.kind == "ConfigMap":
        words = _QUOTED.sub(r"\1: ***", words)
    return f"{status} {words[:_LONGEST]}"
