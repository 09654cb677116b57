"""One entry of the answer: the records of all directories about one place, leading record first."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias, TypeVar

from msgspec import Struct

from connectors.contract import SourceInfo, SourceKind
from connectors.gazetteer import Commune, Gazetteer, fold
from connectors.held import Held
from connectors.links import Link
from connectors.nomenclature import PositionPrecision, PriorityBasis, PriorityCode, SubcategoryCode
from connectors.records import Position, StructureRecord
from connectors.referentials import Referentials
from resolvers.federation.places import Site
from resolvers.identity.clusters import Clusters

T = TypeVar("T")

PRIORITY_RANK: Final = {code: rank for rank, code in enumerate(PriorityCode)}
_REASONS: Final = [(code, basis) for code in PriorityCode for basis in PriorityBasis]
_REASON_RANK: Final = {reason: rank for rank, reason in enumerate(_REASONS)}
_Rank: TypeAlias = tuple[int, str]
"""Where a priority of an entry stands among the others: by its code and its basis, and by the action that declares it.
"""


folded = lru_cache(maxsize=65_536)(fold)
"""Texts are folded once: the same ones are searched and ordered at every question about their place."""


class EntryPriority(Struct, frozen=True, gc=False):
    """A priority of an entry and its reason; `action` is the global id of the action that declares it."""

    code: PriorityCode
    basis: PriorityBasis
    action: str | None = None


_PLAIN: Final = [EntryPriority(*reason) for reason in _REASONS]
"""Those that no action declares, by their rank."""


class Entry(Struct, frozen=True, dict=True):
    """A structure as the API shows it. `helds` is in order of precedence and never empty; its first leads.

    `id`: the global id of the leading record. `other_ids`: the other ids that find it, those of records that their
    directories dropped included. What a search asks of every entry is worked out once for each.
    """

    id: str
    helds: tuple[Held, ...]
    site: Site
    priorities: tuple[EntryPriority, ...]
    other_ids: tuple[str, ...] = ()

    @property
    def records(self) -> Iterator[StructureRecord]:
        """The records, in order of precedence."""
        return (held.record for held in self.helds)

    @property
    def only(self) -> StructureRecord | None:
        """The record of an entry that has no other: so do nearly all."""
        return self.helds[0].record if len(self.helds) == 1 else None

    @property
    def lead(self) -> StructureRecord:
        """The record that gives the id, the name and whatever it knows."""
        return self.helds[0].record

    @property
    def fragments(self) -> dict[str, Any]:
        """What of its JSON is kept with it (see resolvers/lasting.py)."""
        kept: dict[str, Any] = self.__dict__.setdefault("fragments", {})
        return kept

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

    def assemble(self, by_id: Mapping[str, Held], links: Sequence[Link] = ()) -> list[Entry]:
        """The entries of these records: one for those that links, or the ids they quote, say are one place.

        `links` are those around the records (`LinkStore.links_around`).
        """
        quoting = {id_: held.record for id_, held in by_id.items() if held.record.same_as}
        if not (quoting or links):
            return [self._alone(id_, held) for id_, held in by_id.items()]
        clusters = Clusters(links)
        involved = clusters.involved(by_id.keys(), quoting)
        together = {id_: by_id[id_].record for id_ in by_id if id_ in involved}
        groups = {group[0]: group for group in clusters.groups(together)}
        return [
            self.entry([by_id[other] for other in groups[id_]], clusters) if id_ in groups else self._alone(id_, held)
            for id_, held in by_id.items()
            if id_ in groups or id_ not in involved
        ]

    def entry(self, group: Sequence[Held], clusters: Clusters | None = None) -> Entry:
        """One entry of the records of one place."""
        if clusters is None and len(group) == 1:
            return self._alone(group[0].record.id, group[0])
        ordered = tuple(sorted(group, key=self.precedence.rank))
        ids = [held.record.id for held in ordered]
        known = {other for id_ in ids for other in clusters.ids_with(id_)} if clusters else set()
        others = tuple(sorted(known.union(ids) - {ids[0]}))
        return Entry(ids[0], ordered, self._site(ordered), self._priorities(ordered), others)

    def _alone(self, id_: str, held: Held) -> Entry:
        """The entry of a record that is nobody else's: nearly all are, so that this is worth its own way."""
        record = held.record
        address, position = record.address, record.position
        insee = address.insee if address else None
        commune = self.gazetteer.communes.get(insee) if insee else None
        if position is None or position.precision is not PositionPrecision.EXACT:
            position = _centre(commune) or position
        site = Site(position, address, commune, commune.departement if commune else record.departement)
        if not record.priorities:
            return Entry(id_, (held,), site, _by_nature(self._nature(record)))
        return Entry(id_, (held,), site, _ranked({*_own(record), *_ranks_by_nature(self._nature(record))}))

    def _site(self, helds: Sequence[Held]) -> Site:
        records = [held.record for held in helds]
        address = next((r.address for r in records if r.address), None)
        insee = next((r.address.insee for r in records if r.address and r.address.insee), None)
        positions = [r.position for r in records if r.position]
        exact = next((p for p in positions if p.precision is PositionPrecision.EXACT), None)
        commune = self.gazetteer.communes.get(insee) if insee else None
        position = exact or _centre(commune) or next(iter(positions), None)
        departement = commune.departement if commune else next(filter(None, (r.departement for r in records)), None)
        return Site(position, address, commune, departement)

    def _priorities(self, helds: Sequence[Held]) -> tuple[EntryPriority, ...]:
        """Those of the records and those by their nature, each once, by rank."""
        records = [held.record for held in helds]
        return _ranked({rank for r in records for rank in (*_own(r), *_ranks_by_nature(self._nature(r)))})

    def _nature(self, record: StructureRecord) -> tuple[PriorityCode, ...]:
        """The priorities that a record serves by its nature."""
        return self.precedence.referentials.subcategory(record.subcategory).by_nature if record.subcategory else ()


def _centre(commune: Commune | None) -> Position | None:
    if commune is None or commune.latitude is None or commune.longitude is None:
        return None
    return Position(commune.latitude, commune.longitude, PositionPrecision.COMMUNE)


def _own(record: StructureRecord) -> list[_Rank]:
    action = f"action--{record.source}--"
    return [(_REASON_RANK[p.code, p.basis], action + p.action if p.action else "") for p in record.priorities]


def _ranked(ranks: Set[_Rank]) -> tuple[EntryPriority, ...]:
    """The priorities that stand at these ranks."""
    return tuple(
        [EntryPriority(*_REASONS[reason], action) if action else _PLAIN[reason] for reason, action in sorted(ranks)]
    )


@lru_cache(maxsize=256)
def _ranks_by_nature(codes: tuple[PriorityCode, ...]) -> tuple[_Rank, ...]:
    return tuple((_REASON_RANK[code, PriorityBasis.BY_NATURE], "") for code in codes)


@lru_cache(maxsize=256)
def _by_nature(codes: tuple[PriorityCode, ...]) -> tuple[EntryPriority, ...]:
    return _ranked({*_ranks_by_nature(codes)})
