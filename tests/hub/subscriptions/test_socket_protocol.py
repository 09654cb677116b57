"""graphql-transport-ws, message by message: what clients must do, what they may not, and how much."""

import asyncio
import json
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import websockets
from eventually import eventually
from hubs import key_of
from streaming import streaming
from websockets.asyncio.client import connect

from connectors.errors import Unavailable
from resolvers.access import Role

CODE = "subscription { changes { kind } }"


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("x", 4400),
        ("[]", 4400),
        ('{"type":"nothing"}', 4400),
        ('{"type":"connection_init","payload":[]}', 4400),
        ('{"type":"connection_init","payload":{"authorization":1}}', 4400),
        ('{"type":"connection_init","payload":{"authorization":"Bearer x"}}', 4403),
        ('{"type":"connection_init","payload":{"Authorization":"Basic x"}}', 4403),
        ('{"type":"subscribe","id":"1","payload":{"query":"{ __typename }"}}', 4401),
        ('{"type":"subscribe","id":"","payload":{}}', 4400),
        ('{"type":"ping","payload":' + "[" * 40 + "]" * 40 + "}", 4400),
        (b"{}", 4400),
        ("x" * 70_000, 1009),
        ("\ud83d", 1007),
    ],
)
async def test_what_is_not_the_protocol_closes_the_connection(tmp_path: Path, first: Any, code: int) -> None:
    async with streaming(tmp_path) as hub, hub.socket() as talk:
        if first == "\ud83d":
            await talk.connection.send(b"\xff", text=True)
        else:
            await talk.connection.send(first)
        assert await talk.code() == code


async def test_who_says_nothing_is_closed(tmp_path: Path) -> None:
    async with streaming(tmp_path, "[subscriptions]\ninit_seconds = 0.1\n") as hub, hub.socket() as talk:
        assert await talk.code() == 4408


async def test_once_begun_a_connection_is_not_begun_again(tmp_path: Path) -> None:
    async with streaming(tmp_path, "[subscriptions]\ninit_seconds = 0.5\n") as hub, hub.socket(init={}) as talk:
        await talk.say(type="ping")
        assert await talk.heard() == {"type": "pong"}
        await talk.say(type="pong")
        await talk.say(type="complete", id="nobody")
        await asyncio.sleep(0.6)  # beyond the time to begin, which has no meaning any more
        await talk.say(type="connection_init")
        assert await talk.code() == 4429


