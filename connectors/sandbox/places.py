"""The fictitious places of the sandbox, as typed values: what servers publish and what tests compare."""

from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias, TypeVar

from msgspec import Struct

from connectors.gazetteer import Commune
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode

T = TypeVar("T")


class Way(StrEnum):
    """A way by which a directory is reached: one server of the sandbox each."""

    ANNUAIRE_SANTE = "annuaire_sante"
    DATA_INCLUSION = "data_inclusion"
    AGREEMENT = "agreement"


class Street(Struct, frozen=True):
    """A street: number, type ("rue"), name with its article ("de la République")."""

    number: str
    type: str
    name: str

    @property
    def text(self) -> str:
        """As written on a letter: "12 rue de la République"."""
        return f"{self.number} {self.type} {self.name}"


class Hours(Struct, frozen=True):
    """The same hours every day from Monday to Friday: ranges as ("07:30", "18:30")."""

    ranges: tuple[tuple[str, str], ...]

    @property
    def osm(self) -> str:
        """In the OpenStreetMap `opening_hours` syntax."""
        return "Mo-Fr " + ",".join(f"{start}-{end}" for start, end in self.ranges)


class Childcare(Struct, frozen=True, kw_only=True):
    """What monenfant.fr knows of a place besides its address.

    `type`: EAJE (crèche), MAM, AM (assistant maternel), RPE, LAEP. `firstname`: of an assistant maternel.
    `closures`: months without service, in the words of monenfant.fr. `served`: the communes served.
    """

    type: str
    structure_id: str
    operator: str | None = None
    firstname: str | None = None
    has_places: bool | None = None
    available_from: date | None = None
    avip: bool = False
    hours: Hours | None = None
    closures: tuple[str, ...] = ()
    served: tuple[Commune, ...] = ()
    handicap: str | None = None


class Establishment(Struct, frozen=True, kw_only=True):
    """What the Annuaire Santé knows of an Organization besides name and address.

    `technical_id`: its FHIR id. `finess` and `legal_finess`: FINESS of the site and of the legal entity.
    `category`: TRE_R66 code, `sector`: TRE_R02 code. `part_of`: technical id of the legal entity. `active` False:
    only id, identifiers and name are published. `addressed` False: no address is (legal entities). `insee_given`
    False: the commune is told by postal code and city only. `copies`: resources that carry this SIRET (2: a
    duplicate of the directory).
    """

    technical_id: str
    idnst: str
    finess: str | None = None
    legal_finess: str | None = None
    siren: str | None = None
    siret: str | None = None
    category: str | None = None
    sector: str | None = None
    part_of: str | None = None
    alias: str | None = None
    active: bool = True
    addressed: bool = True
    insee_given: bool = True
    old_systems: bool = False
    copies: int = 1

    @property
    def key(self) -> str:
        """The key of its record: the first of FINESS of the site, SIRET, legal FINESS, IDNST."""
        if self.finess:
            return f"finess-{self.finess}"
        if self.siret:
            return f"siret-{self.siret}"
        return f"finej-{self.legal_finess}" if self.legal_finess else f"idnst-{self.idnst}"


class Professional(Struct, frozen=True, kw_only=True):
    """What the Annuaire Santé knows of a person practising at one place (a role).

    `practitioner_id`, `role_id`, `organization_id`: technical FHIR ids. `organization`: key of the place.
    `profession`: TRE_G15 code, `specialty`: TRE_R38 code. `mode`: TRE_R23 code, L libéral or S salarié. `active` False:
    only id, identifiers and name are published.
    """

    practitioner_id: str
    role_id: str
    role_number: str
    organization_id: str
    organization: str
    rpps: str
    given: str
    family: str
    prefix: str
    profession: str
    mode: str
    specialty: str | None = None
    active: bool = True
    old_systems: bool = False


Details: TypeAlias = Childcare | Establishment | Professional


class Place(Struct, frozen=True, kw_only=True):
    """One entry of one directory.

    `key`: what its record is called by. `listed`: True when a search by place must give it. `phone`: ten digits.
    `postal_code` and `city`: as the directory writes them (a CEDEX may be both); `commune`: where it really is.
    `latitude`, `longitude`: exact point in decimal degrees where the directory has one. `ways`: the servers that
    publish it.
    """

    source: str
    key: str
    name: str
    kind: StructureKind
    category: CategoryCode
    commune: Commune
    postal_code: str
    city: str
    updated_at: datetime
    details: Details
    ways: frozenset[Way]
    subcategory: SubcategoryCode | None = None
    street: Street | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    email: str | None = None
    website: str | None = None
    listed: bool = True

    @property
    def id(self) -> str:
        """The global id of its record: `source--key`."""
        return f"{self.source}--{self.key}"

    @property
    def childcare(self) -> Childcare:
        """Its details when it is a place of monenfant.fr; TypeError when it is not."""
        return _as(self.details, Childcare)

    @property
    def establishment(self) -> Establishment:
        """Its details when it is an Organization; TypeError when it is not."""
        return _as(self.details, Establishment)

    @property
    def professional(self) -> Professional:
        """Its details when it is a person practising at a place; TypeError when it is not."""
        return _as(self.details, Professional)


def _as(details: Details, wanted: type[T]) -> T:
    if isinstance(details, wanted):
        return details
    raise TypeError(f"{type(details).__name__} is not {wanted.__name__}")
