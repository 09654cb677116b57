"""What a directory knows, as frozen typed values: the only thing that leaves a connector.

A record is validated where the directory's answer enters (in its connector); from there on it is trusted, and shown
as it is. What a directory does not say is None: no text is empty. Records hold no cycles, and there are many of them:
the collector of cycles need not look at them (`gc=False`).
"""

from datetime import date, datetime

from msgspec import Struct

from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    IdentifierScheme,
    PositionPrecision,
    PriorityBasis,
    PriorityCode,
    ProgrammeCode,
    SituationCode,
    StructureKind,
    SubcategoryCode,
    TerritoryKind,
)


class Identifier(Struct, frozen=True, gc=False):
    """An official number, in its canonical form (no spaces)."""

    scheme: IdentifierScheme
    value: str


class Address(Struct, frozen=True, kw_only=True, gc=False):
    """Where it is. `insee` (INSEE code of the commune) decides which cell the record belongs to."""

    street: str | None = None
    complement: str | None = None
    postal_code: str | None = None
    city: str | None = None
    insee: str | None = None
    departement: str | None = None


class Position(Struct, frozen=True, gc=False):
    """WGS 84, decimal degrees: latitude in [-90, 90], longitude in [-180, 180]."""

    latitude: float
    longitude: float
    precision: PositionPrecision = PositionPrecision.EXACT


class Contact(Struct, frozen=True, kw_only=True, gc=False):
    """Public contact details. `phone` is in E.164 form (+33…), `website` an http(s) URL."""

    phone: str | None = None
    email: str | None = None
    website: str | None = None


class Availability(Struct, frozen=True, kw_only=True, gc=False):
    """Free places (monenfant.fr): None means that the directory does not say."""

    has_places: bool | None = None
    available_from: date | None = None
    checked_at: datetime | None = None


class Accessibility(Struct, frozen=True, kw_only=True, gc=False):
    """Access for people with a disability, as the directory words it."""

    url: str | None = None
    description: str | None = None


class Coding(Struct, frozen=True, gc=False):
    """A code of a published terminology (FHIR Coding): `system` is its URI."""

    system: str
    code: str
    label: str | None = None


class RecordPriority(Struct, frozen=True, gc=False):
    """A priority that the directory itself knows; `action` is the key of the action that declares it."""

    code: PriorityCode
    basis: PriorityBasis
    action: str | None = None


class Participation(Struct, frozen=True, gc=False):
    """A part taken in a programme, with what the directory says of it."""

    programme: ProgrammeCode
    statement: str | None = None


class Registration(Struct, frozen=True, kw_only=True, gc=False):
    """What the public may know of a validated registration in the 1000 premiers jours registry."""

    situations: tuple[SituationCode, ...] = ()
    validated_on: date | None = None


class Territory(Struct, frozen=True, gc=False):
    """A named territory of action; `code` is its INSEE code, or None where the directory gives only the name."""

    kind: TerritoryKind
    name: str
    code: str | None = None


class Laureate(Struct, frozen=True, gc=False):
    """A call for projects won by an action: where (a région's name) and on which national axes (ranks)."""

    call: CallCode
    region: str | None = None
    axes: tuple[int, ...] = ()


class StructureRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A structure or a professional, as one directory knows it.

    `key` is stable in its source; `practises_at` holds keys of the same source; `same_as` holds global ids
    (`source--key`) of records of other directories which this one says it is ("a directory's own id quoted by
    another"). `laureates` are the calls won by the actions that it carries or hosts.
    """

    source: str
    key: str
    name: str
    kind: StructureKind
    category: CategoryCode
    subcategory: SubcategoryCode | None = None
    other_names: tuple[str, ...] = ()
    description: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    address: Address | None = None
    position: Position | None = None
    territory: Territory | None = None
    contact: Contact | None = None
    opening_hours: str | None = None
    availability: Availability | None = None
    accessibility: Accessibility | None = None
    languages: tuple[str, ...] = ()
    profession: Coding | None = None
    specialties: tuple[Coding, ...] = ()
    priorities: tuple[RecordPriority, ...] = ()
    programmes: tuple[Participation, ...] = ()
    laureates: tuple[Laureate, ...] = ()
    registration: Registration | None = None
    practises_at: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    updated_at: datetime | None = None
    url: str | None = None

    @property
    def id(self) -> str:
        """The global id of this record: `source--key`."""
        return f"{self.source}--{self.key}"

    @property
    def departement(self) -> str | None:
        """The département that it names itself, in its address or as its territory; not that of its commune."""
        if self.address and self.address.departement:
            return self.address.departement
        territory = self.territory
        return territory.code if territory and territory.kind is TerritoryKind.DEPARTEMENT else None


class ActionRecord(Struct, frozen=True, kw_only=True, gc=False):
    """An action for the 1000 premiers jours. `carrier`, `partners`, `places` are keys of structures of the source."""

    source: str
    key: str
    title: str
    other_titles: tuple[str, ...] = ()
    description: str | None = None
    priorities: tuple[PriorityCode, ...] = ()
    carrier: str | None = None
    partners: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    itinerant: bool = False
    territory: Territory | None = None
    audiences: tuple[str, ...] = ()
    key_moments: tuple[str, ...] = ()
    laureates: tuple[Laureate, ...] = ()
    programmes: tuple[ProgrammeCode, ...] = ()
    departements: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()
    updated_at: datetime | None = None
    url: str | None = None

    @property
    def id(self) -> str:
        """The global id of this action: `action--source--key`."""
        return f"action--{self.source}--{self.key}"

    @property
    def structures(self) -> tuple[str, ...]:
        """Keys of all structures that carry it, host it or take part in it."""
        return (*((self.carrier,) if self.carrier else ()), *self.places, *self.partners)
