"""Time that passes by itself: an event loop that never sleeps, but sets its clock on to what comes next."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

PATIENCE = 20.0
"""Real seconds after which a loop that has nothing to wait for but threads is taken to be stuck."""


class _Leaping(selectors.DefaultSelector):
    """Waits no time, and tells how long it was to wait. Without a time, it waits for what is really to come."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            found = super().select(PATIENCE)
            if not found:
                raise RuntimeError("nothing will ever happen")
            return found
        self.passed += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock begins at 0."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.passed


def in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an asynchronous test where hours pass in no time, and always alike."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    """The clock of the loop, for whatever wants one."""
    return asyncio.get_running_loop().time()
