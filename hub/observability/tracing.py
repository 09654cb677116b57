"""Traces, by OpenTelemetry (the extra `tracing`): from the request that comes in to the calls of directories.

    query StructuresAutour                 the request, in the trace that its traceparent names
    ├── search annuaire_sante              one question to a directory
    │   └── GET                            one HTTP call; the directory gets a traceparent too
    └── get monenfant

How many requests are traced is for the hub to say (`sample`), not for those who send a traceparent. Spans hold
names, numbers and the paths of directories; no variables, query strings or addresses of clients. They are sent to
the collector by a thread that drops what it cannot send. Import this module only where tracing is configured: without
it neither the packages nor any time is needed.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from typing import Final

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from hub.observability.exchange import Exchange
from hub.observability.names import LONGEST

SEND_SECONDS: Final = 3.0
"""The longest that one sending to the collector takes, and the end of the hub waits for the last one."""

_W3C: Final = TraceContextTextMapPropagator()
_CARRIED: Final = frozenset({b"traceparent", b"tracestate"})


class Step:
    """A span as connectors know it (`connectors.guards.trail.Span`)."""

    __slots__ = ("_span",)

    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def headers(self) -> Mapping[str, str]:
        """The traceparent, and tracestate, that make the one who is called go on with the trace."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier

    def told(self, name: str, value: str | int) -> None:
        """Set an attribute."""
        self._span.set_attribute(name, value)


class Tracing:
    """Makes the spans of a process. `aclose` sends the last ones."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("hub1000", version("hub-1000-jours"))

    @contextmanager
    def request(self, scope: Scope, exchange: Exchange) -> Iterator[None]:
        """The span of a request; what is known of it in the end is read from its exchange."""
        carried = {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _CARRIED}
        route = f"/{exchange.route}"
        with self._tracer.start_as_current_span(
            f"{exchange.method[:16]} {route}",
            context=_W3C.extract(carried, Context()),
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
            attributes={
                "http.request.method": exchange.method[:16],
                "http.route": route,
                "hub.request.id": exchange.id,
            },
        ) as span:
            if not span.is_recording():
                yield
                return
            exchange.trail.tracer = self
            try:
                yield
            finally:
                _end(span, exchange)

    @contextmanager
    def span(self, name: str, *, client: bool, facts: Mapping[str, str | int]) -> Iterator[Step]:
        """See `connectors.guards.trail.Tracer`."""
        kind = SpanKind.CLIENT if client else SpanKind.INTERNAL
        # what an exception says may hold what a directory answered: only its type is told
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=dict(facts), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield Step(span)
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    async def aclose(self) -> None:
        """Send what is waiting, for a moment."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(self._provider.shutdown), 2 * SEND_SECONDS)


def open_tracing(endpoint: str, sample: float) -> Tracing:
    """Tracing that sends to an OTLP collector over HTTP (`endpoint`: the address of its traces).

    `sample`: the share of requests that are traced, 0 to 1.
    """
    provider = TracerProvider(sampler=sampler(sample), resource=_resource(), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=SEND_SECONDS)))
    return Tracing(provider)


def sampler(sample: float) -> ParentBased:
    """Traces this share of requests, whatever the client wishes; a span within follows its request."""
    share = TraceIdRatioBased(sample)
    return ParentBased(root=share, remote_parent_sampled=share, remote_parent_not_sampled=share)


def _resource() -> Resource:
    return Resource.create({"service.name": "hub1000", "service.version": version("hub-1000-jours")})


def _end(span: Span, exchange: Exchange) -> None:
    use = exchange.use
    if use is not None:
        span.update_name(f"{use.kind} {use.name[:LONGEST]}")
        span.set_attribute("graphql.operation.type", use.kind)
        span.set_attribute("graphql.operation.name", use.name[:LONGEST])
        span.set_attribute("graphql.document.hash", use.document)
    span.set_attribute("http.response.status_code", exchange.status)
    span.set_attribute("hub.cache", exchange.cache)
    if exchange.executor is not None:
        span.set_attribute("hub.executor", exchange.executor)
    if exchange.status >= 500:
        span.set_status(Status(StatusCode.ERROR))
