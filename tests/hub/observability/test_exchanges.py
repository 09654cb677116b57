"""One request and its answer: its id, its line in the log, its numbers."""

import asyncio
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from watched import SCHEMA, Answering, asks, get, lines

from connectors.errors import Unavailable
from connectors.guards.ledger import Ledger
from connectors.guards.trail import CURRENT, covered
from hub.observability.exchange import Exchange, exchange_of
from hub.observability.observatory import AT_ONCE, Observatory


@pytest.fixture
def out() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture
def answering(out: io.BytesIO, log_to: Any) -> Answering:
    return Answering(Observatory(SCHEMA, log=log_to(out)))


@pytest.mark.parametrize(
    ("header", "id_"),
    [
        (("x-request-id", "0123abcd-4567"), "0123abcd-4567"),
        (
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            "0af7651916cd43dd8448eb211c80319c",
        ),
    ],
)
async def test_a_request_goes_by_the_id_it_brings(
    answering: Answering, out: io.BytesIO, header: tuple[str, str], id_: str
) -> None:
    response = await get(answering.observatory.watching(answering), headers=[header])

    assert response.headers["x-request-id"] == id_
    assert lines(answering.observatory, out)[0]["id"] == id_


@pytest.mark.parametrize(
    "header",
    [
        ("x-request-id", "short"),
        ("x-request-id", "a" * 65),
        ("x-request-id", 'abcdefgh","level":"error'),
        ("x-request-id", "abcdefgh\tijkl"),
        ("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"),
        ("traceparent", "nonsense"),
    ],
)
async def test_an_id_that_is_none_is_replaced(answering: Answering, out: io.BytesIO, header: tuple[str, str]) -> None:
    app = answering.observatory.watching(answering)
    ids = {(await get(app, headers=[header])).headers["x-request-id"] for _ in range(2)}

    assert len(ids) == 2
    assert {line["id"] for line in lines(answering.observatory, out)} == ids
    assert header[1] not in ids


async def test_one_line_tells_what_was_done_and_never_what_was_asked(answering: Answering, out: io.BytesIO) -> None:
    ledger = Ledger("monenfant")
    query = "query Nearby { structures(first: 5) { name } }"

    def on(exchange: Exchange) -> None:
        asks(answering.observatory, exchange, query)
        exchange.cost = 120
        exchange.executor = "compiled"
        exchange.cache = "miss"
        with ledger.calling("search"):
            pass
        with pytest.raises(Unavailable), ledger.calling("search"):
            raise Unavailable("monenfant", "down")
        ledger.looked_up(hits=2)
        covered([("monenfant", "PARTIAL")])

    answering.on = on  # type: ignore[method-assign]
    await get(
        answering.observatory.watching(answering),
        "/graphql?variables=Dupont",
        [
            ("apollographql-client-name", "carte-web"),
            ("authorization", "Bearer Dupont"),
            ("x-forwarded-for", "1.2.3.4"),
        ],
    )

    [line] = lines(answering.observatory, out)
    assert line["event"] == "request"
    assert (line["operation"], line["type"], line["client"]) == ("Nearby", "query", "carte-web")
    assert (line["cost"], line["executor"], line["cache"], line["status"]) == (120, "compiled", "miss", 200)
    assert line["coverage"] == {"monenfant": "PARTIAL"}
    asked = line["sources"]["monenfant"]
    assert (asked["calls"], asked["hits"], asked["failed"]) == (2, 2, {"unavailable": 1})
    assert asked["ms"] >= 0
    assert line["ms"] > 0
    assert len(line["document"]) == 12
    assert b"Dupont" not in out.getvalue()
    assert b"1.2.3.4" not in out.getvalue()


async def test_what_is_unknown_is_left_out_of_the_line(answering: Answering, out: io.BytesIO) -> None:
    await get(answering.observatory.watching(answering))

    [line] = lines(answering.observatory, out)
    assert line.keys() == {"timestamp", "level", "event", "id", "route", "status", "ms"}


async def test_a_path_is_told_of_what_the_hub_does_not_serve(answering: Answering, out: io.BytesIO) -> None:
    app = answering.observatory.watching(answering)
    for path in ("/", "/assets/hub/page.css", "/health/live", "/metrics", "/admin", "/wp-login.php", "/" + "a" * 900):
        await get(app, path)

    told = lines(answering.observatory, out)
    assert [line["route"] for line in told] == ["pages", "assets", "health", "metrics", "admin", "other", "other"]
    assert [line.get("path") for line in told[:6]] == [None] * 5 + ["/wp-login.php"]
    assert len(told[6]["path"]) == 200


