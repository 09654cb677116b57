"""The cleaning of what directories write in their fields."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import cleaning
from connectors.markup import MAX_HTML, plain_text
from connectors.records import Position

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PIECES = (
    *("<p>", "</p>", "<br/>", "<script>", "</script>", "<!--", "-->", "<![CDATA[", "<!", "<?xml", "<", ">"),
    *("&lt;", "&amp;", "&eacute;", "&#233;", "&#x110000;", "&", ";", "<li", "<a='", " ", "\n", "é", "a"),
)
MARKUP = st.lists(st.sampled_from(PIECES)).map("".join)
TEXTS = (cleaning.text, cleaning.code, cleaning.email, cleaning.website, plain_text)
OTHERS = (
    cleaning.fields,
    cleaning.entries,
    cleaning.yes_or_no,
    cleaning.day,
    cleaning.moment,
    lambda value: cleaning.position(value, value),
)


@pytest.mark.parametrize("clean", [*TEXTS, *OTHERS])
@given(value=JSON | MARKUP)
def test_nothing_raises(clean: Callable[[Any], Any], value: Any) -> None:
    clean(value)


@pytest.mark.parametrize("clean", TEXTS)
@given(value=st.text() | MARKUP | st.emails() | st.from_regex(r"\A(https?:)?/{0,2}[\w.:@/ -]{0,30}\Z"))
def test_a_clean_text_stays_as_it_is(clean: Callable[[Any], Any], value: str) -> None:
    once = clean(value)
    assert once is None or (once and clean(once) == once)


@pytest.mark.parametrize(
    ("value", "expected"), [("  a \n b\u00a0c ", "a b c"), ("", None), (" ", None), (3, None), (None, None)]
)
def test_text_is_one_line(value: Any, expected: str | None) -> None:
    assert cleaning.text(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(123, "123"), (True, None), (" 12 ", "12"), (1.5, None)])
def test_a_code_may_be_a_number(value: Any, expected: str | None) -> None:
    assert cleaning.code(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), ("Oui", True), ("false", False), ("peut-être", None), (1, None)],
)
def test_yes_or_no(value: Any, expected: bool | None) -> None:
    assert cleaning.yes_or_no(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("lilas@example.org", "lilas@example.org"),
        (" mailto:lilas@example.org ", "lilas@example.org"),
        ("lilas@example.org ; roses@example.org", "lilas@example.org"),
        ("Lilas <lilas@example.org>", "lilas@example.org"),
        ("lilas@example", None),
        ("lilas", None),
        (None, None),
    ],
)
def test_an_email_address(value: Any, expected: str | None) -> None:
    assert cleaning.email(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("www.example.org", "http://www.example.org"),
        ("www.example.org:8080/a", "http://www.example.org:8080/a"),
        ("//example.org", None),
        ("javascript:alert(1)", None),
        ("ftp://example.org", None),
        ("lilas@example.org", None),
        ("https://", None),
        ("https://[", None),
        ("http://exa mple.org", None),
        ("aucun", None),
        (None, None),
    ],
)
def test_a_website(value: Any, expected: str | None) -> None:
    assert cleaning.website(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("15/02/2026", date(2026, 2, 15)),
        ("1/9/2026", date(2026, 9, 1)),
        ("2026-02-15", date(2026, 2, 15)),
        ("2026-02-15T10:00:00Z", date(2026, 2, 15)),
        ("31/02/2026", None),
        ("02/15/2026", None),
        ("01/01/0001", None),
        ("9999-12-31", None),
        ("15/02/26", None),
        ("bientôt", None),
        (20260215, None),
    ],
)
def test_a_day(value: Any, expected: date | None) -> None:
    assert cleaning.day(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("15/02/2026", datetime(2026, 2, 15, tzinfo=UTC)),
        ("2026-02-15", datetime(2026, 2, 15, tzinfo=UTC)),
        ("2026-02-15T10:30:00", datetime(2026, 2, 15, 10, 30, tzinfo=UTC)),
        ("2026-02-15T10:30:00+02:00", datetime(2026, 2, 15, 8, 30, tzinfo=UTC)),
        ("2026-02-15 et après", datetime(2026, 2, 15, tzinfo=UTC)),
        ("jamais", None),
    ],
)
def test_a_moment_is_in_utc(value: str, expected: datetime | None) -> None:
    found = cleaning.moment(value)
    assert found == expected
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        (47.5, 5, Position(47.5, 5.0)),
        (-21, 55.5, Position(-21.0, 55.5)),
        (0, 0, None),
        (90.1, 5, None),
        (47, -180.5, None),
        (float("nan"), 5, None),
        (10**400, 5, None),
        ("47.5", 5, None),
        (True, 5, None),
        (None, None, None),
    ],
)
def test_a_position_is_on_earth(latitude: Any, longitude: Any, expected: Position | None) -> None:
    assert cleaning.position(latitude, longitude) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Un  projet</p><p>d&rsquo;éveil</p>", "Un projet\nd’éveil"),
        ("avant<br>après", "avant\naprès"),
        ("<script>var a = '<p>';</script>visible<style>p{}</style>", "visible"),
        ("<ul><li>un</li><li>deux</li></ul>", "un\ndeux"),
        ("<!--[if gte mso 9]><xml>Word</xml><![endif]-->Bonjour", "Bonjour"),
        ("<![endif]>Bonjour<!DOCTYPE html>", "Bonjour"),
        ("<!a <b>c<!d", "c<!d"),
        ("<a title=\"1 > 0\" href='x'>lien</a>", "lien"),
        ('<a title="non fini>lien</a>', "lien"),
        ("<?xml version='1.0'?><P CLASS=x>un</P ><>deux</></p x>", "un\n<>deux"),
        ("<script>if (a<b) { '</style>' }</script >après", "après"),
        ("<style>jamais fini <p>", None),
        ("</script>visible", "visible"),
        ("<a <b>x", "<a x"),
        ("&lt;p&gt;Bonjour&lt;/p&gt;", "Bonjour"),
        ("&" + "amp;" * 20 + "lt;", "&" + "amp;" * 12 + "lt;"),
        ("caf&amp;eacute;", "café"),
        ("moins de 3 ans < 4", "moins de 3 ans < 4"),
        ("<p> </p>", None),
        (12, None),
    ],
)
def test_html_becomes_plain_text(html: Any, expected: str | None) -> None:
    assert plain_text(html) == expected


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<a b='", '<a b="', "<!", "<!--", "<?", "</", "<a/", "<script>", "&", "&lt;a ", "a"]
)
def test_what_is_never_closed_is_text_or_nothing(piece: str) -> None:
    """Each of these took a minute once: they are as long as a text may be."""
    for before in ("", "<a", "</a", '<a b="'):
        shown = plain_text(before + piece * (MAX_HTML // len(piece)))

        assert shown is None or len(shown) <= MAX_HTML


def test_a_very_long_text_is_cut() -> None:
    assert len(plain_text("a" * 100_000) or "") == MAX_HTML
