"""The benchmark's three directories as connectors: a registry by pages, childcare and health records by ids.

They follow the contract of every connector and stand behind the same guards; only their records are their own, since
what the peers answer is not a structure of the 1000 premiers jours. `ttl` 0: each question reaches the directory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from connectors.contract import Everywhere, Kind, Page, Query, SourceInfo, SourceKind
from connectors.http import HttpDoor

LIMIT = 20
"""Structures of one page, as the benchmark asks for them."""

CONNECTIONS = 64


class Address(Struct, frozen=True):
    street: str
    postcode: str
    city: str


class Structure(Struct, frozen=True):
    id: str
    name: str
    category: str
    lat: float
    lng: float
    priorities: list[str]
    actions: list[str]
    address: Address


class Slot(Struct, frozen=True):
    day: str
    start: str
    end: str
    places: int


class Childcare(Struct, frozen=True, rename="camel"):
    id: str
    capacity: int
    open_places: int
    age_min_months: int
    age_max_months: int
    phone: str
    waiting_list: bool
    updated_at: str
    slots: list[Slot]


class Telecom(Struct, frozen=True):
    system: str
    value: str


class Specialty(Struct, frozen=True):
    text: str


class AvailableTime(Struct, frozen=True, rename="camel"):
    days_of_week: list[str]
    available_start_time: str
    available_end_time: str


class Health(Struct, frozen=True, rename="camel"):
    """The fields of a FHIR HealthcareService that the query can ask for."""

    id: str
    active: bool
    name: str
    comment: str
    appointment_required: bool
    telecom: list[Telecom]
    specialty: list[Specialty]
    available_time: list[AvailableTime]


class _Entry(Struct, frozen=True):
    resource: Health


class _Bundle(Struct, frozen=True):
    entry: list[_Entry]


def _info(id_: str, ttl: float) -> SourceInfo:
    return SourceInfo(
        id=id_,
        name=id_,
        kind=SourceKind.PARTNER_DIRECTORY,
        asks=frozenset({Everywhere}),
        batch_size=1_000,
        concurrency=CONNECTIONS,
        ttl=ttl,
    )


@dataclass(frozen=True, slots=True)
class _Directory:
    """What the three have in common: a door, and nothing to ask for that they do not have."""

    door: HttpDoor
    info: SourceInfo

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Any]:
        return {}

    async def search(self, query: Query) -> Page:
        return Page(records=())

    async def ping(self) -> None:
        await self.search(Query(where=Everywhere()))

    async def aclose(self) -> None:
        await self.door.aclose()


class Registry(_Directory):
    """Structures by offset: the cursor of a page is its offset, with the number of structures after a comma."""

    async def search(self, query: Query) -> Page:
        offset, _, limit = (query.after or f"0,{LIMIT}").partition(",")
        params = [("limit", limit), ("offset", offset)]
        found = await self.door.get("registry/structures", list[Structure], params=params)
        return Page(records=tuple(found))  # type: ignore[arg-type]


class ChildcareDirectory(_Directory):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Any]:
        found = await self.door.get("childcare/records", list[Childcare], params=[("ids", ",".join(keys))])
        return {record.id: record for record in found}


class HealthDirectory(_Directory):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Any]:
        found = await self.door.get("fhir/HealthcareService", _Bundle, params=[("_id", ",".join(keys))])
        return {entry.resource.id: entry.resource for entry in found.entry}


def directories(door: Any, ttl: float) -> dict[str, _Directory]:
    """The three directories; `door` opens the HTTP door of a source."""
    return {
        "registry": Registry(door("registry"), _info("registry", ttl)),
        "childcare": ChildcareDirectory(door("childcare"), _info("childcare", ttl)),
        "health": HealthDirectory(door("health"), _info("health", ttl)),
    }
