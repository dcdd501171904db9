"""Smoke tests: HTTP requests through pre-live, and what must come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paas.errors import ConfigError, InvalidInput, PaasError
from paas.settings import EnvironmentSettings, SmokeCheck, SmokeSettings
from paas.settings.reading import read
from paas.traffic.pace import Pace

_PAUSE = 2.0
_BODY_AT_MOST = 1024 * 1024


class SmokeFailed(PaasError):
    """What is behind pre-live does not work.

    Args:
        message: The sentence.
        checks: Every check with what came back.
    """

    def __init__(self, message: str, checks: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.checks = list(checks)

    def as_result(self) -> dict[str, Any]:
        """The error as a result, with every check."""
        return {**super().as_result(), "checks": self.checks}


def checks_of(environment: EnvironmentSettings, given: Sequence[Mapping[str, Any]] | None) -> tuple[SmokeCheck, ...]:
    """The checks that an operator gave, or else the environment's.

    Raises:
        InvalidInput: One is malformed.
        ConfigError: There are none.
    """
    if not given:
        if not environment.smoke.checks:
            raise ConfigError(
                f"traffic.{environment.name}.smoke.checks",
                'is empty; give some there, or as a parameter: checks=\'[{"path": "/healthz", "status": 200}]\'',
            )
        return environment.smoke.checks
    try:
        return tuple(read(SmokeCheck, each, f"checks[{number}]") for number, each in enumerate(given))
    except ConfigError as error:
        raise InvalidInput("checks", list(given), str(error).removeprefix("config ")) from error


def needed(parameter: str, value: str | None) -> str:
    """A parameter that this kind of test cannot do without.

    Raises:
        InvalidInput: It was not given.
    """
    if not value:
        right = {"url": "the URL of pre-live, here or in smoke.url of the environment", "cluster": "the job's cluster"}
        raise InvalidInput(parameter, value, right[parameter])
    return value


def smoke_test(
    url: str, checks: Sequence[SmokeCheck], settings: SmokeSettings, *, pace: Pace | None = None
) -> dict[str, Any]:
    """Make every check, each at most `settings.attempts` times.

    Args:
        url: Of pre-live, without a path.
        checks: What is asked, and what must come back.
        settings: Attempts and TLS.
        pace: Time.

    Returns:
        `{"message", "url", "checks": [{"path", "ok", "status", "seconds", "attempts", "problem"}]}`.

    Raises:
        SmokeFailed: A check failed.
    """
    import requests

    pace = pace or Pace()
    with requests.Session() as session:
        session.verify = settings.ca_file or settings.verify_tls
        session.trust_env = False  # pre-live is asked itself, not somebody's proxy
        done = [_checked(session, url.rstrip("/"), check, settings.attempts, pace) for check in checks]
    failed = [each for each in done if not each["ok"]]
    if failed:
        said = "; ".join(f"{each['path']}: {each['problem']}" for each in failed[:5])
        raise SmokeFailed(f"{len(failed)} of {len(done)} checks of {url} failed: {said}", done)
    slowest = max(float(each["seconds"]) for each in done)
    return {
        "message": f"{len(done)} checks of {url} passed, the slowest in {slowest:.2f} s",
        "url": url,
        "checks": done,
    }


def _checked(session: Any, url: str, check: SmokeCheck, attempts: int, pace: Pace) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for attempt in range(1, attempts + 1):
        result = {"path": check.path, "attempts": attempt, **_asked(session, url, check)}
        if result["ok"]:
            break
        if attempt < attempts:
            pace.sleep(_PAUSE)
    return result


def _asked(session: Any, url: str, check: SmokeCheck) -> dict[str, Any]:
    import time

    import requests

    begun = time.monotonic()
    headers = {"Host": check.host} if check.host else {}
    try:
        answer = session.get(
            url + check.path, headers=headers, timeout=check.max_seconds, allow_redirects=False, stream=True
        )
        with answer:
            body = _body(answer, begun + check.max_seconds)
    except requests.RequestException as error:
        seconds = time.monotonic() - begun
        return {"ok": False, "status": 0, "seconds": round(seconds, 3), "problem": _reason(error)}
    seconds = time.monotonic() - begun
    problem = ""
    if answer.status_code != check.status:
        problem = f"status {answer.status_code}, expected {check.status}"
    elif seconds > check.max_seconds:
        problem = f"took {seconds:.2f} s, expected at most {check.max_seconds:g} s"
    elif check.text and check.text not in body:
        problem = f"the body does not hold {check.text!r}"
    return {"ok": not problem, "status": answer.status_code, "seconds": round(seconds, 3), "problem": problem}


def _body(answer: Any, deadline: float) -> str:
    """The body, as far as it is looked at; a server that drips does not hold this up beyond the deadline."""
    import time

    body = bytearray()
    for chunk in answer.iter_content(65536):
        body += chunk
        if len(body) >= _BODY_AT_MOST or time.monotonic() > deadline:
            break
    return body.decode(answer.encoding or "utf-8", "replace")


def _reason(error: Exception) -> str:
    from paas.errors import root_words

    return f"no answer ({root_words(error)})"
