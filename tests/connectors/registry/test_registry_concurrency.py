"""Readers and writers at once: readers see whole transactions, nobody waits for a writer, threads get their own."""

import asyncio
import threading

from registry_records import action, structure

from connectors.contract import Everywhere, InCommunes, Kind, Query
from connectors.gazetteer import gazetteer
from connectors.nomenclature import PriorityBasis, PriorityCode
from connectors.records import Address, RecordPriority
from connectors.registry import in_memory

DIJON = InCommunes((gazetteer().communes["21231"],))


def version(n):
    """The same structure and its action as of version `n`: whoever reads must find both of one version."""
    priority = list(PriorityCode)[n % 10]
    return [
        structure("s", name=str(n), other_names=(str(n), str(n)), address=Address(insee="21231")),
        action("a", title=str(n), carrier="s", priorities=(priority,)),
    ]


async def read_while_writing(registry, writes):
    await registry.add(version(0))
    written = asyncio.Event()
    seen = set()

    async def write():
        for n in range(1, writes):
            await registry.add(version(n))
        written.set()

    async def read(by_search):
        while not written.is_set():
            if by_search:
                page = await registry.search(Query(where=DIJON))
                (found,) = (record for record in page.records if record.key == "s")
            else:
                found = (await registry.get(Kind.STRUCTURE, ["s"]))["s"]
            await asyncio.sleep(0)  # point reads do not give way
            n = int(found.name)
            assert found.other_names == (str(n), str(n))
            assert found.priorities == (RecordPriority(list(PriorityCode)[n % 10], PriorityBasis.BY_ACTION, "a"),)
            seen.add(n)

    await asyncio.gather(write(), read(True), read(True), read(False))
    return seen


async def test_readers_see_one_state_while_a_writer_works(registry):
    assert len(await read_while_writing(registry, 40)) > 1


async def test_in_memory_too():
    registry = in_memory("registry")
    assert len(await read_while_writing(registry, 40)) > 1
    await registry.aclose()


async def test_nobody_waits_for_a_writer(registry):
    with registry._database.writing() as connection:
        connection.execute("UPDATE structure SET record = json_set(record, '$.name', 'not yet')")
        found = await registry.get(Kind.STRUCTURE, ["cove"])
        page = await registry.search(Query(where=Everywhere()))
    assert found["cove"].name == "Communauté d’agglomération du Ventoux Comtat-Venaissin"
    assert "not yet" not in {record.name for record in page.records}


async def test_two_writers_take_turns(registry):
    await asyncio.gather(*(registry.add([structure(f"w{n}")]) for n in range(8)))
    assert len(await registry.get(Kind.STRUCTURE, [f"w{n}" for n in range(8)])) == 8


async def test_eight_searches_at_once_with_point_reads_between(registry):
    searches = [registry.search(Query(where=Everywhere())) for _ in range(registry.info.concurrency)]
    reads = [registry.get(Kind.STRUCTURE, ["cove"]) for _ in range(8)]
    pages, found = await asyncio.gather(asyncio.gather(*searches), asyncio.gather(*reads))
    assert {len(page.records) for page in pages} == {18}
    assert {len(records) for records in found} == {1}


async def test_a_cancelled_search_leaves_the_registry_usable(registry):
    search = asyncio.create_task(registry.search(Query(where=Everywhere())))
    await asyncio.sleep(0)
    search.cancel()
    await asyncio.gather(search, return_exceptions=True)
    assert (await registry.search(Query(where=Everywhere()))).records


async def test_what_is_in_use_is_closed_when_it_is_given_back(registry):
    begun, closed, done = threading.Event(), threading.Event(), []

    def long_read():
        with registry._database.reading() as connection:
            begun.set()
            assert closed.wait(30)
            done.append(connection.execute("SELECT count(*) FROM structure").fetchone()[0])

    reading = asyncio.create_task(asyncio.to_thread(long_read))
    await asyncio.to_thread(begun.wait, 30)
    await registry.aclose()
    closed.set()
    await reading
    assert done == [18]
    assert registry._database._idle == []
