"""The FHIR R4 resources of the Annuaire Santé, reduced to the fields that the hub needs.

Read with tolerance: a field that is unknown is ignored, an odd value of an optional field becomes its
default, an entry that cannot be read at all (not JSON, no id) costs itself only and is counted. What comes from JSON
holds no cycles, so that the collector of garbage need not look at it (`gc=False`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import Meta as Rule
from msgspec import Raw, Struct, field
from msgspec.structs import fields as struct_fields

T = TypeVar("T")

Id = Annotated[str, Rule(pattern=r"^[A-Za-z0-9.-]{1,64}$")]
"""FHIR R4 datatype `id`: safe to be put in a list of `_id`."""

Instant = Annotated[datetime, Rule(tz=True)]
"""FHIR R4 datatype `instant`: always with its time zone."""

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding raises for text that is not what it should be."""


class Coding(Struct, frozen=True, gc=False):
    """A code of a terminology."""

    system: str | None = None
    code: str | None = None
    display: str | None = None


class Concept(Struct, frozen=True, gc=False):
    """CodeableConcept."""

    coding: tuple[Coding, ...] = ()


class Identifier(Struct, frozen=True, gc=False):
    """An identifier, as sent."""

    system: str | None = None
    value: str | None = None
    type: Concept | None = None


class Extension(Struct, frozen=True, rename="camel", gc=False):
    """An extension that holds a string or a code."""

    url: str | None = None
    value_string: str | None = None
    value_coding: Coding | None = None


class Element(Struct, frozen=True, gc=False):
    """What goes with a primitive value: the extensions of `_line`."""

    extension: tuple[Extension, ...] = ()


class Address(Struct, frozen=True, rename="camel", gc=False):
    """An address; `line_elements` (`_line`) has one place for each `line`."""

    extension: tuple[Extension, ...] = ()
    line: tuple[str | None, ...] = ()
    line_elements: tuple[Element | None, ...] = field(default=(), name="_line")
    city: str | None = None
    postal_code: str | None = None


class ContactPoint(Struct, frozen=True, gc=False):
    """A telephone, a fax, an e-mail address…"""

    system: str | None = None
    value: str | None = None
    use: str | None = None
    rank: int | None = None
    extension: tuple[Extension, ...] = ()


class HumanName(Struct, frozen=True, gc=False):
    """The name under which somebody practises."""

    family: str | None = None
    given: tuple[str | None, ...] = ()


class Reference(Struct, frozen=True, gc=False):
    """A link to another resource: "Practitioner/003-1"."""

    reference: str | None = None


class Qualification(Struct, frozen=True, gc=False):
    """A diploma, a profession or a specialty."""

    code: Concept | None = None


class Meta(Struct, frozen=True, rename="camel", gc=False):
    """When the directory last changed the resource."""

    last_updated: Instant | None = None


class Organization(Struct, frozen=True, tag_field="resourceType", tag=True, gc=False):
    """A site, a cabinet or a legal entity."""

    id: Id
    meta: Meta = Meta()
    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    type: tuple[Concept, ...] = ()
    name: str | None = None
    alias: tuple[str | None, ...] = ()
    telecom: tuple[ContactPoint, ...] = ()
    address: tuple[Address, ...] = ()


class Practitioner(Struct, frozen=True, tag_field="resourceType", tag=True, gc=False):
    """A professional."""

    id: Id
    meta: Meta = Meta()
    identifier: tuple[Identifier, ...] = ()
    active: bool | None = None
    name: tuple[HumanName, ...] = ()
    qualification: tuple[Qualification, ...] = ()


class PractitionerRole(Struct, frozen=True, tag_field="resourceType", tag=True, gc=False):
    """A professional at an organization ("situation d'exercice")."""

    id: Id
    meta: Meta = Meta()
    active: bool | None = None
    practitioner: Reference = Reference()
    organization: Reference = Reference()
    code: tuple[Concept, ...] = ()


class Link(Struct, frozen=True, gc=False):
    """A link of a Bundle to its other pages."""

    relation: str
    url: Annotated[str, Rule(min_length=1)]


