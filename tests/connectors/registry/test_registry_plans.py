"""No read walks through all structures or all actions, with or without statistics."""

import json

import pytest
from registry_records import PLACES, action, structure

from connectors.contract import Everywhere
from connectors.registry.counting import HIDDEN, STRUCTURES
from connectors.registry.gaining import AFFECTED, GAINED, SET_TEXT, TEXTS
from connectors.registry.hidden import CARRYING
from connectors.registry.quoting import QUOTED, QUOTING
from connectors.registry.reading import BY_ID, BY_KEY
from connectors.registry.searching import PAGES, PEEKS, TOTAL
from connectors.registry.writing import ACTION_IDS, FORGET_ACTION_LISTS, FORGET_STRUCTURE_LISTS, STRUCTURE_IDS
from connectors.sqlite.once import EXPIRE, FIND

READS = [*BY_KEY.values(), *BY_ID.values(), TOTAL, FIND, QUOTING, STRUCTURES, HIDDEN]
WRITES = [
    STRUCTURE_IDS,
    ACTION_IDS,
    *FORGET_STRUCTURE_LISTS,
    *FORGET_ACTION_LISTS,
    AFFECTED,
    GAINED,
    TEXTS,
    SET_TEXT,
    CARRYING,
]
SEARCHES = [sql for found in (PAGES, PEEKS) for (_, where), sql in found.items() if where is not Everywhere]
TABLES = {
    *("structure", "identifier", "same_as", "practice", "action", "action_structure"),
    *("action_commune", "action_departement", "done", "total", *"acdiprst"),
}
"""The tables that grow, and the names they go by in the statements (`k` is what is asked)."""

WALKS = [QUOTED, *(sql for (_, where), sql in PAGES.items() if where is Everywhere)]


@pytest.fixture(params=["without statistics", "with statistics"])
async def connection(request, registry):
    await registry.add([*PLACES, *(structure(f"s{n}") for n in range(300))])
    await registry.add([action(f"a{n}", carrier=f"s{n}") for n in range(300)])
    if request.param == "with statistics":
        with registry._database.writing() as writer:
            writer.execute("ANALYZE")
    with registry._database.reading() as reader:
        yield reader


def plan(connection, sql):
    named = {"values": json.dumps(["1"]), "after": 5, "limit": 10, "keys": "[]", "ids": "[]", "numbers": "[]"}
    values = named if " :" in sql or "(:" in sql else ["[1]"] * sql.count("?")
    return [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


@pytest.mark.parametrize("sql", [*READS, *WRITES, *SEARCHES, EXPIRE])
def test_only_what_is_asked_is_visited(connection, sql):
    steps = plan(connection, sql)
    scanned = {word for step in steps if step.startswith("SCAN") for word in step.split()}
    assert scanned.isdisjoint(TABLES)
    assert not any("INTEGER PRIMARY KEY (rowid>?)" in step for step in steps)
    assert any(step.startswith("SEARCH") for step in steps)


@pytest.mark.parametrize("sql", WALKS)
def test_a_walk_through_everything_starts_where_the_page_before_ended(connection, sql):
    (step,) = plan(connection, sql)
    assert "USING INTEGER PRIMARY KEY (rowid>?)" in step


@pytest.mark.parametrize("sql", [*PEEKS.values(), *WALKS])
def test_what_is_read_on_the_event_loop_is_neither_sorted_nor_gathered(connection, sql):
    assert not any("TEMP B-TREE" in step for step in plan(connection, sql))


def test_what_a_structure_is_counted_by_is_told_of_that_one_alone(connection):
    steps = plan(connection, "SELECT * FROM structure_facet WHERE structure = ?")
    assert {"SCAN structure", "SCAN s"}.isdisjoint(steps)
    assert sum("INTEGER PRIMARY KEY (rowid=?)" in step for step in steps) == 5
