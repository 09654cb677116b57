"""A client that goes away before its answer is there: whoever works for it is stopped.

with Leaving(receive):
    answer = await ...        ends with ClientGone when the client has left meanwhile
"""

import asyncio
from types import TracebackType
from typing import Final

from starlette.types import Receive

WATCH_AFTER: Final = 0.05
"""Seconds that an answer takes before its client is watched: most are there sooner, and watching costs as much as
making one of them."""


class ClientGone(Exception):
    """The client went away: there is nobody to answer."""


class Leaving:
    """Cancels the task that enters it when the client leaves, and makes ClientGone of that.

    `receive`: that of a request whose body was read, so that nothing but the end of the connection can come.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._gone = False
        self._watching: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._handle = asyncio.get_running_loop().call_later(WATCH_AFTER, self._watch)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._handle.cancel()
        if self._watching:
            self._watching.cancel()
        # more than one request to end it: somebody besides us wants that too
        if self._gone and isinstance(error, asyncio.CancelledError) and self._task and self._task.uncancel() == 0:
            raise ClientGone from None

    def _watch(self) -> None:
        self._watching = asyncio.create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        if self._task:
            self._task.cancel()
