"""The fault switches: each does what it says to every sort of answer, and the counters count."""

import asyncio
import json

import httpx
import pytest
from serving import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox import Body, Fault, Faults, Sandbox
from connectors.sandbox.faults import KEPT_REQUESTS, Faulty


async def echo(request: Request) -> Response:
    return JSONResponse({"method": request.method, "said": (await request.body()).decode(), "filler": "x" * 50})


def faulty() -> tuple[Faulty, Faults]:
    faults = Faults()
    app = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])
    return Faulty(app, faults), faults


def client_of(app: Faulty) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://faulty.example.org")


async def test_requests_are_counted_with_all_they_asked():
    app, faults = faulty()
    async with client_of(app) as client:
        await client.get("/structures?sources=a&sources=b", headers={"X-Key": "k"})
        await client.post("/search", content="z=1")
    first, second = faults.requests
    assert (first.method, first.path) == ("GET", "/structures")
    assert first.query == (("sources", "a"), ("sources", "b"))
    assert first.headers["x-key"] == "k"
    assert second.method == "POST"
    assert faults.count() == 2
    assert faults.count("search") == 1
    assert faults.in_flight == 0


async def test_a_status_comes_with_its_retry_after():
    app, faults = faulty()
    async with client_of(app) as client:
        for status, retry_after in ((429, 2), (503, "Wed, 21 Oct 2026 07:28:00 GMT"), (500, None), (404, None)):
            with faults.during(Fault(status=status, retry_after=retry_after)):
                answer = await client.get("/")
            assert answer.status_code == status
            assert answer.headers.get("retry-after") == (None if retry_after is None else str(retry_after))
        assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize("how", list(Body))
async def test_a_spoilt_body_has_a_whole_http_answer(how):
    app, faults = faulty()
    faults.now = Fault(body=how)
    async with client_of(app) as client:
        answer = await client.get("/")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    if how is Body.WRONG_SHAPE:
        assert isinstance(answer.json(), list)
    else:
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    assert answer.headers["content-type"].startswith("text/html") is (how is Body.HTML)


async def test_a_fault_can_be_for_some_paths_and_some_times_only():
    app, faults = faulty()
    faults.now = Fault(status=500, path="/bad", times=2)
    async with client_of(app) as client:
        assert (await client.get("/good")).status_code == 200
        assert [(await client.get("/bad")).status_code for _ in range(3)] == [500, 500, 200]


async def test_latency_is_waited_for():
    app, faults = faulty()
    faults.now = Fault(latency=0.05)
    loop = asyncio.get_running_loop()
    async with client_of(app) as client:
        start = loop.time()
        assert (await client.get("/")).status_code == 200
    assert loop.time() - start >= 0.05


async def test_silence_lasts_until_another_fault_is_in_force():
    app, faults = faulty()
    faults.now = Fault(silent=True)
    async with client_of(app) as client:
        waiting = [asyncio.create_task(client.post("/", content=f"body {n}")) for n in range(3)]
        await faults.until_in_flight(3)
        done, _ = await asyncio.wait(waiting, timeout=0.02)
        assert not done
        faults.now = Fault()
        answers = await asyncio.gather(*waiting)
    assert [answer.json()["said"] for answer in answers] == ["body 0", "body 1", "body 2"]
    assert faults.max_in_flight == 3
    assert faults.in_flight == 0


async def test_silence_ends_when_the_caller_is_cancelled():
    app, faults = faulty()
    faults.now = Fault(silent=True)
    async with client_of(app) as client:
        call = asyncio.create_task(client.get("/"))
        await faults.until_in_flight(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert faults.in_flight == 0


async def test_silence_over_a_socket_ends_when_the_client_goes_away():
    app, faults = faulty()
    faults.now = Fault(silent=True)
    async with serving(app) as url, httpx.AsyncClient() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(url, timeout=0.1)
        await faults.until_in_flight(0)
    assert faults.count() == 1


async def test_only_the_latest_requests_are_kept():
    app, faults = faulty()
    async with client_of(app) as client:
        await client.get("/first")
        await client.get("/second")
        faults.requests *= KEPT_REQUESTS // 2
        await client.get("/last")
    assert len(faults.requests) == KEPT_REQUESTS // 2 + 1
    assert faults.requests[-1].path == "/last"
    assert faults.arrived == 3


async def test_reset_forgets_everything():
    app, faults = faulty()
    faults.now = Fault(status=503)
    async with client_of(app) as client:
        await client.get("/")
        faults.reset()
        assert faults.now == Fault()
        assert (faults.requests, faults.arrived) == ([], 0)
        assert faults.max_in_flight == 0
        assert (await client.get("/")).status_code == 200


async def test_each_server_of_a_sandbox_has_faults_of_its_own():
    sandbox = Sandbox()
    sandbox.annuaire_sante.faults.now = Fault(status=503)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(sandbox.data_inclusion.app), base_url="http://inclusion.example.org"
    ) as client:
        answer = await client.get("/api/v1/sources", headers={"authorization": "Bearer sandbox"})
    assert answer.status_code == 200
    assert sandbox.annuaire_sante.faults.requests == []
    assert sandbox.data_inclusion.faults.count("/sources") == 1


async def test_what_is_not_http_goes_through():
    seen: list[str] = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    await Faulty(app, Faults())({"type": "lifespan"}, None, None)
    assert seen == ["lifespan"]


async def test_servers_of_the_sandbox_answer_on_a_real_socket():
    sandbox = Sandbox()
    async with serving(sandbox.annuaire_sante.app) as url, httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/fhir/v2/Practitioner?_count=1", headers={"ESANTE-API-KEY": "k"})
        following = answer.json()["link"][0]["url"]
        assert following.startswith(f"{url}/fhir/v2/_page?id=")
        assert (await client.get(following, headers={"ESANTE-API-KEY": "k"})).status_code == 200


async def test_serving_says_when_an_application_does_not_start():
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with pytest.raises(RuntimeError, match="did not start"):
        async with serving(app):
            pass
