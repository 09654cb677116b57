"""The directories that the servers ask, in a process of their own: everything is in memory, nothing is thought.

python serving_upstream.py        prints the port once it listens

GET  /registry/structures?limit=20&offset=0      a page of structures
GET  /childcare/records?ids=s00001,s00002        the childcare records of these, in one batch
GET  /fhir/HealthcareService?_id=s00001,s00002   a FHIR Bundle of their health records
POST /fhir/Organization/_search                  a FHIR Bundle of the establishments whose FINESS numbers are asked
GET  /_calls?latency=20                          how many calls there were; from now on each takes so many ms
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, unquote_plus

import uvloop

sys.path.insert(0, str(Path(__file__).parent))

from serving_rows import ROWS, childcare, health, organization, structures

FINESS = re.compile(r"https://finess\.esante\.gouv\.fr\|(\d{9})")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
BUNDLE = b'{"resourceType":"Bundle","type":"searchset","entry":[%b]}'


class Directories:
    """What each address answers, made of texts that are there already."""

    def __init__(self) -> None:
        self.calls = 0
        self.latency = 0.0
        self._structures = [_text(row) for row in structures()]
        self._childcare = {row["id"]: _text(row) for row in childcare()}
        self._health = {row["id"]: b'{"resource":%b}' % _text(row) for row in health()}
        self._answers: dict[str, Callable[[str, str], bytes]] = {
            "/registry/structures": self._registry,
            "/childcare/records": lambda query, _: b"[%b]" % _of(self._childcare, parse_qs(query)["ids"]),
            "/fhir/HealthcareService": lambda query, _: BUNDLE % _of(self._health, parse_qs(query)["_id"]),
            "/fhir/Organization": lambda query, _: BUNDLE % self._organizations(query),
            "/fhir/Organization/_search": lambda _, form: BUNDLE % self._organizations(form),
        }

    def answer(self, target: str, body: str) -> bytes:
        """The body that answers a request."""
        path, _, query = target.partition("?")
        if path == "/_calls":
            if asked := parse_qs(query).get("latency"):
                self.latency = float(asked[0]) / 1000
            return b'{"calls":%d}' % self.calls
        self.calls += 1
        return self._answers[path](query, body)

    def _registry(self, query: str, _: str) -> bytes:
        asked = parse_qs(query)
        offset, limit = int(asked["offset"][0]), int(asked["limit"][0])
        return b"[%b]" % b",".join(self._structures[offset : offset + limit])

    def _organizations(self, asked: str) -> bytes:
        numbers = dict.fromkeys(FINESS.findall(unquote_plus(asked)))
        template = self._organization
        return b",".join(template.replace(b"%FINESS%", number.encode()) for number in numbers)

    @cached_property
    def _organization(self) -> bytes:
        return b'{"resource":%b}' % _text(organization("%FINESS%"))


def _text(row: object) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _of(rows: dict[str, bytes], asked: Sequence[str]) -> bytes:
    wanted: Iterable[str] = asked[0].split(",")
    return b",".join(rows[id_] for id_ in wanted if id_ in rows)


class Connection(asyncio.Protocol):
    """One keep-alive connection, on which one request at a time is under way."""

    def __init__(self, directories: Directories) -> None:
        self._directories = directories
        self._received = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        length = LENGTH.search(self._received, 0, end)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) < whole:
            return
        target = self._received.split(b" ", 2)[1].decode()
        form = self._received[end + 4 : whole].decode()
        self._received = self._received[whole:]
        body = self._directories.answer(target, form)
        type_ = b"application/fhir+json" if body.startswith(b'{"resourceType') else b"application/json"
        answer = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (type_, len(body), body)
        if self._directories.latency and not target.startswith("/_calls"):
            asyncio.get_running_loop().call_later(self._directories.latency, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def serve() -> None:
    """Listen until the process is told to stop."""
    directories = Directories()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(directories), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    assert ROWS >= 2_000  # as many as the longest page and the last offset ask for
    uvloop.run(serve())
