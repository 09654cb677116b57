"""Decisions for the tests of links."""

from datetime import UTC, datetime

from connectors.links import Decision, LinkMethod, LinkState, Reason
from connectors.links.forest import Forest

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def decided(a, b, state=LinkState.LINKED, method=LinkMethod.SCORE, **fields):
    """A decision of the scorer (or of a person), complete."""
    told = {"score": 0.995, "parts": {"name": 0.9}} if method is LinkMethod.SCORE else {}
    if state is LinkState.SUGGESTED:
        told["reason"] = Reason.SCORE
    known = {"fingerprints": ("aaaa", "bbbb"), "decided_by": "hub", "decided_at": AT, **told, **fields}
    return Decision(a=a, b=b, state=state, method=method, **known)


def by_person(a, b, state=LinkState.LINKED, **fields):
    """A decision of a moderator."""
    return decided(a, b, state, LinkMethod.PERSON, **{"decided_by": "moderator", **fields})


async def others_of(store, *ids):
    """For each id, the others that are one entry with it."""
    forest = Forest(await store.links_around(ids))
    return {id_: forest.members(id_) - {id_} for id_ in ids}
