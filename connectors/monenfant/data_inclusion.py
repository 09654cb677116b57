"""The structures of the data·inclusion API v1, monenfant.fr's crèches first."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from connectors.contract import (
    Context,
    Everywhere,
    InCommunes,
    InDepartement,
    Kind,
    Page,
    Query,
    Record,
    SourceInfo,
    SourceKind,
)
from connectors.errors import BadData, Refused
from connectors.http import HttpDoor
from connectors.monenfant.settings import Settings
from connectors.monenfant.structures import MONENFANT, read_structure, structure_id


class _Structures(Struct):
    """A page of `/structures` (fastapi-pagination); `page` begins at 1."""

    items: list[Any]
    total: int
    page: int
    size: int
    pages: int


class _Source(Struct):
    slug: str


class DataInclusion:
    """A connector to data·inclusion.

    Keys: for the source monenfant, what follows "monenfant--" in the id, so that both ways to monenfant.fr
    give the same keys; for any other source of data·inclusion, the id as it is ("dora--…").
    """

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._door = HttpDoor.of(
            context,
            settings.data_inclusion_url,
            headers={"authorization": f"Bearer {context.secret or 'sandbox'}"},
            calls_per_second=settings.calls_per_second,
            connections=settings.connections,
        )
        self._info = _info(settings, context)

    @property
    def info(self) -> SourceInfo:
        """What the source is and can; constant."""
        return self._info

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """The structures of these keys; the API has no list of ids, hence one call for each."""
        found: dict[str, Record] = {}
        for key in dict.fromkeys(keys) if kind is Kind.STRUCTURE else ():
            if (record := await self._one(key)) is not None:
                found[key] = record
        return found

    async def _one(self, key: str) -> Record | None:
        id_ = structure_id(key, self._settings.sources)
        if id_ is None:
            return None
        answer = await self._door.find(f"structures/{quote(id_, safe='')}", dict[str, Any])
        if answer is None:
            return None
        record = read_structure(self._info.id, answer, self._settings.sources)
        if record is None or record.key != key:
            raise BadData(
                self._info.id, "a structure cannot be read", detail=f"structures/{id_}: no id, name or source"
            )
        return record

    async def search(self, query: Query) -> Page:
        """The structures of a commune, of a département or of all France, `page_size` at a time."""
        if query.kind is not Kind.STRUCTURE:
            return Page(records=())
        where, insee = self._where(query)
        number = _page_number(self._info.id, query.after)
        answer = await self._door.get(
            "structures",
            _Structures,
            params=[
                *(("sources", name) for name in self._settings.sources),
                *where,
                ("page", str(number)),
                ("size", str(self._settings.page_size)),
            ],
        )
        return self._page(answer, number, insee)

    def _where(self, query: Query) -> tuple[tuple[tuple[str, str], ...], str | None]:
        """The filters of a place, and the INSEE code that its structures must have."""
        match query.where:
            case InCommunes(communes=(commune,)):
                return (("code_commune", commune.insee),), commune.insee
            case InDepartement(code=code):
                return (("code_departement", code),), None
            case Everywhere():
                return (), None
        raise Refused(self._info.id, "cannot be asked that", detail=type(query.where).__name__)

    def _page(self, answer: _Structures, number: int, insee: str | None) -> Page:
        records: dict[str, Record] = {}
        unreadable = 0
        for item in answer.items:
            if isinstance(item, dict) and _of_other_source(item, self._settings.sources):
                continue
            record = read_structure(self._info.id, item, self._settings.sources)
            if record is None:
                unreadable += 1
            elif insee is None or (record.address and record.address.insee == insee):
                records.setdefault(record.key, record)
        more = bool(answer.items) and number < answer.pages
        return Page(
            records=tuple(records.values()),
            after=str(number + 1) if more else None,
            total=answer.total,
            unreadable=unreadable,
        )

    async def ping(self) -> None:
        """Ask for the list of sources, which is short."""
        await self._door.get("sources", list[_Source])

    async def aclose(self) -> None:
        """Close the connections."""
        await self._door.aclose()


def _of_other_source(item: Mapping[str, Any], sources: Sequence[str]) -> bool:
    source = item.get("source")
    return isinstance(source, str) and source not in sources


def _page_number(source: str, after: str | None) -> int:
    if after is None:
        return 1
    if not (after.isascii() and after.isdigit() and len(after) < 10):
        raise Refused(source, "does not know this page", detail=f"after={after[:40]!r}")
    return int(after)


def _info(settings: Settings, context: Context) -> SourceInfo:
    cnaf = MONENFANT in settings.sources
    return SourceInfo(
        id=context.source,
        name="monenfant.fr" if cnaf else f"data·inclusion ({', '.join(settings.sources)})",
        kind=SourceKind.REFERENCE_DIRECTORY if cnaf else SourceKind.PARTNER_DIRECTORY,
        institution="Caisse nationale des allocations familiales (Cnaf)" if cnaf else None,
        url="https://monenfant.fr" if cnaf else "https://data.inclusion.gouv.fr",
        sandbox=context.sandbox is not None,
        asks=frozenset({InCommunes, InDepartement, Everywhere}),
        batch_size=1,
        communes_per_call=1,
        max_departements=13,
        concurrency=settings.connections,
        calls_per_second=settings.calls_per_second,
        ttl=600.0,
    )
