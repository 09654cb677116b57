"""Global ids: `source--key` for a structure, `action--source--key` for an action, `source` for a source.

The form is that of data·inclusion, so an id says where it comes from; clients should still hold it as opaque.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

SOURCE_ID: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What an id of a source looks like; "action" is kept for actions."""

ACTION: Final = "action"

MAX_LENGTH: Final = 200


class StructureId(NamedTuple):
    """Which record of which source."""

    source: str
    key: str


class ActionId(NamedTuple):
    """Which action of which source."""

    source: str
    key: str


class SourceId(NamedTuple):
    """Which source."""

    source: str


@lru_cache(maxsize=4_096)  # an id is looked at several times on the way to its answer
def parse(text: str) -> StructureId | ActionId | SourceId | None:
    """What a global id names; None when it has not the form of one."""
    if len(text) > MAX_LENGTH or not text.isprintable():
        return None
    head, separator, rest = text.partition("--")
    if not _is_source(head):
        return None
    if not separator:
        return SourceId(head)
    if head == ACTION:
        source, separator, key = rest.partition("--")
        return ActionId(source, key) if separator and key and _is_source(source) else None
    return StructureId(head, rest) if rest else None


def source_of(text: str) -> str:
    """What stands for the source in an id, whether or not there is such a source."""
    head, _, rest = text.partition("--")
    return rest.partition("--")[0] if head == ACTION else head


@lru_cache(maxsize=1_024)  # ids are many, sources few
def _is_source(text: str) -> bool:
    return SOURCE_ID.fullmatch(text) is not None
