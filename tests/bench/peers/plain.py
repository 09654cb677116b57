"""Strawberry with resolvers written by hand: httpx, a DataLoader for each directory, no cache.

UPSTREAM=http://127.0.0.1:9900 PORT=9101 python tests/bench/peers/plain.py
"""

import os
from typing import Any

import httpx
import strawberry
import uvicorn
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader

client = httpx.AsyncClient(base_url=os.environ.get("UPSTREAM", ""), timeout=30)


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

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Childcare":
        return cls(
            id=row["id"],
            capacity=row["capacity"],
            open_places=row["openPlaces"],
            age_min_months=row["ageMinMonths"],
            age_max_months=row["ageMaxMonths"],
            phone=row["phone"],
            waiting_list=row["waitingList"],
            updated_at=row["updatedAt"],
            slots=[Slot(**slot) for slot in row["slots"]],
        )


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

    @classmethod
    def of(cls, resource: dict[str, Any]) -> "Health":
        return cls(
            id=resource["id"],
            active=resource["active"],
            name=resource["name"],
            comment=resource["comment"],
            appointment_required=resource["appointmentRequired"],
            telecom=[Telecom(**telecom) for telecom in resource["telecom"]],
            specialty=[Specialty(**specialty) for specialty in resource["specialty"]],
            available_time=[
                AvailableTime(
                    days_of_week=time["daysOfWeek"],
                    available_start_time=time["availableStartTime"],
                    available_end_time=time["availableEndTime"],
                )
                for time in resource["availableTime"]
            ],
        )


@strawberry.type
class Address:
    street: str
    postcode: str
    city: str


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

    @strawberry.field
    async def childcare(self, info: strawberry.Info) -> Childcare | None:
        return await info.context["childcare"].load(self.id)

    @strawberry.field
    async def health(self, info: strawberry.Info) -> Health | None:
        return await info.context["health"].load(self.id)


async def load_childcare(ids: list[str]) -> list[Childcare | None]:
    rows = (await client.get("/childcare/records", params={"ids": ",".join(ids)})).json()
    found = {row["id"]: Childcare.of(row) for row in rows}
    return [found.get(id_) for id_ in ids]


async def load_health(ids: list[str]) -> list[Health | None]:
    bundle = (await client.get("/fhir/HealthcareService", params={"_id": ",".join(ids)})).json()
    found = {entry["resource"]["id"]: Health.of(entry["resource"]) for entry in bundle["entry"]}
    return [found.get(id_) for id_ in ids]


@strawberry.type
class Query:
    @strawberry.field
    async def structures(self, limit: int, offset: int) -> list[Structure]:
        rows = (await client.get("/registry/structures", params={"limit": limit, "offset": offset})).json()
        return [Structure(**{**row, "address": Address(**row["address"])}) for row in rows]


class Application(GraphQL[dict[str, Any], None]):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"childcare": DataLoader(load_childcare), "health": DataLoader(load_health)}


if __name__ == "__main__":
    uvicorn.run(Application(strawberry.Schema(Query)), port=int(os.environ["PORT"]), log_level="warning")
