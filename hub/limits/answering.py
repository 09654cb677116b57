"""The answer to a whole request while it is made: what uvicorn knows of it, in the place of its own cycle."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

R = TypeVar("R")

log = logging.getLogger(__name__)


class _Nobody:
    """Whom uvicorn tells that something has come for an answer: it waits for nothing."""

    def set(self) -> None:
        """Nothing is to be done."""


_NOBODY: Final = _Nobody()


class Answering(Generic[R]):
    """Runs `coming` in a task among `tasks`, and hands what it gives to `done`; None when it failed.

    It is stopped when its client leaves. The attributes are those of uvicorn's cycle that it looks at: the connection
    ends after the answer unless `keep_alive` still holds then.
    """

    response_started = False
    message_event = _NOBODY

    def __init__(
        self,
        coming: Coroutine[Any, Any, R],
        done: Callable[["Answering[R]", R | None], None],
        tasks: set[asyncio.Task[None]],
    ) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self._done = done
        self._task = asyncio.get_running_loop().create_task(self._run(coming))
        tasks.add(self._task)
        self._task.add_done_callback(tasks.discard)
        self._task.add_done_callback(lambda _: coming.close())  # it may never have begun

    def leave(self) -> None:
        """The client has left."""
        self.disconnected = True
        self._task.cancel()

    async def _run(self, coming: Coroutine[Any, Any, R]) -> None:
        try:
            response: R | None = await coming
        except Exception:  # whatever it is, the client is told that there is no answer
            log.exception("a request could not be answered")
            response, self.keep_alive = None, False
        self.response_complete = True
        if not self.disconnected:
            self._done(self, response)
