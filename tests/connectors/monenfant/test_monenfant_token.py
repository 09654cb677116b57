"""The agreement way: its token, and its faults."""

import asyncio
from typing import Any

import pytest
from monenfant_expected import FOUND, IN_DIJON, SEARCH, TOKEN, connect
from monenfant_wire import CAPTCHA, AgreementServer, Wire, detail, result
from starlette.responses import JSONResponse, Response

from connectors.contract import Kind
from connectors.errors import BadData, Refused, SourceError, Unavailable


async def test_one_token_serves_all_calls_and_the_credential_goes_to_its_address_only() -> None:
    server = AgreementServer(result(), details={"EAJE/12345": detail()})
    connector = connect(server, secret="Basic abc")
    await asyncio.gather(*(connector.search(IN_DIJON) for _ in range(5)))
    await connector.get(Kind.STRUCTURE, ["12345"])
    assert server.paths.count(TOKEN) == 1
    for request in server.requests:
        expected = "Basic abc" if request.url.path == TOKEN else "Bearer t1"
        assert request.headers["authorization"] == expected


async def test_an_expired_token_is_renewed_once_for_all() -> None:
    server = AgreementServer(result())
    connector = connect(server)
    await connector.search(IN_DIJON)
    server.expire()
    server.requests.clear()
    pages = await asyncio.gather(*(connector.search(IN_DIJON) for _ in range(4)))
    assert all(page.records == (FOUND,) for page in pages)
    assert server.paths.count(TOKEN) == 1
    assert server.paths.count(SEARCH) == 8


async def test_a_second_401_is_a_refusal() -> None:
    server = AgreementServer(result())
    server.accepts = False
    with pytest.raises(Refused):
        await connect(server).search(IN_DIJON)
    assert server.paths == [TOKEN, SEARCH, TOKEN, SEARCH]
    server.accepts = True


async def test_a_403_is_a_refusal_without_a_new_token() -> None:
    server = AgreementServer()
    usual = server.answer
    server.answer = lambda r: Response(status_code=403) if r.url.path == SEARCH else usual(r)
    with pytest.raises(Refused):
        await connect(server).search(IN_DIJON)
    assert server.paths == [TOKEN, SEARCH]


async def test_a_cancelled_wait_for_the_token_blocks_nobody() -> None:
    server = AgreementServer(result())
    connector = connect(server)
    server.gate.clear()
    first = asyncio.ensure_future(connector.search(IN_DIJON))
    await server.asked.wait()
    first.cancel()
    server.gate.set()
    assert (await connector.search(IN_DIJON)).records == (FOUND,)
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": None}, []])
async def test_an_answer_without_a_token_is_bad_data(answer: Any) -> None:
    with pytest.raises(BadData):
        await connect(Wire(lambda _: JSONResponse(answer))).search(IN_DIJON)


FAULTS: list[tuple[Response, type[SourceError]]] = [
    (Response(status_code=400), Refused),
    (Response(status_code=403), Refused),
    (Response(status_code=422), Refused),
    (Response(status_code=429, headers={"retry-after": "7"}), Unavailable),
    (Response(status_code=503), Unavailable),
    (Response(status_code=302, headers={"location": "/captcha"}), BadData),
    (Response(CAPTCHA, media_type="text/html"), BadData),
    (Response('{"mainResults": [', media_type="application/json"), BadData),
    (Response(""), BadData),
    (JSONResponse([]), BadData),
    (JSONResponse({"totalPages": 1}), BadData),
    (JSONResponse({"mainResults": {}}), BadData),
]


@pytest.mark.parametrize(("answer", "error"), FAULTS)
async def test_a_fault_is_named_by_what_to_do_next(answer: Response, error: type[SourceError]) -> None:
    server = AgreementServer()
    usual = server.answer
    server.answer = lambda request: usual(request) if request.url.path == TOKEN else answer
    with pytest.raises(error) as raised:
        await connect(server).search(IN_DIJON)
    assert raised.value.source == "monenfant"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status_code=401), Refused),
        (Response(status_code=503), Unavailable),
        (Response(CAPTCHA, media_type="text/html"), BadData),
    ],
)
async def test_a_fault_of_the_token_service(answer: Response, error: type[SourceError]) -> None:
    server = Wire(lambda _: answer)
    with pytest.raises(error):
        await connect(server).search(IN_DIJON)
    with pytest.raises(error):
        await connect(server).ping()
    assert server.paths == [TOKEN, TOKEN]


async def test_a_search_that_is_not_found_is_an_error_and_not_an_empty_answer() -> None:
    server = AgreementServer()
    usual = server.answer
    server.answer = lambda r: Response(status_code=404) if r.url.path == SEARCH else usual(r)
    with pytest.raises(SourceError):
        await connect(server).search(IN_DIJON)


async def test_ping_asks_for_a_token() -> None:
    server = AgreementServer()
    connector = connect(server)
    await connector.ping()
    assert server.paths == [TOKEN]
    await connector.aclose()
