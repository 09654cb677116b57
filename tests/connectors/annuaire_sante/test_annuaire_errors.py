"""What the directory and the gateway in front of it answer when all is not well."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from annuaire_server import DATA, FHIR_JSON, bundle, organization, outcome, practitioner, role
from starlette.requests import Request
from starlette.responses import Response

from connectors.annuaire_sante import AnnuaireSante, Settings, build, plugin
from connectors.contract import Context, InCommunes, InDepartement, Kind, PractisingAt, Query, WithIdentifiers
from connectors.errors import BadData, Refused, SourceError, Unavailable
from connectors.gazetteer import gazetteer

DIJON = Query(where=InCommunes((gazetteer().communes["21231"],)))
COTE_D_OR = Query(where=InDepartement("21"))
TOWN = [
    organization(f"o{n}", f"21000000{n}", insee="21231", postal_code="21000", city="DIJON", category="223")
    for n in range(3)
]


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (outcome(400, "HAPI-0524: unknown parameter"), Refused),
        (outcome(412, "precondition"), Refused),
        (Response("Unauthorized", 401, media_type="text/plain"), Refused),
        (Response('{"message":"Forbidden"}', 403, media_type="application/json"), Refused),
        (outcome(404, "HAPI-0302: unknown"), Unavailable),
        (outcome(410, "gone"), Unavailable),
        (outcome(500, "HAPI-0389: failed"), Unavailable),
        (Response("<html>Bad gateway", 502, media_type="text/html"), Unavailable),
        (Response("upstream request timeout", 504, media_type="text/plain"), Unavailable),
        (Response('{"resourceType":"Bundle","entry":[', 200, media_type=FHIR_JSON), BadData),
        (Response("<html>", 200, media_type="text/html"), BadData),
        (Response("[]", 200, media_type=FHIR_JSON), BadData),
        (Response('{"resourceType":"Bundle","entry":{}}', 200, media_type=FHIR_JSON), BadData),
        (Response('{"resourceType":"Bundle","link":[{"relation":"next"}]}', 200), BadData),
        (Response('{"resourceType":"Bundle","link":[{"relation":"next","url":""}]}', 200), BadData),
        (Response('{"resourceType":"Practitioner","id":"1"}', 200, media_type=FHIR_JSON), BadData),
        (outcome(200, "all is not well"), BadData),
    ],
)
async def test_failures(serve: Any, response: Response, error: type[SourceError]) -> None:
    connector, server = serve(TOWN)
    server.fault = lambda _: response
    calls: list[Callable[[], Any]] = [
        lambda: connector.search(DIJON),
        lambda: connector.get(Kind.STRUCTURE, ["finess-210000001"]),
        connector.ping,
    ]
    for call in calls:
        with pytest.raises(error) as raised:
            await call()
        assert type(raised.value) in error.__subclasses__() or type(raised.value) is error
        assert raised.value.source == "annuaire_sante"


async def test_429_says_when(serve: Any) -> None:
    connector, server = serve(TOWN)
    server.fault = lambda _: Response("slow down", 429, headers={"retry-after": "7"})
    with pytest.raises(Unavailable) as raised:
        await connector.ping()
    assert raised.value.retry_after == 7


async def test_diagnostics_go_to_the_log_only(serve: Any) -> None:
    connector, server = serve(TOWN)
    body = (DATA / "operationoutcome_v2_unknown_resource.json").read_bytes()
    for status in (200, 400, 500):
        server.fault = lambda _, status=status: Response(body, status, media_type=FHIR_JSON)
        with pytest.raises(SourceError) as raised:
            await connector.ping()
        assert "HAPI-0302" in raised.value.detail
        assert "HAPI-0302" not in raised.value.message


async def test_a_stale_page_link_is_unavailable(serve: Any) -> None:
    connector, server = serve(TOWN)
    server.page_size = 2
    first = await connector.search(COTE_D_OR)
    assert first.after is not None
    stale = outcome(500, "HAPI-0513: Search ID does not exist and may have expired")
    server.fault = lambda request: stale if "_page" in request.url.path else None
    with pytest.raises(Unavailable):
        await connector.search(Query(where=COTE_D_OR.where, after=first.after))


async def test_the_failure_of_one_call_among_several_is_the_answer(serve: Any) -> None:
    connector, server = serve([*TOWN, practitioner("p", "10000000001"), role("r", "p", "o1")])

    def refuse_practitioners(request: Request) -> Response | None:
        return Response("no", 403) if "Practitioner" in request.url.path else None

    server.fault = refuse_practitioners
    with pytest.raises(Refused):
        await connector.search(DIJON)
    with pytest.raises(Refused):
        await connector.get(Kind.STRUCTURE, ["finess-210000001", "rpps-10000000001.finess-210000001"])


async def test_pages_that_go_round_in_circles_are_bad_data(serve: Any) -> None:
    connector, server = serve(TOWN)
    server.fault = lambda _: bundle(TOWN[:1], [{"relation": "next", "url": "/fhir/v2/_page?id=1"}])
    with pytest.raises(BadData):
        await connector.get(Kind.STRUCTURE, ["finess-210000001"])


async def test_ping_is_one_small_call(serve: Any) -> None:
    connector, server = serve(TOWN)
    await connector.ping()
    assert server.calls == [("GET", "/fhir/v2/Practitioner", {"_count": "1"})]


async def test_the_key_goes_with_every_call_page_links_included(serve: Any) -> None:
    connector, server = serve(TOWN, secret="s3cret", page_size=2)
    first = await connector.search(COTE_D_OR)
    await connector.search(Query(where=COTE_D_OR.where, after=first.after))
    await connector.ping()
    assert server.keys == ["s3cret"] * 3
    assert first.after is not None
    server.fault = lambda _: Response("no", 401)
    with pytest.raises(Refused) as raised:
        await connector.ping()
    assert "s3cret" not in raised.value.detail + str(raised.value)


async def test_the_sandbox_needs_no_key(serve: Any) -> None:
    connector, server = serve(TOWN)
    await connector.ping()
    assert server.keys == ["sandbox"]


async def test_info_is_constant_and_complete(connect: Any) -> None:
    connector = connect(None, secret="x")
    info = connector.info
    assert info.asks == {InCommunes, InDepartement, WithIdentifiers, PractisingAt}
    assert (info.id, info.sandbox, info.narrows, info.batch_size) == ("annuaire_sante", False, True, 40)
    assert connector.info is info


async def test_without_key_nor_sandbox_none_is_sent() -> None:
    connector = build(Settings(), Context(source="annuaire_sante", data=Path("unused")))
    assert isinstance(connector, AnnuaireSante)
    assert connector.info.sandbox is False
    await connector.aclose()


@pytest.mark.parametrize("odd", [{"page_size": 201}, {"page_size": 0}, {"calls_per_second": 18}, {"url": "x"}])
def test_odd_settings_are_refused(odd: dict[str, Any]) -> None:
    assert msgspec.convert({}, plugin.settings) == Settings()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(odd, plugin.settings)
