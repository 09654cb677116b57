"""How long things took: a histogram of seconds, cheap to add to, that adds up over processes."""

from bisect import bisect_left
from itertools import accumulate
from typing import Final

from msgspec import Struct, field

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets, in seconds: from an answer kept in memory to a directory that hangs."""


class Durations(Struct):
    """`counts` has one number per bucket of `BOUNDS` and one for what is longer; the rest is in seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds
        if seconds > self.longest:
            self.longest = seconds

    def merge(self, other: "Durations") -> None:
        """Add those of another process."""
        self.counts = [ours + theirs for ours, theirs in zip(self.counts, other.counts, strict=True)]
        self.total += other.total
        self.longest = max(self.longest, other.longest)

    @property
    def count(self) -> int:
        """How many were added."""
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """Their mean in seconds, 0 of none."""
        count = self.count
        return self.total / count if count else 0.0

    def quantile(self, share: float) -> float:
        """Seconds within which this share (0 to 1) of them stayed: the bound of its bucket, or the longest."""
        wanted = share * self.count
        for bound, below in zip(BOUNDS, accumulate(self.counts), strict=False):
            if below >= wanted:
                return min(bound, self.longest)
        return self.longest
