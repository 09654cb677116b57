"""The facets of all that the registries have, by what they counted themselves, however much it is.

What they counted is each structure as an entry of its own. Those that may be one entry with another, and those that are
not shown, are few: they are read, taken off as they were counted, and put in as the entries that they make.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.held import Held
from connectors.records import StructureRecord
from resolvers.federation.asking import everywhere
from resolvers.federation.facets import Tally
from resolvers.federation.memo import Counted
from resolvers.federation.parts import is_whole
from resolvers.federation.sources import Federation, Source


async def counted(federation: Federation, registries: Sequence[Source]) -> Counted:
    """The facets of all entries that are made of records of these registries. Raises what their databases do."""
    joined = await federation.memo.joined.keys(federation)
    suppressions = federation.registrations.suppressions
    tally = Tally()
    helds: list[Held] = []
    whole = True
    for source in registries:
        if source.registry is None or (suppressions.any and source.info.id != suppressions.source):
            part = await everywhere(source)  # it does not know which of its structures are hidden
            helds += part.helds
            whole = whole and is_whole([part.coverage])
            continue
        census, apart = await source.registry.census(sorted(joined[source.info.id]))
        tally.add(source.info.id, census, federation.referentials)
        at = datetime.now(UTC)
        tally.count((federation.assembler.entry([Held(record, at)]) for record in apart), -1)
        shown = suppressions.shown(apart, _itself)
        helds += [Held(record, at) for record in (apart if shown is None else shown)]
    tally.count(await federation.assemble(helds))
    return Counted(tally.facets(), whole)


def _itself(record: StructureRecord) -> StructureRecord:
    return record
