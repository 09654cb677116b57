"""What is known of a directory's health, and whether it is asked.

    closed      every call goes through
    open        no call goes through; each is Unavailable at once, so that no question waits for nothing
    half_open   the pause is over: one call goes through, and its end decides

It opens when too many calls fail in a row or among the last ones; when all that may be in flight are late and the
directory has answered nothing since they left (a long queue before a directory that is well is no failure of it); and
for as long as the directory asks us to wait (Retry-After).
"""

import random
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from time import monotonic
from typing import Final

from connectors.contract import SourceInfo
from connectors.errors import SourceError, Unavailable
from connectors.guards.ledger import Ledger
from connectors.rate import LONGEST_HOLD

IN_A_ROW: Final = 5
"""So many failures without an answer between them open it."""

WINDOW: Final = 20
HALF: Final = 10
"""So many failures among the last `WINDOW` calls open it."""

PAUSE_SECONDS: Final = 1.5
"""How long it stays open, give or take a fifth; then one call finds out."""


class State(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Call:
    """A call under way: when it left, whether it has counted as a failure, and whether that was for being late."""

    __slots__ = ("counted", "late", "left_at")

    def __init__(self, left_at: float) -> None:
        self.left_at = left_at
        self.counted = False
        self.late = False


class Circuit:
    """See the module. `clock`: seconds, never going back; `jitter`: draws a number between two others."""

    def __init__(
        self,
        info: SourceInfo,
        ledger: Ledger,
        *,
        clock: Callable[[], float] = monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._info = info
        self._ledger = ledger
        self._clock = clock
        self._jitter = jitter
        self._state = State.CLOSED
        self._in_a_row = 0
        self._silent = 0
        self._window: deque[bool] = deque(maxlen=WINDOW)
        self._heard_at = float("-inf")
        self._open_until = float("-inf")
        self._held_until = float("-inf")
        self._trial: Call | None = None
        self._why = ""

    @property
    def state(self) -> State:
        """Whether calls go through."""
        return self._state

    @property
    def failing(self) -> bool:
        """Whether the last that was heard of the directory is a failure, or nothing in time."""
        return self._in_a_row > 0 or self._state is not State.CLOSED

    def admit(self) -> Call:
        """A call that may leave; Unavailable when none may."""
        now = self._clock()
        call = Call(now)
        if self._state is not State.CLOSED:
            if now < self._open_until or self._trial is not None:
                raise self._refusal(now)
            self._trial = call
            self._become(State.HALF_OPEN)
        return call

    def check(self) -> None:
        """Unavailable when the directory was found to be down while a call that was admitted waited for its turn."""
        if self._state is State.OPEN:
            raise self._refusal(self._clock())

    def late(self, call: Call) -> None:
        """A call takes long: a failure, if the directory is silent altogether."""
        if self._heard_at <= call.left_at:
            call.late = True
            self._silent += 1
            self._count(call, "no answer in time")

    def failed(self, call: Call, error: SourceError) -> None:
        """A call has failed."""
        self._window.append(True)
        self._count(call, error.message)
        if isinstance(error, Unavailable) and error.retry_after:
            self._held_until = max(self._held_until, self._clock() + min(error.retry_after, LONGEST_HOLD))
            self._open(error.message)

    def answered(self) -> None:
        """The directory has answered a call, whatever it said."""
        now = self._clock()
        self._heard_at = now
        self._in_a_row = 0
        self._window.append(False)
        if self._state is not State.CLOSED and now >= self._held_until:
            self._window.clear()
            self._become(State.CLOSED)

    def ended(self, call: Call) -> None:
        """A call is over, however; if it was to decide and did not, another may."""
        self._silent -= call.late
        if self._trial is call:
            self._trial = None

    def _refusal(self, now: float) -> Unavailable:
        self._ledger.held_back("breaker")
        return Refrained(self._info.id, self._why, retry_after=max(0.0, self._open_until - now))

    def _count(self, call: Call, why: str) -> None:
        """Count a failure, once for each call."""
        if call.counted:
            return
        call.counted = True
        self._in_a_row += 1
        if self._trial is call:
            self._trial = None
            self._open(why)
        elif self._state is State.CLOSED and self._is_down():
            self._open(why)

    def _is_down(self) -> bool:
        """Whether too many failed, or all that may be in flight at once are late: no other could leave anyway."""
        all_late = self._silent >= self._info.concurrency
        return all_late or self._in_a_row >= IN_A_ROW or sum(self._window) >= HALF

    def _open(self, why: str) -> None:
        pause = PAUSE_SECONDS * self._jitter(0.8, 1.2)
        self._open_until = max(self._held_until, self._clock() + pause)
        self._why = why
        self._become(State.OPEN)

    def _become(self, state: State) -> None:
        self._state = state
        self._ledger.breaker_is(state.value)


class Refrained(Unavailable):
    """A directory is not asked, so that this tells nothing new of it."""
