"""The checks of `info`, errors, cancellation, `ping` and `aclose`."""

import asyncio
import re
from collections.abc import Awaitable
from typing import get_args

from connectors.conformance.facts import Factory, Facts, NotConforming, expect, opened
from connectors.contract import InCommunes, InDepartement, Kind, Query, SameAs, Where, WithIdentifiers
from connectors.errors import SourceError

MAX_TURNS = 24
"""Turns of the event loop after which calls are cancelled, one try for each."""

_CURSORS = ("no such page", "\ud800", "-1", "9" * 400)


async def info_is_constant(factory: Factory, facts: Facts) -> None:
    """`info` is the same before and after a call, and well formed."""
    async with opened(factory) as connector:
        info = connector.info
        await connector.get(Kind.STRUCTURE, facts.keys[:1])
        expect(connector.info == info, "info has changed")
    expect(re.fullmatch(r"[a-z][a-z0-9_]*", info.id), f"not an id: {info.id!r}")
    expect(info.name.strip(), "no name")
    expect(info.kinds and info.asks <= set(get_args(Where)), f"asks {info.asks}, kinds {info.kinds}")
    expect(min(info.batch_size, info.communes_per_call, info.concurrency) >= 1, "a size below 1")
    expect(info.ttl >= 0 and info.max_departements >= 0, "a limit below 0")
    expect(info.calls_per_second is None or info.calls_per_second > 0, "a rate of nothing")


async def errors_are_source_errors(factory: Factory, facts: Facts) -> None:
    """Nothing but SourceError is raised, for a strange question as for a directory that is out of order."""
    async with opened(factory) as connector:
        for where in (InDepartement("00"), InCommunes(()), WithIdentifiers(()), SameAs(("x",))):
            for after in (None, *_CURSORS):
                await _tried(connector.search(Query(where=where, after=after)))
        for commune in facts.communes[:1]:
            for after in _CURSORS:
                await _tried(connector.search(Query(where=InCommunes((commune,)), after=after)))
        await _tried(connector.get(Kind.ACTION, facts.keys[:1]))
    for failing in facts.failing:
        async with opened(failing) as connector:
            answers = {"get": await _tried(connector.get(Kind.STRUCTURE, facts.keys[:1]))}
            answers["ping"] = await _tried(connector.ping())
            for commune in facts.communes[:1]:
                answers["search"] = await _tried(connector.search(Query(where=InCommunes((commune,)))))
            for method, error in answers.items():
                expect(error, f"{method} gives an answer although the directory is out of order")


async def _tried(call: Awaitable[object]) -> SourceError | None:
    """The SourceError that a call raises; None when it gives an answer."""
    try:
        await call
    except SourceError as error:
        return error
    except Exception as error:
        raise NotConforming(f"raises {error!r}, which is not a SourceError") from error
    return None


async def cancelling_leaves_it_usable(factory: Factory, facts: Facts) -> None:
    """Calls cancelled at any moment leave nothing locked; calls at once do not disturb each other."""
    async with opened(factory) as connector:
        info = connector.info
        batch = facts.keys[: info.batch_size]
        for turns in range(MAX_TURNS):
            tasks: list[asyncio.Future[object]] = [
                asyncio.ensure_future(connector.get(Kind.STRUCTURE, batch)),
                asyncio.ensure_future(connector.search(Query(where=InCommunes(facts.communes[:1])))),
            ]
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            odd = [e for e in ended if isinstance(e, Exception) and not isinstance(e, SourceError)]
            expect(not odd, f"cancelled, raises {odd}")
        at_once = (connector.get(Kind.STRUCTURE, batch) for _ in range(info.concurrency + 2))
        for found in await asyncio.gather(*at_once):
            expect(set(found) == set(batch), f"after cancelled calls, {batch} gives {list(found)}")


async def it_pings_and_closes(factory: Factory, facts: Facts) -> None:
    """`ping` returns, and closing twice does no harm, unused or used."""
    unused = factory()
    await unused.aclose()
    await unused.aclose()
    used = factory()
    await used.ping()
    await used.aclose()
    await used.aclose()
