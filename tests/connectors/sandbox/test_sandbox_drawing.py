"""What the sandbox knows is drawn once, beside the event loop, and questions wait for it."""

import asyncio
import threading

import httpx
import pytest

from connectors.sandbox import Sandbox, Server
from connectors.sandbox.drawing import Drawing
from connectors.sandbox.library import library


class Slow:
    """Something that is drawn when the test says so."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.times = 0

    def draw(self) -> None:
        self.times += 1
        self.begun.set()
        assert self.go_on.wait(10)


async def test_a_question_waits_for_what_is_being_drawn_and_the_loop_does_not() -> None:
    slow = Slow()

    async def directory(scope: object, receive: object, send: object) -> None:
        assert slow.go_on.is_set()
        await send({"type": "http.response.start", "status": 204, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b""})  # type: ignore[operator]

    server = Server(directory, slow.draw)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server.app), base_url="http://sandbox.example") as http:
        asked = [asyncio.create_task(http.get("/")) for _ in range(20)]
        assert await asyncio.to_thread(slow.begun.wait, 10)  # the loop runs: it can wait for this
        assert not any(task.done() for task in asked)
        slow.go_on.set()
        answers = await asyncio.gather(*asked)
    assert [answer.status_code for answer in answers] == [204] * 20
    assert slow.times == 1


async def test_two_servers_never_draw_at_the_same_time() -> None:
    one, other = Slow(), Slow()
    drawings = Drawing(one.draw), Drawing(other.draw)
    for drawing in drawings:
        drawing.begin()
    first, second = (one, other) if await asyncio.to_thread(one.begun.wait, 10) else (other, one)
    assert not second.begun.is_set()
    first.go_on.set()
    second.go_on.set()
    for drawing in drawings:
        await drawing.wait()
    assert one.times == other.times == 1


async def test_begun_twice_is_drawn_once() -> None:
    slow = Slow()
    slow.go_on.set()
    drawing = Drawing(slow.draw)
    drawing.begin()
    drawing.begin()
    await drawing.wait()
    await drawing.wait()
    assert slow.times == 1


async def test_a_closed_sandbox_has_no_thread_left() -> None:
    sandbox = Sandbox()
    sandbox.annuaire_sante.drawing.begin()
    sandbox.data_inclusion.drawing.begin()
    await sandbox.aclose()
    assert "sandbox" not in {thread.name for thread in threading.enumerate()}
    await Sandbox().aclose()


@pytest.mark.parametrize("kind", ["Organization", "Practitioner", "PractitionerRole"])
def test_resources_share_the_parts_that_they_have_alike(kind: str) -> None:
    profiles = {id(entry.resource["meta"]["profile"]) for entry in library().by_kind[kind]}
    assert len(profiles) == 1
