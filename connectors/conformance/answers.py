"""The rules that every record keeps, and every answer that comes in pages."""

import re
from typing import Any

import msgspec

from connectors.conformance.facts import NotConforming, expect
from connectors.contract import Connector, Kind, Query, Record, SourceInfo
from connectors.gazetteer import gazetteer
from connectors.records import ActionRecord, StructureRecord

MAX_PAGES = 2_000
"""A search that has not ended after so many pages is taken not to end."""


def expect_record(info: SourceInfo, kind: Kind, record: Record) -> None:
    """The rules that every record keeps: its source, its key, the types and forms of its values."""
    expect(isinstance(record, StructureRecord if kind is Kind.STRUCTURE else ActionRecord), f"{kind}: {record!r}")
    expect(record.source == info.id, f"the record of another source: {record.source}")
    expect(record.key and record.key == record.key.strip(), f"not a key: {record.key!r}")
    plain = msgspec.to_builtins(record)
    expect(not _has_empty_text(plain), f"{record.id}: an empty text (None for what is not known)")
    try:
        same = msgspec.convert(plain, type(record))
    except msgspec.ValidationError as error:
        raise NotConforming(f"{record.id}: {error}") from error
    expect(same == record, f"{record.id}: a value is not of its type (a list for a tuple?)")
    if record.updated_at:
        expect(record.updated_at.tzinfo, f"{record.id}: updated_at has no time zone")
    if isinstance(record, StructureRecord):
        _expect_structure(record)


def _has_empty_text(plain: Any) -> bool:
    if isinstance(plain, dict):
        return any(map(_has_empty_text, plain.values()))
    return any(map(_has_empty_text, plain)) if isinstance(plain, list | tuple) else plain == ""


def _expect_structure(record: StructureRecord) -> None:
    expect(record.name.strip(), f"{record.id}: no name")
    if record.address and record.address.insee:
        expect(
            record.address.insee in gazetteer().communes,
            f"{record.id}: unknown commune {record.address.insee}",
        )
    if record.position:
        latitude, longitude = record.position.latitude, record.position.longitude
        expect(abs(latitude) <= 90 and abs(longitude) <= 180, f"{record.id}: not on Earth")
    if record.contact:
        phone, website = record.contact.phone, record.contact.website
        expect(phone is None or re.fullmatch(r"\+[1-9]\d{7,14}", phone), f"{record.id}: phone {phone}")
        expect(website is None or re.match(r"https?://", website), f"{record.id}: website {website}")
    for identifier in record.identifiers:
        expect(re.fullmatch(r"\S+", identifier.value), f"{record.id}: {identifier} has spaces")


async def pages(connector: Connector, query: Query) -> list[Record]:
    """All records of a search; its pages end, and no key comes twice."""
    records: dict[str, Record] = {}
    for _ in range(MAX_PAGES):
        page = await connector.search(query)
        expect(page.unreadable >= 0 and (page.total is None or page.total >= 0), "a count below zero")
        for record in page.records:
            expect_record(connector.info, query.kind, record)
            expect(record.key not in records, f"twice in one answer: {record.key}")
            records[record.key] = record
        if page.after is None:
            return list(records.values())
        query = msgspec.structs.replace(query, after=page.after)
    raise NotConforming(f"a search does not end after {MAX_PAGES} pages")
