"""What linking asks of a judge: which records of two directories are worth comparing, and how likely they are one."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from msgspec import Struct

from connectors.records import StructureRecord

Two: TypeAlias = tuple[StructureRecord, StructureRecord]
"""A record of each of two directories."""


class Judgement(Struct, frozen=True):
    """How likely two records are the same place, in [0, 1], and the parts of the comparison that say so.

    Names of parts are words in lower case, joined by "_"; their values are small numbers. What could not be compared
    has no part.
    """

    score: float
    parts: Mapping[str, float] = {}


class Thresholds(Struct, frozen=True):
    """The three zones: linked from `automatic` on, shown to a person from `suggest` on, apart below."""

    automatic: float
    suggest: float


class Judge(Protocol):
    """Compares records. It knows nothing of links, and two runs of it give the same."""

    @property
    def thresholds(self) -> Thresholds:
        """The scores at which a zone begins."""
        ...

    def compare(
        self, ours: Sequence[StructureRecord], theirs: Sequence[StructureRecord], also: Collection[Two] = ()
    ) -> Iterable[tuple[Two, Judgement]]:
        """The pairs of two directories' records that are worth comparing, and those of `also`, each once, judged.

        All records come at once, since what else is there tells how much a likeness says. A pair is (ours, theirs);
        neither the order of the two directories nor that of their records makes a difference.
        """
        ...

    def candidates(self, ours: Sequence[StructureRecord], theirs: Sequence[StructureRecord]) -> Iterable[Two]:
        """The pairs that are worth comparing."""
        ...

    def judge(self, one: StructureRecord, other: StructureRecord) -> Judgement:
        """How likely two records are the same place, when nothing is known of what else is there."""
        ...
