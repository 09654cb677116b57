"""One entry of the answer: the records of all directories about one place, leading record first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from msgspec import Struct

from connectors.contract import SourceInfo, SourceKind
from connectors.gazetteer import Gazetteer, fold
from connectors.links import Link
from connectors.nomenclature import PositionPrecision, PriorityBasis, PriorityCode, SubcategoryCode
from connectors.records import Address, Position, StructureRecord
from connectors.referentials import Referentials
from resolvers.federation.places import Site
from resolvers.identity.clusters import Clusters

T = TypeVar("T")

PRIORITY_RANK = {code: rank for rank, code in enumerate(PriorityCode, start=1)}
BASIS_RANK = {basis: rank for rank, basis in enumerate(PriorityBasis)}


folded = lru_cache(maxsize=65_536)(fold)
"""Texts are folded once: the same ones are searched and ordered at every question about their place."""


class Held(Struct, frozen=True, gc=False):
    """A record in the hub's hands: when it was had from its directory, and whether for this very request.

    `stale`: it is held past its time.
    """

    record: StructureRecord
    retrieved_at: datetime
    cached: bool = False
    stale: bool = False


class EntryPriority(Struct, frozen=True, gc=False):
    """A priority of an entry and its reason; `action` is the global id of the action that declares it."""

    code: PriorityCode
    basis: PriorityBasis
    action: str | None = None


class Entry(Struct, frozen=True, dict=True):
    """A structure as the API shows it. `helds` is in order of precedence and never empty; its first leads.

    `other_ids`: the other ids that find it, those of records that their directories dropped included. What a search
    asks of every entry is worked out once for each.
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

    @cached_property
    def fragments(self) -> dict[str, Any]:
        """What of its JSON is kept with it (see resolvers/lasting.py)."""
        return {}

    @cached_property
    def subcategory(self) -> SubcategoryCode | None:
        """The sub-category shown."""
        return self.pick(lambda r: r.subcategory)

    @cached_property
    def opening_hours(self) -> str | None:
        """The opening hours shown."""
        return self.pick(lambda r: r.opening_hours)

    @cached_property
    def sort_name(self) -> str:
        """The name by which it is ordered."""
        return folded(self.lead.name)

    @cached_property
    def name_words(self) -> str:
        """The words of all its names, between spaces (see `spaced`)."""
        return spaced(name for record in self.records for name in (record.name, *record.other_names))

    @cached_property
    def other_words(self) -> str:
        """The words of what else its directories tell of it, between spaces."""
        return spaced(self._other_texts())

    def _other_texts(self) -> Iterator[str]:
        for record in self.records:
            if record.description:
                yield record.description
            for coding in (record.profession, *record.specialties):
                if coding and coding.label:
                    yield coding.label
        if self.site.commune:
            yield self.site.commune.name

    def pick(self, value: Callable[[StructureRecord], T | None]) -> T | None:
        """The first value that a record has, in order of precedence."""
        for held in self.helds:
            found = value(held.record)
            if found is not None and found != ():
                return found
        return None

    def holder(self, value: Callable[[StructureRecord], Any]) -> Held | None:
        """The record from which `pick` takes its value."""
        return next((held for held in self.helds if value(held.record) not in (None, ())), None)


def spaced(texts: Iterable[str]) -> str:
    """The words of these texts, folded, each between spaces: one begins with "cre" where " cre" is found."""
    return f" {' '.join(map(folded, texts))} "


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
        known = tuple(links)
        clusters = Clusters(known)
        linked = {id_ for link in known for id_ in link.pair}
        groups = clusters.groups({id_: held.record for id_, held in by_id.items()})
        return [
            self.entry([by_id[id_] for id_ in group], None if linked.isdisjoint(group) else clusters)
            for group in groups
        ]

    def entry(self, group: Sequence[Held], clusters: Clusters | None = None) -> Entry:
        """One entry of the records of one place."""
        ordered = tuple(sorted(group, key=self.precedence.rank)) if len(group) > 1 else tuple(group)
        ids = [held.record.id for held in ordered]
        known = {other for id_ in ids for other in clusters.ids_with(id_)} if clusters else set()
        others = tuple(sorted(known.union(ids) - {ids[0]})) if len(ids) > 1 or len(known) > 1 else ()
        return Entry(ordered, self._site(ordered), self._priorities(ordered), others)

    def _site(self, helds: Sequence[Held]) -> Site:
        address: Address | None = None
        insee: str | None = None
        exact: Position | None = None
        rough: Position | None = None
        for held in helds:
            if here := held.record.address:
                address = address or here
                insee = insee or here.insee
            if position := held.record.position:
                rough = rough or position
                if position.precision is PositionPrecision.EXACT:
                    exact = exact or position
        commune = self.gazetteer.communes.get(insee) if insee else None
        if exact is None and commune and commune.latitude is not None and commune.longitude is not None:
            exact = Position(commune.latitude, commune.longitude, PositionPrecision.COMMUNE)
        return Site(
            exact or rough,
            address,
            commune,
            commune.departement if commune else next(filter(None, (h.record.departement for h in helds)), None),
        )

    def _priorities(self, helds: Sequence[Held]) -> tuple[EntryPriority, ...]:
        lead = helds[0].record
        if len(helds) == 1 and not lead.priorities:  # nearly all entries
            referentials = self.precedence.referentials
            return _by_nature(referentials.subcategory(lead.subcategory).by_nature) if lead.subcategory else ()
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
        return _ranked(found.values())


def _ranked(priorities: Iterable[EntryPriority]) -> tuple[EntryPriority, ...]:
    return tuple(sorted(priorities, key=lambda p: (PRIORITY_RANK[p.code], BASIS_RANK[p.basis], p.action or "")))


@lru_cache(maxsize=256)
def _by_nature(codes: tuple[PriorityCode, ...]) -> tuple[EntryPriority, ...]:
    return _ranked(EntryPriority(code, PriorityBasis.BY_NATURE) for code in codes)
