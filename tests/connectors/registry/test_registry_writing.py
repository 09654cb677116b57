"""Records in: all or nothing, in the place of the ones they replace, with every reference known."""

import pytest
from msgspec.structs import replace
from registry_records import FULL_ACTION, FULL_STRUCTURE, PLACES, action, declared, structure

from connectors.contract import Everywhere, InCommunes, InDepartement, Kind, Query, SameAs
from connectors.gazetteer import gazetteer
from connectors.nomenclature import PriorityBasis, PriorityCode
from connectors.records import Address, RecordPriority
from connectors.registry import UnknownReference, WrongRecord, in_memory


async def everything(registry):
    return [
        (await registry.search(Query(where=Everywhere(), kind=kind))).records for kind in (Kind.STRUCTURE, Kind.ACTION)
    ]


async def test_a_record_replaces_the_one_of_its_key(registry):
    await registry.add([FULL_STRUCTURE, *PLACES, FULL_ACTION])
    await registry.add([structure("full"), action("full-action")])
    assert (await registry.get(Kind.STRUCTURE, ["full"]))["full"] == structure("full")
    assert (await registry.get(Kind.ACTION, ["full-action"]))["full-action"] == action("full-action")
    for where in (SameAs(FULL_STRUCTURE.same_as), InCommunes((gazetteer().communes["64445"],)), InDepartement("29")):
        for kind in Kind:
            found = [r.key for r in (await registry.search(Query(where=where, kind=kind))).records]
            assert "full" not in found
            assert "full-action" not in found


async def test_a_record_that_was_read_can_be_written_back(registry):
    before = await everything(registry)
    await registry.add([record for records in before for record in records])
    assert await everything(registry) == before


async def test_a_replaced_record_keeps_its_turn(registry):
    before = [r.key for r in (await everything(registry))[0]]
    await registry.add([structure(before[3])])
    assert [r.key for r in (await everything(registry))[0]] == before


async def test_only_declared_priorities_are_kept(registry):
    implied = tuple(RecordPriority(PriorityCode.FORMER, basis) for basis in ("BY_NATURE", PriorityBasis.BY_ACTION))
    stated = declared(PriorityCode.SANTE_ENVIRONNEMENT, PriorityCode.INFORMER)
    await registry.add([structure("s", priorities=(*stated, *implied))])
    assert (await registry.get(Kind.STRUCTURE, ["s"]))["s"].priorities == stated


async def test_of_two_records_of_one_key_the_last_counts(registry):
    await registry.add([structure("s", other_names=("a",)), structure("s", name="Last", other_names=("b",))])
    found = (await registry.get(Kind.STRUCTURE, ["s"]))["s"]
    assert (found.name, found.other_names) == ("Last", ("b",))


async def test_actions_may_come_before_their_structures(registry):
    await registry.add([action("a", carrier="s"), structure("s", practises_at=("t",)), structure("t")])
    assert (await registry.get(Kind.ACTION, ["a"]))["a"].carrier == "s"


@pytest.mark.parametrize(
    "wrong",
    [
        action("a", carrier="nobody"),
        action("a", partners=("cove", "nobody")),
        action("a", places=("nobody",)),
        structure("a", practises_at=("nobody",)),
    ],
)
async def test_a_reference_to_nobody_undoes_the_whole(registry, wrong):
    before = await everything(registry)
    with pytest.raises(UnknownReference, match="'nobody'") as caught:
        await registry.add([structure("cove"), structure("new"), wrong])
    assert caught.value.keys == ("nobody",)
    assert isinstance(caught.value, ValueError)
    assert await everything(registry) == before


@pytest.mark.parametrize(
    "wrong", [replace(structure("s"), source="monenfant"), structure(""), structure("a\0b"), action("a\nb")]
)
async def test_what_the_registry_cannot_hold_is_refused(registry, wrong):
    with pytest.raises(WrongRecord):
        await registry.add([structure("fine"), wrong])
    assert await registry.get(Kind.STRUCTURE, ["fine"]) == {}


async def test_nothing_to_add(registry):
    before = await everything(registry)
    await registry.add([])
    assert await everything(registry) == before


async def test_a_moved_structure_is_found_where_it_is_now(registry):
    for insee in ("29019", "35238"):
        await registry.add([structure("s", address=Address(insee=insee))])
    brest, rennes = (InCommunes((gazetteer().communes[code],)) for code in ("29019", "35238"))
    assert (await registry.search(Query(where=brest))).records == ()
    assert [r.key for r in (await registry.search(Query(where=rennes))).records] == ["s"]


def test_a_registry_in_memory_with_wrong_records_is_not_made():
    with pytest.raises(WrongRecord):
        in_memory(records=[structure("s")])
