"""Fetches that several wait for: at most one under way for each key."""

import asyncio
from collections.abc import Coroutine, Hashable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Flight(Generic[T]):
    """One fetch. It belongs to nobody: who waits may leave, and only when the last has left is it stopped.

    `kept`: it goes on although nobody waits. A task's context (the trail of its request) is that of the first.
    """

    __slots__ = ("_kept", "_waiting", "task")

    def __init__(self, fetch: Coroutine[Any, Any, T], *, kept: bool = False) -> None:
        self.task = asyncio.create_task(fetch)
        self._kept = kept
        self._waiting = 0

    async def wait(self) -> T:
        """What it gives or raises."""
        self._waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self._waiting -= 1
            if not self._waiting and not self._kept:
                self.task.cancel()


class Flights(Generic[K, T]):
    """The fetches under way, by key; one fetch may stand for several keys."""

    def __init__(self) -> None:
        self._by_key: dict[K, Flight[T]] = {}
        self._all: set[Flight[T]] = set()

    def get(self, key: K) -> Flight[T] | None:
        """The fetch under way for a key; not one that is being stopped."""
        flight = self._by_key.get(key)
        return None if flight is None or flight.task.cancelling() else flight

    def start(self, keys: Iterable[K], fetch: Coroutine[Any, Any, T], *, kept: bool = False) -> Flight[T]:
        """Begin a fetch for keys that have none."""
        flight = Flight(fetch, kept=kept)
        mine = list(keys)
        self._by_key.update(dict.fromkeys(mine, flight))
        self._all.add(flight)

        def ended(task: asyncio.Task[T]) -> None:
            self._all.discard(flight)
            for key in mine:
                if self._by_key.get(key) is flight:
                    del self._by_key[key]
            if not task.cancelled():
                task.exception()  # seen, so that a failure nobody waited for is not reported as lost

        flight.task.add_done_callback(ended)
        return flight

    async def aclose(self) -> None:
        """Stop all of them."""
        tasks = [flight.task for flight in self._all]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
