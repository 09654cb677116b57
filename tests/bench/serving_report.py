"""Tables of what was measured, with what must come out beside each figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from serving_cases import Bar, Case
from serving_process import Run

Runs = Mapping[str, Sequence[Run]]
"""What was measured of each row, round by round."""


@dataclass(frozen=True)
class Verdict:
    """One figure that has a bar."""

    row: str
    bar: Bar
    value: float

    @property
    def holds(self) -> bool:
        return self.bar.holds(self.value)

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'FAILS'}: {self.row}: {self.value:.3g} {self.bar.of} (bar {self.bar})"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table in Markdown."""
    print("| " + " | ".join(head) + " |\n|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(map(str, row)) + " |")
    print(flush=True)


def middle(runs: Sequence[Run], figure: str) -> float:
    """The median of one figure over the rounds."""
    return median(getattr(run, figure) for run in runs)


def ratio(runs: Sequence[Run], others: Sequence[Run], figure: str = "cpu") -> float:
    """How many times the others' figure this one is: the median of what it is in each round."""
    return median(getattr(a, figure) / getattr(b, figure) for a, b in zip(runs, others, strict=True))


def paths(cases: Sequence[Case], runs: Runs) -> list[Verdict]:
    """Print what each path costs beside plain Strawberry and static bytes."""
    verdicts: list[Verdict] = []
    rows = []
    for case in cases:
        own = runs[case.name]
        against = {
            "x plain": ratio(runs[case.plain], own) if case.plain else None,
            "x static": ratio(own, runs[case.static]) if case.static else None,
            "of static": ratio(runs[case.static], own) if case.static else None,
        }
        found = [Verdict(case.name, bar, against[bar.of] or 0.0) for bar in case.bars]
        verdicts += found
        rows.append(
            (
                case.name,
                f"{middle(own, 'cpu') * 1e6:,.0f}",
                *_told(own),
                *(f"{value:.2f}" if value else "" for value in against.values()),
                "; ".join(f"{v.bar.of} {v.bar}: {'holds' if v.holds else 'FAILS'}" for v in found),
            )
        )
    head = ("path", "us CPU", "answers/s", "p50 ms", "p99 ms", "peak MiB")
    table((*head, "x plain", "x static", "of static", "bars"), rows)
    return verdicts


def sizes(cases: Sequence[Case], runs: Runs, bar: Bar, few: int, many: int) -> list[Verdict]:
    """Print how the cost grows with the number of structures."""
    verdicts: list[Verdict] = []
    rows = []
    for case in cases:
        own = runs[case.name]
        each = middle(own, "cpu") / case.structures
        grown = ""
        if case.structures == many:
            base = next(c for c in cases if c.target == case.target and c.structures == few)
            found = Verdict(case.name, bar, ratio(own, runs[base.name]) * few / many)
            verdicts.append(found)
            grown = f"{found.value:.2f} (bar {bar}: {'holds' if found.holds else 'FAILS'})"
        rows.append((case.name, f"{middle(own, 'cpu') * 1e6:,.0f}", f"{each * 1e6:,.1f}", *_told(own), grown))
    head = ("structures", "us CPU", "us a structure", "answers/s", "p50 ms", "p99 ms", "peak MiB")
    table((*head, f"a structure of {many:,}, x one of {few}"), rows)
    return verdicts


def _told(runs: Sequence[Run]) -> tuple[str, ...]:
    figures = [middle(runs, figure) for figure in ("rate", "p50", "p99", "peak")]
    return (f"{figures[0]:,.0f}", *(f"{figure:,.1f}" for figure in figures[1:3]), f"{figures[3]:,.0f}")
