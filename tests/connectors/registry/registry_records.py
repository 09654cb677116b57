"""Records for the tests: complete ones, so that nothing of a record is left untested."""

from datetime import UTC, date, datetime

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
from connectors.records import (
    Accessibility,
    ActionRecord,
    Address,
    Availability,
    Coding,
    Contact,
    Identifier,
    Laureate,
    Participation,
    Position,
    RecordPriority,
    Registration,
    StructureRecord,
    Territory,
)


def structure(key, **fields):
    """A structure of "registry" with what is compulsory, and `fields`."""
    needed = {"name": f"Structure {key}", "kind": StructureKind.ESTABLISHMENT, "category": CategoryCode.CULTURE}
    return StructureRecord(source="registry", key=key, **{**needed, **fields})


def action(key, **fields):
    """An action of "registry" with what is compulsory, and `fields`."""
    return ActionRecord(source="registry", key=key, **{"title": f"Action {key}", **fields})


def declared(*codes):
    """Priorities as a registration declares them."""
    return tuple(RecordPriority(code, PriorityBasis.DECLARED) for code in codes)


FULL_STRUCTURE = structure(
    "full",
    name="Maternité fictive",
    category=CategoryCode.SANTE,
    subcategory=SubcategoryCode.MATERNITE,
    other_names=("Zoé", "Alpha", "Maternité d’à côté"),
    description="Une « description »",
    identifiers=(
        Identifier(IdentifierScheme.SIRET, "26210001100011"),
        Identifier(IdentifierScheme.FINESS, "210987731"),
    ),
    address=Address(
        street="1 rue du Test",
        complement="Bâtiment B",
        postal_code="21000",
        city="Dijon",
        insee="21231",
        departement="21",
    ),
    position=Position(47.32, 5.04, PositionPrecision.EXACT),
    territory=Territory(TerritoryKind.INTERCOMMUNALITE, "Dijon métropole", "242100410"),
    contact=Contact(phone="+33380000000", email="contact@example.org", website="https://example.org"),
    opening_hours="Mo-Fr 08:00-18:00",
    availability=Availability(
        has_places=True, available_from=date(2026, 9, 1), checked_at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    ),
    accessibility=Accessibility(url="https://example.org/acces", description="Rampe"),
    languages=("fr", "ar"),
    profession=Coding("https://example.org/professions", "50", "Sage-femme"),
    specialties=(Coding("https://example.org/specialties", "SM20"),),
    priorities=declared(PriorityCode.PERES_SECONDS_PARENTS, PriorityCode.EVEILLER),
    programmes=(
        Participation(ProgrammeCode.SAC_1000_PREMIERS_JOURS, "depuis mars 2022"),
        Participation(ProgrammeCode.REPAP),
    ),
    registration=Registration(
        situations=(SituationCode.FINANCE, SituationCode.CONVENTIONNE), validated_on=date(2025, 1, 31)
    ),
    practises_at=("place-b", "place-a"),
    same_as=("annuaire_sante--210987731", "monenfant--7"),
    updated_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    url="https://example.org/fiche",
)

PLACES = (
    structure("place-a", address=Address(insee="21231")),
    structure("place-b", address=Address(insee="71076")),
)

FULL_ACTION = action(
    "full-action",
    title="Action fictive",
    other_titles=("Autre", "Ancien titre"),
    description="Ateliers",
    priorities=(PriorityCode.FORMER, PriorityCode.INFORMER),
    carrier="full",
    partners=("place-b", "place-a"),
    places=("place-a",),
    itinerant=True,
    territory=Territory(TerritoryKind.REGION, "Bretagne", "53"),
    audiences=("pères", "grands-parents"),
    laureates=(
        Laureate(CallCode.AAP_1000_PREMIERS_JOURS, "Bretagne", (6, 1)),
        Laureate(CallCode.ENFANCE_EGALITE),
    ),
    programmes=(ProgrammeCode.REPAP, ProgrammeCode.REAAP),
    departements=("75", "13"),
    communes=("64445", "01004"),
    updated_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    url="https://example.org/action",
)
