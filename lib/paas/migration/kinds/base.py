"""What a kind's rules are made of. A file of this folder says what is special about one kind, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from paas.migration.order import Wave

if TYPE_CHECKING:
    from paas.migration.facts import Facts
    from paas.migration.json_types import Json


class Kind:
    """The rules of one kind, or of several that are alike. A kind without a file of its own gets these.

    Attributes:
        kinds: `(group, kind)` pairs at their present home; the core group is "".
        wave: When it is created.
        says: The rule in a sentence, for docs/migration.md; empty where there is nothing to say.
        replaceable: Whether `on_conflict: recreate` may delete one: never what holds data or other objects.
        mergeable: Whether it is merged into one that is there already, not compared field by field.
        fixed: Dotted paths that the server never lets change once they are set, and fills in where they are left out.
        passing: Reasons to stay behind that pass: an operator is told to run it again, for then the object goes.
        held_by: Which option holds it back: `schedules`, `workloads`, `load_balancers` or `volumes`.
    """

    kinds: ClassVar[tuple[tuple[str, str], ...]] = ()
    wave: ClassVar[Wave] = Wave.CUSTOM
    says: ClassVar[str] = ""
    replaceable: ClassVar[bool] = True
    mergeable: ClassVar[bool] = False
    fixed: ClassVar[tuple[str, ...]] = ()
    passing: ClassVar[tuple[str, ...]] = ()
    held_by: ClassVar[str] = ""

    def leaves(self, obj: Json, facts: Facts) -> str | None:
        """Why this object stays behind, as a short phrase that many objects share; None where it goes."""
        return None

    def scrub(self, obj: Json, facts: Facts) -> None:
        """Take off, in place, what the cluster added to this kind. managedFields are still there to be read."""

    def held_values(self, obj: Json) -> Json:
        """The fields that differ while the object is held back, and what they are then.

        Fields are dotted paths below the object, such as `spec.suspend`; None takes a field away.
        """
        return {}
