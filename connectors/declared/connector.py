"""The connector of a declared directory."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
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
    Where,
)
from connectors.declared import paging
from connectors.declared.entries import ANYWHERE, Place, Reader
from connectors.declared.paging import MAX_PAGES, Progress
from connectors.declared.settings import Settings
from connectors.declared.templates import filled, is_key
from connectors.declared.values import at, count, insee
from connectors.errors import BadData, Refused
from connectors.gazetteer import gazetteer
from connectors.http import HttpDoor
from connectors.records import StructureRecord

KEYS_A_WALK = 50
"""Keys looked for in one walk through a list that cannot be asked by key."""


class _Asked(Struct, frozen=True):
    """A question in the directory's words: its parameters, and the place where the answers must lie."""

    parameters: Mapping[str, str] = {}
    place: Place = ANYWHERE


class _Answer(Struct, frozen=True):
    """A page as it came: its entries, the total it tells, the way on and the entries that cannot be reached."""

    entries: list[Any]
    total: int | None
    after: Progress | None
    out_of_reach: int


class Declared:
    """A connector to a list of JSON entries over HTTP, as the settings describe it.

    `get` asks by key where the settings say how; a key that begins with its commune is looked for there; else
    it walks through the whole list, once for all the keys.
    """

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._reader = Reader(context.source, settings)
        self._door = HttpDoor.of(
            context,
            settings.url,
            headers={settings.header: context.secret} if context.secret else None,
            calls_per_second=settings.calls_per_second,
            connections=settings.connections,
        )
        self._info = _info(settings, context)

    @property
    def info(self) -> SourceInfo:
        """What the source is and can; constant."""
        return self._info

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """The entries of these keys; what has not the form of a key is never sent, and absent."""
        if kind is not Kind.STRUCTURE:
            return {}
        wanted = [key for key in dict.fromkeys(keys) if is_key(key, numeric=self._settings.numeric_keys)]
        if self._settings.key_tells_commune:
            parts = [
                await self._look_for({key}, self._in_commune(code))
                for key in wanted
                if (code := insee(key.rpartition("-")[0]))
            ]
            return {key: record for part in parts for key, record in part.items()}
        if not (self._settings.by_key or self._settings.entry_url):
            return await self._look_for(set(wanted), {})
        found = {key: await self._one(key) for key in wanted}
        return {key: record for key, record in found.items() if record}

    def _in_commune(self, code: str) -> dict[str, str]:
        return filled(self._settings.by_commune, "insee", code)

    async def _one(self, key: str) -> StructureRecord | None:
        if self._settings.entry_url:
            url = self._settings.entry_url.replace("{key}", quote(key, safe=""))
            entry = await self._door.find(url, dict[str, Any])
            return None if entry is None else self._read(entry, key)
        answer = await self._ask(filled(self._settings.by_key, "key", key), Progress())
        entry = next((entry for entry in answer.entries if self._reader.key(entry) == key), None)
        return None if entry is None else self._read(entry, key)

    def _read(self, entry: Any, key: str) -> StructureRecord:
        record = self._reader.record(entry)
        if record is None or record.key != key:
            raise BadData(self._info.id, "an entry cannot be read", detail=f"{key}: no name, or another key")
        return record

    async def _look_for(self, wanted: set[str], asked: Mapping[str, str]) -> dict[str, Record]:
        """The records of these keys among what is asked for, read no further than needed."""
        found: dict[str, Record] = {}
        now: Progress | None = Progress()
        while now is not None and found.keys() != wanted:
            answer = await self._ask(asked, now)
            for entry in answer.entries:
                if self._reader.key(entry) in wanted and (record := self._reader.record(entry)):
                    found.setdefault(record.key, record)
            now = answer.after
        return found

    async def search(self, query: Query) -> Page:
        """The entries of a commune, of a département or of the whole list, `paging.size` at a time."""
        if query.kind is not Kind.STRUCTURE:
            return Page(records=())
        asked = self._asked(query.where)
        now = Progress() if query.after is None else paging.progress(query.after)
        if now is None:
            raise Refused(self._info.id, "does not know this page", detail=f"after={(query.after or '')[:40]!r}")
        if asked is None:
            return Page(records=(), total=0)
        return self._page(await self._ask(asked.parameters, now), asked.place)

    def _asked(self, where: Where) -> _Asked | None:
        """A question in the directory's words; None about a place that it does not cover."""
        settings, places = self._settings, gazetteer()
        match where:
            case InCommunes(communes=(commune,)) if settings.by_commune:
                known = commune.insee in places.communes and self._covers(commune.departement)
                found = _Asked(self._in_commune(commune.insee), Place(commune=commune))
            case InDepartement(code=code) if settings.by_departement:
                known = code in places.departements and self._covers(code)
                found = _Asked(filled(settings.by_departement, "departement", code), Place(departement=code))
            case Everywhere() if settings.everywhere:
                known, found = True, _Asked()
            case _:
                raise Refused(self._info.id, "cannot be asked that", detail=type(where).__name__)
        return found if known else None

    def _covers(self, departement: str) -> bool:
        return not self._settings.departements or departement in self._settings.departements

    async def _ask(self, asked: Mapping[str, str], now: Progress) -> _Answer:
        settings = self._settings
        if now.pages >= MAX_PAGES:
            raise BadData(self._info.id, "its pages do not end", detail=f"{now.pages} pages, {now.entries} entries")
        if now.link:
            body = await self._door.follow(now.link, object)
        else:
            parameters = {**settings.parameters, **asked, **paging.parameters(settings.paging, now)}
            body = await self._door.get(settings.url, object, params=list(parameters.items()))
        entries = at(body, settings.results)
        if not isinstance(entries, list):
            raise BadData(self._info.id, "the answer is not in its format", detail=f"{settings.results!r}: no list")
        total = count(at(body, settings.total)) if settings.total else None
        after = paging.following(settings.paging, now, body, given=len(entries), total=total)
        lost = paging.out_of_reach(settings.paging, now, given=len(entries), total=total) if after is None else 0
        return _Answer(entries, total, after, lost)

    def _page(self, answer: _Answer, place: Place) -> Page:
        """The records that lie in the place. An entry that cannot be placed, or has another's key, is unreadable."""
        records: dict[str, StructureRecord] = {}
        unreadable = answer.out_of_reach
        for entry in answer.entries:
            record = self._reader.record(entry, place)
            lies = _lies_in(record, place) if record else None
            if record is None or lies is None:
                unreadable += 1
            elif lies:
                unreadable += records.setdefault(record.key, record) != record
        return Page(
            records=tuple(records.values()),
            after=answer.after.token if answer.after else None,
            total=answer.total,
            unreadable=unreadable,
        )

    async def ping(self) -> None:
        """Ask for one entry of the list."""
        smallest = msgspec.structs.replace(self._settings.paging, size=1)
        parameters = {**self._settings.parameters, **paging.parameters(smallest, Progress())}
        body = await self._door.get(self._settings.url, object, params=list(parameters.items()))
        if not isinstance(at(body, self._settings.results), list):
            raise BadData(self._info.id, "the answer is not in its format")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._door.aclose()


def _lies_in(record: StructureRecord, place: Place) -> bool | None:
    """Whether a record lies in a place; None when it does not tell."""
    address = record.address
    if place.commune:
        return address.insee == place.commune.insee if address and address.insee else None
    if place.departement:
        return address.departement == place.departement if address and address.departement else None
    return True


def _info(settings: Settings, context: Context) -> SourceInfo:
    asks: dict[type[Struct], object] = {
        InCommunes: settings.by_commune,
        InDepartement: settings.by_departement,
        Everywhere: settings.everywhere,
    }
    walks = not (settings.by_key or settings.entry_url or settings.key_tells_commune)
    return SourceInfo(
        id=context.source,
        name=settings.name or context.source,
        kind=SourceKind.PARTNER_DIRECTORY,
        institution=settings.institution or None,
        url=settings.site or None,
        licence=settings.licence or None,
        asks=frozenset(where for where, how in asks.items() if how),
        batch_size=KEYS_A_WALK if walks else 1,
        communes_per_call=1,
        max_departements=13 if settings.by_departement else 1,
        concurrency=settings.connections,
        calls_per_second=settings.calls_per_second,
        ttl=settings.ttl,
    )
