"""What structures have by their actions is always what their actions say, however it came about."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from registry_records import action, declared, structure

from connectors.contract import Everywhere, Kind, Query
from connectors.nomenclature import CallCode, PriorityBasis, PriorityCode
from connectors.records import Laureate, RecordPriority
from connectors.registry import in_memory

STRUCTURES = st.sampled_from(["s0", "s1", "s2"])
PRIORITIES = st.lists(st.sampled_from(list(PriorityCode)[:3]), max_size=3).map(tuple)
ACTIONS = st.builds(
    action,
    st.sampled_from(["a0", "a1", "a2"]),
    carrier=st.none() | STRUCTURES,
    places=st.lists(STRUCTURES, max_size=2).map(tuple),
    partners=st.lists(STRUCTURES, max_size=1).map(tuple),
    priorities=PRIORITIES,
    laureates=st.sampled_from([(), (Laureate(CallCode.ENFANCE_EGALITE, "Bretagne", (1,)),)]),
)
WRITES = st.lists(
    st.lists(ACTIONS | st.builds(structure, STRUCTURES, priorities=PRIORITIES.map(lambda p: declared(*p))), max_size=4),
    max_size=6,
)


def gained(key, actions):
    """The priorities and calls that a structure has by these actions, worked out from their definition."""
    own = [a for a in actions if key in (a.carrier, *a.places)]
    implied = [RecordPriority(code, PriorityBasis.BY_ACTION, a.key) for a in own for code in a.priorities]
    return tuple(dict.fromkeys(implied)), tuple(dict.fromkeys(won for a in own for won in a.laureates))


@settings(max_examples=150)
@given(writes=WRITES)
def test_it_follows_every_write(writes):
    async def check():
        registry = in_memory("registry", records=[structure(key) for key in ("s0", "s1", "s2")])
        for records in writes:
            await registry.add(records)
            pages = [
                await registry.search(Query(where=Everywhere(), kind=kind)) for kind in (Kind.STRUCTURE, Kind.ACTION)
            ]
            structures, actions = (page.records for page in pages)
            for s in structures:
                by_action = tuple(p for p in s.priorities if p.basis is PriorityBasis.BY_ACTION)
                assert (by_action, s.laureates) == gained(s.key, actions)
            last = {r.key: r for r in records}
            assert all(last.get(a.key, a) == a for a in actions)
            for s in structures:
                if s.key in last:
                    stated = tuple(p for p in s.priorities if p.basis is PriorityBasis.DECLARED)
                    assert stated == last[s.key].priorities
        await registry.aclose()

    asyncio.run(check())


async def test_a_structure_that_cannot_be_read_does_not_keep_its_action_from_being_written(registry, caplog):
    await registry.add([structure("s"), structure("t")])
    with registry._database.writing() as connection:
        connection.execute("UPDATE structure SET record = json_remove(record, '$.name') WHERE key = 's'")
    await registry.add([action("a", carrier="s", places=("t",), priorities=(PriorityCode.EVEILLER,))])
    assert "cannot be read" in caplog.text
    assert [p.action for p in (await registry.get(Kind.STRUCTURE, ["t"]))["t"].priorities] == ["a"]
    await registry.add([structure("s")])
    assert [p.action for p in (await registry.get(Kind.STRUCTURE, ["s"]))["s"].priorities] == ["a"]
