"""What a warm place query costs: milliseconds of CPU a question, by the number of candidates.

    python tests/bench/search.py [--candidates 250 500 1000 2000 4000] [--times 15]

Three directories and a registry have the places of a city and of the communes around it; one place in ten is in two of
them, linked by its SIRET. A question has a text, priorities, a moment at which to be open, an order, and asks the facets.
The cells are warm: no directory is asked. Four questions are told apart:

    new place    nothing of this circle was ever asked, and the links have changed
    new filter   the circle was asked, this filter never
    next page    the question was asked, this page never
    repeated     all of it was asked before

The slope is the cost of 1,000 candidates more; cost is linear when no step of it is much dearer than the whole.
"""

import argparse
import asyncio
import gc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from time import monotonic, process_time
from typing import Final

from connectors.contract import InCommunes, Kind, Page, Query, Record, SourceInfo, SourceKind
from connectors.gazetteer import Commune, gazetteer
from connectors.guards.ledger import Ledger
from connectors.links import Decision, LinkMethod, LinkState
from connectors.links import in_memory as links_in_memory
from connectors.nomenclature import IdentifierScheme, PriorityCode, StructureKind, SubcategoryCode
from connectors.records import Address, Contact, Identifier, Position, StructureRecord
from connectors.registrations import Registrations
from connectors.registry import in_memory
from hub.composition import Guarding
from hub.config import GuardsConfig
from resolvers.federation.entries import Assembler, Precedence
from resolvers.federation.filters import Filter
from resolvers.federation.ordering import Order
from resolvers.federation.places import Near
from resolvers.federation.search import Found, Question, search
from resolvers.federation.sources import Federation
from resolvers.federation.used import Changes, Used
from resolvers.identity.likeness import Likeness
from resolvers.identity.linker import Linker
from resolvers.registration.feed import Feed

SIZES: Final = (250, 500, 1_000, 2_000, 4_000)
LINEAR: Final = 1.2
BAR_MS: Final = 25.0
"""For 1,000 candidates that nobody asked about before."""

CENTRE: Final = (47.322, 5.041)
RADIUS: Final = 15_000
MONDAY: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SHARES: Final = {"bench_a": 0.45, "bench_b": 0.35, "bench_c": 0.2}
WORDS: Final = (
    "Les Petits Pas",
    "La Marelle",
    "L’Île aux Enfants",
    "Bébés et Compagnie",
    "Les Coccinelles",
    "Arc-en-Ciel",
    "La Farandole",
    "Les Écureuils",
    "Pomme d’Api",
    "Les Lutins",
    "La Ruche",
    "Câlin-Câline",
    "Les Moussaillons",
    "Ô Doux Dodo",
    "Grandir Ensemble",
)
SORTS: Final = {
    SubcategoryCode.CRECHE: "Crèche",
    SubcategoryCode.SAGE_FEMME: "Sage-femme",
    SubcategoryCode.CENTRE_PMI: "Centre de PMI",
    SubcategoryCode.MAM: "Maison d’assistants maternels",
    SubcategoryCode.MEDIATHEQUE: "Médiathèque",
}
HOURS: Final = ("Mo-Fr 08:00-18:30", "Mo-Fr 07:30-19:00; PH off", "Tu,Th 09:00-12:00,14:00-17:00", "24/7", None)
TEXTS: Final = ("petits", "creche", "les", "enfants marelle", "accueil", "sage femme", "ecureuil", "grandir", "calin")


class Listed:
    """A directory over a list of records."""

    def __init__(self, info: SourceInfo, records: Sequence[StructureRecord]) -> None:
        self.info = info
        self._by_commune: dict[str, list[StructureRecord]] = {}
        for record in records:
            self._by_commune.setdefault(record.address.insee, []).append(record)
        self.calls = 0

    async def search(self, query: Query) -> Page:
        self.calls += 1
        return Page(records=tuple(r for c in query.where.communes for r in self._by_commune.get(c.insee, ())))

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        return {}

    async def ping(self) -> None: ...

    async def aclose(self) -> None: ...


