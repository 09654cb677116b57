"""Judging by official numbers and quoted ids alone: nothing that records say is compared."""

from collections.abc import Collection, Iterable, Sequence

from connectors.records import StructureRecord
from resolvers.identity.judging import Judgement, Thresholds, Two

NOTHING = Judgement(0.0)


class ByNumbers:
    """A judge that finds no likeness: what is linked is linked by numbers, by quoted ids, or by a person."""

    thresholds = Thresholds(automatic=1.0, suggest=1.0)

    def compare(
        self, ours: Sequence[StructureRecord], theirs: Sequence[StructureRecord], also: Collection[Two] = ()
    ) -> Iterable[tuple[Two, Judgement]]:
        """The pairs of `also`, unlike."""
        return [(two, NOTHING) for two in also]

    def candidates(self, ours: Sequence[StructureRecord], theirs: Sequence[StructureRecord]) -> Iterable[Two]:
        """None."""
        return ()

    def judge(self, one: StructureRecord, other: StructureRecord) -> Judgement:
        """Unlike."""
        return NOTHING