async def test_errors_and_fallbacks_are_told_and_counted(answering: Answering, out: io.BytesIO) -> None:
    def on(exchange: Exchange) -> None:
        asks(answering.observatory, exchange, "mutation M { rename { id } }")
        exchange.codes = ["BAD_INPUT", "INTERNAL", "BAD_INPUT"]
        exchange.executor = "graphql-core"
        exchange.fallback = "mutation"

    answering.on = on  # type: ignore[method-assign]
    await get(answering.observatory.watching(answering))

    [line] = lines(answering.observatory, out)
    assert line["errors"] == ["BAD_INPUT", "INTERNAL"]
    assert line["fallback"] == "mutation"
    requests = answering.observatory.total().requests
    assert requests.errors == {"BAD_INPUT": 2, "INTERNAL": 1}
    assert requests.executors == {"graphql-core": 1}
    assert requests.fallbacks == {"mutation": 1}
    assert requests.by_status() == {("graphql", "mutation", 200): 1}
    [use] = answering.observatory.total().usage.operations.values()
    assert use.failed == 1


async def test_an_application_that_fails_is_a_500(answering: Answering, out: io.BytesIO) -> None:
    def on(_: Exchange) -> None:
        raise ZeroDivisionError

    answering.on = on  # type: ignore[method-assign]
    await get(answering.observatory.watching(answering))

    assert [line["status"] for line in lines(answering.observatory, out)] == [500]
    assert answering.observatory.total().in_flight == 0


async def test_a_client_that_goes_away_before_its_answer_is_a_499(out: io.BytesIO, log_to: Any) -> None:
    observatory = Observatory(SCHEMA, log=log_to(out))
    began = asyncio.Event()

    async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
        began.set()
        await asyncio.Event().wait()

    request = asyncio.create_task(get(observatory.watching(hanging)))
    await began.wait()
    assert observatory.total().in_flight == 1
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request

    assert [line["status"] for line in lines(observatory, out)] == [499]
    assert observatory.total().in_flight == 0


async def test_the_headers_of_an_answer_that_is_kept_are_left_alone(answering: Answering) -> None:
    app = answering.observatory.watching(answering)
    first, second = await get(app), await get(app)

    assert answering.headers == [(b"content-type", b"text/plain")]
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_a_trail_lasts_as_long_as_its_request(answering: Answering) -> None:
    seen: list[object] = []
    answering.on = lambda exchange: seen.append(CURRENT.get() is exchange.trail)  # type: ignore[method-assign]
    await get(answering.observatory.watching(answering))

    assert seen == [True]
    assert CURRENT.get() is None


async def test_nothing_is_gathered_for_a_log_that_does_not_want_it(out: io.BytesIO, log_to: Any) -> None:
    answering = Answering(Observatory(SCHEMA, log=log_to(out, "warning")))
    await get(answering.observatory.watching(answering))

    assert lines(answering.observatory, out) == []
    assert answering.observatory.total().requests.by_status() == {("graphql", "none", 200): 1}


async def test_what_is_no_http_is_let_through() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["type"], exchange_of(scope)))

    async def nothing(*_: object) -> Any:
        raise AssertionError

    await Observatory(SCHEMA).watching(app)({"type": "lifespan"}, nothing, nothing)

    assert seen == [("lifespan", None)]


async def test_requests_are_told_together_in_a_moment_or_when_they_are_many(
    answering: Answering, out: io.BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.observability.observatory.WAIT", 0.0)
    settled = asyncio.Event()
    settle = answering.observatory.settle
    monkeypatch.setattr(answering.observatory, "settle", lambda: (settle(), settled.set()))
    app = answering.observatory.watching(answering)
    await get(app)
    assert out.getvalue() == b""
    await settled.wait()
    assert out.getvalue().count(b"\n") == 1

    monkeypatch.setattr("hub.observability.observatory.WAIT", 3600.0)
    for _ in range(AT_ONCE - 1):
        await get(app)
    assert out.getvalue().count(b"\n") == 1
    await get(app)
    assert out.getvalue().count(b"\n") == 1 + AT_ONCE
    moments = [datetime.fromisoformat(line["timestamp"]) for line in lines(answering.observatory, out)]
    assert moments == sorted(moments)
    assert abs((moments[-1] - datetime.now(UTC)).total_seconds()) < 60


async def test_the_last_requests_are_told_at_the_end(answering: Answering, out: io.BytesIO) -> None:
    await get(answering.observatory.watching(answering))
    await answering.observatory.aclose()

    assert out.getvalue().count(b"\n") == 1
