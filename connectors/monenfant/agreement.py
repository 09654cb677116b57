"""The JSON service behind monenfant.fr, for a hub that has an agreement with the Cnaf.

Never called without one: the site stands behind a captcha, which answers HTML and so is `BadData` here.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from msgspec import Meta, Struct

from connectors.contract import Context, InCommunes, Kind, Page, Query, Record, SourceInfo, SourceKind
from connectors.errors import BadData, Refused
from connectors.gazetteer import Commune
from connectors.http import HttpDoor, Params
from connectors.monenfant.bearer import BearerToken, Headers
from connectors.monenfant.childcare import read_detail, read_result
from connectors.monenfant.natures import type_and_id
from connectors.monenfant.settings import Settings

TOKEN_PATH = "o/isu-service/isu/getAngularToken"  # noqa: S105 (a path, not a secret)
PLACES_PATH = "api/monenfantmodedegardefront/v1/modedegarde"

MARGIN_M = 500
"""Metres added to a commune's reach: the service's distances are not ours."""


class _Token(Struct):
    access_token: Annotated[str, Meta(min_length=1)]


class _Results(Struct, rename="camel"):
    """A page of a search; `page` begins at 0. Absent `main_results` are none."""

    main_results: list[Any] | None
    total_pages: int | None = None
    last_page: bool | None = None


def _now() -> datetime:
    return datetime.now(UTC)


class Agreement:
    """A connector to the service behind monenfant.fr.

    A search asks for a circle around the commune and keeps what lies in the commune. A key is the id of a
    crèche as it is (as at data·inclusion), else the type and the id ("am-123"). `clock` says when the service
    is asked.
    """

    def __init__(self, settings: Settings, context: Context, *, clock: Callable[[], datetime] = _now) -> None:
        self._settings = settings
        self._clock = clock
        self._credential = context.secret or "sandbox"
        self._door = HttpDoor.of(
            context,
            settings.agreement_url,
            calls_per_second=settings.calls_per_second,
            connections=settings.connections,
        )
        self._bearer = BearerToken(self._ask_token)
        self._info = _info(settings, context)

    @property
    def info(self) -> SourceInfo:
        """What the source is and can; constant."""
        return self._info

    async def _ask_token(self) -> str:
        answer = await self._door.get(TOKEN_PATH, _Token, headers={"authorization": self._credential})
        return answer.access_token

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """The details of these keys; the service gives them one by one, without availability."""
        found: dict[str, Record] = {}
        for key in dict.fromkeys(keys) if kind is Kind.STRUCTURE else ():
            if (record := await self._one(key)) is not None:
                found[key] = record
        return found

    async def _one(self, key: str) -> Record | None:
        told = type_and_id(key)
        if told is None:
            return None
        type_, id_ = told
        word = self._settings.detail_types.get(type_, type_)
        path = f"{PLACES_PATH}/{quote(word, safe='')}/{quote(id_, safe='')}"

        async def send(headers: Headers) -> dict[str, Any] | None:
            return await self._door.find(path, dict[str, Any], headers=headers)

        detail = await self._bearer.call(send)
        if detail is None:
            return None
        record = read_detail(self._info.id, key, detail)
        if record is None:
            raise BadData(self._info.id, "a place cannot be read", detail=f"{path}: no name, or another id")
        return record

    async def search(self, query: Query) -> Page:
        """The places of a commune; a page may hold none of them although more follow."""
        if query.kind is not Kind.STRUCTURE:
            return Page(records=())
        match query.where:
            case InCommunes(communes=(commune,)):
                pass
            case _:
                raise Refused(self._info.id, "cannot be asked that", detail=type(query.where).__name__)
        number = self._page_number(query.after)
        params = self._params(commune, number)

        async def send(headers: Headers) -> _Results:
            return await self._door.get(f"{PLACES_PATH}/search", _Results, params=params, headers=headers)

        return self._page(await self._bearer.call(send), number, commune)

    def _params(self, commune: Commune, number: int) -> Params:
        if commune.latitude is None or commune.longitude is None:
            raise Refused(self._info.id, "cannot be asked about a commune whose outline is not known")
        names = self._settings.search_parameters
        return [
            (names.x, f"{commune.longitude:.6f}"),
            (names.y, f"{commune.latitude:.6f}"),
            (names.radius, str(round(commune.reach_km * 1000) + MARGIN_M)),
            (names.structure, self._settings.structure_separator.join(self._settings.structure_types)),
            (names.page, str(number)),
        ]

    def _page_number(self, after: str | None) -> int:
        if after is None:
            return 0
        if not (after.isascii() and after.isdigit() and len(after) < 10):
            raise Refused(self._info.id, "does not know this page", detail=f"after={after[:40]!r}")
        return int(after)

    def _page(self, answer: _Results, number: int, commune: Commune) -> Page:
        records: dict[str, Record] = {}
        unreadable, checked_at = 0, self._clock()
        for entry in answer.main_results or ():
            found = read_result(self._info.id, entry, around=commune, checked_at=checked_at)
            if found is None:
                unreadable += 1
            elif found[1].insee == commune.insee:
                records.setdefault(found[0].key, found[0])
        last = not answer.main_results or answer.last_page is True
        last = last or (answer.total_pages is not None and number + 1 >= answer.total_pages)
        return Page(records=tuple(records.values()), after=None if last else str(number + 1), unreadable=unreadable)

    async def ping(self) -> None:
        """Ask for a new token: the cheapest call, which proves the credential too."""
        await self._ask_token()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._door.aclose()


def _info(settings: Settings, context: Context) -> SourceInfo:
    return SourceInfo(
        id=context.source,
        name="monenfant.fr",
        kind=SourceKind.REFERENCE_DIRECTORY,
        institution="Caisse nationale des allocations familiales (Cnaf)",
        url="https://monenfant.fr",
        sandbox=context.sandbox is not None,
        asks=frozenset({InCommunes}),
        batch_size=1,
        communes_per_call=1,
        max_departements=0,
        concurrency=settings.connections,
        calls_per_second=settings.calls_per_second,
        ttl=600.0,
    )
