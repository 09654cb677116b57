"""Fictitious registrations of the sandbox's places in the 1000 premiers jours registry, and their actions."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from itertools import islice
from random import Random
from typing import NamedTuple

from connectors.gazetteer import Commune
from connectors.nomenclature import (
    CategoryCode,
    PositionPrecision,
    PriorityBasis,
    PriorityCode,
    SituationCode,
    StructureKind,
    SubcategoryCode,
    TerritoryKind,
)
from connectors.records import (
    ActionRecord,
    Address,
    Contact,
    Position,
    RecordPriority,
    Registration,
    StructureRecord,
    Territory,
)
from connectors.sandbox.places import Establishment, Place, Professional, Way
from connectors.sandbox.wording import QUARTERS, fictif, shout, street
from connectors.sandbox.world import world
from connectors.telephone import e164

SOURCE = "registry_sandbox"
SEED = 3000
DIJON = "21231"
AWAKENING = PriorityCode.EVEILLER
OTHERS = tuple(code for code in PriorityCode if code is not AWAKENING)
FIRST_DAY = date(2025, 1, 6)


class Outside(NamedTuple):
    """A sort of place that no directory lists."""

    words: str
    category: CategoryCode
    subcategory: SubcategoryCode | None
    feminine: bool


OUTSIDE = (
    Outside("Médiathèque {}", CategoryCode.CULTURE, SubcategoryCode.MEDIATHEQUE, feminine=True),
    Outside("Théâtre {}", CategoryCode.CULTURE, SubcategoryCode.THEATRE, feminine=False),
    Outside("Lieu d'accueil enfants-parents {}", CategoryCode.LAEP, None, feminine=False),
    Outside("Centre social {}", CategoryCode.CENTRE_SOCIAL, None, feminine=False),
)
OUTSIDE_COMMUNES = (DIJON, "25056", "64445", "75111", "97411")

AWAKENED = {"creches": 1, "establishments": 1, "professionals": 0}
AWAKENED_IN_DIJON = {"creches": 4, "establishments": 3, "professionals": 4}
"""How many places of each sort declare « Eveiller » in a commune, and in Dijon."""


@cache
def registrations() -> tuple[StructureRecord, ...]:
    """The registrations: places that a directory lists (`same_as`), and some that none lists."""
    random = Random(SEED)
    records: list[StructureRecord] = []
    for commune in world().communes:
        for place in _awakened(commune):
            records.append(_of_place(random, len(records) + 1, place, awakening=True))
        for place in _varied(random, commune):
            records.append(_of_place(random, len(records) + 1, place, awakening=False))
        if commune.insee in OUTSIDE_COMMUNES:
            for sort in OUTSIDE:
                records.append(_outside(random, len(records) + 1, sort, commune))
    return tuple(records)


@cache
def actions() -> tuple[ActionRecord, ...]:
    """A few actions, carried by registrations of all sorts."""
    carriers = [r for r in registrations() if r.same_as == ()] + list(registrations()[:4])
    return tuple(_action(rank, carrier) for rank, carrier in enumerate(carriers, start=1))


def _awakened(commune: Commune) -> Iterator[Place]:
    """The places of a commune that declare « Eveiller »."""
    wanted = AWAKENED_IN_DIJON if commune.insee == DIJON else AWAKENED
    places = [p for p in world().places if p.listed and p.commune.insee == commune.insee]
    public = {
        SubcategoryCode.CENTRE_PMI,
        SubcategoryCode.CONSULTATION_PRE_POSTNATALE,
        SubcategoryCode.HOPITAL,
    }
    creches = (p for p in places if Way.DATA_INCLUSION in p.ways)
    establishments = (p for p in places if isinstance(p.details, Establishment) and p.subcategory in public)
    professionals = (p for p in places if isinstance(p.details, Professional))
    yield from islice(creches, wanted["creches"])
    yield from islice(establishments, wanted["establishments"])
    yield from islice(professionals, wanted["professionals"])


def _varied(random: Random, commune: Commune) -> list[Place]:
    """A crèche, a professional and an establishment more, as chance will have it."""
    taken = {p.id for p in _awakened(commune)}
    places = [
        p
        for p in world().places
        if p.listed and p.commune.insee == commune.insee and p.id not in taken and p.ways != {Way.AGREEMENT}
    ]
    return random.sample(places, 3)


def _of_place(random: Random, rank: int, place: Place, *, awakening: bool) -> StructureRecord:
    exact = place.latitude is not None and place.longitude is not None
    return StructureRecord(
        source=SOURCE,
        key=f"r{rank:04}",
        name=respelt(place.name, rank),
        kind=place.kind,
        category=place.category,
        subcategory=place.subcategory,
        address=Address(
            street=place.street.text if place.street else None,
            postal_code=place.postal_code,
            city=place.commune.name,
            insee=place.commune.insee,
            departement=place.commune.departement,
        ),
        position=Position(place.latitude or 0.0, place.longitude or 0.0) if exact else None,
        contact=Contact(phone=e164(place.phone), email=place.email) if rank % 2 else None,
        priorities=_declared(random, awakening=awakening),
        registration=_registration(random, rank),
        same_as=(place.id,),
    )


def _outside(random: Random, rank: int, sort: Outside, commune: Commune) -> StructureRecord:
    at = Position(commune.latitude or 0.0, commune.longitude or 0.0, PositionPrecision.COMMUNE)
    return StructureRecord(
        source=SOURCE,
        key=f"r{rank:04}",
        name=fictif(sort.words.format(random.choice(QUARTERS)), feminine=sort.feminine),
        kind=StructureKind.ESTABLISHMENT,
        category=sort.category,
        subcategory=sort.subcategory,
        address=Address(
            street=street(random).text,
            postal_code=commune.postal_codes[0],
            city=commune.name,
            insee=commune.insee,
            departement=commune.departement,
        ),
        position=at,
        priorities=_declared(random, awakening=True),
        registration=_registration(random, rank),
    )


def respelt(name: str, rank: int) -> str:
    """A name as somebody else writes it, the mark left as it is."""
    words, mark = name.rsplit(" (", 1)
    ways = (words, shout(words), words.replace("-", " "), words.replace("Centre", "Ctre"))
    return f"{ways[rank % len(ways)]} ({mark}"


def _declared(random: Random, *, awakening: bool) -> tuple[RecordPriority, ...]:
    """One to three declared priorities, in their official order; « Eveiller » among them or not."""
    codes = set(random.sample(OTHERS, random.randint(1, 2))) | ({AWAKENING} if awakening else set())
    return tuple(RecordPriority(code, PriorityBasis.DECLARED) for code in PriorityCode if code in codes)


def _registration(random: Random, rank: int) -> Registration:
    situations = random.sample(tuple(SituationCode), random.randint(1, 2))
    return Registration(
        situations=tuple(s for s in SituationCode if s in situations),
        validated_on=FIRST_DAY + timedelta(days=rank),
    )


def _action(rank: int, carrier: StructureRecord) -> ActionRecord:
    address = carrier.address or Address()
    titles = (
        "Éveil musical des tout-petits",
        "Café des parents",
        "Bébés lecteurs",
        "Promenades sensorielles",
    )
    codes = tuple(p.code for p in carrier.priorities)
    return ActionRecord(
        source=SOURCE,
        key=f"a{rank:04}",
        title=fictif(titles[rank % len(titles)]),
        description="Action fictive, pour les essais.",
        priorities=(AWAKENING, PriorityCode.PARTAGER_ET_SOUFFLER) if rank % 4 == 0 else codes,
        carrier=carrier.key,
        places=(carrier.key,),
        itinerant=rank % 7 == 0,
        territory=Territory(TerritoryKind.COMMUNE, address.city or "", address.insee),
        departements=(address.departement,) if address.departement else (),
        communes=(address.insee,) if address.insee else (),
    )
