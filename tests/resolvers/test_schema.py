"""The schema is the contract: printed, committed, described to the last value, and named as agreed."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    validate_schema,
)

from resolvers.schema import build_schema, print_sdl

SCHEMA = build_schema()
OWN = {name: type_ for name, type_ in SCHEMA.type_map.items() if not name.startswith("__")}
STANDARD = {"ID", "Int", "Float", "String", "Boolean"}

AGREED = {
    "Query": "node nodes structure structures actions priorities priority categories eligibilityCriteria "
    "callsForProjects axes programmes territories sources source map match linkSuggestions linkQuality "
    "checkEligibility registrationConsent registration registrations myData verifyLogo changes",
    "Mutation": "linkRecords unlinkRecords decideLinkSuggestion saveDraft submitRegistration decideRegistration "
    "withdrawRegistration requestErasure",
    "Structure": "id name otherNames kind category subcategory description address position contact openingHours "
    "openNow availability accessibility languages profession specialties priorities actions professionals "
    "registration referenceDirectory records links previousIds conflicts provenance programmes",
    "Registration": "id state revision ownedByMe form contact emailConfirmedAt missing possibleDuplicates shownForm "
    "structures logoCode events createdAt touchedAt",
    "RegistrationRefused": "reasons registration",
    "RegistrationReason": "code field message",
    "RegistrationInput": "idempotencyKey id kind name description siret finess rpps category subcategory inPeriod "
    "situations priorities actions itinerant area places atHome showExactAddress sameAs contact consent",
    "DecisionInput": "id revision decision reasons comment",
    "ErasureInput": "what reason",
    "EligibilityResult": "eligible criteria missing prioritiesByNature suggestedPriorities",
    "Change": "kind ids at cursor",
    "LogoAttestation": "status name structure since",
    "StructurePriority": "priority basis action",
    "Priority": "code rank label text examples structures actions",
    "Category": "code rank text subcategories referenceDirectory",
    "Subcategory": "code label prioritiesByNature suggestedPriorities",
    "Action": "id title description priorities carrier partners places itinerant territory audiences laureateOf source",
    "SourceRecord": "source key url identifiers updatedAtSource retrievedAt freshness licence structure",
    "Source": "id name institution kind url licence sandbox status lastAnswerAt filters structureCount",
    "StructureConnection": "edges nodes pageInfo totalCount facets coverage",
    "StructureEdge": "cursor node distanceMeters score",
    "SourceCoverage": "source status message since recordCount",
    "Availability": "hasPlaces from checkedAt",
    "StructureFilter": "text priorities bases categories subcategories kinds sources place registered openAt hasPlaces "
    "languages programmes laureateOf axes updatedSince and or not",
    "PlaceInput": "near bbox commune postalCode departement region",
    "NearInput": "latitude longitude radiusMeters",
    "ActionFilter": "text priorities place axes calls itinerant",
    "IdentifierInput": "siret finess rpps key",
}
"""Names that clients rely on: never to be renamed."""

VALUES = {
    "CoverageStatus": "COMPLETE STALE PARTIAL UNAVAILABLE NOT_ASKED NEEDS_PLACE",
    "StructureOrder": "RELEVANCE DISTANCE NAME UPDATED",
    "PriorityBasis": "DECLARED BY_NATURE BY_ACTION",
    "PriorityCode": "INFORMER ACCOMPAGNER SITUATIONS_SPECIFIQUES PARTAGER_ET_SOUFFLER SANTE_ENVIRONNEMENT EVEILLER "
    "CONCILIER ACCUEILLIR FORMER PERES_SECONDS_PARENTS",
    "Freshness": "LIVE CACHED STALE",
    "RegistrationState": "DRAFT SUBMITTED VALIDATED REFUSED WITHDRAWN",
    "ChangeKind": "CREATED UPDATED WITHDRAWN ERASED LINKED UNLINKED",
    "LogoStatus": "RIGHTFUL WITHDRAWN UNKNOWN",
}

SCALARS = "DateTime Date InseeCode PostalCode Siret Finess Rpps OpeningHours URL Email PhoneNumber"


def test_it_is_valid() -> None:
    assert validate_schema(SCHEMA) == []


def test_the_committed_file_is_the_printed_schema() -> None:
    committed = Path(__file__).parents[2] / "schema.graphql"

    assert committed.read_text(encoding="utf-8") == print_sdl(SCHEMA), "hub1000 schema > schema.graphql"


@pytest.mark.parametrize("name", sorted(OWN.keys() - STANDARD))
def test_everything_is_described(name: str) -> None:
    type_ = OWN[name]
    assert type_.description
    if isinstance(type_, GraphQLEnumType):
        assert [value for value, definition in type_.values.items() if not definition.description] == []
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for field_name, field in type_.fields.items():
            assert field.description, field_name
            for argument_name, argument in getattr(field, "args", {}).items():
                assert argument.description, f"{field_name}({argument_name})"


@pytest.mark.parametrize("name", AGREED)
def test_names_are_those_agreed(name: str) -> None:
    type_ = OWN[name]
    assert isinstance(type_, GraphQLObjectType | GraphQLInputObjectType)

    assert set(AGREED[name].split()) - type_.fields.keys() == set()


@pytest.mark.parametrize("name", VALUES)
def test_values_are_those_agreed_in_their_order(name: str) -> None:
    assert list(OWN[name].values) == VALUES[name].split()


@pytest.mark.parametrize("name", SCALARS.split())
def test_scalars_say_where_they_are_specified(name: str) -> None:
    scalar = OWN[name]
    assert isinstance(scalar, GraphQLScalarType)
    assert scalar.specified_by_url
    assert scalar.specified_by_url.startswith("https://")


def test_only_one_way_of_places_and_identifiers() -> None:
    assert {n for n, t in OWN.items() if isinstance(t, GraphQLInputObjectType) and t.is_one_of} == {
        "PlaceInput",
        "IdentifierInput",
        "ErasedInput",
    }


def test_pages_are_of_twenty_unless_asked_otherwise() -> None:
    printed = [line.strip() for line in print_sdl(SCHEMA).splitlines() if line.strip().startswith("first: ")]

    assert set(printed) == {"first: Int! = 20", "first: Int! = 10", "first: Int! = 5", "first: Int! = 100"}
    assert printed.count("first: Int! = 10") == 1, "territories"
    assert printed.count("first: Int! = 5") == 2, "match, possibleDuplicates"
    assert printed.count("first: Int! = 100") == 1, "changes"
