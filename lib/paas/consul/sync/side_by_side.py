"""Chains of transactions side by side, from one thread.

Threads would spend a fifth of the time that Python takes here on handing its lock to one another: each transaction is
prepared while Consul works on those before it, and their answers are taken in the order in which they were sent, which
is about the order in which Consul's log takes them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress

from paas.consul.transactions import Limits, Outcome, TooMuch, Transacting
from paas.consul.wire import Wire

#: The operations of one transaction, and what they are about.
Step = tuple[Sequence[str], str]
#: Transactions after one another: yields each, and gets what became of it, or TooMuch.
Chain = Generator[Step, Outcome, None]


def side_by_side(chains: Iterable[Chain], wire: Wire, *, at_once: int, limits: Limits) -> None:
    """Work chains off.

    Args:
        chains: Asked for one after another, whenever a transaction more may be sent.
        wire: The Consul.
        at_once: Transactions that are under way at once, each over a connection of its own.
        limits: What one transaction takes; corrected by what Consul says.

    Raises:
        ServerError: Consul did not answer; what became of the transactions that were under way is not known.
    """
    waiting = iter(chains)
    ready: deque[tuple[Step, Chain]] = deque()
    under_way: deque[tuple[Transacting, Chain]] = deque()

    def go_on(chain: Chain, result: Outcome | TooMuch | None) -> None:
        with suppress(StopIteration):
            if result is None:
                step = next(chain)
            else:
                step = chain.throw(result) if isinstance(result, TooMuch) else chain.send(result)
            ready.append((step, chain))

    try:
        while True:
            # The next one is prepared while all connections are busy, and sent before the last answer is looked at.
            while not ready and (begun := next(waiting, None)) is not None:
                go_on(begun, None)
            if not ready and not under_way:
                return
            answered = None
            if not ready or len(under_way) >= at_once:
                transacting, chain = under_way.popleft()
                answered = (chain, _result(transacting, limits))
            if ready:
                (operations, target), chain = ready.popleft()
                under_way.append((Transacting(wire, operations, target=target), chain))
            if answered:
                go_on(*answered)
    finally:
        for transacting, _ in under_way:
            transacting.abandon()


def _result(transacting: Transacting, limits: Limits) -> Outcome | TooMuch:
    try:
        return transacting.outcome(limits)
    except TooMuch as problem:
        return problem
