"""The judge at work: records compared by what they say, with the trained scorer."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from connectors.records import StructureRecord
from resolvers.identity.candidates import candidates
from resolvers.identity.cell import Cell
from resolvers.identity.description import of_record
from resolvers.identity.judging import Judgement, Thresholds, Two
from resolvers.identity.scorer import AUTOMATIC, SUGGEST, Score, score

ALONE: Final = (0, 0)


class Likeness:
    """Judges by names, addresses, telephones, distance and kind (see `resolvers.identity.scorer`)."""

    thresholds = Thresholds(automatic=AUTOMATIC, suggest=SUGGEST)

    def compare(
        self, ours: Sequence[StructureRecord], theirs: Sequence[StructureRecord], also: Collection[Two] = ()
    ) -> Iterator[tuple[Two, Judgement]]:
        """The pairs that may be one place, and those of `also`, judged among all that is there."""
        at_ours = {record.id: i for i, record in enumerate(ours)}
        at_theirs = {record.id: j for j, record in enumerate(theirs)}
        wanted = {(at_ours[one.id], at_theirs[other.id]) for one, other in also}
        cell = Cell([of_record(r) for r in ours], [of_record(r) for r in theirs], wanted)
        for match in cell.matches():
            wanted.discard(match.pair)
            yield (ours[match.pair[0]], theirs[match.pair[1]]), _judgement(match.score)
        for i, j in sorted(wanted):
            yield (ours[i], theirs[j]), _judgement(score(cell.compare((i, j))))

    def candidates(self, ours: Sequence[StructureRecord], theirs: Sequence[StructureRecord]) -> Iterator[Two]:
        """The pairs that share a telephone, an address or rare words."""
        for i, j in candidates([of_record(r) for r in ours], [of_record(r) for r in theirs]):
            yield ours[i], theirs[j]

    def judge(self, one: StructureRecord, other: StructureRecord) -> Judgement:
        """The likeness of two records that are looked at alone."""
        return _judgement(score(Cell([of_record(one)], [of_record(other)], [ALONE]).compare(ALONE)))


def _judgement(found: Score) -> Judgement:
    return Judgement(found.probability, {part.name: part.value for part in found.parts if part.value is not None})
