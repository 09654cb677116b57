"""Which records make one entry: links, quotes, and what a person set apart."""

from datetime import UTC, datetime

from linking_places import place

from connectors.links import Link, LinkMethod, LinkState, Reason
from resolvers.identity.clusters import Clusters

AT = datetime(2026, 1, 2, tzinfo=UTC)


def known(a, b, state=LinkState.LINKED, method=LinkMethod.SCORE, reason=None):
    return Link(
        id=1, a=a, b=b, state=state, method=method, fingerprints=("aaaa", "bbbb"), decided_by="hub", decided_at=AT,
        reason=reason,
    )  # fmt: skip


def apart(a, b):
    return known(a, b, LinkState.APART, LinkMethod.PERSON)


def groups(links, *records):
    return Clusters(links).groups({record.id: record for record in records})


def test_without_links_quotes_alone_join():
    records = [place("r--1", same_as=("a--1", "b--1")), place("b--1"), place("x--1"), place("a--1"), place("a--2")]
    assert groups([], *records) == [["r--1", "b--1", "a--1"], ["x--1"], ["a--2"]]
    assert groups([]) == []


def test_links_join_and_suggestions_do_not():
    links = [known("a--1", "b--1"), known("a--2", "b--2", LinkState.SUGGESTED, reason=Reason.SCORE)]
    records = [place("a--1"), place("a--2"), place("b--1"), place("b--2")]
    assert groups(links, *records) == [["a--1", "b--1"], ["a--2"], ["b--2"]]


def test_two_records_are_one_entry_through_a_third_that_is_not_at_hand():
    links = [known("a--1", "b--1"), known("b--1", "c--1")]
    assert groups(links, place("a--1"), place("c--1")) == [["a--1", "c--1"]]
    assert groups(links, place("r--1", same_as=("b--1",)), place("c--1")) == [["r--1", "c--1"]]
    assert groups([], place("r--1", same_as=("b--1",)), place("s--1", same_as=("b--1",))) == [["r--1"], ["s--1"]]
    assert Clusters(links).ids_with("c--1") == {"a--1", "b--1", "c--1"}
    assert Clusters(links).ids_with("x--1") == {"x--1"}


def test_what_a_person_set_apart_is_not_joined_by_a_quote():
    quoting = place("r--1", same_as=("a--1",))
    assert groups([apart("a--1", "r--1")], quoting, place("a--1")) == [["r--1"], ["a--1"]]
    links = [apart("b--1", "r--1"), known("a--1", "b--1")]
    assert groups(links, quoting, place("a--1"), place("b--1")) == [["r--1"], ["a--1", "b--1"]]


def test_what_the_hub_found_too_far_is_still_joined_by_a_quote():
    links = [known("a--1", "r--1", LinkState.APART)]
    assert groups(links, place("r--1", same_as=("a--1",)), place("a--1")) == [["r--1", "a--1"]]


def test_the_order_of_records_decides_the_order_of_entries_only():
    links = [apart("a--1", "b--1")]
    records = [place("r--1", same_as=("a--1", "b--1")), place("a--1"), place("b--1")]
    there = {frozenset(group) for group in groups(links, *records)}
    back = {frozenset(group) for group in groups(links, *reversed(records))}
    assert there == back == {frozenset({"r--1", "a--1"}), frozenset({"b--1"})}


def test_records_that_quote_themselves_or_nonsense():
    odd = place("r--1", same_as=("r--1", "", "action--r--1", "é" * 300))
    assert groups([], odd) == [["r--1"]]
