"""Links between records, and the decisions that make them, as frozen values: keys, decisions and scores only."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from math import isfinite
from typing import Final, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from connectors.links.errors import OtherKind, SameRecord

Pair: TypeAlias = tuple[str, str]
"""Two ids of records (`source--key`), in ascending order."""

MAX_COMMENT: Final = 2_000
_ID = re.compile(r"(?!action--)[a-z][a-z0-9_]{0,39}--\S(.*\S)?")
_MAX_ID = 200
_PART = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MOST = 1_000.0


class LinkState(StrEnum):
    """Where a pair stands: waiting for a person, one entry, or two entries."""

    SUGGESTED = "SUGGESTED"
    LINKED = "LINKED"
    APART = "APART"


class LinkMethod(StrEnum):
    """What decided. A PERSON's decision holds whatever the others find later."""

    STRONG_IDENTIFIER = "STRONG_IDENTIFIER"
    QUOTED_ID = "QUOTED_ID"
    SCORE = "SCORE"
    PERSON = "PERSON"


class Reason(StrEnum):
    """Why a person is asked.

    SCORE: neither near nor far enough. MOVED: a record that was linked describes another place now (its directory may
    have given the key to another one). CONFLICT: near enough, but another record of the same directory is linked.
    """

    SCORE = "SCORE"
    MOVED = "MOVED"
    CONFLICT = "CONFLICT"


class Decision(Struct, frozen=True, kw_only=True):
    """What is decided of two records, `a` and `b` in any order.

    `score`: how likely they are the same place, in [0, 1]. `parts`: the comparison that decided, as names of its parts
    and small numbers. `fingerprints`: of `a` and `b`, as `LinkStore.fingerprint` gives them. `reason`: of a suggestion.
    `decided_by`: an account, or the name of a programme. `comment`: a person's own words.
    """

    a: str
    b: str
    state: LinkState
    method: LinkMethod
    fingerprints: tuple[str, str]
    decided_by: str
    decided_at: datetime
    score: float | None = None
    parts: Mapping[str, float] = {}
    reason: Reason | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        """Hold what the database could not: no text of a directory comes in as a part of a comparison."""
        if wrong := [n for n, v in self.parts.items() if not (_PART.fullmatch(n) and isfinite(v) and abs(v) <= _MOST)]:
            raise ValueError(f"not parts of a comparison: {', '.join(map(repr, wrong))}")
        if self.comment is not None and (not self.by_person or len(self.comment) > MAX_COMMENT):
            raise ValueError(f"a comment is a person's, and of {MAX_COMMENT} characters at most")
        if (self.reason is None) is (self.state is LinkState.SUGGESTED):
            raise ValueError("a suggestion has a reason, and nothing else has")
        if self.by_person and self.state is LinkState.SUGGESTED:
            raise ValueError("a person decides, and does not suggest")

    @property
    def by_person(self) -> bool:
        """Whether a person took it."""
        return self.method is LinkMethod.PERSON

    @property
    def pair(self) -> Pair:
        """The two ids in order. Raises `SameRecord` and `OtherKind`."""
        return pair(self.a, self.b)


class Link(Struct, frozen=True, kw_only=True):
    """A pair of records and the decision that holds; the fields are those of `Decision`, with `a` < `b`."""

    id: int
    a: str
    b: str
    state: LinkState
    method: LinkMethod
    fingerprints: tuple[str, str]
    decided_by: str
    decided_at: datetime
    score: float | None = None
    parts: dict[str, float] = {}
    reason: Reason | None = None
    comment: str | None = None

    @property
    def pair(self) -> Pair:
        """The two ids, in order."""
        return self.a, self.b

    @property
    def by_person(self) -> bool:
        """Whether a person decided it last."""
        return self.method is LinkMethod.PERSON

    @property
    def linked(self) -> bool:
        """Whether the two are one entry by this link."""
        return self.state is LinkState.LINKED

    @property
    def kept_apart(self) -> bool:
        """Whether a person said that they are not the same place."""
        return self.by_person and self.state is LinkState.APART


class Change(Struct, frozen=True):
    """What a decision changed (or would change): the link before, None when there was none, and after.

    A dry run gives a new link the id that it would have got.
    """

    before: Link | None
    after: Link


def pair(one: str, other: str) -> Pair:
    """Two ids in order. Raises `SameRecord` when they are one, `OtherKind` when one is not of a structure's record."""
    for id_ in (one, other):
        if not linkable(id_):
            raise OtherKind(id_)
    if one == other:
        raise SameRecord(one)
    return (one, other) if one < other else (other, one)


def linkable(id_: str) -> bool:
    """Whether this is the id of a structure's record, as links hold them."""
    return len(id_) <= _MAX_ID and id_.isprintable() and _ID.fullmatch(id_) is not None


def ordered(decision: Decision) -> Decision:
    """The same decision, with `a` < `b`. Raises as `pair` does."""
    a, b = decision.pair
    if a == decision.a:
        return decision
    return replace(decision, a=a, b=b, fingerprints=decision.fingerprints[::-1])


def source_of(id_: str) -> str:
    """The directory of a record."""
    return id_.partition("--")[0]
