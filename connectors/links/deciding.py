"""Taking decisions in the transaction of the caller: all of them, or none when one is refused."""

import sqlite3
from collections.abc import Sequence

from connectors.links.errors import Contradiction, CycleOfLinks
from connectors.links.forest import Forest, Obstacle
from connectors.links.link import Change, Decision, Link, LinkState, Pair, Reason, ordered
from connectors.links.rows import AROUND_RECORDS, read_links, write_decision


def take(connection: sqlite3.Connection, decisions: Sequence[Decision]) -> list[Change]:
    """Take decisions together, and tell what they changed: a decision that says nothing new changes nothing.

    Their order does not matter, except that of new links of which one stands in the way of the other. Raises
    `SameRecord`, `OtherKind`, `CycleOfLinks` and `Contradiction`: the caller's transaction is then to be undone.
    """
    by_pair = _by_pair(decisions)
    known = {
        link.pair: link for link in read_links(connection, AROUND_RECORDS, {id_ for pair in by_pair for id_ in pair})
    }
    news = {pair: d for pair, d in by_pair.items() if not _says_the_same(known.get(pair), d)}
    for pair, decision in news.items():
        _check_person(known.get(pair), decision)
    _check_together(known, news)
    changes = []
    for pair, decision in news.items():
        before = known.get(pair)
        changes.append(Change(before, write_decision(connection, decision, before.id if before else None)))
    return changes


def _by_pair(decisions: Sequence[Decision]) -> dict[Pair, Decision]:
    found: dict[Pair, Decision] = {}
    for decision in map(ordered, decisions):
        if decision.pair in found:
            raise Contradiction(f"two decisions at once about {decision.a} and {decision.b}")
        found[decision.pair] = decision
    return found


def _says_the_same(link: Link | None, decision: Decision) -> bool:
    if link is None or (link.state, link.method) != (decision.state, decision.method):
        return False
    if decision.by_person and link.fingerprints == decision.fingerprints:
        return True  # who said it first said it
    told = (decision.score, dict(decision.parts), decision.reason, decision.fingerprints)
    return told == (link.score, link.parts, link.reason, link.fingerprints)


def _check_person(link: Link | None, decision: Decision) -> None:
    """A person's decision holds: only a person changes it, but a link that moved may be shown to one again."""
    if link is None or not link.by_person or decision.by_person:
        return
    if not (link.linked and decision.reason is Reason.MOVED):
        raise Contradiction(f"a person decided that {link.a} and {link.b} are {link.state.value}")


def _check_together(known: dict[Pair, Link], news: dict[Pair, Decision]) -> None:
    """Refuse cycles, and entries that hold what is to be apart."""
    forest = Forest(link for pair, link in known.items() if pair not in news or _stays_linked(link, news[pair]))
    for pair, decision in news.items():
        if decision.state is LinkState.LINKED and not (pair in known and known[pair].linked):
            _check_obstacle(decision, forest.obstacle(*pair))
            forest.join(*pair)
    for (a, b), decision in news.items():
        if decision.state is LinkState.APART and decision.by_person and forest.together(a, b):
            raise Contradiction(f"{a} and {b} are one entry through other links: undo one of those")


def _stays_linked(link: Link, decision: Decision) -> bool:
    return link.linked and decision.state is LinkState.LINKED


def _check_obstacle(decision: Decision, obstacle: Obstacle | None) -> None:
    a, b = decision.pair
    match obstacle:
        case Obstacle.TOGETHER:
            raise CycleOfLinks(a, b)
        case Obstacle.APART:
            raise Contradiction(f"{a} and {b} are not to be linked: {Obstacle.APART.value}")
        case Obstacle.SAME_SOURCE if not decision.by_person:
            raise Contradiction(f"{a} and {b} are not to be linked: {Obstacle.SAME_SOURCE.value}")
