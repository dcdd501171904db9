"""The door to the destination: it opens once, before the first write of a run."""

from __future__ import annotations

import threading
from collections.abc import Callable

from paas.migration.journal import Journal
from paas.migration.lease import Lease


class Gate:
    """Checks permissions and takes the lock before the first write; a run that finds nothing to write does neither.

    Args:
        check: Raises where a permission is missing.
        lease: The lock.
        journal: Where originals are kept before they are changed.
    """

    def __init__(self, check: Callable[[], None], lease: Lease, journal: Journal) -> None:
        self._check = check
        self._lease = lease
        self._lock = threading.Lock()
        self.journal = journal
        self.open = False

    def pass_through(self) -> None:
        """Call before each write.

        Raises:
            Refused: A permission is missing, or another migration is running.
            LeaseLost: The lock went to another run.
        """
        if not self.open:
            with self._lock:
                if not self.open:
                    self._check()
                    self._lease.acquire()
                    self.open = True
        self._lease.check()
