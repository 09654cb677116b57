"""What can be wrong with a decision about a link. Each refuses the whole call: nothing was changed.

    LinkRefused          the decision cannot be taken; the message may be shown to whoever took it
    ├── SameRecord       a record with itself
    ├── OtherKind        an id that is not of a structure: of an action, of a source, ill-formed
    ├── UnknownRecord    no directory has a record of this id
    ├── UnknownLink      there is no link of this id
    ├── AlreadyDecided   it is not waiting for a decision (any more)
    ├── CycleOfLinks     the two are one entry already, through other links
    └── Contradiction    a person's decision, or a directory that has two records, says otherwise

The database itself fails as a directory does: `connectors.errors.Unavailable` and `BadData`.
"""

from connectors.errors import quoted


class LinkRefused(Exception):
    """A decision that cannot be taken; raised only as one of its subclasses."""


class SameRecord(LinkRefused):
    """A record cannot be linked to itself, nor set apart from itself."""

    def __init__(self, id_: str) -> None:
        super().__init__(f"{id_} is one record: it cannot be linked to itself")


class OtherKind(LinkRefused):
    """Only structures are linked."""

    def __init__(self, id_: str) -> None:
        super().__init__(f"{quoted(id_)} is not the id of a structure's record (source--key)")


class UnknownRecord(LinkRefused):
    """No directory has this record; raised by whoever looks it up."""

    def __init__(self, id_: str) -> None:
        super().__init__(f"there is no record {quoted(id_)}")


class UnknownLink(LinkRefused):
    """There is no link of this id."""

    def __init__(self, link: int) -> None:
        super().__init__(f"there is no link {link}")


class AlreadyDecided(LinkRefused):
    """A suggestion that was decided before, or a link that was undone before."""


class CycleOfLinks(LinkRefused):
    """Links make trees, so that undoing any of them parts an entry in two."""

    def __init__(self, a: str, b: str) -> None:
        super().__init__(f"{a} and {b} are one entry already, through other links")


class Contradiction(LinkRefused):
    """Another decision, which has to be changed first, says the contrary."""
