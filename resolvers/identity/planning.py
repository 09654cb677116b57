"""What a run of linking decides: a plain function of the records, the evidence, and the links there are.

Links found automatically are worked out anew each time, as if there were none, so that neither the order of runs nor
that of records matters; what persons decided, and links to records that are not in the run, are taken as given. A
pair whose state changes, or whose comparison does, gives a decision.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from connectors.links import Decision, Link, LinkMethod, LinkState, Reason
from connectors.links.forest import Forest, Obstacle
from connectors.links.link import Pair
from connectors.records import StructureRecord
from resolvers.identity.evidence import Evidence
from resolvers.identity.judging import Thresholds


class Run(Struct, frozen=True, kw_only=True):
    """Who links, when, by which thresholds; `fingerprint` is the store's."""

    by: str
    at: datetime
    thresholds: Thresholds
    fingerprint: Callable[[StructureRecord], str]


def plan(
    run: Run, records: Mapping[str, StructureRecord], evidence: Mapping[Pair, Evidence], links: Sequence[Link]
) -> list[Decision]:
    """The decisions of a run, those that undo links first.

    `links` are those around the records; `evidence` has every one of them whose two records are there.
    """
    return _Plan(run, records, evidence, links).decisions()


class _Plan:
    """One run: what is given, and the trees that grow from it."""

    def __init__(
        self,
        run: Run,
        records: Mapping[str, StructureRecord],
        evidence: Mapping[Pair, Evidence],
        links: Sequence[Link],
    ) -> None:
        self._run = run
        self._records = records
        self._evidence = evidence
        self._known = {link.pair: link for link in links if link.a in records and link.b in records}
        self._moved = {of for of, link in self._known.items() if self._has_moved(link)}
        given = [link for link in links if link.pair not in self._known or link.by_person]
        self._given = {link.pair for link in given} - self._moved
        self._forest = Forest(link for link in given if link.pair not in self._moved)
        self._decisions: dict[Pair, Decision] = {}

    def decisions(self) -> list[Decision]:
        """Link what is certain, the surest first; then show what is in between; then undo what has no ground left."""
        open_ones = [e for of, e in self._evidence.items() if of not in self._given and of not in self._moved]
        for evidence in sorted(open_ones, key=lambda e: e.rank):
            if self._certain(evidence):
                self._link(evidence)
        for evidence in open_ones:
            if not self._certain(evidence) and self._doubtful(evidence):
                self._decide(evidence, LinkState.SUGGESTED, Reason.SCORE)
        for of in self._moved:
            self._decide(self._evidence[of], LinkState.SUGGESTED, Reason.MOVED)
        for of in self._known.keys() - self._given - self._decisions.keys():
            if self._forest.together(*of):  # through other links: this one is needed when they are undone
                self._decide(self._evidence[of], LinkState.SUGGESTED, Reason.SCORE)
            else:
                self._decide(self._evidence[of], LinkState.APART)
        return sorted(
            self._decisions.values(), key=lambda d: (d.state is LinkState.LINKED, self._evidence[d.pair].rank)
        )

    def _link(self, evidence: Evidence) -> None:
        match self._forest.obstacle(*evidence.pair):
            case None:
                self._forest.join(*evidence.pair)
                self._decide(evidence, LinkState.LINKED)
            case Obstacle.SAME_SOURCE:
                self._decide(evidence, LinkState.SUGGESTED, Reason.CONFLICT)

    def _decide(self, evidence: Evidence, state: LinkState, reason: Reason | None = None) -> None:
        a, b = evidence.pair
        self._decisions[a, b] = Decision(
            a=a,
            b=b,
            state=state,
            method=LinkMethod.SCORE if state is LinkState.APART else evidence.method,
            fingerprints=self._fingerprints(evidence.pair),
            decided_by=self._run.by,
            decided_at=self._run.at,
            score=evidence.score,
            parts=evidence.parts,
            reason=reason,
        )

    def _certain(self, evidence: Evidence) -> bool:
        return evidence.method is not LinkMethod.SCORE or evidence.score >= self._run.thresholds.automatic

    def _doubtful(self, evidence: Evidence) -> bool:
        """Whether a person should look: near enough, and neither is linked to another record of that directory."""
        return evidence.score >= self._run.thresholds.suggest and self._forest.obstacle(*evidence.pair) is None

    def _has_moved(self, link: Link) -> bool:
        """Whether a link is not to be followed any more, since a record of it describes another place now.

        Its fingerprint is another one, and what the record says is farther from the other record than when it was
        linked; an official number of the place still holds, a quoted key does not. What was found to have moved
        waits for a person, unless the records are near enough again.
        """
        evidence = self._evidence[link.pair]
        if evidence.method is LinkMethod.STRONG_IDENTIFIER or evidence.score >= self._bar(link):
            return False
        if link.reason is Reason.MOVED:
            return True
        now = self._fingerprints(link.pair)
        others = {id_ for id_, was, is_ in zip(link.pair, link.fingerprints, now, strict=True) if was != is_}
        return link.linked and bool(others & (evidence.quoted or others))

    def _bar(self, link: Link) -> float:
        """The score that is near enough to follow a link whose record was changed."""
        zones = self._run.thresholds
        if not link.linked or link.score is None:
            return zones.automatic
        return min(zones.automatic, max(zones.suggest, link.score))

    def _fingerprints(self, of: Pair) -> tuple[str, str]:
        a, b = of
        return self._run.fingerprint(self._records[a]), self._run.fingerprint(self._records[b])
