"""The lock and journal of an environment: one object in S3, written only over what was read before.

Whoever writes it first holds the lock; every sign of life is a write too, so that S3's own LastModified tells how long
a run has been silent, whatever the clocks of the action runners say. A run that was taken for dead finds out at its
next write, and stops.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from paas.aws.failures import translated
from paas.errors import Conflict, NotFound, Refused, ServerError, Unavailable
from paas.traffic.calls import Aws, Call
from paas.traffic.goals import RoleGoal
from paas.traffic.pace import Pace

State = Literal["running", "stopped", "done", "undone"]
FORMAT = 1
_HISTORY = 20
_ATTEMPTS = 5


@dataclass(frozen=True)
class Journal:
    """What is written down of the last run.

    Attributes:
        run: Id of the run; it changes whenever another process goes on with it.
        operation: `stage`, `cutover` or `switch_back`.
        cluster: Which cluster it moves.
        state: `running` while somebody is at it, or has died at it; `stopped` when it ended unfinished; `done`;
            `undone`.
        direction: `forward`, or `back` while it is being undone.
        phase: The last phase that was begun.
        moved: Whether live has moved for good, so that a failure is gone on with and not undone.
        before: What each role was like before the first write, for an undo.
        live_before: The cluster that was live then; empty where there was none, or both.
        suspended: Autoscaling groups whose AddToLoadBalancer this run has suspended, or was about to.
        by: Who runs it.
        started: When it was first begun, UTC.
        problem: Why it stopped or was undone.
        beat: Counts the writes, so that no two are alike.
        history: What ended before, the newest first.
    """

    run: str
    operation: str
    cluster: str
    state: State
    direction: Literal["forward", "back"]
    before: Mapping[str, Any]
    live_before: str
    by: str
    started: str
    phase: str = ""
    moved: bool = False
    suspended: tuple[str, ...] = ()
    problem: str = ""
    beat: int = 0
    history: tuple[Mapping[str, Any], ...] = ()
    format: int = FORMAT

    @property
    def unfinished(self) -> bool:
        """Whether there is something to go on with, or to undo."""
        return self.state in ("running", "stopped")

    def goal_before(self) -> dict[str, RoleGoal]:
        """What was there before, as a goal."""
        return {role: RoleGoal.from_dict(found) for role, found in self.before.items()}

    def ended(self) -> tuple[Mapping[str, Any], ...]:
        """The history with this run in it."""
        names = ("run", "operation", "cluster", "live_before", "state", "by", "started", "problem")
        return ({name: getattr(self, name) for name in names}, *self.history)[:_HISTORY]

    def says(self) -> str:
        """The run in words: `the cutover to paasB (phase drain, begun 2026-11-23T15:04:05Z by alice)`."""
        phase = f"phase {self.phase}, " if self.phase else ""
        return f"the {self.operation} of {self.cluster} ({phase}begun {self.started} by {self.by})"


@dataclass(frozen=True)
class Found:
    """A journal as it was read: what S3 calls this version of it, and its age in seconds by S3's own clock."""

    journal: Journal
    etag: str
    age: float


class LockLost(Refused):
    """Another run has taken over; this one must touch nothing more."""


@dataclass
class Store:
    """One environment's journal.

    Attributes:
        aws: The account.
        bucket: The S3 bucket.
        key: The object.
        pace: How retries wait.
    """

    aws: Aws
    bucket: str
    key: str
    pace: Pace = field(default_factory=Pace)

    @property
    def name(self) -> str:
        """`s3://bucket/key`."""
        return f"s3://{self.bucket}/{self.key}"

    def read(self) -> Found | None:
        """The journal, None where there never was a run.

        Raises:
            ServerError: The bucket is not there, or cannot be read.
            Refused: The object is no journal of this format.
        """
        try:
            answer = self.aws.call("s3", "get_object", target=self.name, Bucket=self.bucket, Key=self.key)
        except NotFound as error:
            if "NoSuchBucket" in error.words:
                raise
            return None
        with translated(service="s3", operation="get_object", target=self.name):
            body = answer["Body"].read()
        return Found(self._parsed(body), answer["ETag"], _age(answer))

    def write(self, journal: Journal, over: str | None) -> tuple[Journal, str]:
        """Write a journal over a version of it.

        Args:
            journal: What to write.
            over: The version that is there, None where none may be.

        Returns:
            The journal as written, and the version that it is now.

        Raises:
            LockLost: Somebody has written it since.
            ServerError: S3 refused, or did not answer.
        """
        journal = replace(journal, beat=journal.beat + 1)
        condition = {"IfNoneMatch": "*"} if over is None else {"IfMatch": over}
        request = {**self.call().request, "Body": json.dumps(asdict(journal), sort_keys=True).encode(), **condition}
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = self.aws.call("s3", "put_object", target=self.name, **request)
            except Conflict:
                return journal, self._own(journal)
            except Unavailable:
                if attempt == _ATTEMPTS:
                    raise
                self.pace.sleep(float(2**attempt) / 4)
            else:
                return journal, str(answer["ETag"])
        raise AssertionError("unreachable")

    def call(self) -> Call:
        """The writing call, as a dry run prints it."""
        request = {"Bucket": self.bucket, "Key": self.key, "ContentType": "application/json"}
        return Call("s3", "put_object", self.name, request)

    def _own(self, journal: Journal) -> str:
        """The version, if what is there is what was to be written: the answer to it was lost and it was sent again."""
        found = self.read()
        if found and (found.journal.run, found.journal.beat) == (journal.run, journal.beat):
            return found.etag
        other = f"; {found.journal.says()} has it" if found else ""
        raise LockLost(f"{self.name} was written by somebody else meanwhile{other}; nothing more was touched")

    def _parsed(self, body: bytes) -> Journal:
        try:
            content = json.loads(body)
            if content["format"] != FORMAT:
                raise ValueError(f"format {content['format']}")
            known = {each.name for each in fields(Journal)}
            content = {name: value for name, value in content.items() if name in known}
            return Journal(
                **{**content, "suspended": tuple(content["suspended"]), "history": tuple(content["history"])}
            )
        except (ValueError, KeyError, TypeError) as error:
            raise Refused(
                f"{self.name} is no journal that this version reads ({type(error).__name__}: {error}); move it away "
                "once it is certain that nobody is moving traffic"
            ) from error


def _age(answer: Mapping[str, Any]) -> float:
    """Seconds since the object was written, by the clock of the one that wrote it and answers now."""
    said = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    if not said:
        raise ServerError(system="AWS s3", operation="get_object", target="the journal", words="the answer has no Date")
    return float(max(0.0, (parsedate_to_datetime(said) - answer["LastModified"]).total_seconds()))
