"""The counts of all workers of one hub, by files: each writes its own every few seconds, whoever is asked adds up.

Any worker may be the one that a reader's connection reaches. So /metrics and the admin page show the sum: the own
counts as they are now, those of the others at most `EVERY` seconds old. A worker that has ended keeps its file, so
that counters never go back; the oldest are dropped beyond `MOST_FILES`, which shows as a restart of the counters.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from hub.observability.snapshot import Snapshot

EVERY: Final = 2.0
ALIVE: Final = 5 * EVERY
"""Seconds after which a worker that has written nothing is taken for dead."""

MOST_FILES: Final = 64
SUFFIX: Final = ".tally"


class Workers:
    """The workers that share `folder`, a folder that is there and empty when the first one starts.

    Without a folder there is one worker. `take` makes the snapshot of this process.
    """

    def __init__(
        self, take: Callable[[], Snapshot], folder: Path | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._take = take
        self._folder = folder
        self._clock = clock
        self._own = f"{os.getpid()}-{time.time_ns()}{SUFFIX}"

    def total(self) -> Snapshot:
        """The sum of all workers' counts; a copy, to be read at leisure."""
        total = msgspec.msgpack.decode(self._packed(), type=Snapshot)
        for other in self._others():
            total.merge(other, alive=self._clock() - other.at <= ALIVE)
        return total

    def write(self) -> None:
        """Write the counts of this process for the others, whole or not at all; a full disk costs them only."""
        if self._folder is None:
            return
        path = self._folder / self._own
        unfinished = path.with_suffix(".part")
        with suppress(OSError):
            unfinished.write_bytes(self._packed())
            unfinished.replace(path)

    async def keep_writing(self) -> None:
        """Write until cancelled."""
        while True:
            self.write()
            await asyncio.sleep(EVERY)

    def _packed(self) -> bytes:
        return msgspec.msgpack.encode(self._take())

    def _others(self) -> Iterator[Snapshot]:
        if self._folder is None:
            return
        files = sorted(self._folder.glob(f"*{SUFFIX}"), key=_written_at, reverse=True)
        for path in files[MOST_FILES:]:
            path.unlink(missing_ok=True)
        for path in files[:MOST_FILES]:
            if path.name != self._own:
                with suppress(OSError, msgspec.DecodeError):  # gone meanwhile, or written by another version
                    yield msgspec.msgpack.decode(path.read_bytes(), type=Snapshot)


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
