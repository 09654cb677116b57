"""What a client may give: places, filters, identifiers; and how they become values of the federation."""

from datetime import UTC, datetime
from typing import Final, TypeVar

import strawberry

from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    IdentifierScheme,
    PriorityBasis,
    PriorityCode,
    ProgrammeCode,
    StructureKind,
    SubcategoryCode,
)
from connectors.records import Identifier
from resolvers.federation import places
from resolvers.federation.filters import Filter
from resolvers.types import enums  # noqa: F401  # makes GraphQL enums of the nomenclature
from resolvers.types.scalars import Finess, InseeCode, PostalCode, Rpps, Siret

T = TypeVar("T")


@strawberry.input(description="A circle.")
class NearInput:
    latitude: float = strawberry.field(description="Degrees north of its centre, from -90 to 90 (WGS 84).")
    longitude: float = strawberry.field(description="Degrees east of its centre, from -180 to 180 (WGS 84).")
    radius_meters: int = strawberry.field(default=5000, description="Radius in metres, from 1 to 100,000.")


@strawberry.input(description="A box between two latitudes and two longitudes.")
class BBoxInput:
    south: float = strawberry.field(description="Lowest latitude, in degrees.")
    west: float = strawberry.field(description="Lowest longitude, in degrees.")
    north: float = strawberry.field(description="Highest latitude, in degrees.")
    east: float = strawberry.field(description="Highest longitude, in degrees.")


@strawberry.input(
    one_of=True,
    description=(
        "A place, told in exactly one way. A circle or a box holds what has its position in it (the centroid of its "
        "commune where its directory gives no position); the others go by commune."
    ),
)
class PlaceInput:
    near: NearInput | None = strawberry.field(default=strawberry.UNSET, description="A circle.")
    bbox: BBoxInput | None = strawberry.field(default=strawberry.UNSET, description="A box.")
    commune: InseeCode | None = strawberry.field(
        default=strawberry.UNSET,
        description="INSEE code of a commune; Paris, Lyon and Marseille include their arrondissements.",
    )
    postal_code: PostalCode | None = strawberry.field(default=strawberry.UNSET, description="A postal code.")
    departement: str | None = strawberry.field(
        default=strawberry.UNSET, description='INSEE code of a département: "21", "2A", "974".'
    )
    region: str | None = strawberry.field(
        default=strawberry.UNSET,
        description='INSEE code of a région ("27"); only with sources that can be asked for so much.',
    )


@strawberry.input(description="The key of a record in its own directory.")
class SourceKeyInput:
    source: strawberry.ID = strawberry.field(description="Id of the source.")
    key: str = strawberry.field(description="Key in that source.")


@strawberry.input(one_of=True, description="An official number of a place or a person, or a directory's own key.")
class IdentifierInput:
    siret: Siret | None = strawberry.field(default=strawberry.UNSET, description="SIRET of a site.")
    finess: Finess | None = strawberry.field(default=strawberry.UNSET, description="FINESS of a site.")
    rpps: Rpps | None = strawberry.field(default=strawberry.UNSET, description="RPPS of a health professional.")
    key: SourceKeyInput | None = strawberry.field(
        default=strawberry.UNSET, description="Key of a record in its own directory."
    )


@strawberry.input(description='What structures to show. The fields of one filter must all hold; a list means "one of".')
class StructureFilter:
    text: str | None = strawberry.field(
        default=None,
        description="Words: accents, case, apostrophes and French stop words do not matter; beginnings of words do.",
    )
    priorities: list[PriorityCode] | None = strawberry.field(
        default=None, description="Acts for one of these priorities, for any reason (see bases)."
    )
    bases: list[PriorityBasis] | None = strawberry.field(
        default=None, description="Its priority (one of those asked for) is there for one of these reasons."
    )
    categories: list[CategoryCode] | None = strawberry.field(default=None, description="Is of one of these categories.")
    subcategories: list[SubcategoryCode] | None = strawberry.field(
        default=None, description="Is of one of these sub-categories."
    )
    kinds: list[StructureKind] | None = strawberry.field(default=None, description="Is one of these kinds.")
    sources: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description=(
            "Is known by one of these directories. The others are not asked, but for the registries of the programme, "
            "which know the priorities."
        ),
    )
    place: PlaceInput | None = strawberry.field(default=None, description="Is in this place.")
    registered: bool | None = strawberry.field(
        default=None, description="Is registered as a professional of the 1000 premiers jours, or is not."
    )
    open_at: datetime | None = strawberry.field(
        default=None, description="Is open at this moment, as far as its hours are known."
    )
    has_places: bool | None = strawberry.field(
        default=None, description="Its directory says that it has, or has not, free places."
    )
    languages: list[str] | None = strawberry.field(
        default=None, description="Speaks one of these languages (ISO 639-1)."
    )
    programmes: list[ProgrammeCode] | None = strawberry.field(
        default=None, description="Takes part in one of these programmes."
    )
    laureate_of: list[CallCode] | None = strawberry.field(
        default=None, description="Carries or hosts an action that won one of these calls for projects."
    )
    axes: list[int] | None = strawberry.field(
        default=None,
        description='… and was chosen on one of these national axes ("axes", 1 to 6), where it is published.',
    )
    updated_since: datetime | None = strawberry.field(
        default=None, description="One of its directories updated it since."
    )
    and_: list["StructureFilter"] | None = strawberry.field(
        name="and", default=None, description="All of these hold too."
    )
    or_: list["StructureFilter"] | None = strawberry.field(
        name="or", default=None, description="At least one of these holds too."
    )
    not_: "StructureFilter | None" = strawberry.field(name="not", default=None, description="This does not hold.")


