"""Pages neither skip nor repeat, whatever their size and whatever is added meanwhile."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from registry_records import action, structure

from connectors.contract import Everywhere, InCommunes, InDepartement, Kind, Query
from connectors.gazetteer import gazetteer
from connectors.records import Address, Identifier
from connectors.registry import in_memory, open_registry

COMMUNES = ("21231", "71076", "2A004", "97411")
PLACES = st.lists(st.sampled_from(COMMUNES), max_size=25)


async def pages(registry, where, kind, meanwhile=()):
    found, after, count, additions = [], None, 0, iter(meanwhile)
    while count == 0 or after is not None:
        page = await registry.search(Query(where=where, kind=kind, after=after))
        found += [record.key for record in page.records]
        assert page.records or after is None
        after, count = page.after, count + 1
        await registry.add(next(additions, []))
    return found, count


@settings(max_examples=40)
@given(places=PLACES, late=PLACES, size=st.integers(1, 7), asked=st.sets(st.sampled_from(COMMUNES), min_size=1))
def test_every_entry_once(places, late, size, asked):
    async def check():
        entries = [structure(f"s{n}", address=Address(insee=place)) for n, place in enumerate(places)]
        actions = [action(f"a{n}", carrier=f"s{n}", communes=(places[0],)) for n in range(len(places))]
        registry = in_memory("registry", records=[*entries, *actions], page_size=size)
        where = InCommunes(tuple(gazetteer().communes[code] for code in sorted(asked)))
        expected = [s.key for s in entries if s.address.insee in asked]
        added = [structure(f"late{n}", address=Address(insee=place)) for n, place in enumerate(late)]
        found, count = await pages(registry, where, Kind.STRUCTURE, ([s, *entries[:1]] for s in added))
        assert len(found) == len(set(found))
        assert [key for key in found if key.startswith("s")] == expected
        assert count >= -(-len(expected) // size)
        expected = [a.key for s, a in zip(entries, actions, strict=True) if {s.address.insee, places[0]} & asked]
        assert (await pages(registry, where, Kind.ACTION))[0] == expected
        assert (await pages(registry, Everywhere(), Kind.ACTION))[0] == [a.key for a in actions]
        await registry.aclose()

    asyncio.run(check())


async def test_a_full_last_page_is_the_last(tmp_path):
    registry = open_registry(tmp_path / "r.sqlite", page_size=6)
    found, count = await pages(registry, Everywhere(), Kind.STRUCTURE)
    assert (len(found), len(set(found)), count) == (18, 18, 3)
    found, count = await pages(registry, InDepartement("37"), Kind.STRUCTURE)
    assert (len(found), count) == (4, 1)
    await registry.aclose()


async def test_pages_hold_a_thousand(registry):
    await registry.add([structure(f"s{n}", identifiers=(Identifier("SIREN", "1"),)) for n in range(1000)])
    first = await registry.search(Query(where=Everywhere()))
    second = await registry.search(Query(where=Everywhere(), after=first.after))
    assert (len(first.records), len(second.records), second.after) == (1000, 18, None)
