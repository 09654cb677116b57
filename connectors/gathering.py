"""Questions that are on their way at the same moment share one call, whoever asks them.

What is asked for within a few turns of the event loop is put together: one call of a directory, one reading of a
database, for all of it. No time passes meanwhile: what comes together are questions that were there already, waiting
for their turn of a busy process.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

TURNS: Final = 2
"""Turns of the event loop after the last one who joined: questions that are read together begin a turn apart."""

MOST: Final = 200
"""Keys that are asked for together: small questions need not wait for large ones, nor for a crowd."""


class _Together(Generic[K, R]):
    """Keys that are asked for together, who waits for them besides the one that asks, and what came of it."""

    __slots__ = ("failure", "found", "keys", "waiting")

    def __init__(self, keys: Sequence[K]) -> None:
        self.keys = dict.fromkeys(keys)
        self.waiting: list[asyncio.Future[None]] = []
        self.found: tuple[R] | None = None
        self.failure: Exception | None = None

    async def join(self, keys: Sequence[K]) -> None:
        """Ask for these, too, and wait until it is over."""
        self.keys.update(dict.fromkeys(keys))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(done)
        await done

    async def rest(self) -> None:
        """Wait until nobody has joined for some turns."""
        joined, quiet = 0, 0
        while quiet < TURNS:
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self.waiting) == joined else 0
            joined = len(self.waiting)


class Gathering(Generic[K, R]):
    """`ask` gives what is known of some keys. `common`: the failures that are not the fault of what is asked for.

    `most`: keys together, at the most.
    """

    def __init__(
        self,
        ask: Callable[[list[K]], Awaitable[R]],
        common: type[Exception] | tuple[type[Exception], ...],
        most: int = MOST,
    ) -> None:
        self._ask = ask
        self._common = common
        self._most = most
        self._coming: _Together[K, R] | None = None

    async def ask(self, keys: Sequence[K]) -> R:
        """What is known of these keys, and maybe of others.

        A failure that others' keys may be the cause of is not theirs: these are then asked for alone. When whoever
        asks for all goes away, another one who waits asks.
        """
        while (coming := self._coming) is not None and len(coming.keys) + len(keys) <= self._most:
            await coming.join(keys)
            if coming.found is not None:
                return coming.found[0]
            if isinstance(coming.failure, self._common):
                raise coming.failure
            if coming.failure is not None:
                return await self._ask([*keys])
        return await (self._lead(keys) if len(keys) < self._most else self._ask([*keys]))

    async def _lead(self, keys: Sequence[K]) -> R:
        """Wait for others for a moment, ask for all, and wake them, however it ends."""
        together = self._coming = _Together[K, R](keys)
        try:
            await together.rest()
            self._leave(together)
            together.found = (await self._ask([*together.keys]),)
        except Exception as error:
            together.failure = error
            if not together.waiting or isinstance(error, self._common):
                raise
        finally:
            self._leave(together)
            for done in together.waiting:
                if not done.done():
                    done.set_result(None)
        return together.found[0] if together.found else await self._ask([*keys])

    def _leave(self, together: _Together[K, R]) -> None:
        if self._coming is together:
            self._coming = None
