"""What a run finds: one row of the table for each thing that was promised."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A promise, the bar that it is held to, what was measured, and whether it was kept."""

    promise: str
    bar: str
    measured: str
    kept: bool


@dataclass(frozen=True)
class Size:
    """How large the runs are: whole, or small for a first look. `minutes`: of the soak."""

    quick: bool = False
    minutes: float = 10.0

    def of(self, whole: int, quick: int) -> int:
        """The one or the other."""
        return quick if self.quick else whole


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