def places(count: int, texts) -> dict[str, list[StructureRecord]]:
    """So many records of the directories, in the communes around the centre."""
    random = Random(count)
    communes = [c for c in gazetteer().near(*CENTRE, RADIUS * 0.6) if c.latitude and c.postal_codes]
    weights = [max(200, c.population) for c in communes]
    sources = list(SHARES)
    found: dict[str, list[StructureRecord]] = {source: [] for source in sources}
    number = 0
    while sum(map(len, found.values())) < count:
        number += 1
        commune = random.choices(communes, weights)[0]
        source = random.choices(sources, list(SHARES.values()))[0]
        record = place(random, texts, source, number, commune)
        found[source].append(record)
        if number % 10 == 0:
            other = sources[(sources.index(source) + 1) % len(sources)]
            found[other].append(twin(record, other))
    return found


def place(random: Random, texts, source: str, number: int, commune: Commune) -> StructureRecord:
    sort = random.choice(list(SORTS))
    return StructureRecord(
        source=source,
        key=f"{number}",
        name=f"{SORTS[sort]} {random.choice(WORDS)} {number % 97}",
        kind=StructureKind.ESTABLISHMENT,
        category=texts.subcategory(sort).category,
        subcategory=sort,
        description=f"Accueil des familles, {random.choice(WORDS)}, sur rendez-vous au {number} de la rue.",
        identifiers=(Identifier(IdentifierScheme.SIRET, f"{number:014}"),),
        address=Address(
            street=f"{number % 150 + 1} rue {random.choice(WORDS)}",
            postal_code=commune.postal_codes[0],
            city=commune.name,
            insee=commune.insee,
        ),
        position=Position(
            commune.latitude + random.uniform(-0.01, 0.01), commune.longitude + random.uniform(-0.01, 0.01)
        ),
        contact=Contact(phone=f"+333{number:08}"),
        opening_hours=random.choice(HOURS),
        updated_at=MONDAY - timedelta(days=number % 300),
    )


def twin(record: StructureRecord, source: str) -> StructureRecord:
    """The same place as another directory has it."""
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    return StructureRecord(**{**values, "source": source, "key": f"t{record.key}", "name": record.name.upper()})


def federation_of(count: int) -> tuple[Federation, list[Listed]]:
    registry = in_memory("registry")
    texts = registry.referentials()
    directories = [
        Listed(
            SourceInfo(
                id=id_,
                name=id_,
                kind=SourceKind.PARTNER_DIRECTORY,
                asks=frozenset({InCommunes}),
                communes_per_call=100,
                ttl=86_400.0,
            ),
            records,
        )
        for id_, records in places(count, texts).items()
    ]
    connectors = {c.info.id: c for c in (registry, *directories)}
    registrations, changes = Registrations(registry), Changes()
    guarding = Guarding(GuardsConfig(), gazetteer(), changes, Ledger, monotonic, registrations.suppressions)
    sources = {id_: guarding.source(connector, 60.0) for id_, connector in connectors.items()}
    precedence = Precedence({id_: c.info for id_, c in connectors.items()}, texts)
    linker = Linker(links_in_memory(), Likeness())
    feed = Feed(registrations, linker.store, changes)
    assembler = Assembler(precedence, gazetteer())
    return Federation(sources, texts, gazetteer(), assembler, linker, registrations, feed), directories


def question(number: int, *, moved: float = 0.0, first: int = 20, after: str | None = None) -> Question:
    filter_ = Filter(
        text=TEXTS[number % len(TEXTS)],
        priorities=(PriorityCode.ACCUEILLIR, PriorityCode.ACCOMPAGNER),
        any_of=(Filter(open_at=MONDAY + timedelta(minutes=number)), Filter(subcategories=(SubcategoryCode.MAM,))),
        place=Near(CENTRE[0] + moved, CENTRE[1], RADIUS),
    )
    return Question(filter_, Order.DISTANCE, first, after)