@strawberry.input(description='What actions to show. All fields must hold; a list means "one of".')
class ActionFilter:
    text: str | None = strawberry.field(default=None, description="Words of its title or description.")
    priorities: list[PriorityCode] | None = strawberry.field(
        default=None, description="Serves one of these priorities."
    )
    place: PlaceInput | None = strawberry.field(
        default=None, description="Takes place in, or is carried from, a commune that this place touches."
    )
    axes: list[int] | None = strawberry.field(
        default=None, description='Was chosen on one of these national axes ("axes", 1 to 6) of a call.'
    )
    calls: list[CallCode] | None = strawberry.field(default=None, description="Is laureate of one of these calls.")
    itinerant: bool | None = strawberry.field(default=None, description="Moves from place to place, or does not.")


MEANT: Final = "meant"
"""Where a filter keeps what it means: the same object is given again to whoever asks the same."""


def place_of(given: PlaceInput | None) -> places.Place | None:
    """The place that a client means."""
    if given is None:
        return None
    if given.near:
        return places.Near(given.near.latitude, given.near.longitude, given.near.radius_meters)
    if given.bbox:
        box = given.bbox
        return places.Box(box.south, box.west, box.north, box.east)
    if given.commune:
        return places.CommuneCode(given.commune)
    if given.postal_code:
        return places.PostalCode(given.postal_code)
    if given.departement is not None and given.departement is not strawberry.UNSET:
        return places.DepartementCode(given.departement)
    return places.RegionCode(given.region or "")


def filter_of(given: StructureFilter | None) -> Filter:
    """The filter that a client means. Lists keep neither order nor repetition, so that equal questions are equal."""
    if given is None:
        return Filter()
    meant: Filter | None = given.__dict__.get(MEANT)
    if meant is None:
        meant = given.__dict__[MEANT] = _meant(given)
    return meant


def _meant(given: StructureFilter) -> Filter:
    return Filter(
        text=given.text,
        priorities=_set(given.priorities),
        bases=_set(given.bases),
        categories=_set(given.categories),
        subcategories=_set(given.subcategories),
        kinds=_set(given.kinds),
        sources=_set([str(s) for s in given.sources] if given.sources is not None else None),
        place=place_of(given.place),
        registered=given.registered,
        open_at=_utc(given.open_at),
        has_places=given.has_places,
        languages=_set(given.languages),
        programmes=_set(given.programmes),
        calls=_set(given.laureate_of),
        axes=_set(given.axes),
        updated_since=_utc(given.updated_since),
        all_of=tuple(filter_of(f) for f in given.and_ or ()),
        any_of=None if given.or_ is None else tuple(filter_of(f) for f in given.or_),
        none_of=None if given.not_ is None else filter_of(given.not_),
    )


def _utc(moment: datetime | None) -> datetime | None:
    """The same moment, always told in the same way."""
    return moment and moment.astimezone(UTC)


def _set(values: list[T] | None) -> tuple[T, ...] | None:
    return None if values is None else tuple(sorted(set(values), key=str))


def identifier_of(given: IdentifierInput) -> Identifier | str:
    """The official number that a client means, or the global id that a directory's own key makes."""
    if given.siret:
        return Identifier(IdentifierScheme.SIRET, given.siret)
    if given.finess:
        return Identifier(IdentifierScheme.FINESS, given.finess)
    if given.rpps:
        return Identifier(IdentifierScheme.RPPS, given.rpps)
    return f"{given.key.source}--{given.key.key}" if given.key else ""
