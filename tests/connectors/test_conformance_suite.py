"""The conformance suite on a connector that keeps the contract, and on others that break one rule each."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
import pytest

from connectors.conformance import CHECKS, Check, Factory, Facts, NotConforming
from connectors.contract import (
    Everywhere,
    InCommunes,
    InDepartement,
    Kind,
    Page,
    Query,
    Record,
    SameAs,
    SourceInfo,
    SourceKind,
)
from connectors.errors import Refused
from connectors.gazetteer import Commune, gazetteer
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind, SubcategoryCode
from connectors.records import ActionRecord, Address, Contact, Identifier, Position, StructureRecord


class Sample:
    """A connector that keeps the contract, two records a page; those below break one rule each."""

    info = SourceInfo(
        id="sample",
        name="Sample (fictif)",
        kind=SourceKind.PARTNER_DIRECTORY,
        asks=frozenset({InCommunes, InDepartement, Everywhere, SameAs}),
        kinds=frozenset(Kind),
        batch_size=3,
        communes_per_call=2,
    )

    def __init__(self) -> None:
        self.records: dict[str, Record] = {
            str(n): structure(str(n), DIJON if n < 3 else TALANT, subcategory=(None, CRECHE)[n % 2]) for n in range(5)
        }
        self.actions: dict[str, Record] = {"a": ActionRecord(source="sample", key="a", title="Une action (fictive)")}

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        await asyncio.sleep(0)
        records = self.records if kind is Kind.STRUCTURE else self.actions
        return {key: records[key] for key in keys if key in records}

    async def search(self, query: Query) -> Page:
        await asyncio.sleep(0)
        found = self.found(query)
        if query.after is not None and not (query.after.isascii() and query.after.isdigit() and len(query.after) < 9):
            raise Refused("sample", "does not know this page")
        start = int(query.after or 0)
        more = str(start + 2) if start + 2 < len(found) else None
        return Page(records=tuple(found[start : start + 2]), after=more, total=len(found))

    def found(self, query: Query) -> list[Record]:
        if query.kind is Kind.ACTION:
            return list(self.actions.values())
        structures = [r for r in self.records.values() if isinstance(r, StructureRecord) and r.address]
        match query.where:
            case InCommunes(communes=communes):
                return [r for r in structures if r.address and r.address.insee in {c.insee for c in communes}]
            case InDepartement(code=code):
                return [r for r in structures if r.address and r.address.departement == code]
            case SameAs(ids=ids):
                return [r for r in structures if set(r.same_as) & set(ids)]
        return list(structures)

    async def ping(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


DIJON, TALANT = gazetteer().communes["21231"], gazetteer().communes["21617"]
CRECHE = SubcategoryCode.CRECHE
SAMPLE = Facts(
    keys=("0", "1", "2", "3", "4"), communes=(DIJON, TALANT), actions=("a",), same_as=("other--0", "other--4")
)


def structure(key: str, commune: Commune, **values: Any) -> StructureRecord:
    return StructureRecord(
        source="sample",
        key=key,
        name="Un lieu (fictif)",
        kind=StructureKind.ESTABLISHMENT,
        category=CategoryCode.AUTRE,
        **{
            "address": Address(insee=commune.insee, departement=commune.departement),
            "same_as": (f"other--{key}",),
            **values,
        },
    )


def bearing(**values: Any) -> Factory:
    """A sample whose first record bears these values."""

    def make() -> Sample:
        sample = Sample()
        sample.records["0"] = msgspec.structs.replace(sample.records["0"], **values)
        return sample

    return make


def informed(**values: Any) -> Factory:
    """A sample whose `info` bears these values."""

    def make() -> Sample:
        sample = Sample()
        sample.info = msgspec.structs.replace(sample.info, **values)
        return sample

    return make


class Changing(Sample):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        self.info = msgspec.structs.replace(self.info, name="Another")
        return await super().get(kind, keys)


class GivesMore(Sample):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        return self.records if kind is Kind.STRUCTURE else self.actions


class GivesAnother(Sample):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        return {key: self.records["1"] for key in keys if key in self.records}


class TakesTwo(Sample):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        return await super().get(kind, keys[:2])


class LosesTheLast(Sample):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        return await super().get(kind, keys[:-1] if "unknown-0" in keys else keys)


class RaisesOnUnknown(Sample):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        return {key: self.records[key] for key in keys}


class NeverEnds(Sample):
    async def search(self, query: Query) -> Page:
        return Page(records=(), after="0")


class Repeats(Sample):
    async def search(self, query: Query) -> Page:
        page = await super().search(query)
        return msgspec.structs.replace(page, records=page.records * 2)


class CountsBelowZero(Sample):
    async def search(self, query: Query) -> Page:
        return msgspec.structs.replace(await super().search(query), unreadable=-1)


class IgnoresPlaces(Sample):
    def found(self, query: Query) -> list[Record]:
        return list(self.records.values())


class FindsNothing(Sample):
    def found(self, query: Query) -> list[Record]:
        return []


class TakesOneCommune(Sample):
    def found(self, query: Query) -> list[Record]:
        if isinstance(query.where, InCommunes):
            query = msgspec.structs.replace(query, where=InCommunes(query.where.communes[:1]))
        return super().found(query)


class NarrowsTooMuch(Sample):
    def found(self, query: Query) -> list[Record]:
        return [] if query.subcategories else super().found(query)


class KnowsOnlyCommunes(Sample):
    def found(self, query: Query) -> list[Record]:
        return super().found(query) if isinstance(query.where, InCommunes) else []


class OtherDepartement(Sample):
    def found(self, query: Query) -> list[Record]:
        far = structure("9", gazetteer().communes["75111"])
        return [*super().found(query), *((far,) if isinstance(query.where, InDepartement) else ())]


class RaisesOnCursors(Sample):
    async def search(self, query: Query) -> Page:
        int(query.after or 0)
        return await super().search(query)


class Locks(Sample):
    """A lock that a cancelled call leaves locked: the next calls give nothing."""

    locked = False

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        if self.locked:
            return {}
        self.locked = True
        await asyncio.sleep(0)
        found = await super().get(kind, keys)
        self.locked = False
        return found


class RaisesWhenCancelled(Sample):
    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        try:
            return await super().get(kind, keys)
        except asyncio.CancelledError:
            raise ValueError("cancelled") from None


class ClosesOnce(Sample):
    closed = False

    async def aclose(self) -> None:
        if self.closed:
            raise NotConforming("closed twice")
        self.closed = True


BROKEN: list[tuple[str, Factory]] = [
    ("info_is_constant", Changing),
    ("info_is_constant", informed(id="Sample")),
    ("info_is_constant", informed(name=" ")),
    ("info_is_constant", informed(kinds=frozenset())),
    ("info_is_constant", informed(asks=frozenset({Page}))),
    ("info_is_constant", informed(batch_size=0)),
    ("info_is_constant", informed(ttl=-1.0)),
    ("info_is_constant", informed(calls_per_second=0.0)),
    ("get_gives_what_exists", GivesMore),
    ("get_gives_what_exists", GivesAnother),
    ("get_gives_what_exists", TakesTwo),
    ("get_gives_what_exists", bearing(source="other")),
    ("get_gives_what_exists", bearing(key="0 ")),
    ("get_gives_what_exists", bearing(name=" ")),
    ("get_gives_what_exists", bearing(name=3)),
    ("get_gives_what_exists", bearing(same_as=["other--0"])),
    ("get_gives_what_exists", bearing(updated_at=datetime(2026, 1, 1))),  # noqa: DTZ001 (the fault)
    ("get_gives_what_exists", bearing(address=Address(insee="00000"))),
    ("get_gives_what_exists", bearing(address=Address(postal_code=""))),
    ("get_gives_what_exists", bearing(languages=("fr", ""))),
    ("get_gives_what_exists", bearing(position=Position(91.0, 0.0))),
    ("get_gives_what_exists", bearing(contact=Contact(phone="01 99 00 12 34"))),
    ("get_gives_what_exists", bearing(contact=Contact(website="www.example.org"))),
    ("get_gives_what_exists", bearing(identifiers=(Identifier(IdentifierScheme.SIRET, "999 999"),))),
    ("get_leaves_out_what_is_unknown", GivesMore),
    ("get_leaves_out_what_is_unknown", LosesTheLast),
    ("get_takes_a_full_batch", TakesTwo),
    ("get_takes_a_full_batch", GivesMore),
    ("communes_give_what_lies_in_them", NeverEnds),
    ("communes_give_what_lies_in_them", Repeats),
    ("communes_give_what_lies_in_them", CountsBelowZero),
    ("communes_give_what_lies_in_them", IgnoresPlaces),
    ("communes_give_what_lies_in_them", FindsNothing),
    ("communes_give_what_lies_in_them", TakesOneCommune),
    ("a_departement_gives_its_communes", KnowsOnlyCommunes),
    ("a_departement_gives_its_communes", OtherDepartement),
    ("everywhere_gives_what_exists", KnowsOnlyCommunes),
    ("relations_give_what_they_say", KnowsOnlyCommunes),
    ("relations_give_what_they_say", IgnoresPlaces),
    ("narrowing_loses_nothing", NarrowsTooMuch),
    ("errors_are_source_errors", RaisesOnCursors),
    ("cancelling_leaves_it_usable", Locks),
    ("cancelling_leaves_it_usable", RaisesWhenCancelled),
    ("it_pings_and_closes", ClosesOnce),
]


@pytest.mark.parametrize("check", CHECKS, ids=attrgetter("__name__"))
async def test_the_sample_keeps_the_contract(check: Check) -> None:
    await check(Sample, SAMPLE)


@pytest.mark.parametrize(("name", "factory"), BROKEN)
async def test_a_broken_rule_is_found(name: str, factory: Factory) -> None:
    (check,) = (check for check in CHECKS if check.__name__ == name)
    with pytest.raises(NotConforming):
        await check(factory, SAMPLE)


def test_every_check_can_fail() -> None:
    assert {name for name, _ in BROKEN} == {check.__name__ for check in CHECKS}


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("get_gives_what_exists", {"keys": ()}),
        ("get_gives_what_exists", {"actions": ()}),
        ("get_takes_a_full_batch", {"keys": ()}),
        ("communes_give_what_lies_in_them", {"communes": ()}),
        ("a_departement_gives_its_communes", {"communes": ()}),
        ("relations_give_what_they_say", {"same_as": ()}),
        ("errors_are_source_errors", {"failing": (Sample,)}),
    ],
)
async def test_a_missing_proof_is_told(name: str, facts: dict[str, Any]) -> None:
    (check,) = (check for check in CHECKS if check.__name__ == name)
    with pytest.raises(NotConforming):
        await check(Sample, msgspec.structs.replace(SAMPLE, **facts))


async def test_an_error_of_another_sort_is_let_through() -> None:
    (check,) = (check for check in CHECKS if check.__name__ == "get_leaves_out_what_is_unknown")
    with pytest.raises(KeyError):
        await check(RaisesOnUnknown, SAMPLE)


async def test_what_a_connector_is_not_asked_needs_no_proof() -> None:
    factory = informed(asks=frozenset(), kinds=frozenset({Kind.STRUCTURE}), batch_size=1)
    for check in CHECKS:
        await check(factory, Facts(keys=("0",)))
