"""A small application that is watched, and the schema it speaks of."""

import io
import json
from collections.abc import Sequence
from typing import Any

import httpx
from graphql import build_schema, parse
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.observability.exchange import Exchange, exchange_of
from hub.observability.observatory import Observatory

SCHEMA = build_schema("""
interface Node { id: ID! }
type Address { city: String, old: String @deprecated(reason: "gone") }
type Structure implements Node { id: ID!, name: String, address: Address }
type Person implements Node { id: ID!, name: String }
union Found = Structure | Person
type Query { structures(first: Int): [Structure!]!, node(id: ID!): Node, find: [Found!]! }
type Mutation { rename(name: String): Structure }
""")

Header = tuple[str, str]


class Answering:
    """Answers 200 to everything, after `on` has written down what it wants of the exchange."""

    def __init__(self, observatory: Observatory) -> None:
        self.observatory = observatory
        self.exchanges: list[Exchange] = []
        self.headers: list[tuple[bytes, bytes]] = [(b"content-type", b"text/plain")]

    def on(self, exchange: Exchange) -> None:
        """To be replaced by a test."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        assert exchange
        self.exchanges.append(exchange)
        self.on(exchange)
        await send({"type": "http.response.start", "status": 200, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"ok"})


def lines(observatory: Observatory, out: io.BytesIO) -> list[dict[str, Any]]:
    observatory.settle()
    return [json.loads(line) for line in out.getvalue().splitlines()]


async def get(app: ASGIApp, path: str = "/graphql", headers: Sequence[Header] = ()) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as http:
        return await http.get(path, headers=list(headers))


def asks(observatory: Observatory, exchange: Exchange, query: str, name: str | None = None) -> None:
    """Write down that an exchange asks this."""
    exchange.use = observatory.usage.operation(parse(query), query, name)
