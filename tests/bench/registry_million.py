"""What a registry of a million structures costs to read: time and CPU of each kind of read.

    python tests/bench/registry_million.py [--rows 1000000] [--keep PATH]

Makes the database first (minutes), through the product's own writing, unless PATH has one of the same size. Each line is
one kind of read over random entries: median time, CPU of the process a read, and CPU a record read. The file is read once
before, so that the figures are those of a file in the system's memory, not of a disk.
"""

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import msgspec
from registry_entries import SOURCE, batches, key_of, siret_of

from connectors.contract import (
    ActionsOf,
    Everywhere,
    InCommunes,
    InDepartement,
    Kind,
    Page,
    PractisingAt,
    Query,
    Record,
    SameAs,
    Where,
    WithIdentifiers,
)
from connectors.gazetteer import Commune, gazetteer
from connectors.registry import Registry, open_registry
from connectors.registry.seeding import entries

Read = Callable[[], Awaitable[Sequence[Record]]]


def made(path: Path, rows: int) -> None:
    """Fill a database that does not hold so many structures yet; one of an older version is migrated, and counted."""
    start = time.perf_counter()
    registry = open_registry(path)
    print(f"made or migrated in {time.perf_counter() - start:.1f} s", flush=True)
    try:
        if asyncio.run(_total(registry)) >= rows:
            return
        start = time.perf_counter()
        for number, batch in enumerate(batches(rows), start=1):
            registry.load(batch)
            if number % 10 == 0:
                print(f"  {number * 20_000:,} structures in {time.perf_counter() - start:.0f} s", flush=True)
    finally:
        asyncio.run(registry.aclose())
    print(f"filled in {time.perf_counter() - start:.0f} s, {path.stat().st_size / 1e6:.0f} MB")


async def _total(registry: Registry) -> int:
    page = await registry.search(Query(where=Everywhere()))
    return (page.total or 0) - len(entries("structures"))


def reads(registry: Registry, rows: int) -> Iterator[tuple[str, int, Read]]:
    """Each kind of read: its name, how often it is done, and how."""
    chance = random.Random(1)
    communes: list[Commune] = list(gazetteer().communes.values())
    departements = list(gazetteer().departements)

    def numbers(count: int) -> list[int]:
        return [chance.randrange(rows) for _ in range(count)]

    async def get(kind: Kind, keys: Sequence[str]) -> Sequence[Record]:
        return list((await registry.get(kind, keys)).values())

    async def page(where: Where, kind: Kind = Kind.STRUCTURE, after: int | None = None) -> Sequence[Record]:
        found: Page = await registry.search(Query(where=where, kind=kind, after=None if after is None else str(after)))
        return found.records

    async def whole_departement() -> Sequence[Record]:
        query = Query(where=InDepartement(chance.choice(departements)))
        records: list[Record] = []
        while True:
            found = await registry.search(query)
            records += found.records
            if found.after is None:
                return records
            query = msgspec.structs.replace(query, after=found.after)

    async def counts() -> Sequence[Record]:
        _, apart = await registry.census([])
        return apart

    yield "facets of all", 500, counts
    yield "1 structure by key", 2000, lambda: get(Kind.STRUCTURE, [key_of(n) for n in numbers(1)])
    yield "20 structures by key", 1000, lambda: get(Kind.STRUCTURE, [key_of(n) for n in numbers(20)])
    yield "500 structures by key", 40, lambda: get(Kind.STRUCTURE, [key_of(n) for n in numbers(500)])
    yield "20 actions by key", 1000, lambda: get(Kind.ACTION, [f"a{n:07}" for n in numbers(20)])
    yield "20 identifiers", 500, lambda: page(WithIdentifiers(tuple(siret_of(n) for n in numbers(20))))
    yield "20 ids quoted", 500, lambda: page(SameAs(tuple(f"monenfant--f{n // 5 * 5}" for n in numbers(20))))
    yield "who practises at 20", 500, lambda: page(PractisingAt(tuple(key_of(n) for n in numbers(20))))
    yield "actions of 20", 500, lambda: page(ActionsOf(tuple(key_of(n) for n in numbers(20))), Kind.ACTION)
    yield "1 commune", 500, lambda: page(InCommunes((chance.choice(communes),)))
    yield "20 communes", 100, lambda: page(InCommunes(tuple(chance.sample(communes, 20))))
    yield "actions of 20 communes", 50, lambda: page(InCommunes(tuple(chance.sample(communes, 20))), Kind.ACTION)
    yield "a département, whole", 10, whole_departement
    yield "everywhere, first page", 20, lambda: page(Everywhere())
    yield "everywhere, any page", 20, lambda: page(Everywhere(), after=chance.randrange(rows))
    yield "everywhere, last page", 20, lambda: page(Everywhere(), after=rows - 500)


async def measured(name: str, times: int, read: Read) -> str:
    """One line: what a read costs."""
    await read()
    seconds: list[float] = []
    records = 0
    cpu = time.process_time()
    for _ in range(times):
        start = time.perf_counter()
        records += len(await read())
        seconds.append(time.perf_counter() - start)
    cpu = (time.process_time() - cpu) / times
    each = cpu * times / records * 1e6 if records else 0.0
    return f"{name:24} {records / times:8.1f} {median(seconds) * 1e3:10.3f} {cpu * 1e3:10.3f} {each:10.1f}"


async def measure(path: Path, rows: int) -> None:
    """Open the database and print the costs."""
    with path.open("rb") as file:
        while file.read(2**20):
            pass
    start = time.perf_counter()
    registry = open_registry(path, source=SOURCE)
    opened = time.perf_counter() - start
    print(f"opened in {opened * 1e3:.1f} ms")
    print(f"{'read':24} {'records':>8} {'p50 ms':>10} {'CPU ms':>10} {'us/record':>10}")
    for name, times, read in reads(registry, rows):
        print(await measured(name, times, read), flush=True)
    await registry.aclose()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    """Make, open, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="structures (default: 1000000)")
    parser.add_argument("--keep", type=Path, metavar="PATH", help="the database's file, made when it is not there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "registry.sqlite"
        made(path, asked.rows)
        asyncio.run(measure(path, asked.rows))


if __name__ == "__main__":
    main()
