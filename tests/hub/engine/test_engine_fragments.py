"""JSON that entries keep of themselves: what is kept, for whom, and how much of it."""

from pathlib import Path

import orjson
import pytest
from graphql import parse
from hubs import in_process

from hub.engine import CompiledExecutor
from hub.engine.runtime import LONGEST_FRAGMENT, MOST_FRAGMENTS, kept
from resolvers.schema import build_schema

PLACE = "{ place: { near: { latitude: 47.322, longitude: 5.041, radiusMeters: 2000 } } }"
LASTING = """id name otherNames category { code subcategories { code } } address { street commune { name } }
  contact { phone } priorities { basis priority { code examples } } records { key licence freshness } languages"""


def query(fields: str, *, first: int = 5, more: str = "") -> str:
    return f"{{ structures(filter: {PLACE}, first: {first}) {{ nodes {{ {fields} }} }} {more} }}"


@pytest.mark.parametrize(
    ("fields", "is_kept"),
    [
        (LASTING, True),
        ("name openNow", False),
        ("name actions { totalCount }", False),
        ("name referenceDirectory { source { status } }", False),
        ("name category { referenceDirectory { status } }", False),
        ('name provenance(fields: ["name"]) { field }', False),
        ("name priorities { action { title } }", False),
    ],
)
def test_only_what_lasts_is_kept(fields: str, is_kept: bool) -> None:
    compiled, _ = CompiledExecutor(build_schema()).compile(parse(query(fields)))
    assert ("kept(" in compiled.program.text) is is_kept


async def test_pages_of_the_same_entries_are_answered_alike(tmp_path: Path) -> None:
    async with in_process(tmp_path) as client:
        live = await client.ask(query(LASTING, first=20))
        wide = await client.ask(query(LASTING, first=20, more="# again\n"))
        assert live != wide, "what was fetched for the first question is held for the next ones"
        narrow = await client.ask(query(LASTING, first=5))
        assert wide["structures"]["nodes"][:5] == narrow["structures"]["nodes"]
        by_graphql_core = await client.ask(query(LASTING, more="__schema { queryType { name } }"))
        assert by_graphql_core["structures"] == narrow["structures"]


class Thing:
    def __init__(self) -> None:
        self.fragments = {}


def test_a_thing_that_is_told_again_keeps_few_and_short_ones() -> None:
    asked = []

    def tell(run, thing):
        asked.append(thing)
        return {"text": "x"}

    one, other = Thing(), Thing()
    assert kept(None, [one, other], "a", tell) == [{"text": "x"}] * 2, "what is told once is not kept"
    again = kept(None, [one, one], "a", tell)
    assert again[0] is again[1]
    assert orjson.dumps(again) == b'[{"text":"x"},{"text":"x"}]'
    assert asked == [one, other, one]
    for key in "bcdefg":
        kept(None, [one, one], key, tell)
        assert len(one.fragments) <= MOST_FRAGMENTS
    assert one.fragments["g"] is not None

    for _ in range(2):
        kept(None, [other], "long", lambda run, thing: "x" * LONGEST_FRAGMENT)
    assert other.fragments == {"a": None, "long": None}
