"""Which entry is this? What an app or a partner knows of a place, compared with what the directories know."""

import strawberry

from connectors.gazetteer import Gazetteer
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind, SubcategoryCode
from connectors.records import Address, Contact, Identifier, Position, StructureRecord
from connectors.telephone import e164
from resolvers.errors import BadInput
from resolvers.federation.filters import Filter
from resolvers.federation.paging import check_first
from resolvers.federation.places import CommuneCode, Near, Place
from resolvers.federation.search import Question, search
from resolvers.request import Info
from resolvers.types import structure as structure_types
from resolvers.types.connections import LazyStructure
from resolvers.types.links import LinkPart
from resolvers.types.scalars import Finess, InseeCode, PostalCode, Rpps, Siret

RADIUS_M = 2_000
"""Around a position without a commune: how far the same place may be, in metres."""

MAX_TEXT = 300
"""Characters of a name, street, city or telephone: longer ones are nobody's, and cost much to compare."""


@strawberry.input(description="What is known of a place: a name, and a commune or a position, or an official number.")
class RecordInput:
    name: str = strawberry.field(description="Its name.")
    street: str | None = strawberry.field(default=None, description="Number and street.")
    postal_code: PostalCode | None = strawberry.field(default=None, description="Postal code.")
    city: str | None = strawberry.field(default=None, description="City.")
    commune: InseeCode | None = strawberry.field(default=None, description="INSEE code of the commune.")
    latitude: float | None = strawberry.field(default=None, description="Degrees north.")
    longitude: float | None = strawberry.field(default=None, description="Degrees east.")
    phone: str | None = strawberry.field(default=None, description="Telephone, in any French form.")
    category: CategoryCode | None = strawberry.field(default=None, description="Category.")
    subcategory: SubcategoryCode | None = strawberry.field(default=None, description="Sub-category.")
    siret: Siret | None = strawberry.field(default=None, description="SIRET of the site.")
    finess: Finess | None = strawberry.field(default=None, description="FINESS of the site.")
    rpps: Rpps | None = strawberry.field(default=None, description="RPPS of the professional.")


@strawberry.type(description="An entry that may be the place asked for.")
class MatchCandidate:
    structure: LazyStructure = strawberry.field(description="The entry.")
    score: float = strawberry.field(description="How likely it is the same place, from 0 to 1.")
    same_identifier: bool = strawberry.field(description="Whether it carries the same official number.")
    parts: list[LinkPart] = strawberry.field(description="The comparison, part by part.")


async def candidates(info: Info, given: RecordInput, first: int) -> list[MatchCandidate]:
    """The entries most like what is given, the likeliest first; BadInput when it cannot be placed."""
    check_first(first)
    for field in ("name", "street", "city", "phone"):
        if len(getattr(given, field) or "") > MAX_TEXT:
            raise BadInput(f"record.{field}: at most {MAX_TEXT} characters")
    federation = info.context.federation
    record = _record(given, federation.gazetteer)
    numbers = set(record.identifiers)
    entries = {}
    if place := _place(record):
        found = await search(federation, Question(Filter(place=place), first=1), info.context.used)
        entries = {entry.id: entry for entry in found.entries}
    elif not numbers:
        raise BadInput("record: give a commune, a postal code and a city, a position, or an official number")
    for entry in await info.context.identified.load_many(numbers):
        if entry:
            entries.setdefault(entry.id, entry)
    judge = federation.linker.judge
    known = [r for entry in entries.values() for r in entry.records]
    near = {other.id for _, other in judge.candidates([record], known)}
    ranked = []
    for entry in entries.values():
        same = any(numbers.intersection(r.identifiers) for r in entry.records)
        judged = [judge.judge(record, r) for r in entry.records if same or r.id in near]
        if judged:
            best = max(judged, key=lambda j: j.score)
            ranked.append((not same, -best.score, entry.id, entry, best))
    return [
        MatchCandidate(
            structure=structure_types.structure_of(entry),
            score=best.score,
            same_identifier=not other,
            parts=[LinkPart(name=name, value=value) for name, value in best.parts.items()],
        )
        for other, _, _, entry, best in sorted(ranked, key=lambda r: r[:3])[:first]
    ]


def _record(given: RecordInput, gazetteer: Gazetteer) -> StructureRecord:
    if given.commune and given.commune not in gazetteer.communes:
        raise BadInput(f'record.commune: no commune has the INSEE code "{given.commune}"')
    located = gazetteer.locate(given.postal_code, given.city)
    placed = given.latitude is not None and given.longitude is not None
    numbers = {
        IdentifierScheme.SIRET: given.siret,
        IdentifierScheme.FINESS: given.finess,
        IdentifierScheme.RPPS: given.rpps,
    }
    return StructureRecord(
        source="asked",
        key="-",
        name=given.name,
        kind=StructureKind.ESTABLISHMENT,
        category=given.category or CategoryCode.AUTRE,
        subcategory=given.subcategory,
        address=Address(
            street=given.street,
            postal_code=given.postal_code,
            city=given.city,
            insee=given.commune or (located.insee if located else None),
        ),
        position=Position(given.latitude or 0.0, given.longitude or 0.0) if placed else None,
        contact=Contact(phone=e164(given.phone)),
        identifiers=tuple(Identifier(scheme, value) for scheme, value in numbers.items() if value),
    )


def _place(record: StructureRecord) -> Place | None:
    if record.address and record.address.insee:
        return CommuneCode(record.address.insee)
    if record.position:
        return Near(record.position.latitude, record.position.longitude, RADIUS_M)
    return None
