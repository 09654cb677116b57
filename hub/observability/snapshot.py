"""All that is counted, at one moment: of one process, or added up over those of one hub."""

import resource
from pathlib import Path

from msgspec import Struct, field

from connectors.guards.ledger import Tally
from hub.observability.requests import RequestTally
from hub.observability.usage import UsageTally

STATM = Path("/proc/self/statm")


class CacheFigures(Struct, frozen=True):
    """What a cache holds and how often it served. `size`: bytes, about, where it counts them."""

    entries: int = 0
    size: int = 0
    hits: int = 0
    misses: int = 0

    def added(self, other: "CacheFigures", *, alive: bool) -> "CacheFigures":
        """With those of another process; what a process held that has ended is held no more."""
        return CacheFigures(
            self.entries + other.entries * alive,
            self.size + other.size * alive,
            self.hits + other.hits,
            self.misses + other.misses,
        )


class Snapshot(Struct):
    """The counts of one process, or of several. `at` and `began`: Unix seconds; `memory`: bytes; `cpu`: seconds."""

    at: float
    began: float
    workers: int = 1
    in_flight: int = 0
    memory: int = 0
    cpu: float = 0.0
    requests: RequestTally = field(default_factory=RequestTally)
    sources: dict[str, Tally] = field(default_factory=dict)
    usage: UsageTally = field(default_factory=UsageTally)
    caches: dict[str, CacheFigures] = field(default_factory=dict)

    def merge(self, other: "Snapshot", *, alive: bool) -> None:
        """Add that of another process; of one that has ended its counts only, not its state."""
        self.requests.merge(other.requests)
        self.usage.merge(other.usage)
        self.cpu += other.cpu
        self.began = min(self.began, other.began)
        if alive:
            self.workers += other.workers
            self.in_flight += other.in_flight
            self.memory += other.memory
        for source, tally in other.sources.items():
            if not alive:
                tally.breaker = "closed"
            self.sources.setdefault(source, Tally()).merge(tally)
        for name, figures in other.caches.items():
            self.caches[name] = self.caches.get(name, CacheFigures()).added(figures, alive=alive)


def resident_bytes() -> int:
    """Memory that this process takes, in bytes; 0 where the system does not tell it so."""
    try:
        pages = int(STATM.read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def cpu_seconds() -> float:
    """CPU time that this process has taken."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
