"""The hub's questions -> FHIR searches, and what to keep of their answers."""

from collections.abc import Callable, Collection

from msgspec import Struct

from connectors.annuaire_sante import codes
from connectors.annuaire_sante.address import cedex_cities, postal_prefixes
from connectors.annuaire_sante.api import ORGANIZATION, PRACTITIONER, Search
from connectors.annuaire_sante.identifiers import parse_key, tokens
from connectors.contract import InCommunes, InDepartement, PractisingAt, Query, WithIdentifiers
from connectors.gazetteer import gazetteer
from connectors.nomenclature import IdentifierScheme
from connectors.records import Identifier, StructureRecord

ACTIVE = ("active", "true")
_ROLES_OF_ORGANIZATIONS = ("_revinclude", "PractitionerRole:organization")
_ROLES_OF_PRACTITIONERS = ("_revinclude", "PractitionerRole:practitioner")

Keep = Callable[[StructureRecord], bool]


class Question(Struct, frozen=True, kw_only=True):
    """Searches to be made at the same time, and what of their answers is the answer.

    `place`: the records of Organizations at which to look. `establishments`: these are given themselves;
    `professionals`: those who practise there are, only those in liberal practice if `liberal`; `perimeter`:
    only what the 1000 premiers jours are about is. `record`: a last word on every record.
    """

    searches: tuple[Search, ...]
    place: Keep = lambda _: True
    record: Keep = lambda _: True
    establishments: bool = True
    professionals: bool = True
    liberal: bool = False
    perimeter: bool = False


def question_of(query: Query) -> Question | None:
    """The question that a query comes down to; None when the directory cannot be asked by its `where`."""
    match query.where:
        case InCommunes(communes):
            insee = {commune.insee for commune in communes}
            postal_codes = sorted({code for commune in communes for code in commune.postal_codes})
            cities = cedex_cities([commune for commune in communes if commune.postal_codes])
            return _in_place(query, postal_codes, cities, lambda record: _insee(record) in insee)
        case InDepartement(code):
            prefixes = postal_prefixes(code)
            return _in_place(query, prefixes, (), lambda record: _lies_in(record, code, prefixes))
        case WithIdentifiers(identifiers):
            return _with_identifiers(identifiers)
        case PractisingAt(keys):
            return _practising_at(keys)
    return None


def organizations(places: Collection[Identifier]) -> Search:
    """The active Organizations that have one of these identifiers."""
    return Search(ORGANIZATION, (("identifier", tokens(places)), ACTIVE))


def practitioners(rpps: Collection[str]) -> Search:
    """The active Practitioners that have one of these RPPS numbers, and all their roles."""
    numbers = [Identifier(IdentifierScheme.RPPS, number) for number in rpps]
    return Search(PRACTITIONER, (("identifier", tokens(numbers)), ACTIVE, _ROLES_OF_PRACTITIONERS))


def _in_place(query: Query, postal_codes: Collection[str], cities: Collection[str], place: Keep) -> Question:
    """All that is listed at a place: by postal code, and by city for the CEDEX entries that no code finds."""
    establishments = professionals = True
    narrowing: list[tuple[str, str]] = [ACTIVE]
    if query.subcategories is not None:
        types = codes.types_of(query.subcategories)
        establishments, professionals = bool(types), codes.has_profession(query.subcategories)
        if types and not professionals:
            narrowing.append(("type", ",".join(types)))
    if professionals:
        narrowing.append(_ROLES_OF_ORGANIZATIONS)
    named = (("address-postalcode", postal_codes), ("address-city", cities))
    return Question(
        searches=tuple(
            Search(ORGANIZATION, ((name, ",".join(values)), *narrowing))
            for name, values in named
            if values and (establishments or professionals)
        ),
        place=place,
        establishments=establishments,
        professionals=professionals,
        liberal=True,
        perimeter=True,
    )


def _with_identifiers(identifiers: Collection[Identifier]) -> Question:
    """What carries one of these identifiers: Organizations, and professionals wherever they practise."""
    rpps = [i.value for i in identifiers if i.scheme is IdentifierScheme.RPPS]
    others = [i for i in identifiers if i.scheme is not IdentifierScheme.RPPS]
    searches = [organizations(others)] if others else []
    if rpps:
        searches.append(practitioners(rpps))
    wanted = frozenset(identifiers)
    return Question(
        searches=tuple(searches),
        record=lambda record: not wanted.isdisjoint(record.identifiers),
    )


def _practising_at(keys: Collection[str]) -> Question:
    """The professionals of these places: one search for all of them."""
    parsed = {key: known.place for key in keys if (known := parse_key(key)) and not known.rpps}
    search = organizations(parsed.values())
    with_roles = Search(ORGANIZATION, (*search.params, _ROLES_OF_ORGANIZATIONS))
    return Question(
        searches=(with_roles,) if parsed else (),
        place=lambda record: record.key in parsed,
        establishments=False,
        perimeter=True,
    )


def _insee(record: StructureRecord) -> str | None:
    return record.address.insee if record.address else None


def _lies_in(record: StructureRecord, departement: str, prefixes: tuple[str, ...]) -> bool:
    """By its commune; by its postal code where the commune is not known."""
    address = record.address
    if address is None:
        return False
    if address.insee:
        return gazetteer().communes[address.insee].departement == departement
    return (address.postal_code or "").startswith(prefixes)
