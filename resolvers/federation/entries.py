"""One entry of the answer: the records of all directories about one place, leading record first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct

from connectors.contract import SourceInfo, SourceKind
from connectors.gazetteer import Gazetteer
from connectors.nomenclature import PositionPrecision, PriorityBasis, PriorityCode, TerritoryKind
from connectors.records import Position, StructureRecord
from connectors.referentials import Referentials
from resolvers.federation.places import Site

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
    """A structure as the API shows it. `helds` is in order of precedence and never empty; its first leads."""

    helds: tuple[Held, ...]
    site: Site
    priorities: tuple[EntryPriority, ...]

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

    def assemble(self, helds: Iterable[Held]) -> list[Entry]:
        """The entries of these records; records that name one another as the same place make one entry."""
        by_id: dict[str, Held] = {}
        for held in helds:
            by_id.setdefault(held.record.id, held)
        return [self.entry(group) for group in _groups(by_id)]

    def entry(self, group: Sequence[Held]) -> Entry:
        """One entry of the records of one place."""
        ordered = tuple(sorted(group, key=self.precedence.rank)) if len(group) > 1 else tuple(group)
        return Entry(ordered, self._site(ordered), self._priorities(ordered))

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


def _groups(by_id: Mapping[str, Held]) -> Iterator[list[Held]]:
    """The records that belong together: the connected parts of the graph of "same as"."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while (above := parent.get(node, node)) != node:
            parent[node] = node = parent.get(above, above)
        return node

    for id_, held in by_id.items():
        for other in held.record.same_as:
            if other in by_id:
                parent[root(other)] = root(id_)
    groups: dict[str, list[Held]] = {}
    for id_, held in by_id.items():
        groups.setdefault(root(id_), []).append(held)
    return iter(groups.values())
