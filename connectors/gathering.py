"""Questions that are on their way at the same moment share one call, whoever asks them.

What is asked for within a few turns of the event loop is put together: one call of a directory, one reading of a
database, for all of it. No time passes meanwhile: what comes together are questions that were there already, waiting
for their turn of a busy process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

from connectors.flights import Flight

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

TURNS: Final = 2
"""Turns of the event loop after the last one who joined: questions that are read together begin a turn apart."""

MOST: Final = 200
"""Keys that are asked for together: small questions need not wait for large ones, nor for a crowd."""


class _Together(Generic[K, R]):
    """Keys that are asked for together, and the call for them, which belongs to nobody (see `Flight`)."""

    __slots__ = ("askers", "flight", "keys")

    def __init__(self, gathering: "Gathering[K, R]") -> None:
        self.keys: dict[K, None] = {}
        self.askers = 0
        self.flight: Flight[R] = Flight(gathering.fetch(self))

    def takes(self, keys: Sequence[K], most: int) -> bool:
        """Whether there is room for these, and somebody left who waits for the others."""
        return len(self.keys) + len(keys) <= most and not self.flight.task.cancelling()


class Gathering(Generic[K, R]):
    """`ask` gives what is known of some keys. `common`: the failures that are not the fault of what is asked for.

    `most`: keys together, at the most.
    """

    def __init__(
        self,
        ask: Callable[[list[K]], Awaitable[R]],
        common: type[Exception],
        most: int = MOST,
    ) -> None:
        self._ask = ask
        self._common = common
        self._most = most
        self._coming: _Together[K, R] | None = None

    async def ask(self, keys: Sequence[K]) -> R:
        """What is known of these keys, and maybe of others.

        A failure that others' keys may be the cause of is not theirs: these are then asked for alone.
        """
        if len(keys) >= self._most:
            return await self._ask([*keys])
        together = self._coming
        if together is None or not together.takes(keys, self._most):
            together = self._coming = _Together(self)
        together.keys.update(dict.fromkeys(keys))
        together.askers += 1
        try:
            return await together.flight.wait()
        except self._common:
            raise
        except Exception:  # whatever it is, the keys of others may be its cause
            if together.askers == 1:
                raise
            return await self._ask([*keys])

    async def fetch(self, together: _Together[K, R]) -> R:
        """Wait until nobody has joined for some turns, and ask for all keys."""
        joined, quiet = 0, 0
        while quiet < TURNS:
            await asyncio.sleep(0)
            quiet = quiet + 1 if together.askers == joined else 0
            joined = together.askers
        if self._coming is together:
            self._coming = None
        return await self._ask([*together.keys])
