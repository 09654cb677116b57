"""What a source has done since the start: calls, failures, times, what was kept of it, its breaker.

A `Tally` is plain numbers, made to be added up over processes; a `Ledger` writes one, and the trail of the request
under way with it. One ledger a source, made by the hub and handed to the guards:

    with ledger.calling("search"):              Observed, around one call of the directory (a retry is one more) and
                                                its time limit: a call that is late must end in Unavailable here
        page = await inner.search(query)
    ledger.retried()                            Retry, before each further attempt
    ledger.looked_up(hits=3, misses=1)          the cache, once for each look-up
    ledger.held_back("breaker")                 whoever refuses in the source's place: breaker, queue, deadline, rate
    ledger.breaker_is("open")                   Breaker, when its state changes: closed, half_open, open
"""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final

from msgspec import Struct, field

from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.guards.durations import Durations
from connectors.guards.trail import CURRENT, UNTRACED, Trail

ANSWERED: Final = "answered"
KINDS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (Unavailable, "unavailable"),
    (Refused, "refused"),
    (BadData, "bad_data"),
    (asyncio.CancelledError, "cancelled"),
)
"""How a call can end other than by an answer; anything else is "internal"."""

CLOSED: Final = "closed"
MINUTES: Final = 60
"""Minutes of which the course is kept."""


class Minute(Struct):
    """The calls of one minute: how many, how many failed, and their seconds."""

    calls: int = 0
    failed: int = 0
    seconds: float = 0.0
    longest: float = 0.0

    def merge(self, other: "Minute") -> None:
        """Add those of another process."""
        self.calls += other.calls
        self.failed += other.failed
        self.seconds += other.seconds
        self.longest = max(self.longest, other.longest)


class Failure(Struct, frozen=True):
    """A failure as anybody may read it. `at`: Unix seconds."""

    at: float
    kind: str
    message: str


class Tally(Struct):
    """Numbers of one source. `calls`: by operation and outcome; `minutes`: by Unix minute; times in seconds."""

    calls: dict[str, dict[str, int]] = field(default_factory=dict)
    durations: Durations = field(default_factory=Durations)
    minutes: dict[int, Minute] = field(default_factory=dict)
    retries: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0
    held_back: dict[str, int] = field(default_factory=dict)
    breaker: str = CLOSED
    opened: int = 0
    last_answer_at: float | None = None
    last_failure: Failure | None = None

    def merge(self, other: "Tally") -> None:
        """Add those of another process. A breaker that is not closed anywhere is told."""
        for operation, outcomes in other.calls.items():
            ours = self.calls.setdefault(operation, {})
            for outcome, count in outcomes.items():
                ours[outcome] = ours.get(outcome, 0) + count
        self.durations.merge(other.durations)
        for number, minute in other.minutes.items():
            self.minutes.setdefault(number, Minute()).merge(minute)
        for reason, count in other.held_back.items():
            self.held_back[reason] = self.held_back.get(reason, 0) + count
        self.retries += other.retries
        self.hits += other.hits
        self.misses += other.misses
        self.stale += other.stale
        self.opened += other.opened
        if self.breaker == CLOSED:
            self.breaker = other.breaker
        self.last_answer_at = _latest(self.last_answer_at, other.last_answer_at)
        if other.last_failure and (self.last_failure is None or other.last_failure.at > self.last_failure.at):
            self.last_failure = other.last_failure

    @property
    def answered(self) -> int:
        """Calls that were answered."""
        return sum(outcomes.get(ANSWERED, 0) for outcomes in self.calls.values())

    @property
    def failed(self) -> int:
        """Calls that ended otherwise; those that nobody waited for any more are no failure."""
        told = sum(sum(outcomes.values()) - outcomes.get("cancelled", 0) for outcomes in self.calls.values())
        return told - self.answered


class Ledger:
    """Writes the tally of one source. `clock`: Unix seconds; `timer`: seconds of a clock that never goes back."""

    def __init__(
        self,
        source: str,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.source = source
        self.tally = Tally()
        self.clock = clock
        self.timer = timer

    def calling(self, operation: str) -> "Calling":
        """The context of one call of the directory ("get", "search" or "ping"): noted when it ends, however."""
        return Calling(self, operation)

    def retried(self) -> None:
        """A call is made once more."""
        self.tally.retries += 1

    def looked_up(self, *, hits: int = 0, misses: int = 0, stale: int = 0) -> None:
        """Keys found in what is kept, not found, or found past their time and served all the same."""
        tally = self.tally
        tally.hits += hits
        tally.misses += misses
        tally.stale += stale
        trail = CURRENT.get()
        if trail is not None:
            asked = trail.of(self.source)
            asked.hits += hits
            asked.misses += misses
            asked.stale += stale

    def held_back(self, reason: str) -> None:
        """A call was refused in the source's place; `reason` is a word of the guard that did."""
        self.tally.held_back[reason] = self.tally.held_back.get(reason, 0) + 1
        trail = CURRENT.get()
        if trail is not None:
            outcomes = trail.of(self.source).outcomes
            outcomes[reason] = outcomes.get(reason, 0) + 1

    def breaker_is(self, state: str) -> None:
        """The breaker's state is now this one."""
        if state == "open" and self.tally.breaker != "open":
            self.tally.opened += 1
        self.tally.breaker = state

    def note(self, operation: str, seconds: float, error: BaseException | None, trail: Trail | None) -> None:
        """A call has ended, with this error if it failed."""
        outcome = ANSWERED if error is None else _kind(error)
        failed = outcome not in {ANSWERED, "cancelled"}
        now = self.clock()
        tally = self.tally
        outcomes = tally.calls.setdefault(operation, {})
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        tally.durations.add(seconds)
        self._minute(now).merge(Minute(1, int(failed), seconds, seconds))
        if error is None:
            tally.last_answer_at = now
        elif failed:
            message = error.message if isinstance(error, SourceError) else "internal error"
            tally.last_failure = Failure(now, outcome, message)
        if trail is not None:
            asked = trail.of(self.source)
            asked.calls += 1
            asked.seconds += seconds
            asked.longest = max(asked.longest, seconds)
            if error is not None:
                asked.outcomes[outcome] = asked.outcomes.get(outcome, 0) + 1

    def _minute(self, now: float) -> Minute:
        number = int(now // 60)
        minutes = self.tally.minutes
        minute = minutes.get(number)
        if minute is None:
            minute = minutes[number] = Minute()
            for past in [past for past in minutes if past <= number - MINUTES]:
                del minutes[past]
        return minute


class Calling:
    """The context of one call; see `Ledger.calling`."""

    __slots__ = ("_began", "_ledger", "_operation", "_span", "_trail")

    def __init__(self, ledger: Ledger, operation: str) -> None:
        self._ledger = ledger
        self._operation = operation
        self._trail = trail = CURRENT.get()
        self._span = (
            UNTRACED
            if trail is None or trail.tracer is None
            else trail.tracer.span(f"{operation} {ledger.source}", client=False, facts={"hub.source": ledger.source})
        )
        self._began = 0.0

    def __enter__(self) -> None:
        self._span.__enter__()
        self._began = self._ledger.timer()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ledger.note(self._operation, self._ledger.timer() - self._began, error, self._trail)
        self._span.__exit__(kind, error, traceback)


def _kind(error: BaseException) -> str:
    return next((name for type_, name in KINDS if isinstance(error, type_)), "internal")


def _latest(one: float | None, other: float | None) -> float | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
