"""Sends requests over keep-alive connections for some seconds, as fast as they are answered, in a process of its own.

    python serving_load.py PORT SECONDS CONNECTIONS REQUESTS

REQUESTS: a file of HTTP requests, whole and as bytes, with a line of `====` between them; each connection takes them in
turn, each beginning at another one. After so many seconds nothing more is sent, and what is under way is waited for: so
the work of the server is that of the answers that are counted, none begun and left. Prints a JSON object: `answers`,
`statuses` with how many had each, `seconds` from the first request to the last answer, and the `p50` and `p99` of the
time from a request to its whole answer, in milliseconds.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import uvloop

SEPARATOR = b"\n====\n"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"transfer-encoding: *chunked", re.IGNORECASE)
LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass
class Counted:
    """What all connections have had so far; they send while the time is before `until`."""

    until: float
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


class Client(asyncio.Protocol):
    """One connection: the next request is sent when the answer to the last has come whole."""

    def __init__(self, requests: list[bytes], turn: int, counted: Counted) -> None:
        self._requests = requests
        self._turn = turn
        self._counted = counted
        self._received = b""
        self._whole: int | None = None
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if self._whole is None and (end := self._received.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._received, 0, end)
            self._whole = 0 if CHUNKED.search(self._received, 0, end) else end + 4 + (int(length[1]) if length else 0)
        if self._whole is None or len(self._received) < self._whole:
            return
        if self._whole == 0 and not self._received.endswith(LAST_CHUNK):
            return
        self._counted.seconds.append(perf_counter() - self._sent)
        self._counted.statuses[self._received[9:12].decode()] += 1
        self._received, self._whole = b"", None
        if perf_counter() < self._counted.until:
            self._send()
        else:
            self.ended.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("the server closed a connection that was in use"))

    def _send(self) -> None:
        self._sent = perf_counter()
        self._transport.write(self._requests[self._turn % len(self._requests)])
        self._turn += 1


async def load(port: int, seconds: float, connections: int, requests: list[bytes]) -> dict[str, object]:
    """What there is to tell of so many seconds."""
    loop = asyncio.get_running_loop()
    start = perf_counter()
    counted = Counted(start + seconds)
    step = max(1, len(requests) // connections)
    clients = []
    for i in range(connections):
        _, client = await loop.create_connection(lambda i=i: Client(requests, i * step, counted), "127.0.0.1", port)
        clients.append(client)
    await asyncio.gather(*(client.ended for client in clients))
    took = sorted(counted.seconds)
    return {
        "answers": len(took),
        "statuses": counted.statuses,
        "seconds": perf_counter() - start,
        "p50": took[len(took) // 2] * 1e3,
        "p99": took[len(took) * 99 // 100] * 1e3,
    }


if __name__ == "__main__":
    port, seconds, connections, file = sys.argv[1:]
    requests = Path(file).read_bytes().split(SEPARATOR)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(load(int(port), float(seconds), int(connections), requests))))
