"""What goes wrong before a real server runs; each is one sentence for the person at the shell."""

from __future__ import annotations


class BuildFailed(RuntimeError):
    """A server's binary could not be had; the message says which, why, and what to do."""
