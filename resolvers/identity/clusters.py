"""Which records are one entry: what links say, then what records quote, unless a person said otherwise."""

from collections.abc import Iterable, Mapping, Set

from connectors.links import Link, Reason
from connectors.links.forest import Forest
from connectors.links.link import Pair, linkable, pair
from connectors.records import StructureRecord


class Clusters:
    """The groups that links make, to be asked for any records.

    `links` are those around the records (`LinkStore.links_around`): two records may be one entry through a third one
    that is not at hand.
    """

    def __init__(self, links: Iterable[Link] = ()) -> None:
        self._links = tuple(links)
        self._linked = Forest(self._links)
        self._moved = {link.pair for link in self._links if link.reason is Reason.MOVED}

    def ids_with(self, id_: str) -> frozenset[str]:
        """All ids that links put together with this one, itself included, whether or not their records still exist."""
        return self._linked.members(id_)

    def involved(self, ids: Set[str], quoting: Mapping[str, StructureRecord]) -> set[str]:
        """Those of `ids`, and maybe others, that may be one entry with another when only `quoting` quote somebody."""
        linked = {id_ for link in self._links for id_ in link.pair}
        quotes = [(id_, other) for id_, r in quoting.items() for other in r.same_as if other in ids or other in linked]
        return linked.union(*quotes)

    def groups(self, records: Mapping[str, StructureRecord]) -> list[list[str]]:
        """The ids of the records (given by id) that belong together, in the order in which they come.

        A quoted id (`same_as`) joins as a link does, but neither what a person set apart nor, when the key that is
        quoted was given to another place, what waits for a person.
        """
        quotes = self._quotes(records)
        forest = Forest(self._links) if quotes else self._linked
        for one, other in quotes:
            if not forest.together(one, other) and not forest.kept_apart(one, other):
                forest.join(one, other)
        groups: dict[str, list[str]] = {}
        for id_ in records:
            groups.setdefault(min(forest.members(id_)), []).append(id_)
        return list(groups.values())

    def _quotes(self, records: Mapping[str, StructureRecord]) -> list[Pair]:
        """The quotes that are followed, in an order that does not depend on the records'."""
        found = set()
        for id_, record in records.items():
            for other in record.same_as:
                known = other in records or len(self._linked.members(other)) > 1
                if known and other != id_ and linkable(id_) and linkable(other):
                    found.add(pair(id_, other))
        return sorted(found - self._moved)
