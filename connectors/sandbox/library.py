"""Every FHIR resource of the sandbox's Annuaire Santé, made once and found by id or by reference."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

from msgspec import Struct

from connectors.sandbox.places import Childcare, Establishment
from connectors.sandbox.resources import Resource, organizations, practitioner, role
from connectors.sandbox.world import World, world

KINDS = ("Practitioner", "PractitionerRole", "Device", "Organization", "HealthcareService")
"""The resource types that the public server knows, in the order in which it names them."""


class Entry(Struct, frozen=True):
    """A resource of the library. Its JSON is written when it is asked for: all of it would take twice the memory."""

    resource: Resource

    @property
    def kind(self) -> str:
        """Its resourceType."""
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str:
        """Its technical id."""
        return str(self.resource["id"])

    @property
    def reference(self) -> str:
        """What others call it by: "Organization/001-01-…"."""
        return f"{self.kind}/{self.id}"

    def refers_to(self, field: str) -> str | None:
        """The reference in a field ("organization", "practitioner", "partOf"), None when there is none."""
        found: dict[str, str] | None = self.resource.get(field)
        return found["reference"] if found else None


class Library:
    """The entries of a world, by type, by reference, and by what they refer to."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.by_kind: dict[str, list[Entry]] = {kind: [] for kind in KINDS}
        self.by_reference: dict[str, Entry] = {}
        self._referring: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in entries:
            self.by_kind[entry.kind].append(entry)
            self.by_reference[entry.reference] = entry
            for field in ("organization", "practitioner"):
                if target := entry.refers_to(field):
                    self._referring[field, target].append(entry)

    def referring(self, field: str, target: Entry) -> list[Entry]:
        """The entries whose `field` refers to `target`."""
        return self._referring.get((field, target.reference), [])


def _resources(world: World) -> Iterable[Resource]:
    persons: set[str] = set()
    for place in world.places:
        if isinstance(place.details, Establishment):
            yield from organizations(place)
        elif not isinstance(place.details, Childcare):
            if place.details.practitioner_id not in persons:
                persons.add(place.details.practitioner_id)
                yield practitioner(place)
            yield role(place)


@cache
def library() -> Library:
    """The library of the one world."""
    return Library(Entry(resource) for resource in _resources(world()))
