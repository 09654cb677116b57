"""The checks of `search`."""

from collections.abc import Collection

from connectors.conformance.answers import pages
from connectors.conformance.facts import Factory, Facts, expect, opened
from connectors.contract import (
    ActionsOf,
    Everywhere,
    InCommunes,
    InDepartement,
    Kind,
    PractisingAt,
    Query,
    Record,
    SameAs,
    WithIdentifiers,
)
from connectors.records import StructureRecord


async def communes_give_what_lies_in_them(factory: Factory, facts: Facts) -> None:
    """Each record lies in a commune asked, and can be got; communes give together what they give alone."""
    async with opened(factory) as connector:
        info = connector.info
        if InCommunes not in info.asks:
            return
        expect(facts.communes, "facts: communes that hold records")
        alone: set[str] = set()
        for commune in facts.communes:
            records = await pages(connector, Query(where=InCommunes((commune,))))
            expect(records, f"nothing in {commune.name}")
            _expect_within(records, {commune.insee})
            alone |= {record.key for record in records}
            for record in (records[0], records[-1]):
                expect(await connector.get(Kind.STRUCTURE, [record.key]), f"cannot be got: {record.key}")
        together: set[str] = set()
        for start in range(0, len(facts.communes), info.communes_per_call):
            some = facts.communes[start : start + info.communes_per_call]
            records = await pages(connector, Query(where=InCommunes(some)))
            _expect_within(records, {commune.insee for commune in some})
            together |= {record.key for record in records}
        expect(alone == together, f"communes asked together: {alone ^ together}")


def _expect_within(records: Collection[Record], insee: set[str]) -> None:
    for record in records:
        address = record.address if isinstance(record, StructureRecord) else None
        expect(address and address.insee in insee, f"{record.id} lies in {address}, asked {insee}")


async def a_departement_gives_its_communes(factory: Factory, facts: Facts) -> None:
    """A whole département holds what its communes hold, and nothing of another."""
    async with opened(factory) as connector:
        if InDepartement not in connector.info.asks:
            return
        expect(facts.communes, "facts: communes that hold records")
        commune = facts.communes[0]
        inside = await pages(connector, Query(where=InCommunes((commune,))))
        records = await pages(connector, Query(where=InDepartement(commune.departement)))
        missing = {record.key for record in inside} - {record.key for record in records}
        expect(records and not missing, f"not in {commune.departement}: {missing or 'anything'}")
        for record in records:
            address = record.address if isinstance(record, StructureRecord) else None
            departement = address.departement if address else None
            expect(departement in {None, commune.departement}, f"{record.id} lies in {departement}")


async def everywhere_gives_what_exists(factory: Factory, facts: Facts) -> None:
    """All that the source has: the known keys are among it."""
    async with opened(factory) as connector:
        if Everywhere not in connector.info.asks:
            return
        for kind, keys in ((Kind.STRUCTURE, facts.keys), (Kind.ACTION, facts.actions)):
            if kind in connector.info.kinds:
                records = await pages(connector, Query(where=Everywhere(), kind=kind))
                missing = set(keys) - {record.key for record in records}
                expect(not missing, f"not among everything: {missing}")


async def relations_give_what_they_say(factory: Factory, facts: Facts) -> None:
    """What is asked by identifier, place of practice, acting structure or quoted id carries what it was asked by."""
    async with opened(factory) as connector:
        info = connector.info
        for where, told, kind, asked in (
            (WithIdentifiers, "identifiers", Kind.STRUCTURE, facts.identifiers),
            (PractisingAt, "practises_at", Kind.STRUCTURE, facts.practised),
            (SameAs, "same_as", Kind.STRUCTURE, facts.same_as),
            (ActionsOf, "structures", Kind.ACTION, facts.active),
        ):
            if where not in info.asks:
                continue
            expect(asked, f"facts: something for {where.__name__}")
            batch = asked[: info.batch_size]
            records = await pages(connector, Query(where=where(batch), kind=kind))  # type: ignore[arg-type]
            expect(records, f"nothing for {where.__name__} {batch}")
            for record in records:
                value = getattr(record, told)
                values = set(value) if isinstance(value, tuple) else {value}
                expect(values & set(batch), f"{record.id}: {told} is {value}, asked {batch}")


async def narrowing_loses_nothing(factory: Factory, facts: Facts) -> None:
    """Sub-categories may narrow an answer; what is of a sub-category asked is still there."""
    async with opened(factory) as connector:
        if InCommunes not in connector.info.asks:
            return
        where = InCommunes(facts.communes[:1])
        everything = await pages(connector, Query(where=where))
        codes = {r.subcategory for r in everything if isinstance(r, StructureRecord) and r.subcategory}
        for code in sorted(codes):
            narrowed = await pages(connector, Query(where=where, subcategories=frozenset({code})))
            wanted = {r.key for r in everything if isinstance(r, StructureRecord) and r.subcategory is code}
            lost = wanted - {record.key for record in narrowed}
            expect(not lost, f"{code} loses {lost}")
