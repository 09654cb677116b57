"""Which records links put together. Links make trees: undoing any one of them parts an entry in two."""

from collections.abc import Iterable
from enum import Enum

from connectors.links.link import Link, source_of


class Obstacle(Enum):
    """Why two records are not to be joined."""

    TOGETHER = "they are one entry already"
    APART = "a person said that they are not the same place, or that records linked to them are not"
    SAME_SOURCE = "the entry would hold two records of one directory"


class Forest:
    """The trees that links make, and what keeps them apart."""

    def __init__(self, links: Iterable[Link] = ()) -> None:
        self._trees: dict[str, set[str]] = {}
        self._apart: dict[str, set[str]] = {}
        for link in links:
            if link.linked:
                self.join(link.a, link.b)
            elif link.kept_apart:
                self._apart.setdefault(link.a, set()).add(link.b)
                self._apart.setdefault(link.b, set()).add(link.a)

    def members(self, id_: str) -> frozenset[str]:
        """The records that are one entry with this one, itself included."""
        tree = self._trees.get(id_)
        return frozenset(tree) if tree else frozenset((id_,))

    def together(self, one: str, other: str) -> bool:
        """Whether the two are one entry."""
        return one == other or other in self._trees.get(one, ())

    def kept_apart(self, one: str, other: str) -> bool:
        """Whether joining the two would join records that a person set apart."""
        theirs = self.members(other)
        return any(not theirs.isdisjoint(self._apart.get(id_, ())) for id_ in self.members(one))

    def obstacle(self, one: str, other: str) -> Obstacle | None:
        """Why the two are not to be joined; None when nothing is in the way."""
        if self.together(one, other):
            return Obstacle.TOGETHER
        if self.kept_apart(one, other):
            return Obstacle.APART
        if {source_of(id_) for id_ in self.members(one)} & {source_of(id_) for id_ in self.members(other)}:
            return Obstacle.SAME_SOURCE
        return None

    def join(self, one: str, other: str) -> None:
        """Make one tree of two."""
        ours, theirs = self._trees.get(one, {one}), self._trees.get(other, {other})
        if len(ours) < len(theirs):
            ours, theirs = theirs, ours
        ours |= theirs
        for id_ in (*theirs, one, other):
            self._trees[id_] = ours
