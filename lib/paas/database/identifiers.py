"""Names that are minted for a database: its claim and its schema's name."""

from __future__ import annotations

import re
import secrets

_RANDOM = "abcdefghijklmnopqrstuvwxyz234567"
_RANDOM_LENGTH = 10
# RDS: 1 to 63 letters, digits and hyphens, a letter first, no two hyphens together, none at the end. Two are left for
# the number of a replica or of a member of a cluster.
_LENGTH = 61
_CLAIM = re.compile(r"[a-z](?:-?[a-z0-9])*")

# Words that MySQL, MariaDB or PostgreSQL reserve and that people name their databases after; AWS refuses them.
_RESERVED_WORDS = """
admin all analyze and any array as asc authorization between binary blob both by call cascade case change char
character check collate column condition constraint continue convert create cross cube cursor database databases day
day_hour dec decimal declare default delayed delete desc describe distinct div do double drop dual each else end
enclosed escaped except exists exit explain false fetch float for force foreign from fulltext function grant group
grouping groups having hour if ignore in index infile information_schema inner inout insert int integer interval into
is iterate join key keys kill lateral leading leave left like limit linear lines load localtime lock long loop master
match mod mysql natural new not null numeric of off old on only optimize option or order out outer outfile over
partition performance_schema placing postgres precision primary procedure public purge range rank rdsadmin read reads
real recursive references regexp release rename repeat replace require return revoke right row rows schema schemas
select sensitive separator session_user set show similar some spatial sql ssl starting sys system table template0
template1 terminated test then to trailing trigger true undo union unique unlock unsigned update usage use user using
values varying verbose view virtual when where while window with write xor
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())
_DATABASE_NAME_LENGTH = 63


def mint_claim(*, namespace: str, name: str) -> str:
    """Mint the claim of a new database: its RDS identifier, never given twice.

    It begins with namespace and name for the reader and ends in 50 random bits, so that no two objects can meet.

    Returns:
        Such as `shop-orders-k3f7q2m4xa`.
    """
    tail = "".join(secrets.choice(_RANDOM) for _ in range(_RANDOM_LENGTH))
    return f"{_slug(namespace, name)}-{tail}"


def is_claim_of(claim: object, *, namespace: str, name: str) -> bool:
    """Whether `claim` could have been minted for that object; one that an object's author made up is not."""
    if not isinstance(claim, str) or len(claim) > _LENGTH or not _CLAIM.fullmatch(claim):
        return False
    head, hyphen, tail = claim.rpartition("-")
    return bool(hyphen) and head == _slug(namespace, name) and len(tail) == _RANDOM_LENGTH and set(tail) <= set(_RANDOM)


def member_name(claim: str, number: int) -> str:
    """The identifier of a read replica, or of a member of a cluster."""
    return f"{claim}-{number}"


def _slug(namespace: str, name: str) -> str:
    """Namespace and name as the beginning of an RDS identifier."""
    slug = re.sub(r"[^a-z0-9]+", "-", f"{namespace}-{name}".lower()).strip("-")
    if not slug[:1].isalpha():
        slug = f"db-{slug}".strip("-")
    return slug[: _LENGTH - _RANDOM_LENGTH - 1].strip("-")


def default_database_name(name: str) -> str:
    """The name of the first schema of a database whose object names none.

    Letters, digits and underscores, a letter first, no reserved word: valid for MySQL, MariaDB and PostgreSQL.
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not plain[:1].isalpha():
        plain = f"db_{plain}".strip("_")
    plain = plain[:_DATABASE_NAME_LENGTH].strip("_")
    return f"{plain}_db" if is_reserved(plain) else plain


def is_reserved(word: str) -> bool:
    """Whether an engine reserves the word, in any case."""
    return word.lower() in _RESERVED
