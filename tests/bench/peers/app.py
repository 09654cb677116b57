"""The hub's machinery on the peers' work: front, engine, guards and HTTP door are the hub's, directories and schema bench-only.

    PEERS_UPSTREAM=http://127.0.0.1:9900 PEERS_PORT=9180 PEERS_CACHE=0 python tests/bench/peers/app.py

PEERS_CACHE=1 keeps answers and rows, as the hub does as it is shipped; with 0 each question makes its three calls.
"""

import gc
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic

sys.path.insert(0, str(Path(__file__).parent))

from directories import CONNECTIONS, directories
from schema import BoardContext, build_schema
from starlette.responses import PlainTextResponse

from connectors.addresses import Outgoing
from connectors.gazetteer import Gazetteer
from connectors.guards.ledger import Ledger
from connectors.http import HttpDoor
from hub.access import Access
from hub.answers.documents import PersistedDocuments
from hub.answers.kept import Answers
from hub.cli.serve import settings
from hub.composition import Guarding
from hub.config import GuardsConfig
from hub.execution import Engine
from hub.graphql_http import GraphQLEndpoint
from hub.limits.draining import DrainingServer
from hub.limits.gate import Gate
from hub.limits.rates import Rates
from hub.limits.settings import ArrivalLimits, CallerLimits, RateLimits
from hub.observability.observatory import Observatory
from resolvers.federation.used import Changes

KEPT_SECONDS = 300.0
DEADLINE = 5.0
"""Seconds: what 64 clients ask at once on one core takes its time, of every target alike."""


def application(upstream: str, *, cached: bool) -> Callable:
    """The ASGI application over the upstream at this address."""
    schema = build_schema()
    observatory = Observatory(schema)
    guarding = Guarding(GuardsConfig(), Gazetteer([], [], []), Changes(), Ledger, monotonic)
    door = partial(HttpDoor, base_url=upstream, connections=CONNECTIONS, outgoing=Outgoing(frozenset({"127.0.0.1"})))
    ttl = KEPT_SECONDS if cached else 0.0
    sources = {id_: guarding.source(directory, DEADLINE).connector for id_, directory in directories(door, ttl).items()}

    def context(_: object) -> BoardContext:
        asked = BoardContext(sources)
        asked.used.keep(ttl)
        return asked

    endpoint = GraphQLEndpoint(
        Engine(schema),
        context,
        Access(None),
        documents=PersistedDocuments(),
        answers=Answers(32 * 1024 * 1024 if cached else 0, {}),
        rates=Rates(RateLimits(address=0)),  # the benchmark is one client that asks for everything
        usage=observatory.usage,
        page=lambda: PlainTextResponse("POST a query."),
    )
    return observatory.watching(Gate(endpoint, CallerLimits()))


def main() -> None:
    """Serve until a signal."""
    app = application(
        os.environ.get("PEERS_UPSTREAM", "http://127.0.0.1:9900"), cached=os.environ.get("PEERS_CACHE") == "1"
    )
    with socket.create_server(("127.0.0.1", int(os.environ.get("PEERS_PORT", "9180"))), backlog=512) as listener:
        configuration = settings(app, ArrivalLimits())
        configuration.lifespan = "off"
        gc.freeze()  # as hub1000 serve does
        DrainingServer(configuration).run(sockets=[listener])


if __name__ == "__main__":
    main()