async def test_another_protocol_is_not_spoken(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub:
        for offered in (None, [websockets.Subprotocol("graphql-ws")]):
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with hub.socket(subprotocols=offered):
                    pass
            assert refused.value.response.status_code == 403
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with hub.socket(path="/elsewhere"):
                pass
        assert refused.value.response.status_code == 403


async def test_an_operation_ends_and_its_id_is_free_again(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub, hub.socket(init={"authorization": hub.key}) as talk:
        cursor = await hub.cursor()
        await talk.subscribe("a", since=cursor)
        await talk.say(type="complete", id="a")
        await talk.subscribe("a", since=cursor)
        made = await hub.validated()
        assert (await talk.change())["ids"] == [made["structures"][0]["id"]]
        await talk.subscribe("b", "{ viewer { role } }")
        assert await talk.heard() == {"id": "b", "type": "next", "payload": {"data": {"viewer": {"role": "ADMIN"}}}}
        assert await talk.heard() == {"id": "b", "type": "complete"}
        await talk.subscribe("b", 'mutation { withdrawRegistration(id: "x") { __typename } }')
        assert (await talk.heard())["payload"]["data"] == {
            "withdrawRegistration": {"__typename": "RegistrationRefused"}
        }
        assert await talk.heard() == {"id": "b", "type": "complete"}
        await talk.subscribe("a")
        assert await talk.code() == 4409


async def test_errors_end_the_operation_and_not_the_connection(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub, hub.socket(init={}) as talk:
        for query, variables, code in (
            ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
            ("subscription { x }", {}, "GRAPHQL_VALIDATION_FAILED"),
            ("subscription ($s: String!) { changes(since: $s) { kind } }", {}, "BAD_INPUT"),
            ("subscription ($s: String) { changes(since: $s) { kind } }", {"s": "x" * 5_000}, "DOCUMENT_TOO_COMPLEX"),
            (CODE.replace("changes", 'changes(since: "x")'), {}, "BAD_INPUT"),
            (CODE.replace("changes", f"changes(filter: {{ ids: {json.dumps(['x'] * 101)} }})"), {}, "BAD_INPUT"),
            ("{ viewer { role } } { viewer { role } }", {}, "GRAPHQL_VALIDATION_FAILED"),
            ("", {}, "BAD_REQUEST"),
        ):
            await talk.subscribe("1", query, **variables)
            told = await talk.heard()
            assert (told["type"], told["id"]) == ("error", "1"), (query, told)
            assert told["payload"][0]["extensions"]["code"] == code
        await talk.subscribe("1", "{ apiKeys { id } }")
        told = await talk.heard()
        assert told["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_database_that_fails_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with streaming(tmp_path) as hub, hub.socket(init={}) as talk:

        async def fails(*_: object) -> None:
            raise Unavailable("registry", "the database is busy")

        monkeypatch.setattr(hub.site.hub.federation.registrations, "changes_after", fails)
        await talk.subscribe()
        told = await talk.heard()
        assert told["payload"][0]["extensions"] == {"code": "SOURCE_UNAVAILABLE", "source": "registry"}
        monkeypatch.undo()

        def broken(_: object) -> None:
            raise Unavailable("access", "the database is busy")

        monkeypatch.setattr(hub.site._access, "caller", broken)
        async with hub.socket() as other:
            await other.say(type="connection_init")
            assert await other.code() == 1011


async def test_a_connection_has_so_many_operations(tmp_path: Path) -> None:
    async with streaming(tmp_path, "[subscriptions]\noperations = 2\n") as hub, hub.socket(init={}) as talk:
        cursor = await hub.cursor()
        for id_ in "abc":
            await talk.subscribe(id_, since=cursor)
        told = await talk.heard()
        assert (told["id"], told["type"]) == ("c", "error")
        assert told["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        await hub.validated()
        assert {(await talk.heard())["id"] for _ in range(2)} == {"a", "b"}


async def test_a_process_has_so_many_streams(tmp_path: Path) -> None:
    async with streaming(tmp_path, "[subscriptions]\nper_address = 2\n") as hub:
        async with hub.socket(init={}), hub.socket(init={}):
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with hub.socket():
                    pass
            assert refused.value.response.status_code == 503
            assert refused.value.response.headers["retry-after"] == "5"
            accept = {"accept": "text/event-stream"}
            events = await hub.http.post("/graphql", json={"query": CODE}, headers=accept)
            assert (events.status_code, events.headers["retry-after"]) == (503, "5")
        await eventually(lambda: not len(hub.process.streams))
        async with hub.socket(init={}):
            assert len(hub.process.streams) == 1


async def test_a_key_that_is_revoked_is_told_nothing_more(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub:
        key = await key_of(hub.site.hub, Role.REGISTRANT)
        async with hub.socket(additional_headers={"authorization": key}) as talk:
            await talk.say(type="connection_init")
            await talk.heard()
            await talk.subscribe("1", since=await hub.cursor())
            await hub.validated()
            await talk.change()
            await hub.ask("mutation ($id: ID!) { revokeApiKey(id: $id) { key { id } } }", id=key.split("_")[1])
            await hub.validated()
            told = await talk.heard()
            assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")


async def test_who_asks_too_much_is_closed_or_waits(tmp_path: Path) -> None:
    toml = "[limits.document]\ncost = 100\n[limits.rates]\naddress = 100\nseconds = 100000\n"
    async with streaming(tmp_path, toml) as hub, hub.socket(init={}) as talk:
        await talk.subscribe("1", "{ " + " ".join(f"a{n}: __typename" for n in range(45)) + " }")
        assert (await talk.heard())["type"] == "next"
        await talk.heard()
        await talk.subscribe("1", "{ " + " ".join(f"a{n}: __typename" for n in range(48)) + " }")
        assert [(await talk.heard())["type"] for _ in range(2)] == ["next", "complete"]
        await talk.subscribe("1", "{ " + " ".join(f"a{n}: __typename" for n in range(20)) + " }")
        assert (await talk.heard())["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        for _ in range(60):
            await talk.say(type="ping")
        assert await talk.code() == 1008


async def test_filters(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub, hub.socket(init={}) as talk:
        cursor = await hub.cursor()
        one, other = await hub.validated(), await hub.validated()
        ids = [made["structures"][0]["id"] for made in (one, other)]
        await talk.subscribe("kinds", since=cursor, filter={"kinds": ["WITHDRAWN"]})
        await talk.subscribe("ids", since=cursor, filter={"ids": ids[1:]})
        await talk.subscribe("sources", since=cursor, filter={"sources": ["monenfant"]})
        told = await talk.heard()
        assert (told["id"], told["payload"]["data"]["changes"]["ids"]) == ("ids", ids[1:])
        await hub.ask("mutation ($id: ID!) { withdrawRegistration(id: $id) { __typename } }", id=one["id"])
        told = await talk.heard()
        assert (told["id"], told["payload"]["data"]["changes"]["ids"]) == ("kinds", ids[:1])


async def test_states_of_sources(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub, hub.socket(init={}) as talk:
        hub.site.hub.federation.states._look_every = 0.01
        await talk.subscribe("1", "subscription { sourceStatus { id status } }")
        seen = [(await talk.heard())["payload"]["data"]["sourceStatus"] for _ in hub.site.hub.federation.sources]
        assert {source["status"] for source in seen} == {"NOT_ASKED_YET"}
        await hub.ask('{ structures(filter: { place: { commune: "21231" } }) { totalCount } }')
        told = (await talk.heard())["payload"]["data"]["sourceStatus"]
        assert told["status"] == "ANSWERING"
    assert hub.site.hub.federation.states._waiting == 0


@pytest.mark.parametrize(
    ("origins", "origin", "admitted"),
    [
        ('["*"]', "https://elsewhere.example", False),
        ('["*", "https://app.example"]', "https://app.example", True),
        ('["https://app.example"]', "https://app.example", True),
        ('["https://app.example"]', "https://elsewhere.example", False),
        ("[]", None, True),
    ],
)
async def test_only_pages_that_are_named_may_open_a_socket(
    tmp_path: Path, origins: str, origin: str | None, admitted: bool
) -> None:
    async with streaming(tmp_path, f"[limits.callers]\norigins = {origins}\n") as hub:
        if admitted:
            async with hub.socket(init={}, origin=origin):
                pass
        else:
            with pytest.raises(websockets.InvalidStatus):
                async with hub.socket(origin=origin):
                    pass
            async with hub.socket(init={}, origin=hub.url):  # a page of the hub's own
                pass


async def test_a_name_that_is_not_served(tmp_path: Path) -> None:
    async with streaming(tmp_path, '[limits.callers]\nhosts = ["hub.example.org"]\nproxies = ["10.0.0.0/8"]\n') as hub:
        with pytest.raises(websockets.InvalidStatus):
            async with hub.socket():
                pass


async def test_a_client_that_does_not_answer_pings_is_cut_off(tmp_path: Path) -> None:
    async with streaming(tmp_path, "[subscriptions]\nping_seconds = 0.1\n") as hub, hub.socket(init={}) as talk:
        await asyncio.sleep(0.5)
        await talk.say(type="ping")
        assert await talk.heard() == {"type": "pong"}, "who answers stays"
        talk.connection.transport.pause_reading()
        await eventually(lambda: not len(hub.process.streams))
        talk.connection.transport.abort()


async def test_a_client_that_does_not_read_is_cut_off(tmp_path: Path) -> None:
    toml = "[limits.arrival]\nwrite_seconds = 0.2\n[limits.rates]\naddress = 0\n"
    query = "{ " + " ".join(f"a{n}: __schema {{ types {{ name description }} }}" for n in range(3)) + " }"
    async with streaming(tmp_path, toml) as hub, hub.socket(init={}) as talk:
        talk.connection.transport.pause_reading()
        with suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(30):
                for n in count():
                    await talk.subscribe(str(n), query)
                    if not len(hub.process.streams):
                        break
        talk.connection.transport.abort()


async def test_when_the_hub_stops(tmp_path: Path) -> None:
    async with streaming(tmp_path) as hub:
        async with hub.socket(init={}) as talk:
            await talk.subscribe()
            hub.process.streams.stop()
            assert await talk.code() == 1001
        async with hub.socket(additional_headers={}) as late:
            assert await late.code() == 1001


async def test_a_client_that_ignores_the_end(tmp_path: Path) -> None:
    async with streaming(tmp_path, "[limits.arrival]\ndrain_seconds = 0.2\n") as hub:
        connection = await connect(f"{hub.url.replace('http', 'ws')}/graphql", subprotocols=["graphql-transport-ws"])
        await connection.send('{"type":"connection_init"}')
        await connection.recv()
        connection.transport.pause_reading()
    connection.transport.abort()
