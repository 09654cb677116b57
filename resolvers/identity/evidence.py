"""What speaks for two records being one place: an official number of the place, a quoted id, or a score.

Official numbers of a place are the FINESS of the site and the SIRET of the site (Insee: the SIRET names an
"établissement", the SIREN the enterprise). SIREN and FINESS of the legal entity name an organisation, which may have
many places; so does a SIRET that the directory gives beside a legal entity only, that of its head office. A number
that several records of one directory carry names none of them. An RPPS number names a person, who may practise at
several places: it counts with the place's address or number, and keeps a professional from being taken for the place.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from math import isfinite
from typing import TypeAlias

from msgspec import Struct

from connectors.gazetteer import fold
from connectors.links import LinkMethod
from connectors.links.link import Pair, linkable, pair, source_of
from connectors.nomenclature import IdentifierScheme as Scheme
from connectors.records import Address, Identifier, StructureRecord
from resolvers.identity.judging import Judge, Judgement, Two

Token: TypeAlias = tuple[str, str]
"""What records of one place share: which number it is, and its value."""

DIGITS = 6
"""Decimals kept of a score and of the parts of a comparison, so that a new run finds the same."""

STRENGTH = (LinkMethod.STRONG_IDENTIFIER, LinkMethod.QUOTED_ID, LinkMethod.SCORE)
"""What is believed first."""


class Evidence(Struct, frozen=True):
    """What speaks for a pair (ids in order): the strongest method, and the judgement beside it.

    `quoted` holds those of the two ids that the other record quotes.
    """

    pair: Pair
    method: LinkMethod
    score: float
    parts: Mapping[str, float]
    quoted: frozenset[str] = frozenset()

    @property
    def rank(self) -> tuple[int, float, Pair]:
        """The order in which evidence is believed: the same however records come."""
        return STRENGTH.index(self.method), -self.score, self.pair


class Records:
    """The records of a run, by directory and by id; of two of the same id, the first one counts."""

    def __init__(self, by_source: Mapping[str, Sequence[StructureRecord]]) -> None:
        self.by_id: dict[str, StructureRecord] = {}
        for record in (record for records in by_source.values() for record in records):
            if linkable(record.id):
                self.by_id.setdefault(record.id, record)
        self.by_source: dict[str, list[StructureRecord]] = defaultdict(list)
        for id_ in sorted(self.by_id):
            self.by_source[self.by_id[id_].source].append(self.by_id[id_])

    def judged(self, judge: Judge, also: Iterable[Pair]) -> Iterator[tuple[Pair, Judgement]]:
        """What a judge says of every two directories, and of the pairs of `also`."""
        wanted: dict[Pair, list[Two]] = defaultdict(list)
        for a, b in sorted(also):
            one, other = sorted((self.by_id[a], self.by_id[b]), key=lambda record: record.source)
            wanted[one.source, other.source].append((one, other))
        for sources in combinations(sorted(self.by_source), 2):
            ours, theirs = (self.by_source[source] for source in sources)
            for two, judgement in judge.compare(ours, theirs, wanted.pop(sources, ())):
                yield _pair_of(two), judgement
        for two in (two for some in wanted.values() for two in some):  # two of one directory, linked by a person
            yield _pair_of(two), judge.judge(*two)


def gather(records: Records, judge: Judge, known: Iterable[Pair]) -> dict[Pair, Evidence]:
    """The evidence for every pair for which something speaks, and for the pairs that are `known` already."""
    strong, quoted, known = strong_pairs(records), quoted_pairs(records), set(known)
    found = {}
    for of, judgement in records.judged(judge, {*strong, *quoted, *known}):
        evidence = _evidence(of, judgement, strong.get(of, ()), quoted.get(of, ()))
        if of in known or evidence.method is not LinkMethod.SCORE or evidence.score >= judge.thresholds.suggest:
            found[of] = evidence
    return found


def quoted_pairs(records: Records) -> dict[Pair, list[str]]:
    """The pairs of which one record says that it is the other, and the ids so quoted."""
    found: dict[Pair, list[str]] = defaultdict(list)
    for id_, record in records.by_id.items():
        for other in record.same_as:
            if other in records.by_id and source_of(other) != record.source:
                found[pair(id_, other)].append(other)
    return found


def strong_pairs(records: Records) -> dict[Pair, list[str]]:
    """The pairs that carry the same official number of the place, and the schemes that say so."""
    carriers: dict[Token, list[StructureRecord]] = defaultdict(list)
    for of_source in records.by_source.values():
        tokens = {record.id: set(_tokens(record, records)) for record in of_source}
        times = Counter(token for some in tokens.values() for token in some)
        for record in of_source:
            for token in tokens[record.id]:
                if times[token] == 1:
                    carriers[token].append(record)
    found: dict[Pair, list[str]] = defaultdict(list)
    for token, some in sorted(carriers.items(), key=lambda item: item[0]):
        for one, other in combinations(some, 2):
            if token[0] != "siret" or not _elsewhere(one.address, other.address):
                found[pair(one.id, other.id)].append(token[0])
    return found


def _evidence(of: Pair, judgement: Judgement, schemes: Sequence[str], quoted: Sequence[str]) -> Evidence:
    method = LinkMethod.SCORE
    if quoted:
        method = LinkMethod.QUOTED_ID
    if schemes:
        method = LinkMethod.STRONG_IDENTIFIER
    said = dict.fromkeys((*schemes, *(["quoted"] if quoted else [])), 1.0)
    parts = {name: round(value, DIGITS) for name, value in judgement.parts.items() if isfinite(value)}
    return Evidence(of, method, round(judgement.score, DIGITS), {**parts, **said}, frozenset(quoted))


def _pair_of(two: Two) -> Pair:
    return pair(two[0].id, two[1].id)


def _tokens(record: StructureRecord, records: Records) -> Iterator[Token]:
    """What names the place of a record, or the professional at that place."""
    numbers = [("finess" if i.scheme is Scheme.FINESS else "siret", i.value) for i in _place_numbers(record)]
    persons = [i.value for i in record.identifiers if i.scheme is Scheme.RPPS]
    if not persons:
        yield from numbers
        return
    places = [p for key in record.practises_at if (p := records.by_id.get(f"{record.source}--{key}"))]
    at = [f"{i.scheme} {i.value}" for r in (record, *places) for i in _place_numbers(r)]
    for rpps in persons:
        yield from (("rpps_place", f"{rpps} {number}") for number in at)
        yield from (("rpps_address", f"{rpps} {where}") for where in _doors(record.address))


def _place_numbers(record: StructureRecord) -> list[Identifier]:
    """The official numbers of the place itself."""
    schemes = {identifier.scheme for identifier in record.identifiers}
    head_office = Scheme.FINESS_EJ in schemes and Scheme.FINESS not in schemes
    wanted = {Scheme.FINESS} if head_office else {Scheme.FINESS, Scheme.SIRET}
    return [identifier for identifier in record.identifiers if identifier.scheme in wanted]


def _doors(address: Address | None) -> Iterator[str]:
    """A house number and the last word of its street, in a commune or postal area: abbreviations do not matter."""
    words = fold(address.street or "").split() if address else []
    if address and len(words) > 1 and words[0].isdigit():
        yield from (f"{words[0]} {words[-1]} {area}" for area in (address.insee, address.postal_code) if area)


def _elsewhere(one: Address | None, other: Address | None) -> bool:
    """Whether two addresses are in two communes for sure: a SIRET of both is then of a head office."""
    if not one or not other or not one.insee or not other.insee or one.insee == other.insee:
        return False
    return not one.postal_code or one.postal_code != other.postal_code