class Bundle(Struct, frozen=True, rename="camel"):
    """A page of answers. Any other resource decodes as this one too: look at `resource_type`."""

    resource_type: str
    entry: tuple[Raw, ...] = ()
    link: tuple[Link, ...] = ()
    issue: Raw = Raw()

    @property
    def next(self) -> str | None:
        """The opaque link to the next page, None on the last one."""
        return next((link.url for link in self.link if link.relation == "next"), None)


class Resources(Struct, frozen=True):
    """The resources of some pages by their technical id (never given out); `unreadable` entries left out."""

    organizations: dict[str, Organization] = {}
    practitioners: dict[str, Practitioner] = {}
    roles: dict[str, PractitionerRole] = {}
    unreadable: int = 0

    def __or__(self, other: "Resources") -> "Resources":
        return Resources(
            self.organizations | other.organizations,
            self.practitioners | other.practitioners,
            self.roles | other.roles,
            self.unreadable + other.unreadable,
        )


Resource = Organization | Practitioner | PractitionerRole
"""What is read of a Bundle."""

_RESOURCES: Final[Mapping[str, type[Resource]]] = {kind.__name__: kind for kind in get_args(Resource)}


class _Entry(Struct, gc=False):
    """An entry as it should be, read at one go."""

    resource: Resource


class _OddEntry(Struct):
    """Any other entry, whose resource is told by its type before it is read."""

    resource: Raw


class _Kind(Struct, rename="camel"):
    resource_type: str


_ENTRY: Final = msgspec.json.Decoder(_Entry)


def read_entries(entries: Iterable[Raw]) -> Resources:
    """The resources of a Bundle's entries, told apart by their type; other types are passed over."""
    organizations: dict[str, Organization] = {}
    practitioners: dict[str, Practitioner] = {}
    roles: dict[str, PractitionerRole] = {}
    unreadable = 0
    for entry in entries:
        try:
            resource = _read_entry(entry)
        except UNREADABLE:
            unreadable += 1
            continue
        match resource:
            case Organization():
                organizations[resource.id] = resource
            case Practitioner():
                practitioners[resource.id] = resource
            case PractitionerRole():
                roles[resource.id] = resource
    return Resources(organizations, practitioners, roles, unreadable)


def _read_entry(entry: Raw) -> Resource | None:
    """The resource of an entry, None when it is of another type; raises one of `UNREADABLE`."""
    try:
        return _ENTRY.decode(entry).resource
    except UNREADABLE:
        raw = msgspec.json.decode(entry, type=_OddEntry).resource
        kind = _RESOURCES.get(msgspec.json.decode(raw, type=_Kind).resource_type)
        return read(raw, kind) if kind else None


def read(raw: Raw | bytes, kind: type[T]) -> T:
    """A resource from JSON, with the odd values of its optional fields left out.

    Raises one of `UNREADABLE` when it is not JSON or lacks what it must have.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError:
        mended: T = _mend(msgspec.json.decode(raw), kind)
        return mended


def _mend(value: Any, kind: Any) -> Any:
    """`value` as `kind`, without the parts that are not of their type; raises one of `UNREADABLE`."""
    if get_origin(kind) in {Union, UnionType}:
        return next(iter(_mended([value], get_args(kind)[0])), None)
    if get_origin(kind) is tuple:
        return tuple(_mended(msgspec.convert(value, list[Any]), get_args(kind)[0]))
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _mend_struct(msgspec.convert(value, dict[str, Any]), kind)
    return msgspec.convert(value, kind)


def _mend_struct(value: dict[str, Any], kind: type[Struct]) -> Struct:
    kept: dict[str, Any] = {}
    for known in struct_fields(kind):
        if known.encode_name in value:
            for mended in _mended([value[known.encode_name]], known.type):
                kept[known.name] = mended
        if known.required and known.name not in kept:
            raise msgspec.ValidationError(f"{kind.__name__} lacks {known.encode_name}")
    return kind(**kept)


def _mended(values: Iterable[Any], kind: Any) -> Iterator[Any]:
    """Those of the values that can be read."""
    for value in values:
        try:
            mended = _mend(value, kind)
        except UNREADABLE:
            continue
        yield mended
