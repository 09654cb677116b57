"""The peers' schema, answered by the hub's own machinery: a page of structures, each joined by one batch a directory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import directories
import strawberry

from connectors.contract import Connector, Everywhere, Kind, Query
from hub.engine import CompiledExecutor  # noqa: F401  # the executor that this schema is made for
from resolvers.batching import batched
from resolvers.federation.used import Used


@dataclass(frozen=True, slots=True)
class BoardContext:
    """What one request carries: the guarded directories, and what the engine and the answer cache want to find."""

    sources: Mapping[str, Connector]
    used: Used = field(default_factory=Used)
    batches: dict[Any, Any] = field(default_factory=dict)


@strawberry.type
class Address:
    street: str
    postcode: str
    city: str


@strawberry.type
class Slot:
    day: str
    start: str
    end: str
    places: int


@strawberry.type
class Childcare:
    id: strawberry.ID
    capacity: int
    open_places: int
    age_min_months: int
    age_max_months: int
    phone: str
    waiting_list: bool
    updated_at: str
    slots: list[Slot]


@strawberry.type
class Telecom:
    system: str
    value: str


@strawberry.type
class Specialty:
    text: str


@strawberry.type
class AvailableTime:
    days_of_week: list[str]
    available_start_time: str
    available_end_time: str


@strawberry.type
class Health:
    id: strawberry.ID
    active: bool
    name: str
    comment: str
    appointment_required: bool
    telecom: list[Telecom]
    specialty: list[Specialty]
    available_time: list[AvailableTime]


async def _of(source: str, roots: list[directories.Structure], info: Any) -> list[Any]:
    found = await info.context.sources[source].get(Kind.STRUCTURE, [root.id for root in roots])
    return [found.get(root.id) for root in roots]


async def _childcare(roots: list[directories.Structure], info: strawberry.Info) -> list[Childcare | Exception | None]:
    return await _of("childcare", roots, info)


async def _health(roots: list[directories.Structure], info: strawberry.Info) -> list[Health | Exception | None]:
    return await _of("health", roots, info)


@strawberry.type
class Structure:
    id: strawberry.ID
    name: str
    category: str
    lat: float
    lng: float
    priorities: list[str]
    actions: list[str]
    address: Address
    childcare: Childcare | None = strawberry.field(resolver=batched(_childcare))
    health: Health | None = strawberry.field(resolver=batched(_health))


async def _structures(
    info: strawberry.Info, limit: Annotated[int, "structures"], offset: Annotated[int, "structures"]
) -> list[Structure]:
    query = Query(where=Everywhere(), after=f"{offset},{limit}")
    page = await info.context.sources["registry"].search(query)
    return list(page.records)  # type: ignore[arg-type]


@strawberry.type
class Root:
    structures: list[Structure] = strawberry.field(resolver=_structures)


def build_schema() -> Any:
    """The schema as graphql-core has it."""
    return strawberry.Schema(query=Root)._schema
