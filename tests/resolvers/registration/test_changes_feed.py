"""The feed: in order, from any cursor, with nothing lost or told twice, whoever writes meanwhile."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from registering import ANNE, ANYBODY, CHANGES, MODERATOR, WITHDRAW, Desk, opened

from resolvers.errors import CursorExpired
from resolvers.registration.feed import FeedChange, Position

LINK = "mutation ($a: ID!, $b: ID!) { linkRecords(input: { a: $a, b: $b }) { ... on LinkDecided { link { id } } } }"
UNLINK = 'mutation ($id: ID!) { unlinkRecords(id: $id, reason: "non") { __typename } }'


async def page(desk: Desk, since: str | None, first: int) -> tuple[list[tuple[str, ...]], str, bool]:
    told = (await desk.ask(ANYBODY, CHANGES, since=since, first=first))["changes"]
    info = told["pageInfo"]
    return [(c["kind"], *c["ids"]) for c in told["nodes"]], info["endCursor"], info["hasNextPage"]


async def test_pages_join_into_the_whole(desk: Desk) -> None:
    ids = [(await desk.validated(places=[{"commune": "29232"}]))["structures"][0]["id"] for _ in range(4)]
    link = (await desk.ask(MODERATOR, LINK, a=ids[0], b=ids[1]))["linkRecords"]["link"]["id"]
    await desk.ask(MODERATOR, UNLINK, id=link)
    last = await desk.validated(places=[{"commune": "29232"}])
    await desk.ask(ANNE, WITHDRAW, id=last["id"])
    (gone,) = (await desk.hub.federation.registrations.find(last["id"])).published

    whole, end, more = await page(desk, None, 100)
    assert whole == [
        *(("CREATED", id_) for id_ in ids), ("LINKED", *sorted(ids[:2])), ("UNLINKED", *sorted(ids[:2])),
        ("CREATED", f"registry--{gone}"), ("WITHDRAWN", f"registry--{gone}"),
    ]  # fmt: skip
    assert not more
    assert await page(desk, end, 100) == ([], end, False)
    for size in (1, 2, 3, 7, 8):
        found, cursor, more = [], None, True
        while more:
            some, cursor, more = await page(desk, cursor, size)
            found += some
        assert found == whole
        assert cursor == end
    nodes = (await desk.ask(ANYBODY, CHANGES))["changes"]["nodes"]
    for position, node in enumerate(nodes):
        assert (await page(desk, node["cursor"], 100))[0] == whole[position + 1 :]


@pytest.mark.parametrize("cursor", ["x", "", "W10", "é" * 9])
async def test_a_cursor_that_is_none_is_refused(desk: Desk, cursor: str) -> None:
    assert await desk.code(ANYBODY, CHANGES, since=cursor) == "BAD_INPUT"


@pytest.mark.parametrize("first", [0, 101])
async def test_pages_have_a_size(desk: Desk, first: int) -> None:
    assert await desk.code(ANYBODY, CHANGES, first=first) == "BAD_INPUT"


async def test_a_cursor_of_what_is_gone_says_so(desk: Desk, tmp_path: Path) -> None:
    await desk.validated()
    _, end, _ = await page(desk, None, 100)
    with sqlite3.connect(tmp_path / "registry.sqlite") as connection:  # as an older copy that is put back does
        connection.execute("DROP TRIGGER change_is_never_removed")
        connection.execute("DELETE FROM change")
    connection.close()

    assert await desk.code(ANYBODY, CHANGES, since=end) == "CURSOR_EXPIRED"
    with pytest.raises(CursorExpired):
        await desk.hub.federation.feed.read(Position(0, 10**6), 1)


async def taken(changes: AsyncIterator[FeedChange], count: int) -> list[FeedChange]:
    return [await anext(changes) for _ in range(count)]


async def test_who_waits_is_told_at_once_what_this_process_does(desk: Desk) -> None:
    feed = desk.hub.federation.feed
    feed._look_every = 3_600.0  # only by being told
    first = (await desk.validated(places=[{"commune": "29232"}]))["structures"][0]["id"]

    async with aclosing(feed.watch(Position())) as changes:
        assert [c.ids for c in await taken(changes, 1)] == [(first,)]
        waiting = asyncio.create_task(taken(changes, 2))
        done = await desk.validated(places=[{"commune": "29232"}])
        await desk.ask(ANNE, WITHDRAW, id=done["id"])
        assert [c.kind.value for c in await waiting] == ["CREATED", "WITHDRAWN"]
    assert not feed._waiting


async def test_who_waits_sees_what_another_process_does(desk: Desk, tmp_path: Path) -> None:
    feed = desk.hub.federation.feed
    feed._look_every = 0.01
    other = opened(tmp_path)
    start = await feed.latest()

    async with aclosing(feed.watch(start)) as changes:
        waiting = asyncio.create_task(taken(changes, 1))
        done = await Desk(other).validated(places=[{"commune": "29232"}])
        assert [c.ids for c in await waiting] == [(done["structures"][0]["id"],)]
    await other.aclose()


async def test_nobody_loses_anything_while_two_processes_write(desk: Desk, tmp_path: Path) -> None:
    other = opened(tmp_path)
    desks = [desk, Desk(other)]
    feed = desk.hub.federation.feed
    feed._look_every = 0.01
    count = 24
    seen: list[FeedChange] = []

    async def read() -> None:
        async with aclosing(feed.watch(Position())) as changes:
            while len(seen) < count:
                seen.append(await anext(changes))

    async def write(number: int) -> str:
        done = await desks[number % 2].validated(places=[{"commune": "29232"}])
        return done["structures"][0]["id"]

    reading = asyncio.create_task(read())
    written = await asyncio.gather(*map(write, range(count)))
    await reading
    await other.aclose()

    assert sorted(c.ids[0] for c in seen) == sorted(written)
    assert [c.after.registrations for c in seen] == list(range(1, count + 1))
    assert [c.at for c in seen] == sorted(c.at for c in seen)


async def test_a_database_that_fails_ends_the_waiting(desk: Desk) -> None:
    feed = desk.hub.federation.feed
    feed._look_every = 0.01
    async with aclosing(feed.watch(await feed.latest())) as changes:
        waiting = asyncio.create_task(taken(changes, 1))
        await asyncio.sleep(0)
        desk.hub.federation.registrations._database.close()
        with pytest.raises(Exception, match="closed"):
            await waiting
