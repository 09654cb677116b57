"""One entry of the answer: the records of all directories about one place, leading record first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct

from connectors.contract import SourceInfo, SourceKind
from connectors.gazetteer import Gazetteer
from connectors.links import Link
from connectors.nomenclature import PositionPrecision, PriorityBasis, PriorityCode, TerritoryKind
from connectors.records import Position, StructureRecord
from connectors.referentials import Referentials
from resolvers.federation.places import Site
from resolvers.identity.clusters import Clusters

T = TypeVar("T")

PRIORITY_RANK = {code: rank for rank, code in enumerate(PriorityCode, start=1)}
BASIS_RANK = {basis: rank for rank, basis in enumerate(PriorityBasis)}


class Held(Struct, frozen=True):
    """A record in the hub's hands: when it was had from its directory, and whether for this very request."""

    record: StructureRecord
    retrieved_at: datetime
    cached: bool = False


class EntryPriority(Struct, frozen=True):
    """A priority of an entry and its reason; `action` is the global id of the action that declares it."""

    code: PriorityCode
    basis: PriorityBasis
    action: str | None = None


class Entry(Struct, frozen=True):
    """A structure as the API shows it. `helds` is in order of precedence and never empty; its first leads.

    `other_ids`: the other ids that find it, those of records that their directories dropped included.
    """

    helds: tuple[Held, ...]
    site: Site
    priorities: tuple[EntryPriority, ...]
    other_ids: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The global id of the leading record."""
        return self.helds[0].record.id

    @property
    def records(self) -> Iterator[StructureRecord]:
        """The records, in order of precedence."""
        return (held.record for held in self.helds)

    @property
    def lead(self) -> StructureRecord:
        """The record that gives the id, the name and whatever it knows."""
        return self.helds[0].record

    def pick(self, value: Callable[[StructureRecord], T | None]) -> T | None:
        """The first value that a record has, in order of precedence."""
        held = self.holder(value)
        return value(held.record) if held else None

    def holder(self, value: Callable[[StructureRecord], Any]) -> Held | None:
        """The record from which `pick` takes its value."""
        return next((held for held in self.helds if value(held.record) not in (None, ())), None)


class Precedence(Struct, frozen=True):
    """Whose value is shown: the registry, then the reference directory of the category, then the others by name."""

    infos: Mapping[str, SourceInfo]
    referentials: Referentials

    def rank(self, held: Held) -> tuple[int, bool, str, str]:
        """The key by which the records of one entry are sorted."""
        record = held.record
        info = self.infos[record.source]
        if info.kind is SourceKind.REGISTRY:
            return (0, info.sandbox, record.source, record.key)
        reference = self.referentials.category(record.category).reference_directory == record.source
        return (1 if reference else 2, info.sandbox, record.source, record.key)


class Assembler(Struct, frozen=True):
    """Makes entries of records: which belong together, in which order, where they are, which priorities they have."""

    precedence: Precedence
    gazetteer: Gazetteer

    def assemble(self, helds: Iterable[Held], links: Iterable[Link] = ()) -> list[Entry]:
        """The entries of these records: one for those that links, or the ids they quote, say are one place.

        `links` are those around the records (`LinkStore.links_around`).
        """
        by_id: dict[str, Held] = {}
        for held in helds:
            by_id.setdefault(held.record.id, held)
        clusters = Clusters(links)
        groups = clusters.groups({id_: held.record for id_, held in by_id.items()})
        return [self.entry([by_id[id_] for id_ in group], clusters) for group in groups]

    def entry(self, group: Sequence[Held], clusters: Clusters | None = None) -> Entry:
        """One entry of the records of one place."""
        ordered = tuple(sorted(group, key=self.precedence.rank)) if len(group) > 1 else tuple(group)
        ids = [held.record.id for held in ordered]
        known = {other for id_ in ids for other in clusters.ids_with(id_)} if clusters else set()
        others = tuple(sorted(known.union(ids) - {ids[0]})) if len(ids) > 1 or len(known) > 1 else ()
        return Entry(ordered, self._site(ordered), self._priorities(ordered), others)

    def _site(self, helds: Sequence[Held]) -> Site:
        records = [held.record for held in helds]
        address = next((r.address for r in records if r.address), None)
        insee = next((r.address.insee for r in records if r.address and r.address.insee), None)
        commune = self.gazetteer.communes.get(insee) if insee else None
        positions = [r.position for r in records if r.position]
        position = next((p for p in positions if p.precision is PositionPrecision.EXACT), None)
        if position is None and commune and commune.latitude is not None and commune.longitude is not None:
            position = Position(commune.latitude, commune.longitude, PositionPrecision.COMMUNE)
        return Site(
            position or next(iter(positions), None),
            address,
            commune,
            commune.departement if commune else next(filter(None, map(departement_of, records)), None),
        )

    def _priorities(self, helds: Sequence[Held]) -> tuple[EntryPriority, ...]:
        found: dict[tuple[PriorityCode, PriorityBasis, str | None], EntryPriority] = {}
        for held in helds:
            record = held.record
            for p in record.priorities:
                action = f"action--{record.source}--{p.action}" if p.action else None
                found.setdefault((p.code, p.basis, action), EntryPriority(p.code, p.basis, action))
            if record.subcategory:
                for code in self.precedence.referentials.subcategory(record.subcategory).by_nature:
                    key = (code, PriorityBasis.BY_NATURE, None)
                    found.setdefault(key, EntryPriority(*key))
        return tuple(sorted(found.values(), key=lambda p: (PRIORITY_RANK[p.code], BASIS_RANK[p.basis], p.action or "")))


def departement_of(record: StructureRecord) -> str | None:
    """The département that a record names when it names no commune."""
    if record.address and record.address.departement:
        return record.address.departement
    territory = record.territory
    return territory.code if territory and territory.kind is TerritoryKind.DEPARTEMENT else None
