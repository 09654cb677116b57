"""No read walks through all structures or all actions, with or without statistics."""

import json

import pytest
from registry_records import PLACES, action, structure

from connectors.contract import Everywhere, Kind
from connectors.registry.reading import BY_ID, BY_KEY, LISTS
from connectors.registry.searching import FINDS
from connectors.registry.writing import ACTION_IDS, FORGET_ACTION_LISTS, FORGET_STRUCTURE_LISTS, STRUCTURE_IDS

READS = [*BY_KEY.values(), *BY_ID.values(), *(sql for kind in Kind for _, sql in LISTS[kind])]
WRITES = [STRUCTURE_IDS, ACTION_IDS, *FORGET_STRUCTURE_LISTS, *FORGET_ACTION_LISTS]
SEARCHES = [sql for (_, where), sql in FINDS.items() if where is not Everywhere]
TABLES = {
    *("structure", "structure_name", "identifier", "same_as", "practice", "structure_priority", "participation"),
    *("action", "action_structure", "action_priority", "action_programme", "laureate"),
    *("action_commune", "action_departement", *"acdiprst"),
}
"""The tables that grow, and the names they go by in the statements (`k` is what is asked)."""

WALKS = [sql for (_, where), sql in FINDS.items() if where is Everywhere]


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
    values = {"values": json.dumps(["1"]), "after": 5, "limit": 10} if ":values" in sql or ":after" in sql else ["[1]"]
    return [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


@pytest.mark.parametrize("sql", [*READS, *WRITES, *SEARCHES])
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
