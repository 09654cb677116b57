"""Linking: finding which records of different directories are the same place, and keeping what was found.

First equal official numbers of the place and quoted ids, then the judge's score in three zones: linked, shown to a
person, apart. A record is linked to at most one record of another directory, the surest first. What a person decided
holds. A link whose record describes another place now, since its directory gave the key to another one, is shown to a
person and no longer followed.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from connectors.held import Held
from connectors.links import Change, Link, LinkState, LinkStore, Reason
from connectors.links.errors import Contradiction, CycleOfLinks
from resolvers.identity.evidence import Records, gather
from resolvers.identity.judging import Judge
from resolvers.identity.planning import Run, plan

HUB: Final = "hub"
"""Who decides when no person does."""

ATTEMPTS: Final = 5
"""How often a run is worked out anew because somebody else decided meanwhile."""


class Report(Struct, frozen=True, kw_only=True):
    """What a run found, and changed (or would change, on a dry run).

    `records`: records compared. `found`: pairs for which something speaks. `changes`: the links that are others now.
    """

    records: int
    found: int
    changes: tuple[Change, ...]
    dry_run: bool

    @property
    def counts(self) -> Mapping[LinkState, int]:
        """Links that came to each state."""
        return Counter(change.after.state for change in self.changes)

    @property
    def moved(self) -> list[Link]:
        """The links that are no longer followed, because a record of theirs describes another place now."""
        return [change.after for change in self.changes if change.after.reason is Reason.MOVED]


async def link(
    helds_by_source: Mapping[str, Sequence[Held]],
    store: LinkStore,
    judge: Judge,
    *,
    dry_run: bool = False,
    by: str = HUB,
    at: datetime | None = None,
    patience: float | None = None,
) -> Report:
    """Link these records, all or none; several runs at once end as one after the other would.

    `helds_by_source` holds what each directory has in one area (or whole directories). `at` is now unless given.
    `patience`: seconds that a write may take, TimeoutError when it takes longer. Raises `Unavailable` and `BadData` for
    the store, and its refusal when others keep deciding meanwhile.
    """
    records = Records({source: [held.record for held in helds] for source, helds in helds_by_source.items()})
    run = Run(by=by, at=at or datetime.now(UTC), thresholds=judge.thresholds, fingerprint=store.fingerprint)
    attempt = 0
    while True:
        attempt += 1
        links = await store.links_around(records.by_id)
        known = [link.pair for link in links if link.a in records.by_id and link.b in records.by_id]
        evidence = await asyncio.to_thread(gather, records, judge, known)
        decisions = await asyncio.to_thread(plan, run, records.by_id, evidence, links)
        try:
            async with asyncio.timeout(patience):
                changes = await store.apply(decisions, dry_run=dry_run) if decisions else []
        except (Contradiction, CycleOfLinks):
            if attempt == ATTEMPTS:
                raise
        else:
            return Report(records=len(records.by_id), found=len(evidence), changes=tuple(changes), dry_run=dry_run)