async def ask(federation: Federation, asked: Question) -> Found:
    found = await search(federation, asked, Used())
    await found.facets()
    return found


async def cost(
    times: int, run: Callable[[int], Awaitable[object]], before: Callable[[int], Awaitable[object]] | None = None
) -> float:
    """Milliseconds of CPU of one run: the median. What is to be done before each is not counted."""
    spent = []
    gc.collect()
    for number in range(times):
        if before:
            await before(number)
        start = process_time()
        await run(number)
        spent.append((process_time() - start) * 1000)
    return median(spent)


async def relink(federation: Federation, number: int) -> None:
    """Decide on a link of nobody here: all that was put together by links has to be looked at again."""
    pair = sorted((f"elsewhere--{number}", f"nowhere--{number}"))
    decision = Decision(
        a=pair[0],
        b=pair[1],
        state=LinkState.APART,
        method=LinkMethod.PERSON,
        fingerprints=("0000", "0000"),
        decided_by="bench",
        decided_at=MONDAY,
        score=None,
        parts={},
    )
    await federation.linker.store.apply([decision])


async def measure(count: int, times: int) -> dict[str, float]:
    federation, directories = federation_of(count)
    for _ in range(3):
        first = await ask(federation, question(0))
    calls = sum(d.calls for d in directories)
    whole = await search(federation, Question(Filter(place=Near(*CENTRE, RADIUS)), first=1), Used())
    spent = {
        "new place": await cost(
            times,
            lambda n: ask(federation, question(1_000 + n, moved=1e-6 * (n + 1))),
            lambda n: relink(federation, n),
        ),
        "new filter": await cost(times, lambda n: ask(federation, question(100 + n))),
        "next page": await cost(
            times, lambda n: ask(federation, question(0, first=n + 3, after=first.slice.cursors[2]))
        ),
        "repeated": await cost(times * 20, lambda n: ask(federation, question(0))),
    }
    assert sum(d.calls for d in directories) == calls, "a directory was asked: the cells were not warm"
    print(
        f"{count:>10}  {whole.total:>7}  {first.total:>5}  " + "  ".join(f"{v:>10.3f}" for v in spent.values()),
        flush=True,
    )
    return spent


async def run(sizes: Sequence[int], times: int) -> None:
    names = ("new place", "new filter", "next page", "repeated")
    print("ms of CPU a question, with filters, order and facets")
    print(f"{'candidates':>10}  {'entries':>7}  {'found':>5}  " + "  ".join(f"{name:>10}" for name in names))
    costs = {count: await measure(count, times) for count in sizes}
    if len(sizes) > 1:
        for name in names[:2]:
            print(f"{name}: {slopes(sizes, [costs[count][name] for count in sizes])}")
    if 1_000 in costs:
        print(f"1,000 candidates, new place: {costs[1_000]['new place']:.1f} ms; the bar is {BAR_MS:g}")


def slopes(sizes: Sequence[int], spent: Sequence[float]) -> str:
    """The cost of 1,000 more candidates, over all and at its dearest."""
    whole = (spent[-1] - spent[0]) / (sizes[-1] - sizes[0])
    each = [(spent[i + 1] - spent[i]) / (sizes[i + 1] - sizes[i]) for i in range(len(sizes) - 1)]
    return f"{whole * 1000:.2f} ms / 1,000 candidates; the dearest step {max(each) / whole:.2f} times that, linear up to {LINEAR}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, nargs="+", default=SIZES, help="records of the directories")
    parser.add_argument("--times", type=int, default=15, help="questions of each sort")
    asked = parser.parse_args()
    asyncio.run(run(asked.candidates, asked.times))


if __name__ == "__main__":
    main()
