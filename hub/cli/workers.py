"""Several processes that do the same: started, replaced when they die, stopped together.

They are forked once everything is imported: a worker begins in a moment, and shares in memory what was read before.
The first process serves nothing. It only waits for signals, so that nothing can be missed between two of them.
"""

import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Final

CANNOT_START: Final = 3
"""Exit status of a worker that would fail in the same way again: then all are stopped."""

PAUSE: Final = 0.5
"""Seconds before a worker that died is replaced: one that dies at once must not take all the CPU."""

STOPPING: Final = frozenset({signal.SIGTERM, signal.SIGINT})
AWAITED: Final = STOPPING | {signal.SIGCHLD, signal.SIGHUP}

log = logging.getLogger(__name__)


class Workers:
    """`count` processes that run `work` until a signal stops them all. To be used where there is no thread.

    `stopping` is called in the first process before the others are told to stop.
    """

    def __init__(self, count: int, work: Callable[[], None], stopping: Callable[[], None]) -> None:
        self._count = count
        self._work = work
        self._before_stop = stopping
        self._alive: set[int] = set()
        self._stopping = False
        self._failed = False

    def run(self) -> int:
        """Return when none is left: 0 after a signal, 1 when one could not start."""
        signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
        gc.freeze()  # what is there already stays shared: the collector would write to it
        for _ in range(self._count):
            self._start()
        while self._alive:
            got = signal.sigwait(AWAITED)
            if got in STOPPING:
                self._stop()
            elif got == signal.SIGHUP:
                self._tell(signal.SIGHUP)  # each reads its configuration again, and keeps the old one if it must
            self._replace()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
        return 1 if self._failed else 0

    def _start(self) -> None:
        pid = os.fork()
        if pid:
            self._alive.add(pid)
            return
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the worker listens to it, it must not die of it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, AWAITED)
        status = 1
        try:
            self._work()
            status = 0
        except SystemExit as stopped:
            status = stopped.code if isinstance(stopped.code, int) else 1
        except Exception:
            log.exception("a worker failed")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)  # what the first process would do at its end is not a worker's to do

    def _stop(self) -> None:
        self._stopping = True
        self._before_stop()
        self._tell(signal.SIGTERM)

    def _tell(self, what: signal.Signals) -> None:
        for pid in self._alive:
            os.kill(pid, what)

    def _replace(self) -> None:
        """Take note of those that died; start others in their place, unless all are to stop."""
        for pid in list(self._alive):
            found, status = os.waitpid(pid, os.WNOHANG)
            if not found:
                continue
            self._alive.discard(pid)
            if self._stopping:
                continue
            if os.waitstatus_to_exitcode(status) == CANNOT_START:
                self._failed = True
                self._stop()
            else:
                log.error("worker %d died (%d) and is replaced", pid, os.waitstatus_to_exitcode(status))
                time.sleep(PAUSE)
                self._start()
