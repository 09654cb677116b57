"""What is promised of the price of all this: what the guards cost a query that they do not stop, and no slow pattern."""

import asyncio
import gc
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import monotonic, process_time
from typing import Final

import msgspec
from promise_findings import Finding, Size
from search import Listed, federation_of, places

from connectors.contract import InCommunes, Kind, Record, SourceInfo, SourceKind
from connectors.errors import SourceError
from connectors.gazetteer import gazetteer
from connectors.guards.cache import Cached, Row
from connectors.guards.circuit import Circuit
from connectors.guards.keeping import Keeping
from connectors.guards.ledger import Ledger
from connectors.held import Held
from connectors.records import StructureRecord
from connectors.registry import in_memory
from hub.composition import Guarding
from hub.config import GuardsConfig
from hub.execution import Engine, GraphQLRequest
from resolvers.access import Caller
from resolvers.federation.cells import Cells
from resolvers.federation.sources import Federation, Source
from resolvers.federation.used import Changes
from resolvers.request import RequestContext
from resolvers.schema import build_schema

BAR: Final = 0.15
RECORDS: Final = 400
HELD_SECONDS: Final = 86_400.0

FIELDS: Final = """id name otherNames kind description languages category { code text }
  address { street postalCode city inseeCode } position { latitude longitude } contact { phone email }
  priorities { priority { code } }"""
PLACE: Final = f"""query ($n: Int!) {{
  structures(
    filter: {{ place: {{ near: {{ latitude: 47.322, longitude: 5.041, radiusMeters: 10000 }} }} }}, first: $n
  ) {{ nodes {{ {FIELDS} }} }}
}}"""
IDS: Final = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Structure {{ {FIELDS} }} }} }}"


class Known(Listed):
    """A directory in memory, that knows its records by key too."""

    def __init__(self, info: SourceInfo, records: Sequence[StructureRecord]) -> None:
        super().__init__(info, records)
        self._by_key = {record.key: record for record in records}

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        return {key: self._by_key[key] for key in keys if key in self._by_key}


class Unguarded(Cached):
    """A directory as resolvers ask it, without any policy: what is asked for is had from it, and nothing is kept."""

    async def rows(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Row | SourceError]:
        found, now = await self._inner.get(kind, keys), datetime.now(UTC)
        return {key: Held(found.get(key), now) for key in keys}


def federations(ttl: float) -> tuple[Federation, Federation, list[str]]:
    """The same directories with all guards and without any, and ids of records. `ttl`: for which they may be held."""
    whole, _ = federation_of(1)
    records = places(RECORDS, whole.referentials)
    info = SourceInfo(
        id="", name="", kind=SourceKind.PARTNER_DIRECTORY, asks=frozenset({InCommunes}), communes_per_call=100, ttl=ttl
    )
    known = [Known(msgspec.structs.replace(info, id=id_, name=id_), some) for id_, some in records.items()]
    connectors = {c.info.id: c for c in (in_memory("registry"), *known)}
    guarding = Guarding(GuardsConfig(), gazetteer(), Changes(), Ledger, monotonic)
    guarded = {id_: guarding.source(connector, 1.0) for id_, connector in connectors.items()}
    bare = {id_: _bare(connector, guarded[id_]) for id_, connector in connectors.items()}
    ids = [record.id for some in records.values() for record in some][:20]
    return _over(whole, guarded), _over(whole, bare), ids


def _bare(connector: Known, guarded: Source) -> Source:
    ledger = Ledger(connector.info.id)
    cells = Cells(connector, gazetteer(), deadline=1.0, clock=monotonic, ledger=ledger)
    direct = Unguarded(connector, ledger, Keeping())
    return Source(direct, cells, ledger, Circuit(connector.info, ledger), guarded.version)


def _over(whole: Federation, sources: Mapping[str, Source]) -> Federation:
    return Federation(
        sources,
        whole.referentials,
        whole.gazetteer,
        whole.assembler,
        whole.linker,
        whole.registrations,
        whole.feed,
    )


async def guards(size: Size) -> list[Finding]:
    """CPU of warm queries in process, over directories in memory, with all guards and without any, in turn."""
    engine = Engine(build_schema())
    told = {}
    for name, ttl, query in (
        ("a place that is held", HELD_SECONDS, PLACE),
        ("20 ids that are held", HELD_SECONDS, IDS),
        ("a place, each directory asked", 0.0, PLACE),
    ):
        guarded, bare, ids = federations(ttl)
        variables = {"n": 20} if query is PLACE else {"ids": ids}
        request = GraphQLRequest(query, variables)
        told[name] = await _share(engine, request, guarded, bare, size.of(40, 5))
    worst = max(share for share, _ in told.values())
    words = ", ".join(f"{name} {share:.0%} of {us:.0f} us" for name, (share, us) in told.items())
    return [Finding("guards: share of a warm query's CPU", f"<= {BAR:.0%}", words, worst <= BAR)]


async def _share(
    engine: Engine, request: GraphQLRequest, guarded: Federation, bare: Federation, rounds: int
) -> tuple[float, float]:
    """The guards' share of a query's CPU, and that in microseconds; medians."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(3):
        await _cpu(engine, request, guarded, 20)
        await _cpu(engine, request, bare, 20)
    for _ in range(rounds):
        for with_guards in (True, False):
            gc.collect()
            spent[with_guards].append(await _cpu(engine, request, guarded if with_guards else bare, 25))
    whole, rest = median(spent[True]), median(spent[False])
    return max(0.0, whole - rest) / whole, whole * 1e6


async def _cpu(engine: Engine, request: GraphQLRequest, federation: Federation, times: int) -> float:
    """Seconds of CPU of one query."""
    prepared = engine.prepare(request.query)
    began = process_time()
    for _ in range(times):
        context = RequestContext(federation, datetime.now(UTC), Caller())
        result = await engine.execute(prepared, request, context, 0)
        if result.errors or not result.data:
            raise RuntimeError(f"no answer: {result.errors}")
    return (process_time() - began) / times


async def patterns(size: Size) -> list[Finding]:
    """Every regular expression on hostile strings of 50 kB, by its own command."""
    program = Path(__file__).with_name("patterns.py")
    if not program.exists():
        return [Finding("patterns", "<= 50 ms each", "not measured: there is no patterns.py", kept=False)]
    process = await asyncio.create_subprocess_exec(sys.executable, str(program), stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    last = out.decode().strip().splitlines()[-1:]
    return [Finding("hostile strings of 50 kB on every pattern", "<= 50 ms each", *last, process.returncode == 0)]
