"""Many random operations on three schemas, each executed by both executors: the project's own, and two nasty ones."""

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random

from comparing import Comparison
from hubs import Client
from nasty_plain import Chaos, plain
from nasty_strawberry import Context, strawberry_schema
from random_operations import Scalars, Writer

from hub.access.accounts import StoredAccounts
from resolvers.access import Caller, Role
from resolvers.accounts import Quota
from resolvers.request import RequestContext
from resolvers.schema import build_schema

RATES = (0, 0, 0, 0.005, 0.02, 0.1)

KNOWN: Scalars = {
    "String": lambda r: r.choice(["crèche", "21", "27", "Dijon", "name", "nothing", ""]),
    "ID": lambda r: r.choice(["registry", "annuaire_sante", "registry--1", "action--registry--1", "nowhere--1", "é"]),
    "Int": lambda r: r.choice([1, 2, 5, 12, 0, 101]),
    "Float": lambda r: r.choice([47.3, 5.04, -1.5, 200.0]),
    "InseeCode": lambda r: r.choice(["21231", "25056", "00000"]),
    "PostalCode": lambda r: r.choice(["21000", "25000", "99999"]),
    "Siret": lambda r: "1" * 14,
    "Finess": lambda r: "210000000",
    "Rpps": lambda r: "1" * 11,
    "DateTime": lambda r: "2026-01-31T09:00:00+01:00",
    "Date": lambda r: "2026-01-31",
    "URL": lambda r: "https://example.org/",
}

HIDDEN = {
    "SourceRecord.retrievedAt", "SourceRecord.freshness", "FieldProvenance.retrievedAt", "SourceCoverage.since",
    "Source.lastAnswerAt", "Source.status",
}  # fmt: skip
"""What tells when something was read: two executions are two moments."""


async def nasty_run(comparison: Comparison, seeds: Iterable[int], *, own_context: bool) -> Comparison:
    """Compare on a nasty schema."""
    for seed in seeds:
        random = Random(seed)
        operation = Writer(comparison.schema, random).operation()
        document = comparison.parsed(operation)
        if document is not None:
            chaos = Chaos(random.choice(RATES), seed)
            waits = any(name.split(".")[1].startswith("s_") for name in operation.fields)
            await comparison.compare(
                operation, document, lambda chaos=chaos: Context(chaos) if own_context else chaos, waits=waits
            )
    return comparison


async def plain_run(seeds: Iterable[int]) -> Comparison:
    """Compare on graphql-core's nasty schema."""
    return await nasty_run(Comparison(plain()), seeds, own_context=False)


async def strawberry_run(seeds: Iterable[int]) -> Comparison:
    """Compare on Strawberry's nasty schema."""
    return await nasty_run(Comparison(strawberry_schema()), seeds, own_context=True)


async def no_bound(_: str) -> Quota:
    return Quota(0, 60, 0)


async def project_run(client: Client, seeds: Iterable[int]) -> Comparison:
    """Compare on the project's schema, over a hub's federation. Loaders wait for one another: `waits` holds."""
    comparison = Comparison(build_schema())
    now = datetime.now(UTC)
    accounts = StoredAccounts(client.hub.access, sources=client.hub.federation.sources, quota=no_bound)
    for seed in seeds:
        random = Random(seed)
        writer = Writer(comparison.schema, random, scalars=KNOWN, hidden=HIDDEN, size=25)
        operation = writer.operation()
        document = comparison.parsed(operation)
        if document is not None:
            caller = random.choice([Caller(), Caller(Role.REGISTRANT, "key-x"), *[Caller(Role.ADMIN, "key-y")] * 4])
            await comparison.compare(
                operation,
                document,
                lambda caller=caller: RequestContext(client.hub.federation, now, caller, accounts),
                waits=True,
            )
    return comparison
