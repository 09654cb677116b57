"""What serves now, and how something else takes its place without a lost request.

`Current` holds one thing that serves (a hub and what was made of it). A request borrows it; `replace` puts another
in its place at once: new requests get the new one, those under way finish on the old one, which is closed when the
last of them has ended. `Reload` does that at a signal, one at a time, and keeps the old one when the new one cannot
be made. What lives as long as the process stands around it (`live`).
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final, Generic, Protocol, TypeVar

from starlette.types import Receive, Scope, Send

from hub.config import ConfigError

log = logging.getLogger(__name__)


class Closable(Protocol):
    """What can be closed."""

    async def aclose(self) -> None:
        """Let go of everything."""
        ...


class Serving(Closable, Protocol):
    """An ASGI application that can be closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        ...


T = TypeVar("T", bound=Closable)
S = TypeVar("S", bound=Serving)


class _Held(Generic[T]):
    """A thing, how many borrow it, whether it is to be closed after the last of them, and whether that has begun."""

    __slots__ = ("borrowers", "closed", "retired", "thing")

    def __init__(self, thing: T) -> None:
        self.thing = thing
        self.borrowers = 0
        self.retired = False
        self.closed = False


class Current(Generic[T]):
    """The one that serves now. It belongs to one event loop."""

    def __init__(self, first: T) -> None:
        self._held = _Held(first)
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def now(self) -> T:
        """The one that serves now, for who needs it for no longer than this moment."""
        return self._held.thing

    @contextmanager
    def borrow(self) -> Iterator[T]:
        """The one that serves now; it stays open until the block ends."""
        held = self._held
        held.borrowers += 1
        try:
            yield held.thing
        finally:
            held.borrowers -= 1
            self._close_if_idle(held)

    def replace(self, new: T) -> None:
        """Let another serve from now on."""
        old, self._held = self._held, _Held(new)
        self._retire(old)

    async def aclose(self) -> None:
        """Close it, if need be when its last borrower has gone, and wait for what is being closed now."""
        self._retire(self._held)
        while self._closing:
            await asyncio.gather(*self._closing)

    def _retire(self, held: _Held[T]) -> None:
        held.retired = True
        self._close_if_idle(held)

    def _close_if_idle(self, held: _Held[T]) -> None:
        if held.retired and not held.borrowers and not held.closed:
            held.closed = True
            task = asyncio.get_running_loop().create_task(_close(held.thing))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)


class Reload(Generic[S]):
    """The ASGI application that serves what is current, and makes the next one at a signal.

    `make` reads the configuration and opens what serves; it is run in a thread, since it reads files. What it raises
    is logged and changes nothing. `replaced` is called with each next one, once it serves.
    """

    SIGNAL: Final = signal.SIGHUP

    def __init__(self, first: S, make: Callable[[], S], replaced: Callable[[S], None] | None = None) -> None:
        self.current: Current[S] = Current(first)
        self._make = make
        self._replaced = replaced
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[bool]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the one that is current when the request comes in."""
        with self.current.borrow() as serving:
            await serving(scope, receive, send)

    def listen(self) -> None:
        """Make the next one at each signal; to be called in the event loop that serves."""
        asyncio.get_running_loop().add_signal_handler(self.SIGNAL, self._ask)

    async def reload(self) -> bool:
        """Make the next one and let it serve; False when it cannot be made, and the old one goes on."""
        async with self._turn:
            try:
                new = await asyncio.to_thread(self._make)
            except ConfigError as error:
                log.error("the configuration is not taken, the old one goes on: %s", error)  # noqa: TRY400  # no traceback
                return False
            except Exception:
                log.exception("the new configuration cannot be served, the old one goes on")
                return False
            self.current.replace(new)
            if self._replaced:
                self._replaced(new)
            log.warning("the configuration was read again and is served now")
            return True

    async def aclose(self) -> None:
        """Stop listening, and close what serves when the last request has ended."""
        asyncio.get_running_loop().remove_signal_handler(self.SIGNAL)
        await asyncio.gather(*self._tasks)
        await self.current.aclose()

    def _ask(self) -> None:
        task = asyncio.get_running_loop().create_task(self.reload())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def live(life: Callable[[], AbstractAsyncContextManager[None]], receive: Receive, send: Send) -> None:
    """Do what is to be done before the first request and after the last one (ASGI "lifespan")."""
    await receive()
    step = "startup"
    try:
        async with life():
            await send({"type": "lifespan.startup.complete"})
            await receive()
            step = "shutdown"
    except Exception as error:
        await send({"type": f"lifespan.{step}.failed", "message": str(error)})
        raise
    await send({"type": "lifespan.shutdown.complete"})


async def _close(thing: Closable) -> None:
    try:
        await thing.aclose()
    except Exception:
        log.exception("what served before could not be closed")
