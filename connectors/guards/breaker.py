"""A connector that stops asking a directory which does not answer, and finds out soon when it does again.

What counts as a failure: Unavailable, and BadData of a list (that of single keys may be the fault of these alone).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ParamSpec, TypeVar

from connectors.contract import Connector, Kind, Page, Query, Record, SourceInfo
from connectors.errors import BadData, SourceError, Unavailable
from connectors.guards.circuit import Circuit, Refrained

P = ParamSpec("P")
T = TypeVar("T")


class Breaker:
    """Asks as the circuit says. `late`: seconds after which a call without an answer is late."""

    def __init__(self, inner: Connector, circuit: Circuit, *, late: float) -> None:
        self.info: SourceInfo = inner.info
        """That of the directory."""
        self._inner = inner
        self._circuit = circuit
        self._late = late

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """Like the directory's, or Unavailable at once."""
        return await self._through((Unavailable,), self._inner.get, kind, keys)

    async def search(self, query: Query) -> Page:
        """Like the directory's, or Unavailable at once."""
        return await self._through((Unavailable, BadData), self._inner.search, query)

    async def ping(self) -> None:
        """Like the directory's, or Unavailable at once."""
        await self._through((Unavailable, BadData), self._inner.ping)

    async def aclose(self) -> None:
        """Close the directory."""
        await self._inner.aclose()

    async def _through(
        self,
        failures: tuple[type[SourceError], ...],
        ask: Callable[P, Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        circuit = self._circuit
        call = circuit.admit()
        timer = asyncio.get_running_loop().call_later(self._late, circuit.late, call)
        try:
            answer = await ask(*args, **kwargs)
        except Refrained:
            raise
        except failures as error:
            circuit.failed(call, error)
            raise
        except SourceError:  # an answer all the same
            circuit.answered()
            raise
        else:
            circuit.answered()
            return answer
        finally:
            timer.cancel()
            circuit.ended(call)
