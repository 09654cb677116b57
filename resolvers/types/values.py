"""Values without an id of their own: addresses, positions, contacts, codes.

They are shown as the directories' records hold them: their fields are the attributes of the record of the same name.
"""

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from connectors import records
from connectors.nomenclature import IdentifierScheme, PositionPrecision
from resolvers.federation.entries import Entry
from resolvers.lasting import lasting
from resolvers.request import Info
from resolvers.types import enums  # noqa: F401  # makes GraphQL enums of the nomenclature
from resolvers.types.scalars import URL, Email, InseeCode, PhoneNumber, PostalCode
from resolvers.types.territory import Territory, territory_of_commune


@lasting
def _commune(root: records.Address, info: Info) -> Territory | None:
    commune = info.context.federation.gazetteer.communes.get(root.insee) if root.insee else None
    return territory_of_commune(commune) if commune else None


@strawberry.type(description='A postal address ("adresse").')
class Address:
    street: str | None = strawberry.field(description='Number and street ("voie").')
    complement: str | None = strawberry.field(description='Building, floor and the like ("complément").')
    postal_code: PostalCode | None = strawberry.field(description='Postal code ("code postal"), CEDEX codes too.')
    city: str | None = strawberry.field(description="City, as the directory writes it.")
    insee: InseeCode | None = strawberry.field(name="inseeCode", description="INSEE code of the commune.")
    commune: Territory | None = strawberry.field(resolver=_commune, description="The commune, by its official name.")


@strawberry.type(description="A point (WGS 84).")
class Position:
    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")
    precision: PositionPrecision = strawberry.field(description="What the point stands for.")


@strawberry.type(description="How the public can reach a structure.")
class Contact:
    phone: PhoneNumber | None = strawberry.field(description="Telephone.")
    email: Email | None = strawberry.field(description="E-mail address.")
    website: URL | None = strawberry.field(description="Web site.")


@strawberry.type(description='Free places ("disponibilités"), as monenfant.fr tells them.')
class Availability:
    has_places: bool | None = strawberry.field(description="Whether there are free places; null when not said.")
    available_from: date | None = strawberry.field(name="from", description="From when on.")
    checked_at: datetime | None = strawberry.field(description="When the directory last knew.")


@strawberry.type(description='Access for people with a disability ("accessibilité").')
class Accessibility:
    url: URL | None = strawberry.field(description="Page that tells the access in detail (Acceslibre).")
    description: str | None = strawberry.field(description="As the directory words it.")


@strawberry.type(description="A code of a published terminology (FHIR Coding).")
class Coding:
    system: str = strawberry.field(description="URI of the terminology.")
    code: str = strawberry.field(description="The code.")
    label: str | None = strawberry.field(description="Its official French label.")


@strawberry.type(description="An official number.")
class Identifier:
    scheme: IdentifierScheme = strawberry.field(description="Who gave it.")
    value: str = strawberry.field(description="The number, without spaces.")


def contact_of(entry: Entry) -> records.Contact | None:
    """The contact shown: each detail from the first record that has it."""
    known = [contact for held in entry.helds if (contact := held.record.contact)]
    if not known:
        return None
    shown = known[0] if len(known) == 1 else _merged(known)
    return shown if shown.phone or shown.email or shown.website else None


def _merged(contacts: Sequence[records.Contact]) -> records.Contact:
    return records.Contact(
        phone=next((c.phone for c in contacts if c.phone), None),
        email=next((c.email for c in contacts if c.email), None),
        website=next((c.website for c in contacts if c.website), None),
    )
