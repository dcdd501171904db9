"""Passwords that RDS takes."""

from __future__ import annotations

import secrets
import string

from paas.references import Secret

# RDS: 8 to 41 printable characters (MySQL's and MariaDB's limit is the smallest), none of / " @ and space. The
# punctuation is what needs no quoting in a URL, a shell or a configuration file.
LENGTH = 32
_CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.")
_ALPHABET = "".join(_CLASSES)


def generate() -> Secret:
    """A new password of 32 characters, about 190 bits, with each class of characters that a policy may ask for."""
    # A quarter of all draws has no punctuation, so drawing again ends soon; the bound is for the reader.
    for _ in range(1000):
        drawn = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
        if drawn[0].isalpha() and all(any(char in group for char in drawn) for group in _CLASSES):
            return Secret(drawn)
    raise AssertionError("the random source is broken")
