"""Where each request begins and ends for those who watch, and what is counted of it.

One observatory a process; it outlives a change of configuration. The application stands inside `watching`, the guards
of a source get its `ledger`, caches tell their figures through `caches`, and readers take `total()`.

Requests that have ended wait a moment, and are then counted and logged together: that costs less, and none of their
own time. A process that is killed loses the lines of that moment.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final, Protocol

from graphql import GraphQLSchema
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.guards.ledger import CLOSED, Ledger
from connectors.guards.trail import CURRENT, Tracer
from hub.observability.exchange import HIT, KEY, Exchange
from hub.observability.logs import RequestLog
from hub.observability.names import UNNAMED, Names
from hub.observability.requests import RequestTally
from hub.observability.snapshot import CacheFigures, Snapshot, cpu_seconds, resident_bytes
from hub.observability.usage import Usage
from hub.observability.workers import Workers

AT_ONCE: Final = 200
"""Requests that are counted together at most."""

WAIT: Final = 0.05
"""Seconds that one waits at most until it is counted."""

SEEN_OFTEN: Final = 5
"""Requests from which a client's name is told apart."""


class RequestTracing(Tracer, Protocol):
    """What traces requests: hub/observability/tracing.py, where it is configured."""

    def request(self, scope: Scope, exchange: Exchange) -> AbstractContextManager[None]:
        """The span of one request."""
        ...

    async def aclose(self) -> None:
        """Send the last spans."""
        ...


class Observatory:
    """Watches one process. `known`: names of operations that are told apart from the start (trusted documents).

    `log`: where each request gets its line, None for nowhere; `folder`: see `Workers`.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        log: RequestLog | None = None,
        tracing: RequestTracing | None = None,
        folder: Path | None = None,
        known: Iterable[str] = (),
    ) -> None:
        self.usage = Usage(schema)
        self.caches: dict[str, Callable[[], CacheFigures]] = {}
        """What caches tell of themselves, by name: documents, plans, answers, …"""
        self.workers = Workers(self._take, folder)
        self._log = log
        self._tracing = tracing
        self._requests = RequestTally()
        self._ledgers: dict[str, Ledger] = {}
        self._operations = Names(known=known)
        self._clients = Names(after=SEEN_OFTEN)
        self._in_flight = 0
        self._ended: list[Exchange] = []
        self._began = time.time()
        self._writing: asyncio.Task[None] | None = None

    def ledger(self, source: str) -> Ledger:
        """The ledger for the guards of a source that is opened: its counts go on after a change of configuration."""
        ledger = self._ledgers.get(source) or self._ledgers.setdefault(source, Ledger(source))
        ledger.breaker_is(CLOSED)
        return ledger

    def watching(self, app: ASGIApp) -> ASGIApp:
        """The application, each of whose HTTP requests is an exchange, in `scope` and told in the end."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            exchange = scope[KEY] = Exchange(scope, perf_counter())
            if self._tracing is None:
                await self._watch(app, scope, receive, send, exchange)
            else:
                with self._tracing.request(scope, exchange):
                    await self._watch(app, scope, receive, send, exchange)

        return watched

    @property
    def traces(self) -> bool:
        """Whether requests are traced: then each must go through `watching`."""
        return self._tracing is not None

    def end(self, exchange: Exchange) -> None:
        """A request has ended."""
        exchange.end(perf_counter())
        self._ended.append(exchange)
        if len(self._ended) >= AT_ONCE:
            self.settle()
        elif len(self._ended) == 1:
            asyncio.get_running_loop().call_later(WAIT, self.settle)

    @contextmanager
    def observing(self, exchange: Exchange) -> Iterator[None]:
        """While a request is answered: it is in flight, and what it asks of directories is noted as its own."""
        token = CURRENT.set(exchange.trail)
        self._in_flight += 1
        try:
            yield
        except Exception:
            exchange.status = exchange.status or 500
            raise
        finally:
            self._in_flight -= 1
            CURRENT.reset(token)
            self.end(exchange)

    def total(self) -> Snapshot:
        """The counts of all workers."""
        return self.workers.total()

    def start(self) -> None:
        """Begin to tell the other workers; where the application starts."""
        self._writing = asyncio.create_task(self.workers.keep_writing())

    def settle(self) -> None:
        """Count and log the requests that have ended."""
        ended, self._ended = self._ended, []
        for exchange in ended:
            self._count(exchange)
        if self._log is not None and self._log.wanted and ended:
            self._log.write(ended)

    async def aclose(self) -> None:
        """Count what has ended, tell the other workers for the last time, and send the last spans."""
        self.settle()
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            self.workers.write()
        if self._tracing is not None:
            await self._tracing.aclose()

    async def _watch(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                # a new list: the headers of a kept answer are everybody's
                message["headers"] = [*message.get("headers", ()), exchange.header]
            await send(message)

        with self.observing(exchange):
            await app(scope, receive, told)

    def _count(self, exchange: Exchange) -> None:
        use = exchange.use
        operation = None
        if use is not None:
            operation = self._operations.of(use.name if use.name != UNNAMED else None)
            client = self._clients.of(exchange.client)
            kept = exchange.cache == HIT
            self.usage.count(use, client, exchange.seconds, kept=kept, failed=bool(exchange.codes))
        self._requests.count(exchange, operation)

    def _take(self) -> Snapshot:
        self.settle()
        return Snapshot(
            at=time.time(),
            began=self._began,
            in_flight=self._in_flight,
            memory=resident_bytes(),
            cpu=cpu_seconds(),
            requests=self._requests,
            sources={source: ledger.tally for source, ledger in self._ledgers.items()},
            usage=self.usage.tally(),
            caches={name: figures() for name, figures in self.caches.items()},
        )
