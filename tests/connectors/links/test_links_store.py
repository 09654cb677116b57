"""What the store keeps and gives back: links, suggestions, history, ids that were merged."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from links_decisions import AT, by_person, decided, others_of
from msgspec.structs import replace

from connectors.errors import BadData, Refused, Unavailable
from connectors.links import LinkMethod, LinkState, Reason, Verdict, in_memory, open_links
from connectors.sqlite.database import LOOK_EVERY

SAYS = Verdict(by="moderator", at=AT + timedelta(days=1), comment="Vu sur place.")


async def test_a_decision_is_given_back_whole_with_its_records_in_order(store):
    (change,) = await store.apply([decided("r--1", "m--7", parts={"name": 0.25, "phone": 1.0})])
    (link,) = await store.links_of(["r--1"])
    assert change.before is None
    assert change.after == link
    assert link.pair == ("m--7", "r--1")
    assert (link.fingerprints, link.score, link.parts) == (("bbbb", "aaaa"), 0.995, {"name": 0.25, "phone": 1.0})
    assert (link.state, link.method, link.reason) == (LinkState.LINKED, LinkMethod.SCORE, None)
    assert (link.decided_by, link.decided_at, link.comment) == ("hub", AT, None)


async def test_links_of_many_records_in_one_question(store):
    await store.apply([decided(f"r--{n}", f"m--{n}") for n in range(200)])
    found = await store.links_of([f"r--{n}" for n in range(0, 200, 2)] + ["m--1", "x--unknown"])
    assert [link.b for link in found] == sorted((f"r--{n}" for n in [1, *range(0, 200, 2)]), key=lambda i: int(i[3:]))
    assert await store.links_of([]) == []


async def test_links_around_follow_what_is_linked_and_nothing_else(store):
    await store.apply(
        [
            decided("a--1", "b--1"),
            decided("b--1", "c--1"),
            decided("c--1", "d--1", LinkState.SUGGESTED),
            decided("d--1", "e--1"),
        ]
    )
    assert [link.pair for link in await store.links_of(["a--1"])] == [("a--1", "b--1")]
    around = [("a--1", "b--1"), ("b--1", "c--1"), ("c--1", "d--1")]
    assert sorted(link.pair for link in await store.links_around(["a--1"])) == around
    await store.apply([by_person("a--1", "b--1", LinkState.APART)])
    assert [link.pair for link in await store.links_around(["a--1"])] == [("a--1", "b--1")]


async def test_an_answer_that_is_held_is_forgotten_when_another_process_decides(store, path):
    await store.apply([decided("a--1", "b--1")])
    before = await store.links_around(["a--1"])
    assert await store.links_around(["a--1"]) == before
    other = open_links(path)
    await other.apply([by_person("a--1", "b--1", LinkState.APART)])
    await other.aclose()
    await asyncio.sleep(2 * LOOK_EVERY)
    assert [link.state for link in await store.links_around(["a--1"])] == [LinkState.APART]


async def test_an_answer_that_is_held_is_not_the_callers(store):
    await store.apply([decided("a--1", "b--1")])
    (await store.links_around(["a--1"])).clear()
    assert len(await store.links_around(["a--1"])) == 1


async def test_merged_ids_are_found_until_the_link_is_undone(store):
    (change, _) = await store.apply([decided("a--1", "b--1"), decided("b--1", "c--1")])
    assert await others_of(store, "c--1", "x--1") == {"c--1": {"a--1", "b--1"}, "x--1": frozenset()}
    await store.unlink(change.after.id, SAYS)
    assert await others_of(store, "c--1", "a--1") == {"c--1": {"b--1"}, "a--1": frozenset()}


async def test_a_run_that_says_the_same_again_changes_nothing(store):
    decisions = [decided("a--1", "b--1"), decided("a--2", "b--2", LinkState.SUGGESTED, score=0.6)]
    assert len(await store.apply(decisions)) == 2
    later = [replace(d, decided_at=AT + timedelta(days=9), decided_by="other") for d in decisions]
    assert await store.apply(later) == []
    assert len(await store.history("a--1", "b--1")) == 1
    (change,) = await store.apply([replace(later[0], score=0.999)])
    assert (change.before.score, change.after.score) == (0.995, 0.999)


async def test_a_person_who_says_it_again_changes_nothing_unless_a_record_did(store):
    await store.apply([decided("a--1", "b--1")])
    assert len(await store.apply([by_person("a--1", "b--1", comment="Vu.")])) == 1
    assert await store.apply([by_person("b--1", "a--1", fingerprints=("bbbb", "aaaa"), decided_by="another")]) == []
    (change,) = await store.apply([by_person("a--1", "b--1", fingerprints=("aaaa", "cccc"))])
    assert change.after.fingerprints == ("aaaa", "cccc")


async def test_a_dry_run_tells_the_same_and_changes_nothing(store):
    await store.apply([decided("a--1", "b--1", LinkState.SUGGESTED)])
    decisions = [decided("a--1", "b--1"), decided("a--2", "b--2")]
    told = await store.apply(decisions, dry_run=True)
    verdict = await store.decide(1, SAYS, same=True, dry_run=True)
    assert [link.state for link in await store.links_of(["a--1", "a--2"])] == [LinkState.SUGGESTED]
    assert len(await store.history("a--1", "b--1")) == 1
    assert (await store.decide(1, SAYS, same=True, dry_run=True)) == verdict
    assert await store.apply(decisions) == told


async def test_a_suggestion_is_decided_by_a_person_on_what_they_saw(store):
    await store.apply(
        [decided("a--1", "b--1", LinkState.SUGGESTED, score=0.6), decided("a--2", "b--2", LinkState.SUGGESTED)]
    )
    change = await store.decide(1, SAYS, same=True)
    assert change.before.state is LinkState.SUGGESTED
    link = change.after
    assert (link.state, link.method, link.score, link.reason) == (LinkState.LINKED, LinkMethod.PERSON, 0.6, None)
    assert (link.decided_by, link.decided_at, link.comment) == ("moderator", SAYS.at, "Vu sur place.")
    assert link.fingerprints == change.before.fingerprints
    assert (await store.decide(2, SAYS, same=False)).after.state is LinkState.APART
    assert (await store.suggestions(10)).links == ()


async def test_history_keeps_every_decision(store):
    await store.apply([decided("a--1", "b--1", LinkState.SUGGESTED)])
    await store.decide(1, SAYS, same=True)
    await store.unlink(1, replace(SAYS, by="another"))
    told = await store.history("b--1", "a--1")
    assert [(link.state, link.decided_by) for link in told] == [
        (LinkState.SUGGESTED, "hub"),
        (LinkState.LINKED, "moderator"),
        (LinkState.APART, "another"),
    ]
    assert await store.links_of(["a--1"]) == told[-1:]
    assert await store.history("a--1", "z--1") == []


async def test_suggestions_come_page_by_page_and_survive_decisions_between(store):
    await store.apply([decided(f"a--{n}", f"b--{n}", LinkState.SUGGESTED) for n in range(7)])
    first = await store.suggestions(3)
    await store.decide(1, SAYS, same=True)
    await store.decide(4, SAYS, same=False)
    second = await store.suggestions(3, first.after)
    assert [link.id for link in first.links] == [1, 2, 3]
    assert [link.id for link in second.links] == [5, 6, 7]
    assert second.after is None
    exact = await store.suggestions(5)
    assert ([link.id for link in exact.links], exact.after) == ([2, 3, 5, 6, 7], None)


async def test_records_that_are_one_entry_already_wait_for_nobody(store):
    await store.apply(
        [
            decided("a--1", "c--1", LinkState.SUGGESTED),
            decided("a--2", "c--2", LinkState.SUGGESTED),
            decided("a--1", "b--1"),
            decided("b--1", "c--1"),
            decided("a--3", "c--3", LinkState.SUGGESTED),
        ]
    )
    page = await store.suggestions(1)
    assert [link.a for link in page.links] == ["a--2"]
    page = await store.suggestions(1, page.after)
    assert ([link.a for link in page.links], page.after) == (["a--3"], None)
    linked = {link.pair: link.id for link in await store.links_of(["b--1"])}
    await store.unlink(linked["b--1", "c--1"], SAYS)
    assert [link.a for link in (await store.suggestions(5)).links] == ["a--1", "a--2", "a--3"]


async def test_links_outlive_the_process(path):
    store = open_links(path)
    await store.apply([decided("a--1", "b--1")])
    await store.aclose()
    again = open_links(path)
    assert [link.pair for link in await again.links_of(["a--1"])] == [("a--1", "b--1")]
    await again.aclose()


async def test_memory_is_private():
    one, other = in_memory(), in_memory()
    await one.apply([decided("a--1", "b--1")])
    assert await other.links_of(["a--1"]) == []
    await one.aclose()
    await other.aclose()


async def test_every_table_is_strict_and_history_is_never_changed(store, path):
    await store.apply([decided("a--1", "b--1")])
    with closing(sqlite3.connect(path)) as connection:
        lax = connection.execute("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0").fetchall()
        assert [name for (name,) in lax if not name.startswith("sqlite_")] == []
        for statement in (
            "UPDATE decision SET state = 'APART'",
            "DELETE FROM decision",
            "DELETE FROM link",
            "UPDATE link SET a = 'a--0'",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)


async def test_what_waits_is_found_without_reading_all_links(store, path):
    with closing(sqlite3.connect(path)) as connection:
        for sql in ("SUGGESTED", "OF_RECORDS", "AROUND_RECORDS", "BY_ID", "HISTORY"):
            text = getattr(__import__("connectors.links.rows", fromlist=[sql]), sql)
            values = {"ids": "[]"} if ":ids" in text else [0] * text.count("?")
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
            assert [s for s in steps if s.startswith("SCAN") and any(s.endswith(f" {t}") for t in ("l", "d", "c"))] in (
                [],
                ["SCAN l"] if sql == "SUGGESTED" else [],  # the few rows of the sub-query
            ), (sql, steps)


async def test_a_closed_store_is_unavailable(path):
    store = open_links(path)
    await store.aclose()
    for ask in (store.links_of(["a--1"]), store.apply([decided("a--1", "b--1")]), store.suggestions(1)):
        with pytest.raises(Unavailable, match="closed"):
            await ask


async def test_a_database_of_a_newer_program_is_refused(store, path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Refused, match="version 99"):
        open_links(path)


async def test_a_row_that_is_no_link_is_bad_data(store, path):
    await store.apply([decided("a--1", "b--1")])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER decision_is_never_changed")
        connection.execute("UPDATE decision SET decided_at = 'yesterday'")
    with pytest.raises(BadData, match="cannot be read"):
        await store.links_of(["a--1"])


def test_a_file_that_is_no_database_is_bad_data(tmp_path):
    (tmp_path / "l.sqlite").write_text("not a database, but long enough to be taken for one\n" * 40)
    with pytest.raises(BadData):
        open_links(tmp_path / "l.sqlite")


@pytest.mark.parametrize(
    "wrong",
    [
        {"parts": {"12 rue des Lilas": 1.0}},
        {"parts": {"phone": 33380000000.0}},
        {"parts": {"name": float("nan")}},
        {"comment": "said by nobody"},
        {"reason": Reason.MOVED},
    ],
)
def test_what_may_not_be_stored_is_not_a_decision(wrong):
    with pytest.raises(ValueError, match=r"part|comment|reason"):
        decided("a--1", "b--1", **wrong)


def test_a_person_decides_and_does_not_suggest():
    with pytest.raises(ValueError, match="does not suggest"):
        by_person("a--1", "b--1", LinkState.SUGGESTED, reason=Reason.SCORE)
    with pytest.raises(ValueError, match="comment"):
        by_person("a--1", "b--1", comment="x" * 2001)
