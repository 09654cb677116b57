"""What a server knows, drawn while the hub goes on starting: a question that comes too early waits for it."""

import asyncio
from collections.abc import Callable
from threading import Lock, Thread

_TURN = Lock()
"""What is drawn belongs to the process: where two servers need it, one draws and the other finds it there."""


class Drawing:
    """Calls `draw`, which remembers what it drew, once and in a thread of its own: the event loop goes on meanwhile."""

    def __init__(self, draw: Callable[[], object]) -> None:
        self._draw = draw
        self._thread: Thread | None = None
        self._done = False

    def begin(self) -> None:
        """Draw in the background, unless that was begun before."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="sandbox", daemon=True)
            self._thread.start()

    async def wait(self) -> None:
        """Return when all is drawn; begin if nobody did."""
        if not self._done:
            self.begin()
            await self.finish()

    async def finish(self) -> None:
        """Return when nothing is being drawn any more: a process that forks must have no thread."""
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        with _TURN:
            self._draw()
        self._done = True
