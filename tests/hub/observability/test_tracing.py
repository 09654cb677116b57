"""Traces: from the request that comes in to the call of a directory, and to a collector."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from serving import serving
from starlette.types import Receive, Scope, Send
from watched import SCHEMA, Answering, asks, get

from connectors.errors import Unavailable
from connectors.guards.ledger import Ledger
from connectors.guards.trail import upstream
from hub.observability.exchange import Exchange
from hub.observability.observatory import Observatory
from hub.observability.tracing import Tracing, open_tracing, sampler

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
TRACEPARENT = ("traceparent", f"00-{TRACE}-{SPAN}-01")


class Traced:
    """An application whose spans are kept, and the headers that its directory got."""

    def __init__(self, sample: float = 1.0) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(sampler=sampler(sample), shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.observatory = Observatory(SCHEMA, tracing=Tracing(provider))
        self.answering = Answering(self.observatory)
        self.answering.on = self.on  # type: ignore[method-assign]
        self.ledger = Ledger("monenfant")
        self.sent: list[dict[str, str]] = []
        self.app = self.observatory.watching(self.answering)

    def on(self, exchange: Exchange) -> None:
        asks(self.observatory, exchange, "query Nearby { structures { id } }")
        exchange.executor = "compiled"
        with self.ledger.calling("search"), upstream("GET", "api.example.org", "/structures") as span:
            self.sent.append(dict(span.headers))
            span.told("http.response.status_code", 200)

    @property
    def spans(self) -> list[ReadableSpan]:
        """In the order in which they began."""
        return sorted(self.exporter.get_finished_spans(), key=lambda span: span.start_time or 0)


async def test_a_trace_goes_from_the_client_to_the_directory() -> None:
    traced = Traced()
    await get(traced.app, headers=[TRACEPARENT])

    request, search, call = traced.spans
    assert [span.name for span in traced.spans] == ["query Nearby", "search monenfant", "GET"]
    assert [span.kind for span in traced.spans] == [SpanKind.SERVER, SpanKind.INTERNAL, SpanKind.CLIENT]
    assert {f"{span.context.trace_id:032x}" for span in traced.spans if span.context} == {TRACE}
    assert request.parent
    assert f"{request.parent.span_id:016x}" == SPAN
    assert search.parent == request.context
    assert call.parent == search.context
    assert call.context
    assert traced.sent == [{"traceparent": f"00-{TRACE}-{call.context.span_id:016x}-01"}]


async def test_spans_tell_names_and_numbers() -> None:
    traced = Traced()
    await get(traced.app, "/graphql?variables=Dupont", [("authorization", "Bearer Dupont")])

    request, search, call = traced.spans
    assert request.attributes
    assert request.attributes["http.response.status_code"] == 200
    assert request.attributes["graphql.operation.name"] == "Nearby"
    assert request.attributes["hub.executor"] == "compiled"
    assert dict(search.attributes or {}) == {"hub.source": "monenfant"}
    assert dict(call.attributes or {}) == {
        "http.request.method": "GET",
        "server.address": "api.example.org",
        "url.path": "/structures",
        "http.response.status_code": 200,
    }
    assert "Dupont" not in "".join(span.to_json() for span in traced.spans)


async def test_a_failure_marks_its_spans_and_keeps_its_message() -> None:
    traced = Traced()

    def on(_: Exchange) -> None:
        with pytest.raises(Unavailable), traced.ledger.calling("search"), upstream("GET", "h", "/"):
            raise Unavailable("monenfant", "secret")
        raise ZeroDivisionError("secret")

    traced.answering.on = on  # type: ignore[method-assign]
    await get(traced.app)

    assert [span.status.status_code for span in traced.spans] == [StatusCode.ERROR] * 3
    assert [(span.attributes or {}).get("error.type") for span in traced.spans][1:] == ["Unavailable"] * 2
    assert "secret" not in "".join(span.to_json() for span in traced.spans)


async def test_how_much_is_traced_is_not_for_clients_to_say() -> None:
    traced = Traced(sample=0.0)
    for _ in range(20):
        await get(traced.app, headers=[TRACEPARENT])

    assert traced.spans == []
    assert traced.sent == [{}] * 20


async def test_a_page_is_traced_by_its_route() -> None:
    traced = Traced()
    traced.answering.on = lambda _: None  # type: ignore[method-assign]
    await get(traced.app, "/health/live")

    assert [span.name for span in traced.spans] == ["GET /health"]


@asynccontextmanager
async def collector() -> AsyncIterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """An OTLP collector on a loopback socket, and what it got."""
    got: list[ExportTraceServiceRequest] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        assert scope["path"] == "/v1/traces"
        got.append(ExportTraceServiceRequest.FromString(body))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with serving(app) as address:
        yield f"{address}/v1/traces", got


async def test_spans_reach_a_collector() -> None:
    async with collector() as (endpoint, got):
        observatory = Observatory(SCHEMA, tracing=open_tracing(endpoint, 1.0))
        await get(observatory.watching(Answering(observatory)), "/health/live")
        await observatory.aclose()

    [spans] = [of.spans for resource in got[0].resource_spans for of in resource.scope_spans]
    assert [span.name for span in spans] == ["GET /health"]
    attributes = {a.key: a.value.string_value for a in got[0].resource_spans[0].resource.attributes}
    assert attributes["service.name"] == "hub1000"


async def test_a_collector_that_is_gone_costs_no_request(unused_port: int) -> None:
    observatory = Observatory(SCHEMA, tracing=open_tracing(f"http://127.0.0.1:{unused_port}/v1/traces", 1.0))
    async with asyncio.timeout(20):
        assert (await get(observatory.watching(Answering(observatory)))).status_code == 200
        await observatory.aclose()
