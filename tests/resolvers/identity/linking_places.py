"""Places and a judge for the tests of linking: how near two names are is written down, not worked out."""

from datetime import UTC, datetime
from itertools import product

from connectors.held import Held
from connectors.links import Verdict
from connectors.links.forest import Forest
from connectors.nomenclature import CategoryCode, IdentifierScheme, StructureKind
from connectors.records import Address, Identifier, StructureRecord
from resolvers.identity.judging import Judgement, Thresholds

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SAYS = Verdict(by="moderator", at=AT, comment="Vu sur place.")


def place(id_, name="Crèche", *, numbers=(), insee="21231", postal_code="21000", street=None, **fields):
    """A record of a place; `numbers` are pairs of scheme and value."""
    source, _, key = id_.partition("--")
    return StructureRecord(
        source=source,
        key=key,
        name=name,
        kind=fields.pop("kind", StructureKind.ESTABLISHMENT),
        category=CategoryCode.MODE_ACCUEIL,
        identifiers=tuple(Identifier(IdentifierScheme(scheme), value) for scheme, value in numbers),
        address=Address(street=street, postal_code=postal_code, insee=insee),
        **fields,
    )


def helds(*records):
    """Records as the hub holds them, by directory."""
    found = {}
    for record in records:
        found.setdefault(record.source, []).append(Held(record, AT))
    return found


class ByName:
    """Judges by a table of pairs of names; the same name is surely the same place, others are surely not."""

    def __init__(self, scores=(), automatic=0.99, suggest=0.5):
        self.scores = {frozenset(names): score for names, score in dict(scores).items()}
        self.thresholds = Thresholds(automatic, suggest)
        self.compared = 0

    def compare(self, ours, theirs, also=()):
        self.compared += 1
        wanted = {(one.id, other.id) for one, other in also}
        for one, other in product(ours, theirs):
            judgement = self.judge(one, other)
            if judgement.score >= 0.1 or (one.id, other.id) in wanted:
                yield (one, other), judgement

    def candidates(self, ours, theirs):
        return (two for two, _ in self.compare(ours, theirs))

    def judge(self, one, other):
        score = 0.999 if one.name == other.name else self.scores.get(frozenset((one.name, other.name)), 0.01)
        return Judgement(score, {"name": score})


async def states(store, *ids):
    """The state, the method and the reason of each pair that is known, by pair."""
    links = await store.links_around([*ids] or [f"{s}--{n}" for s in "abcdm" for n in range(20)])
    return {link.pair: (link.state, link.method, link.reason) for link in links}


async def entries(store, *records):
    """The ids of the records of each entry, as links alone make them."""
    ids = [record.id for record in records]
    forest = Forest(await store.links_around(ids))
    return {forest.members(id_) & frozenset(ids) for id_ in ids}
