"""Idempotency keys: the same request under the same key is done once, another one is refused."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from acknowledged_writes import AT, action, decision, structure
from msgspec.structs import replace

from connectors.contract import Everywhere, Kind, Query
from connectors.links import LinkMethod, LinkState, Reason, Verdict, open_links
from connectors.links.errors import AlreadyDecided
from connectors.registry import UnknownReference, open_registry
from connectors.sqlite.once import KEPT, KeyReused, Once

ONCE = Once(owner="client", key="a key", request=b"what is asked", at=AT)


@pytest.fixture
async def registry(tmp_path):
    opened = open_registry(tmp_path / "registry.sqlite")
    yield opened
    await opened.aclose()


@pytest.fixture
async def links(tmp_path):
    opened = open_links(tmp_path / "links.sqlite")
    yield opened
    await opened.aclose()


async def name_of(registry):
    return (await registry.get(Kind.STRUCTURE, ["k1"]))["k1"].name


async def test_a_repeated_key_writes_nothing(registry):
    await registry.add([structure(1)], once=ONCE)
    await registry.add([replace(structure(1), name="Changed since")])
    await registry.add([structure(1)], once=replace(ONCE, at=AT + KEPT - timedelta(seconds=1)))
    assert await name_of(registry) == "Changed since"


async def test_a_key_begins_anew_when_its_time_is_over_and_leaves_nothing(registry, tmp_path):
    await registry.add([structure(1)], once=ONCE)
    await registry.add([replace(structure(1), name="Another")], once=replace(ONCE, request=b"another", at=AT + KEPT))
    assert await name_of(registry) == "Another"
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM done").fetchone() == (1,)


async def test_a_key_of_another_request_is_refused_and_nothing_is_written(registry):
    await registry.add([structure(1)], once=ONCE)
    with pytest.raises(KeyReused, match='"a key"'):
        await registry.add([structure(2)], once=replace(ONCE, request=b"another"))
    assert await registry.get(Kind.STRUCTURE, ["k2"]) == {}


async def test_a_key_is_of_one_owner(registry):
    await registry.add([structure(1)], once=ONCE)
    await registry.add([structure(2)], once=replace(ONCE, owner="other", request=b"another"))
    assert (await registry.get(Kind.STRUCTURE, ["k2"])).keys() == {"k2"}


async def test_a_write_that_is_refused_keeps_no_key(registry):
    with pytest.raises(UnknownReference):
        await registry.add([action(1)], once=ONCE)
    await registry.add([structure(1), action(1)], once=ONCE)
    assert (await registry.get(Kind.ACTION, ["k1"])).keys() == {"k1"}


async def test_of_many_at_once_one_is_done(registry, links):
    answers = await asyncio.gather(*(links.apply([decision(1)], once=ONCE) for _ in range(8)))
    assert [len(changes) for changes in answers] == [1] * 8
    assert all(changes == answers[0] for changes in answers)
    assert len(await links.history("a--1", "b--1")) == 1


async def test_a_decision_gives_its_first_answer_again(links):
    suggested = [
        replace(decision(1), state=LinkState.SUGGESTED, method=LinkMethod.SCORE, reason=Reason.SCORE, comment=None)
    ]
    await links.apply(suggested)
    verdict = Verdict(by="moderator", at=AT, comment="Vu sur place.")
    dry = await links.decide(1, verdict, same=True, dry_run=True, once=ONCE)
    first = await links.decide(1, verdict, same=True, once=ONCE)
    assert dry == first
    assert await links.decide(1, verdict, same=True, once=ONCE) == first
    with pytest.raises(AlreadyDecided):
        await links.decide(1, verdict, same=True)
    unlinked = await links.unlink(1, verdict, once=replace(ONCE, key="another"))
    assert await links.unlink(1, verdict, once=replace(ONCE, key="another")) == unlinked
    assert len(await links.history("a--1", "b--1")) == 3


@pytest.mark.parametrize("key", ["", "a\nb", "k" * 256])
def test_what_is_not_a_key(key):
    with pytest.raises(ValueError, match="1 to 255"):
        replace(ONCE, key=key)


async def test_keys_are_forgotten_with_nothing_else(registry):
    before = (await registry.search(Query(where=Everywhere()))).total
    await registry.add([], once=ONCE)
    await registry.add([], once=replace(ONCE, key="b", at=AT + 2 * KEPT))
    assert (await registry.search(Query(where=Everywhere()))).total == before
