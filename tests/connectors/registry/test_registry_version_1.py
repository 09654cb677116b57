"""A database that the first version of the program wrote is read by this one as it was."""

from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from registry_records import FULL_ACTION, FULL_STRUCTURE, PLACES, action, structure

from connectors.contract import ActionsOf, Everywhere, InCommunes, Kind, PractisingAt, Query, SameAs, WithIdentifiers
from connectors.gazetteer import gazetteer
from connectors.nomenclature import PriorityBasis, PriorityCode
from connectors.records import RecordPriority
from connectors.registry import MIGRATIONS, open_registry
from connectors.registry.referentials import write_referentials
from connectors.registry.seeding import embedded_referentials
from connectors.sqlite.connections import connect, transaction
from connectors.sqlite.migrations import migrate

WRITTEN = (Path(__file__).parent / "version_1.sql").read_text("utf-8")
SECOND = action(
    "second",
    carrier="full",
    places=("full", "place-a"),
    priorities=(PriorityCode.FORMER, PriorityCode.FORMER),
    laureates=FULL_ACTION.laureates[:1],
)


def implied(key, *codes):
    return tuple(RecordPriority(code, PriorityBasis.BY_ACTION, key) for code in codes)


OF_BOTH = (*implied("full-action", *FULL_ACTION.priorities), *implied("second", PriorityCode.FORMER))


@pytest.fixture
async def registry(path):
    path.parent.mkdir(parents=True)
    with closing(connect(path)) as connection:
        migrate(connection, "registry", MIGRATIONS[:1])
        with transaction(connection, "IMMEDIATE"):
            write_referentials(connection, embedded_referentials())
            for statement in WRITTEN.splitlines():
                connection.execute(statement)
    opened = open_registry(path)
    yield opened
    await opened.aclose()


async def test_every_record_is_as_it_was(registry):
    found = await registry.get(Kind.STRUCTURE, ["full", "place-a", "place-b", "bare"])
    assert found == {
        "full": replace(
            FULL_STRUCTURE,
            priorities=(*FULL_STRUCTURE.priorities, *OF_BOTH),
            laureates=FULL_ACTION.laureates,
        ),
        "place-a": replace(PLACES[0], priorities=OF_BOTH, laureates=FULL_ACTION.laureates),
        "place-b": PLACES[1],
        "bare": structure("bare"),
    }
    actions = await registry.get(Kind.ACTION, ["full-action", "second", "bare"])
    assert actions == {"full-action": FULL_ACTION, "second": SECOND, "bare": action("bare")}


async def test_everything_is_found_as_before(registry):
    communes = InCommunes(tuple(gazetteer().communes[code] for code in ("21231", "64445")))
    for where, kind, keys in [
        (Everywhere(), Kind.STRUCTURE, ["place-a", "place-b", "full", "bare"]),
        (communes, Kind.STRUCTURE, ["place-a", "full"]),
        (communes, Kind.ACTION, ["full-action", "second"]),
        (WithIdentifiers(FULL_STRUCTURE.identifiers), Kind.STRUCTURE, ["full"]),
        (SameAs(FULL_STRUCTURE.same_as), Kind.STRUCTURE, ["full"]),
        (PractisingAt(("place-b",)), Kind.STRUCTURE, ["full"]),
        (ActionsOf(("place-b",)), Kind.ACTION, ["full-action"]),
    ]:
        page = await registry.search(Query(where=where, kind=kind))
        assert sorted(r.key for r in page.records) == sorted(keys), where
    assert (await registry.search(Query(where=Everywhere()))).total == 4


async def test_a_record_of_then_written_again_is_the_same(registry):
    before = [(await registry.search(Query(where=Everywhere(), kind=kind))).records for kind in Kind]
    await registry.add([record for records in before for record in records])
    assert [(await registry.search(Query(where=Everywhere(), kind=kind))).records for kind in Kind] == before
