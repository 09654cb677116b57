"""A loader: what many ask for in the same turn of the event loop is one batch, and each key is asked for once.

What Strawberry's DataLoader does, without a future for each key and a task for each batch: whoever asks first waits
for the others and then does the work for all of them. Should that one be stopped, another one does it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

TURNS: Final = 2
"""Turns of the event loop that a batch waits for more keys: tasks that begin together may ask one turn apart."""


class _Batch(Generic[K]):
    """Keys that are loaded together, and who waits for them besides the one that loads them."""

    __slots__ = ("keys", "waiting")

    def __init__(self) -> None:
        self.keys: list[K] = []
        self.waiting: list[asyncio.Future[None]] = []


class Loader(Generic[K, V]):
    """`batch` gives one outcome for each key, in their order: a value, or an exception.

    What it raises is the outcome of every key. Outcomes are kept for as long as the loader is.
    """

    def __init__(self, batch: Callable[[list[K]], Awaitable[Sequence[V | Exception]]]) -> None:
        self._batch = batch
        self._known: dict[K, V | Exception] = {}
        self._under_way: dict[K, _Batch[K]] = {}
        self._coming: _Batch[K] | None = None

    async def load(self, key: K) -> V:
        """The value of a key; raises what stands in its place."""
        (outcome,) = await self.outcomes((key,))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def load_many(self, keys: Iterable[K]) -> list[V]:
        """The values of these keys; raises the first exception that stands for one of them."""
        values: list[V] = []
        for outcome in await self.outcomes(list(keys)):
            if isinstance(outcome, Exception):
                raise outcome
            values.append(outcome)
        return values

    async def outcomes(self, keys: Sequence[K]) -> list[V | Exception]:
        """A value or an exception for each of these keys."""
        while missing := [key for key in keys if key not in self._known]:
            fresh = [key for key in dict.fromkeys(missing) if key not in self._under_way]
            if not fresh:
                await self._wait(self._under_way[missing[0]])
            elif self._coming is not None:
                await self._wait(self._with(fresh, self._coming))
            else:
                await self._lead(self._with(fresh, _Batch()))
        return [self._known[key] for key in keys]

    def clear_all(self) -> None:
        """Forget what was loaded: something was changed meanwhile."""
        self._known.clear()

    def _with(self, keys: list[K], batch: _Batch[K]) -> _Batch[K]:
        batch.keys += keys
        self._under_way.update(dict.fromkeys(keys, batch))
        return batch

    async def _wait(self, batch: _Batch[K]) -> None:
        done = asyncio.get_running_loop().create_future()
        batch.waiting.append(done)
        await done

    async def _lead(self, batch: _Batch[K]) -> None:
        """Wait for more keys, load them all, and wake who waits, however it ends."""
        self._coming = batch
        try:
            for _ in range(TURNS):
                await asyncio.sleep(0)
            self._coming = None
            self._known.update(zip(batch.keys, await self._outcomes(batch.keys), strict=True))
        finally:
            if self._coming is batch:
                self._coming = None
            for key in batch.keys:
                del self._under_way[key]
            for done in batch.waiting:
                if not done.done():
                    done.set_result(None)

    async def _outcomes(self, keys: list[K]) -> Sequence[V | Exception]:
        try:
            outcomes = await self._batch(keys)
            if len(outcomes) != len(keys):
                raise ValueError(f"{len(keys)} keys, {len(outcomes)} outcomes")  # noqa: TRY301
        except Exception as error:  # noqa: BLE001  # the outcome of every key: raised where it is asked for
            return [error] * len(keys)
        return outcomes
