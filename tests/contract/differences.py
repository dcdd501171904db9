"""What a stand-in does otherwise than the real server, said and shown: each difference is asserted on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.contract.subjects import STAND_IN, Subject


@dataclass(frozen=True)
class Difference:
    """One known difference.

    Attributes:
        name: What is different, in a few words.
        why: Why it is left so, and what that means for a test that runs on the stand-in.
        show: Asks a server and returns what is then compared.
        real: What the real server returns.
        stand_in: What the stand-in returns.
    """

    name: str
    why: str
    show: Callable[[Subject], Any]
    real: Any
    stand_in: Any

    def __str__(self) -> str:
        return self.name.replace(" ", "-")

    def check(self, subject: Subject) -> None:
        """Fail where a server does not behave as this difference says, so that the list cannot grow old."""
        assert self.show(subject) == (self.stand_in if subject.kind == STAND_IN else self.real), self.why
