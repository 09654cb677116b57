"""The cache: what is held and for how long, one fetch at a time, and what is served when a directory is dead."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest
from scripted_directory import INFO, Directory, turns
from virtual_time import in_virtual_time, now

from connectors.contract import ActionsOf, Everywhere, InDepartement, Kind, PractisingAt, Query, WithIdentifiers
from connectors.errors import SourceError, Unavailable
from connectors.guards import cache
from connectors.guards.cache import Cached, Row
from connectors.guards.keeping import Keeping
from connectors.guards.ledger import Ledger
from connectors.held import Held
from connectors.nomenclature import IdentifierScheme
from connectors.records import Identifier

GONE = Unavailable("here", "gone")
KEEPING = Keeping(stale_while_revalidate=60, stale_if_error=3600, megabytes=1)
RELATIONS = (
    WithIdentifiers((Identifier(IdentifierScheme.SIRET, "99900000000017"),)),
    PractisingAt(("a",)),
    ActionsOf(("a", "b")),
    Everywhere(),
)


def cached(inner: Directory, keeping: Keeping = KEEPING) -> Cached:
    return Cached(inner, Ledger("here"), keeping, clock=now)


async def rows(guard: Cached, *keys: str) -> dict[str, Row | SourceError]:
    return dict(await guard.rows(Kind.STRUCTURE, keys))


def told(found: dict[str, Row | SourceError]) -> dict[str, tuple[bool, bool]]:
    return {key: (row.cached, row.stale) for key, row in found.items() if isinstance(row, Held)}


@in_virtual_time
async def test_what_is_held_is_not_asked_and_the_rest_is_asked_in_one_call() -> None:
    inner = Directory()
    guard = cached(inner)
    assert told(await rows(guard, "a", "b")) == {"a": (False, False), "b": (False, False)}

    found = await rows(guard, "c", "a", "none", "b")

    assert told(found) == {"a": (True, False), "b": (True, False), "c": (False, False), "none": (False, False)}
    assert inner.questions == [["a", "b"], ["c", "none"]]
    assert set(await guard.get(Kind.STRUCTURE, ["a", "none", "a"])) == {"a"}, "absences are held too"
    assert len(inner.asked) == 2
    tally = guard._ledger.tally
    assert (tally.hits, tally.misses, tally.stale) == (4, 4, 0)


@in_virtual_time
async def test_kinds_are_kept_apart() -> None:
    inner = Directory()
    guard = cached(inner)

    await guard.get(Kind.STRUCTURE, ["a"])
    await guard.get(Kind.ACTION, ["a"])

    assert len(inner.asked) == 2


@in_virtual_time
async def test_five_hundred_who_ask_at_once_cost_one_call_for_each_key() -> None:
    inner = Directory()
    inner.seconds = 0.3
    guard = cached(inner)

    async def one(number: int) -> None:
        keys = [f"k{number % 7}", f"k{(number + 1) % 7}"]
        assert set(await guard.get(Kind.STRUCTURE, keys)) == set(keys)

    await asyncio.gather(*(one(i) for i in range(500)))
    asked = [key for keys in inner.questions for key in keys]

    assert sorted(asked) == [f"k{i}" for i in range(7)]
    query = Query(where=PractisingAt(("a",)))
    pages = await asyncio.gather(*(guard.search(query) for _ in range(500)))
    assert len({page.records for page in pages}) == 1
    assert inner.questions.count(query) == 1


@pytest.mark.parametrize("leaving", [(0,), (0, 1), (1, 2), (2,)])
@in_virtual_time
async def test_a_fetch_belongs_to_nobody(leaving: Sequence[int]) -> None:
    inner = Directory()
    inner.seconds = 1
    guard = cached(inner)
    asking = [asyncio.create_task(guard.get(Kind.STRUCTURE, ["a", "b"])) for _ in range(3)]
    await asyncio.sleep(0.5)

    for i in leaving:
        asking[i].cancel()
    ended = await asyncio.gather(*asking, return_exceptions=True)

    assert [set(found) for i, found in enumerate(ended) if i not in leaving] == [{"a", "b"}] * (3 - len(leaving))
    assert (len(inner.asked), inner.cancelled) == (1, 0)


@in_virtual_time
async def test_when_the_last_has_gone_the_call_is_stopped_and_who_comes_then_begins_anew() -> None:
    inner = Directory()
    inner.seconds = 1
    guard = cached(inner)
    query = Query(where=Everywhere())
    for ask in (lambda: guard.get(Kind.STRUCTURE, ["a"]), lambda: guard.search(query), guard.ping):
        asking = [asyncio.create_task(ask()) for _ in range(50)]
        await asyncio.sleep(0.5)
        assert inner.flying == 1
        for task in asking:
            task.cancel()
        late = asyncio.create_task(ask())  # before the fetch has noticed that it is stopped
        await asyncio.gather(*asking, return_exceptions=True)

        await late

        assert (inner.flying, inner.cancelled) == (0, 1)
        inner.cancelled = 0


@in_virtual_time
async def test_a_failure_is_told_to_all_and_not_held() -> None:
    inner = Directory()
    inner.failure, inner.seconds = GONE, 0.1
    guard = cached(inner)

    for found in await asyncio.gather(*(rows(guard, "a") for _ in range(20))):
        assert found == {"a": GONE}
    assert len(inner.asked) == 1
    with pytest.raises(Unavailable):
        await guard.get(Kind.STRUCTURE, ["a"])
    assert len(inner.asked) == 2


@in_virtual_time
async def test_what_is_held_does_not_share_the_failure_of_what_is_not() -> None:
    inner = Directory()
    guard = cached(inner)
    await rows(guard, "a")
    inner.failure = GONE

    found = await rows(guard, "a", "b")

    assert told(found) == {"a": (True, False)}
    assert found["b"] is GONE


@in_virtual_time
async def test_stale_while_it_is_asked_again() -> None:
    inner = Directory()
    guard = cached(inner)
    first = await rows(guard, "a", "b")
    await asyncio.sleep(INFO.ttl)
    inner.name, inner.seconds = "changed", 1

    stale = await rows(guard, "a", "b")
    again = await rows(guard, "b", "a")

    assert now() == INFO.ttl, "nobody has waited"
    assert told(stale) == told(again) == {"a": (True, True), "b": (True, True)}
    assert stale["a"].record == first["a"].record
    await asyncio.sleep(1.1)
    assert inner.questions == [["a", "b"], ["a", "b"]]
    fresh = await rows(guard, "a")
    assert told(fresh) == {"a": (True, False)}
    assert fresh["a"].record.name == "changed"
    assert guard._ledger.tally.stale == 4


@in_virtual_time
async def test_long_past_its_time_it_is_asked_first_and_served_when_there_is_no_answer() -> None:
    inner = Directory()
    guard = cached(inner)
    await rows(guard, "a", "none")
    await asyncio.sleep(INFO.ttl + KEEPING.stale_while_revalidate)
    inner.failure = GONE

    found = await rows(guard, "a", "none", "new")

    assert told(found) == {"a": (True, True), "none": (True, True)}
    assert found["new"] is GONE
    inner.failure = None
    assert told(await rows(guard, "a")) == {"a": (False, False)}
    inner.failure = GONE
    await asyncio.sleep(INFO.ttl + KEEPING.stale_if_error)
    assert (await rows(guard, "a")) == {"a": GONE}, "too old to be served at all"


@pytest.mark.parametrize("where", RELATIONS, ids=lambda w: type(w).__name__)
@in_virtual_time
async def test_pages_are_held_by_the_whole_query(where: object) -> None:
    inner = Directory()
    guard = cached(inner)
    query = Query(where=where)
    assert (await guard.search(query)).retrieved_at is None

    held = await guard.search(query)
    await guard.search(msgspec.structs.replace(query, after="2"))
    await guard.search(msgspec.structs.replace(query, kind=Kind.ACTION))

    assert held.retrieved_at is not None
    assert not held.stale
    assert len(inner.asked) == 3
    await asyncio.sleep(INFO.ttl)
    inner.failure, inner.seconds = GONE, 1
    stale = await guard.search(query)
    assert (stale.stale, stale.records, now()) == (True, held.records, INFO.ttl)
    await asyncio.sleep(KEEPING.stale_while_revalidate)
    assert (await guard.search(query)).stale
    assert now() > INFO.ttl + KEEPING.stale_while_revalidate, "the directory was asked first"
    await asyncio.sleep(KEEPING.stale_if_error)
    with pytest.raises(Unavailable):
        await guard.search(query)


@in_virtual_time
async def test_places_and_sources_without_a_ttl_are_always_asked() -> None:
    inner = Directory()
    place = Query(where=InDepartement("21"))
    guard = cached(inner)
    await guard.search(place)
    await guard.search(place)
    assert len(inner.asked) == 2

    inner = Directory(msgspec.structs.replace(INFO, ttl=0))
    guard = cached(inner)
    for _ in range(2):
        await guard.search(Query(where=Everywhere()))
        assert told(await rows(guard, "a", "none")) == {"a": (False, False), "none": (False, False)}
    assert len(inner.asked) == 4
    inner.failure = GONE
    assert await rows(guard, "a") == {"a": GONE}


@in_virtual_time
async def test_it_holds_so_many_bytes_and_forgets_what_was_not_asked_for_longest() -> None:
    inner = Directory()
    inner.name = "x" * 20_000
    guard = cached(inner)
    keys = [f"k{i}" for i in range(40)]
    for key in keys:
        await rows(guard, key, keys[0])
    inner.asked.clear()

    await rows(guard, *keys)

    (missing,) = inner.questions
    assert keys[0] not in missing
    assert keys[-1] not in missing
    assert 20 < len(missing) < 39
    inner.name = "x" * 400_000
    inner.asked.clear()
    for _ in range(2):
        await rows(guard, "too large")
    assert len(inner.asked) == 2


@in_virtual_time
async def test_keys_and_numbers_of_answers_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    guard = cached(Directory())
    for i in range(60):
        await rows(guard, f"none{i}" + "x" * 10_000)
    assert guard._rows.currsize <= KEEPING.bytes // 2
    assert len(guard._rows) < 30

    monkeypatch.setattr(cache, "MOST_HELD", 50)
    guard = cached(Directory())
    await rows(guard, *(f"none{i}" for i in range(100)))
    assert len(guard._rows) == 25


@in_virtual_time
async def test_closing_stops_what_is_under_way() -> None:
    inner = Directory()
    inner.gate.clear()
    guard = cached(inner)
    asking = [asyncio.create_task(c) for c in (rows(guard, "a"), guard.search(Query(where=Everywhere())), guard.ping())]
    await turns()
    assert inner.flying == 3

    await guard.aclose()

    assert (inner.flying, inner.cancelled, inner.closed) == (0, 3, 1)
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(e, asyncio.CancelledError) for e in ended)
