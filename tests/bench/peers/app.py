"""The hub's machinery on the peers' work: front, engine, guards and HTTP door are the hub's, directories and schema bench-only.

    UPSTREAM=http://127.0.0.1:9900 PORT=9180 CACHE=0 python tests/bench/peers/app.py

CACHE=1 keeps answers and rows and puts calls together, as the hub does as it is shipped; with 0 each question makes its
three calls.
"""

import gc
import os
import socket
import sys
from collections.abc import Coroutine
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from directories import CONNECTIONS, directories
from schema import BoardContext, build_schema
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from connectors.addresses import Outgoing
from connectors.gathering import MOST
from connectors.gazetteer import Gazetteer
from connectors.guards.ledger import Ledger
from connectors.http import HttpDoor
from hub.access.callers import Access
from hub.access.sessions import Sessions
from hub.access.store import in_memory
from hub.answers.at_once import AtOnce
from hub.answers.documents import PersistedDocuments
from hub.answers.kept import Answers
from hub.composition import Guarding
from hub.config import GuardsConfig
from hub.execution import Engine
from hub.graphql_http import GraphQLEndpoint
from hub.limits.arrival import BoundedConfig, Response
from hub.limits.draining import DrainingServer
from hub.limits.gate import Gate
from hub.limits.rates import Rates
from hub.limits.settings import ArrivalLimits, CallerLimits, RateLimits
from hub.observability.observatory import Observatory
from resolvers.federation.used import Changes

KEPT_SECONDS = 300.0
DEADLINE = 5.0
"""Seconds: what 64 clients ask at once on one core takes its time, of every target alike."""


class Board:
    """The ASGI application over the directories at an address, put together as hub/app.py does it."""

    def __init__(self, upstream: str, *, cached: bool) -> None:
        ttl = KEPT_SECONDS if cached else 0.0
        schema = build_schema()
        observatory = Observatory(schema)
        guards = GuardsConfig(keys_together=MOST if cached else 1)  # without caches, all do the same work
        guarding = Guarding(guards, Gazetteer([], [], []), Changes(), Ledger, monotonic)
        door = partial(
            HttpDoor, base_url=upstream, connections=CONNECTIONS, outgoing=Outgoing(frozenset({"127.0.0.1"}))
        )
        self._sources = {
            id_: guarding.source(directory, DEADLINE).connector for id_, directory in directories(door, ttl).items()
        }
        self._ttl = ttl
        answers = Answers(32 * 1024 * 1024 if cached else 0, {})
        rates = Rates(RateLimits(address=0))  # the benchmark is one client that asks for everything
        self.endpoint = GraphQLEndpoint(
            Engine(schema),
            self._context,
            Sessions(Access(in_memory())),
            documents=PersistedDocuments(),
            answers=answers,
            rates=rates,
            usage=observatory.usage,
            page=lambda: PlainTextResponse("POST a query."),
        )
        gate = Gate(self.endpoint, CallerLimits())
        self._at_once = AtOnce(("/graphql",), self.endpoint, answers, gate, rates, observatory)
        self._watched = observatory.watching(gate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._watched(scope, receive, send)

    def at_once(self, scope: Scope, body: bytes) -> Response | Coroutine[Any, Any, Response] | None:
        """The response to a whole request, without ASGI."""
        return self._at_once(scope, body, lambda: nullcontext(self))

    def _context(self, _: object) -> BoardContext:
        asked = BoardContext(self._sources)
        asked.used.keep(self._ttl)
        return asked


def main() -> None:
    """Serve until a signal."""
    board = Board(os.environ["UPSTREAM"], cached=os.environ.get("CACHE") == "1")
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=512) as listener:
        configuration = BoundedConfig(
            board, ArrivalLimits(), at_once=board.at_once, loop="uvloop", lifespan="off", access_log=False
        )
        gc.freeze()  # as hub1000 serve does
        DrainingServer(configuration).run(sockets=[listener])


if __name__ == "__main__":
    main()
