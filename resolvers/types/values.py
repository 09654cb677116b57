"""Values without an id of their own: addresses, positions, contacts, codes."""

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
def _commune(root: "Address", info: Info) -> Territory | None:
    commune = info.context.federation.gazetteer.communes.get(root.insee_code) if root.insee_code else None
    return territory_of_commune(commune) if commune else None


@strawberry.type(description='A postal address ("adresse").')
class Address:
    street: str | None = strawberry.field(description='Number and street ("voie").')
    complement: str | None = strawberry.field(description='Building, floor and the like ("complément").')
    postal_code: PostalCode | None = strawberry.field(description='Postal code ("code postal"), CEDEX codes too.')
    city: str | None = strawberry.field(description="City, as the directory writes it.")
    insee_code: InseeCode | None = strawberry.field(description="INSEE code of the commune.")
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
    from_: date | None = strawberry.field(name="from", description="From when on.")
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


def address_of(entry: Entry) -> Address | None:
    """The address shown for an entry."""
    a = entry.pick(lambda r: r.address)
    if a is None:
        return None
    return Address(
        street=a.street,
        complement=a.complement,
        postal_code=PostalCode(a.postal_code) if a.postal_code else None,
        city=a.city,
        insee_code=InseeCode(a.insee) if a.insee else None,
    )


def position_of(entry: Entry) -> Position | None:
    """The position shown for an entry."""
    p = entry.site.position
    return Position(latitude=p.latitude, longitude=p.longitude, precision=p.precision) if p else None


def contact_of(entry: Entry) -> Contact | None:
    """The contact shown: each detail from the first record that has it."""
    phone = entry.pick(lambda r: r.contact.phone if r.contact else None)
    email = entry.pick(lambda r: r.contact.email if r.contact else None)
    website = entry.pick(lambda r: r.contact.website if r.contact else None)
    if not (phone or email or website):
        return None
    return Contact(
        phone=PhoneNumber(phone) if phone else None,
        email=Email(email) if email else None,
        website=URL(website) if website else None,
    )


def availability_of(entry: Entry) -> Availability | None:
    """The free places shown for an entry."""
    a = entry.pick(lambda r: r.availability)
    return Availability(has_places=a.has_places, from_=a.available_from, checked_at=a.checked_at) if a else None


def accessibility_of(entry: Entry) -> Accessibility | None:
    """The accessibility shown for an entry."""
    a = entry.pick(lambda r: r.accessibility)
    return Accessibility(url=URL(a.url) if a.url else None, description=a.description) if a else None


def coding_of(coding: records.Coding) -> Coding:
    """A coding as the API shows it."""
    return Coding(system=coding.system, code=coding.code, label=coding.label)
