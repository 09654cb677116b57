"""Links at work: made once for what is new, and never in the way of an answer."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.errors import Unavailable
from connectors.held import Held
from connectors.links import LinkState, in_memory, open_links
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind
from connectors.records import Address, Identifier, StructureRecord
from resolvers.identity import linker as linking
from resolvers.identity.judging import Judgement, Thresholds
from resolvers.identity.linker import AGAIN_SECONDS, Linker

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def held(source: str, insee: str | None = "21231", **values: object) -> Held:
    record = StructureRecord(
        **{
            "source": source, "key": "k", "name": "Crèche", "kind": StructureKind.ESTABLISHMENT,
            "category": CategoryCode.MODE_ACCUEIL, "address": Address(insee=insee),
            "identifiers": (Identifier(IdentifierScheme.FINESS, "210000001"),), **values,
        }
    )  # fmt: skip
    return Held(record, NOW)


class ByNumbers:
    """Finds no likeness in what records say, and counts how often it is asked."""

    thresholds = Thresholds(automatic=1.0, suggest=1.0)

    def __init__(self) -> None:
        self.asked = 0

    def compare(self, ours: Sequence[StructureRecord], theirs: Sequence[StructureRecord], also=()):
        self.asked += 1
        return [(two, Judgement(0.0)) for two in also]

    def candidates(self, ours: Sequence[StructureRecord], theirs: Sequence[StructureRecord]):
        return ()

    def judge(self, one: StructureRecord, other: StructureRecord) -> Judgement:
        return Judgement(0.0)


async def test_what_is_new_is_compared_once() -> None:
    linker = Linker(in_memory(), judge := ByNumbers())
    some = [held("a"), held("b"), held("c", None)]

    await linker.link_new(some)
    await linker.link_new(some)
    assert judge.asked == 1
    (link,) = await linker.around(["a--k"])
    assert (link.pair, link.state) == (("a--k", "b--k"), LinkState.LINKED)

    await linker.link_new([held("a"), held("b", name="Another name")])
    assert judge.asked == 2
    await linker.link_new([held("a")])
    assert judge.asked == 2


async def test_a_database_that_fails_leaves_entries_unlinked(caplog: pytest.LogCaptureFixture) -> None:
    linker = Linker(in_memory(), ByNumbers())

    async def fail(*_: object, **__: object) -> None:
        raise Unavailable("links", "the database is locked")

    linker.store.links_around = fail
    await linker.link_new([held("a"), held("b")])

    assert await linker.around(["a--k"]) == []
    assert "could not be linked" in caplog.text
    assert "links could not be read" in caplog.text


async def test_a_database_that_another_process_locks_is_waited_for_once_and_not_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    linker = Linker(open_links(tmp_path / "links.sqlite"), judge := ByNumbers(), clock=lambda: now)
    nothing_to_write = [held("a", name="A", identifiers=()), held("b", name="B", identifiers=())]
    with (
        closing(sqlite3.connect(tmp_path / "links.sqlite", isolation_level=None)) as other,
        monkeypatch.context() as impatient,
    ):
        impatient.setattr(linking, "WRITE_SECONDS", 0.01)
        other.execute("BEGIN IMMEDIATE")
        await linker.link_new(nothing_to_write)
        assert linker.compared
        await linker.link_new([held("a"), held("b")])
        await linker.link_new([held("a", "21166"), held("b", "21166")])
        assert judge.asked == 2, "the second is not tried while the first has just failed"
        other.execute("COMMIT")
    now += AGAIN_SECONDS
    await linker.link_new([held("a"), held("b")])
    assert [link.state for link in await linker.around(["a--k"])] == [LinkState.LINKED]
    await linker.store.aclose()
