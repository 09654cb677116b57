"""The checks of `get`."""

from collections.abc import Sequence

from connectors.conformance.answers import expect_record
from connectors.conformance.facts import Factory, Facts, expect, opened
from connectors.contract import Kind, SourceInfo

ILL_FORMED = ("", " ", ".", "..", "../..", "a/b", "?", "#", "%", "\x00", "é" * 300, "\ud800")
"""What no connector takes for a key."""


def _batches(info: SourceInfo, keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[start : start + info.batch_size] for start in range(0, len(keys), info.batch_size)]


async def get_gives_what_exists(factory: Factory, facts: Facts) -> None:
    """Every known key gives its record, whatever the order and the batch."""
    async with opened(factory) as connector:
        info = connector.info
        for kind, keys in ((Kind.STRUCTURE, facts.keys), (Kind.ACTION, facts.actions)):
            expect(keys or kind not in info.kinds, f"facts: keys of a {kind} that exists")
            for batch in (*_batches(info, keys), *_batches(info, keys[::-1])):
                found = await connector.get(kind, batch)
                expect(set(found) == set(batch), f"asked {batch}, given {list(found)}")
                for key, record in found.items():
                    expect(record.key == key, f"asked {key}, given {record.key}")
                    expect_record(info, kind, record)


async def get_leaves_out_what_is_unknown(factory: Factory, facts: Facts) -> None:
    """Unknown and ill-formed keys are absent, alone and among others; nothing is asked, nothing is given."""
    async with opened(factory) as connector:
        info = connector.info
        strange = (*facts.unknown, *ILL_FORMED)
        for kind in sorted(info.kinds):
            expect(not await connector.get(kind, []), "records for no key")
            for batch in _batches(info, strange):
                found = await connector.get(kind, batch)
                expect(not found, f"{list(found)} for keys that do not exist")
        if info.batch_size > 1 and Kind.STRUCTURE in info.kinds:
            known = facts.keys[: info.batch_size - 1]
            for other in strange:
                found = await connector.get(Kind.STRUCTURE, (other, *known))
                expect(set(found) == set(known), f"{other!r} and {known} give {list(found)}")


async def get_takes_a_full_batch(factory: Factory, facts: Facts) -> None:
    """As many keys as `info.batch_size`, which come at once or twice over."""
    async with opened(factory) as connector:
        size = connector.info.batch_size
        expect(facts.keys, "facts: keys of structures that exist")
        batch = (facts.keys + tuple(f"unknown-{n}" for n in range(size)))[:size]
        found = await connector.get(Kind.STRUCTURE, batch)
        expect(set(found) == set(facts.keys[:size]), f"a batch of {size} gives {list(found)}")
        twice = (facts.keys[0],) * min(2, size)
        expect(set(await connector.get(Kind.STRUCTURE, twice)) == {facts.keys[0]}, "a key asked twice")
