"""Sends requests over keep-alive connections for some seconds, as fast as they are answered, in a process of its own.

    python serving_load.py PORT SECONDS CONNECTIONS REQUESTS

REQUESTS: a file of HTTP requests, whole and as bytes, with a line of `====` between them; each connection takes them in
turn, each beginning at another one. Prints a JSON object: `answers`, and `statuses` with how many had each.
"""

import asyncio
import json
import re
import sys
from collections import Counter
from pathlib import Path

import uvloop

SEPARATOR = b"\n====\n"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Client(asyncio.Protocol):
    """One connection: the next request is sent when the answer to the last has come whole."""

    def __init__(self, requests: list[bytes], turn: int, statuses: Counter[str]) -> None:
        self._requests = requests
        self._turn = turn
        self._statuses = statuses
        self._received = b""
        self._whole = 0

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._whole and (end := self._received.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._received, 0, end)
            self._whole = end + 4 + (int(length[1]) if length else 0)
        if self._whole and len(self._received) >= self._whole:
            self._statuses[self._received[9:12].decode()] += 1
            self._received, self._whole = b"", 0
            self._send()

    def _send(self) -> None:
        self._transport.write(self._requests[self._turn % len(self._requests)])
        self._turn += 1


async def load(port: int, seconds: float, connections: int, requests: list[bytes]) -> Counter[str]:
    """How many answers had each status."""
    statuses: Counter[str] = Counter()
    loop = asyncio.get_running_loop()
    step = max(1, len(requests) // connections)
    for i in range(connections):
        await loop.create_connection(lambda i=i: Client(requests, i * step, statuses), "127.0.0.1", port)
    await asyncio.sleep(seconds)
    return statuses.copy()


if __name__ == "__main__":
    port, seconds, connections, file = sys.argv[1:]
    requests = Path(file).read_bytes().split(SEPARATOR)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        statuses = runner.run(load(int(port), float(seconds), int(connections), requests))
    print(json.dumps({"answers": statuses.total(), "statuses": statuses}))
