"""A connector that never has more than so many calls in flight, nor longer queues before them.

So a directory that hangs holds its own connections and nobody else's, and what waits for it is bounded. What somebody
waits for (single records, relations) goes before the walks that fill cells, which go on in the background, where no
deadline ends them: they keep their turn for `WALK_SECONDS` at the most.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, ParamSpec, TypeVar

from connectors.contract import Connector, InCommunes, InDepartement, Kind, Page, Query, Record, SourceInfo
from connectors.errors import Unavailable
from connectors.guards.circuit import Circuit, Refrained
from connectors.guards.ledger import Ledger

P = ParamSpec("P")
T = TypeVar("T")

MOST_WAITING: Final = 256
"""Calls that wait for their turn; one more is refused."""

MOST_WALKS: Final = 2_000
"""Walks that wait for their turn: those of a question about a whole département, and more."""

WALK_SECONDS: Final = 30.0
"""The longest that a walk may keep its turn, all requests that it comes down to included."""

IN_CELLS: Final = frozenset({InCommunes, InDepartement})
"""What is asked for a place: held in cells, which walks fill."""


class Bulkhead:
    """Lets `info.concurrency` calls through at once; the others wait in order, as long as the circuit is not open."""

    def __init__(self, inner: Connector, circuit: Circuit, ledger: Ledger) -> None:
        self.info: SourceInfo = inner.info
        """That of the directory."""
        self._inner = inner
        self._circuit = circuit
        self._ledger = ledger
        self._free = inner.info.concurrency
        self._calls: deque[asyncio.Future[None]] = deque()
        self._walks: deque[asyncio.Future[None]] = deque()

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """Like the directory's."""
        return await self._in_turn(self._calls, MOST_WAITING, self._inner.get, kind, keys)

    async def search(self, query: Query) -> Page:
        """Like the directory's."""
        if type(query.where) in IN_CELLS:
            return await self._in_turn(self._walks, MOST_WALKS, self._walk, query)
        return await self._in_turn(self._calls, MOST_WAITING, self._inner.search, query)

    async def ping(self) -> None:
        """Like the directory's."""
        await self._in_turn(self._calls, MOST_WAITING, self._inner.ping)

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()

    async def _walk(self, query: Query) -> Page:
        try:
            async with asyncio.timeout(WALK_SECONDS):
                return await self._inner.search(query)
        except TimeoutError as error:
            raise Unavailable(self.info.id, f"no answer within {WALK_SECONDS:g} s") from error

    async def _in_turn(
        self,
        queue: deque[asyncio.Future[None]],
        most: int,
        call: Callable[P, Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        if self._free:
            self._free -= 1
        else:
            await self._wait(queue, most)
        try:
            self._circuit.check()
            return await call(*args, **kwargs)
        finally:
            self._pass_on()

    async def _wait(self, queue: deque[asyncio.Future[None]], most: int) -> None:
        """Wait until somebody passes their turn on."""
        if len(queue) >= most:
            self._ledger.held_back("queue")
            raise Refrained(self.info.id, "too many questions wait for it")
        turn = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._pass_on()  # it came at the same moment
            elif turn in queue:
                queue.remove(turn)
            raise

    def _pass_on(self) -> None:
        """Give the turn to the next that waits, or keep it free."""
        for queue in (self._calls, self._walks):
            while queue:
                turn = queue.popleft()
                if not turn.cancelled():
                    turn.set_result(None)
                    return
        self._free += 1
