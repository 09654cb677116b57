"""What one source gave for a question, and for how long that stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from time import time
from typing import Final

from connectors.contract import SourceInfo
from connectors.held import Held
from connectors.records import StructureRecord
from resolvers.federation.coverage import Coverage, CoverageStatus
from resolvers.federation.used import UNSETTLED, Used, source_tag

_SETTLED: Final = {CoverageStatus.COMPLETE, CoverageStatus.NOT_ASKED, CoverageStatus.NEEDS_PLACE}
_WHOLE: Final = {CoverageStatus.COMPLETE, CoverageStatus.STALE, CoverageStatus.NOT_ASKED}


@dataclass(frozen=True, slots=True)
class Part:
    """What one source gave. `anew`: nothing of it is held, so that the same records are other objects each time.

    `had_at`: when the oldest cell of it was had, by the clock of the cells.
    """

    info: SourceInfo
    helds: Sequence[Held]
    coverage: Coverage
    anew: bool
    had_at: float = inf

    @property
    def made_of(self) -> list[Held] | list[StructureRecord]:
        """What tells whether the source says the same as before."""
        return [held.record for held in self.helds] if self.anew else list(self.helds)

    @property
    def until(self) -> float:
        """Until when (by that clock) asking again would give the same, unless the source changes."""
        if self.coverage.status not in _SETTLED or not (self.anew or all(held.cached for held in self.helds)):
            return -inf
        if self.anew:
            return inf if self.info.tells_changes else -inf
        return self.had_at + self.info.ttl


@dataclass(frozen=True, slots=True)
class Rests:
    """What an answer that is made of some parts rests on, worked out once for all who get it.

    `seconds`: for which it may be kept from now on, whenever that is; `until`: and until when (Unix seconds).
    """

    tags: frozenset[str]
    seconds: float
    until: float

    @classmethod
    def of(cls, parts: Iterable[Part], *tags: str) -> "Rests":
        """What these parts gave, and `tags`; see `tell`."""
        parts = tuple(parts)
        told = [(part.info, part.coverage) for part in parts if not part.info.tells_changes]
        unsettled = [UNSETTLED for part in parts if part.coverage.status not in _SETTLED]
        return cls(
            frozenset([*tags, *(source_tag(part.info.id) for part in parts)]),
            min([inf, *unsettled, *(info.ttl for info, coverage in told if not coverage.since)]),
            min([inf, *(info.ttl + coverage.since.timestamp() for info, coverage in told if coverage.since)]),
        )

    def tell(self, used: Used) -> None:
        """Say so."""
        used.tags |= self.tags
        used.keep(min(self.seconds, self.until - time()))


def tell(info: SourceInfo, coverage: Coverage, used: Used) -> None:
    """Say for how long what a source gave may be kept: as long as the oldest cell of it, briefly if some is missing.

    What a source gave that tells its changes holds until then.
    """
    used.tag(source_tag(info.id))
    if coverage.status not in _SETTLED:
        used.keep(UNSETTLED)
    if not info.tells_changes:
        age = time() - coverage.since.timestamp() if coverage.since else 0.0
        used.keep(info.ttl - age)


def is_whole(coverages: Iterable[Coverage]) -> bool:
    """Whether nothing is missing of what was asked."""
    return all(coverage.status in _WHOLE for coverage in coverages)
