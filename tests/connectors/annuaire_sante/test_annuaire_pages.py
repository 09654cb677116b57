"""Searches by place: pages, batches, and the opaque `after`."""

from base64 import urlsafe_b64encode
from typing import Any

import msgspec
import pytest
from annuaire_asking import DIJON, communes, everything, found, keys, town
from annuaire_server import organization, public_examples

from connectors.contract import InDepartement, Kind, Query
from connectors.errors import BadData, Refused
from connectors.gazetteer import gazetteer


@pytest.mark.parametrize("split_includes", [False, True])
async def test_pages_give_everything_once(serve: Any, split_includes: bool) -> None:
    connector, server = serve(town(30))
    server.page_size, server.split_includes = 6, split_includes
    pages = await everything(connector, Query(where=communes("21231")))
    assert len(pages) >= 4
    given = keys(pages)
    assert len(given) == len(set(given)) == 60
    assert sum(key.startswith("rpps-") for key in given) == 30


async def test_practitioners_are_fetched_fewer_than_50_a_call(serve: Any) -> None:
    connector, server = serve(town(75))
    given = await found(connector, "21231")
    assert len(given) == 150
    assert sorted(len(call["_id"].split(",")) for call in server.asked("Practitioner")) == [26, 49]


async def test_long_queries_are_posted(serve: Any) -> None:
    connector, server = serve([organization("o", "210000001", category="223", **DIJON)])
    asked = [c.insee for c in gazetteer().by_departement("21") if len(c.name) > 12][:90]
    assert await found(connector, *asked, "21231") == ["finess-210000001"]
    methods = {(method, path) for method, path, params in server.calls if "address-city" in params}
    assert methods == {("POST", "/fhir/v2/Organization/_search")}


async def test_after_is_opaque_and_not_anybodys(serve: Any) -> None:
    connector, server = serve(town(8))
    server.page_size = 2
    first = await connector.search(Query(where=communes("21231")))
    assert first.after is not None
    assert first.after.isascii()
    assert "http" not in first.after
    calls = len(server.calls)
    for bad in ("", "x", "é", "AAAA", "k8DAwA==", first.after[:-8]):
        with pytest.raises(Refused):
            await connector.search(Query(where=communes("21231"), after=bad))
    with pytest.raises(Refused):
        await connector.search(Query(where=InDepartement("21"), after=first.after))
    assert len(server.calls) == calls


async def test_a_page_link_to_another_server_is_not_followed(serve: Any) -> None:
    connector, server = serve(town(1))
    for link in ("https://elsewhere.example/_page?id=1", "http://[", "/x y", "/\x00", "/" + "x" * 9_000):
        after = urlsafe_b64encode(msgspec.msgpack.encode([link])).decode()
        with pytest.raises(BadData):
            await connector.search(Query(where=InDepartement("21"), after=after))
    assert server.calls == []


async def test_a_commune_without_postal_code_asks_nothing(serve: Any) -> None:
    connector, server = serve(town(1))
    assert await found(connector, "98411") == []
    assert server.calls == []


async def test_actions_are_not_known_here(serve: Any) -> None:
    connector, server = serve(public_examples())
    assert (await connector.search(Query(where=communes("75114"), kind=Kind.ACTION))).records == ()
    assert server.calls == []
