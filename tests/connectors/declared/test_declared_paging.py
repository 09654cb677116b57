"""Each way in which a list comes in pages, against a server that pages so; and how a walk ends."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from declared_portal import HSDS, OPENDATASOFT, TABULAR, Entry, Portal, connected, entries, settings
from hypothesis import given
from hypothesis import strategies as st
from serving import LOOPBACK, serving
from starlette.responses import JSONResponse

from connectors.conformance import pages
from connectors.contract import Context, Everywhere, InCommunes, InDepartement, Query
from connectors.declared import plugin
from connectors.declared.paging import MAX_PAGES, ByOffset, ByPage, Progress, following, parameters, progress
from connectors.errors import BadData, Refused
from connectors.gazetteer import gazetteer

FORMS = {"opendatasoft": OPENDATASOFT | {"paging": {"style": "offset", "size": 2}}, "hsds": HSDS, "tabular": TABULAR}
ALL = Query(where=Everywhere())
COLOMBES = InCommunes((gazetteer().communes["92025"],))


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 7])
@pytest.mark.parametrize("form", FORMS)
async def test_all_pages_give_each_entry_once(form: str, number: int) -> None:
    portal = Portal(entries(number))

    records = await pages(connected(portal, FORMS[form]), ALL)

    assert [r.key for r in records] == [e["identifiant"] for e in portal.listed]
    assert len(portal.asked) == max(1, -(-number // 2)), "no call more than there are pages"


@pytest.mark.parametrize("form", FORMS)
async def test_a_commune_over_a_real_socket(form: str) -> None:
    portal = Portal(entries(14))
    async with serving(portal.app) as address:
        table = {
            k: v.replace("http://portal.test", address) if k.endswith("url") else v for k, v in FORMS[form].items()
        }
        real = plugin.build(settings(table), Context(source="partner", data=Path(), outgoing=LOOPBACK))
        first = await real.search(Query(where=COLOMBES))
        records = await pages(real, Query(where=COLOMBES))
        await real.aclose()

    assert first.total == 5
    assert [r.key for r in records] == ["FICTIF-0000", "FICTIF-0003", "FICTIF-0006", "FICTIF-0009", "FICTIF-0012"]


async def test_the_entries_beyond_the_last_offset_are_told() -> None:
    portal = Portal(entries(10))
    connector = connected(portal, OPENDATASOFT, paging={"style": "offset", "size": 3, "most": 8})

    first = await connector.search(ALL)
    second = await connector.search(Query(where=Everywhere(), after=first.after))
    last = await connector.search(Query(where=Everywhere(), after=second.after))

    assert [(q["offset"], q["limit"]) for q in portal.asked] == [("0", "3"), ("3", "3"), ("6", "2")]
    assert (len(last.records), last.after, last.unreadable) == (2, None, 2)
    without = connected(portal, OPENDATASOFT, paging={"style": "offset", "size": 8, "most": 8}, total="")
    assert (await without.search(ALL)).unreadable == 1


async def test_without_a_total_only_an_empty_page_ends() -> None:
    """A directory may give fewer entries than it is asked for: a short page is not the last."""
    portal = Portal(entries(5))
    for table in (
        OPENDATASOFT | {"paging": {"style": "offset", "size": 2}},
        HSDS | {"paging": {"style": "page", "size": 2, "pages": ""}},
    ):
        portal.asked.clear()
        records = await pages(connected(portal, table, total=""), ALL)
        assert len(records) == 5
        assert len(portal.asked) == 4


async def test_a_total_that_is_not_reached_is_told() -> None:
    portal = Portal([])
    portal.answer = JSONResponse({"data": entries(2), "links": {"next": None}, "meta": {"total": 9}})

    page = await connected(portal, TABULAR).search(ALL)

    assert (len(page.records), page.total, page.unreadable, page.after) == (2, 9, 7, None)


async def test_a_list_that_comes_whole() -> None:
    portal = Portal([])
    portal.answer = JSONResponse(entries(3))
    table = TABULAR | {"paging": {"style": "next", "next": "", "limit": ""}, "results": "", "total": ""}

    page = await connected(portal, table).search(ALL)

    assert (len(page.records), page.after, page.total, page.unreadable) == (3, None, None, 0)
    assert portal.asked == [{}]


async def test_pages_that_do_not_end_are_bad_data() -> None:
    portal = Portal([])
    portal.answer = JSONResponse({"data": entries(1), "links": {"next": "http://portal.test/api/resources/0000/data/"}})
    connector = connected(portal, TABULAR)

    page = await connector.search(
        Query(where=Everywhere(), after=f"{MAX_PAGES - 1}.5 http://portal.test/api/resources/0000/data/")
    )
    with pytest.raises(BadData, match="do not end"):
        await connector.search(Query(where=Everywhere(), after=page.after))


@pytest.mark.parametrize("link", ["http://elsewhere.test/x", "https://portal.test/x", "http://[", "//elsewhere.test/x"])
async def test_a_link_to_another_server_is_not_followed(link: str) -> None:
    portal = Portal([])
    portal.answer = JSONResponse({"data": entries(1), "links": {"next": link}})
    connector = connected(portal, TABULAR, secret="not for others")

    page = await connector.search(ALL)
    with pytest.raises(BadData, match="a link"):
        await connector.search(Query(where=Everywhere(), after=page.after))
    assert len(portal.asked) == 1


@pytest.mark.parametrize("link", ["?page=2&page_size=2", "/api/resources/0000/data/?page=2&page_size=2"])
async def test_a_relative_link(link: str) -> None:
    portal = Portal(entries(3))
    portal.answer = JSONResponse({"data": entries(2), "links": {"next": link}})
    connector = connected(portal, TABULAR)
    page = await connector.search(ALL)
    portal.answer = None

    last = await connector.search(Query(where=Everywhere(), after=page.after))

    assert [r.key for r in last.records] == ["FICTIF-0002"]


@pytest.mark.parametrize("after", ["", "x", "1", "1.", "-1.0", "1.2x", "1234567890.1", "١.١"])
async def test_a_page_that_is_none_is_refused(after: str) -> None:
    portal = Portal(entries(1))

    with pytest.raises(Refused, match="does not know this page"):
        await connected(portal, OPENDATASOFT).search(Query(where=Everywhere(), after=after))
    assert not portal.asked


@given(st.builds(Progress, st.integers(0, 10**9 - 1), st.integers(0, 10**9 - 1), st.text().map(str.strip)))
def test_a_token_tells_its_progress(now: Progress) -> None:
    assert progress(now.token) == now


@given(
    total=st.integers(0, 60),
    size=st.integers(1, 9),
    cap=st.integers(1, 9),
    told=st.booleans(),
    first=st.integers(0, 1),
    by_page=st.booleans(),
)
def test_a_walk_reads_every_entry_whatever_is_told(
    total: int, size: int, cap: int, told: bool, first: int, by_page: bool
) -> None:
    """Also where the directory gives fewer entries a page than asked; pages are numbered by what it gives."""
    style = ByPage(size=size, first=first) if by_page else ByOffset(size=size)
    given_at_once = min(size, cap)
    now: Progress | None = Progress()
    read = 0
    while now is not None:
        asked = parameters(style, now)
        start = (int(asked["page"]) - first) * given_at_once if by_page else int(asked["offset"])
        number = len(range(start, min(total, start + given_at_once)))
        assert start == read or number == 0, "nothing is skipped, nothing read twice"
        read += number
        answer: Mapping[str, Any] = {"total_pages": -(-total // given_at_once)} if told else {}
        now = following(style, now, answer, given=number, total=total if told else None)
    assert read == total


def of(listed: list[Entry], insee: str) -> set[str]:
    return {e["identifiant"] for e in listed if e["code_insee"] == insee}


async def test_a_departement_holds_its_communes() -> None:
    portal = Portal([*entries(9), entries(10)[9] | {"code_insee": "2A004", "cp": "20000", "commune": "AJACCIO"}])
    connector = connected(portal, OPENDATASOFT)

    hauts_de_seine = await pages(connector, Query(where=InDepartement("92")))
    corse = await pages(connector, Query(where=InDepartement("2A")))

    assert {r.key for r in hauts_de_seine} >= of(portal.listed, "92025")
    assert (len(hauts_de_seine), [r.key for r in corse]) == (9, ["FICTIF-0009"])
