"""Fictitious registrations and actions in real communes, any number of them, the same ones every time.

Two priorities a structure, an identifier, an address and a contact; one structure in five quotes a record of another
directory, one in ten practises at another structure; three actions for two structures, one in fifty a laureate.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from connectors.contract import Record
from connectors.gazetteer import Commune, gazetteer
from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    IdentifierScheme,
    PriorityBasis,
    PriorityCode,
    SituationCode,
    StructureKind,
)
from connectors.records import (
    ActionRecord,
    Address,
    Contact,
    Identifier,
    Laureate,
    Position,
    RecordPriority,
    Registration,
    StructureRecord,
)

SOURCE = "registry"

BATCH = 20_000
"""Structures in a batch."""

PRACTISES_FROM = 10
"""Structures before this one practise nowhere else: there is nobody to practise at."""

_WORDS = ("Maison", "Relais", "Centre", "Atelier", "Espace", "Jardin", "Crèche", "Association", "Pôle", "Collectif")
_WHOSE = ("des familles", "des parents", "de l’enfance", "des tout-petits", "des Lilas", "du Moulin", "de la Plaine")
_PRIORITIES = tuple(PriorityCode)
_CATEGORIES = tuple(CategoryCode)
_SITUATIONS = tuple(SituationCode)
_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


def key_of(number: int) -> str:
    """The key of a structure."""
    return f"s{number:07}"


def siret_of(number: int) -> Identifier:
    """The identifier of a structure: 14 digits, of nobody."""
    return Identifier(IdentifierScheme.SIRET, f"9{number:013}")


def structures(start: int, stop: int) -> Iterator[StructureRecord]:
    """The structures of these numbers."""
    communes = tuple(c for c in gazetteer().communes.values() if c.latitude is not None)
    for number in range(start, stop):
        chance = random.Random(number)
        yield _structure(number, chance.choice(communes), chance)


def batches(rows: int) -> Iterator[list[Record]]:
    """All entries of a registry of so many structures, in batches of which each can be written in one transaction."""
    for start in range(0, rows, BATCH):
        stop = min(rows, start + BATCH)
        yield [*structures(start, stop), *actions(start * 3 // 2, stop * 3 // 2, range(start, stop))]


def actions(start: int, stop: int, among: range) -> Iterator[ActionRecord]:
    """The actions of these numbers, carried by structures of the numbers `among`."""
    for number in range(start, stop):
        chance = random.Random(-1 - number)
        yield ActionRecord(
            source=SOURCE,
            key=f"a{number:07}",
            title=f"Rencontre {number} pour les parents (fictive)",
            description="Des ateliers ouverts aux parents et aux jeunes enfants, chaque semaine, sur inscription.",
            priorities=tuple(chance.sample(_PRIORITIES, chance.randint(1, 2))),
            carrier=key_of(chance.choice(among)),
            places=(key_of(chance.choice(among)),) if number % 4 == 0 else (),
            audiences=("parents", "jeunes enfants"),
            laureates=(Laureate(CallCode.AAP_1000_PREMIERS_JOURS, "Bretagne", (1, 3)),) if number % 50 == 0 else (),
            updated_at=_MONDAY + timedelta(minutes=number),
        )


def _structure(number: int, commune: Commune, chance: random.Random) -> StructureRecord:
    assert commune.latitude is not None
    assert commune.longitude is not None
    latitude, longitude = (
        commune.latitude + chance.uniform(-0.01, 0.01),
        commune.longitude + chance.uniform(-0.01, 0.01),
    )
    return StructureRecord(
        source=SOURCE,
        key=key_of(number),
        name=f"{chance.choice(_WORDS)} {chance.choice(_WHOSE)} {number} (fictive)",
        kind=StructureKind.ESTABLISHMENT,
        category=chance.choice(_CATEGORIES),
        description="Un lieu ouvert à toutes les familles, du projet d’enfant aux deux ans de l’enfant.",
        identifiers=(siret_of(number),),
        address=Address(
            street=f"{number % 99 + 1} rue de l’Église",
            postal_code=commune.postal_codes[0] if commune.postal_codes else None,
            city=commune.name,
            insee=commune.insee,
            departement=commune.departement,
        ),
        position=Position(round(latitude, 6), round(longitude, 6)),
        contact=Contact(phone=f"+3399900{number % 10_000:04}", email=f"s{number}@example.org"),
        opening_hours="Mo-Fr 09:00-17:30",
        languages=("fr",),
        priorities=tuple(RecordPriority(code, PriorityBasis.DECLARED) for code in chance.sample(_PRIORITIES, 2)),
        registration=Registration(situations=(chance.choice(_SITUATIONS),), validated_on=date(2026, 1, 5)),
        practises_at=(key_of(chance.randrange(number)),) if number >= PRACTISES_FROM and number % 10 == 0 else (),
        same_as=(f"monenfant--f{number}",) if number % 5 == 0 else (),
        updated_at=_MONDAY + timedelta(minutes=number),
    )
