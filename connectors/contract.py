"""The contract of a directory: read this one file to connect another.

A connector turns the hub's questions into calls of its directory, and the answers into records. It does not
cache, retry, time out or merge: guards and resolvers do that for all directories alike. To add a directory:

1. write a class with the constant `info` and the four methods of `Connector`;
2. give the module a `plugin = Plugin(Settings, build)` and declare it as an entry point of the group
   `hub1000.connectors`: the entry point's name is what `connector = "…"` says in hub.toml;
3. run the suite of `connectors.conformance` on it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from msgspec import Struct

from connectors.addresses import Outgoing
from connectors.gazetteer import Commune
from connectors.nomenclature import SubcategoryCode
from connectors.records import ActionRecord, Identifier, StructureRecord

Record: TypeAlias = StructureRecord | ActionRecord


class Kind(StrEnum):
    """What is asked for: each kind has its own record type and its own keys."""

    STRUCTURE = "structure"
    ACTION = "action"


class InCommunes(Struct, frozen=True):
    """What lies in these communes; at most `info.communes_per_call` of them."""

    communes: tuple[Commune, ...]


class InDepartement(Struct, frozen=True):
    """What lies in a whole département (INSEE code: "21", "2A", "974"), entries without a commune included."""

    code: str


class Everywhere(Struct, frozen=True):
    """All that the source has."""


class WithIdentifiers(Struct, frozen=True):
    """What carries one of these identifiers; at most `info.batch_size` of them."""

    identifiers: tuple[Identifier, ...]


class PractisingAt(Struct, frozen=True):
    """The professionals who practise at these structures (keys); at most `info.batch_size` of them."""

    keys: tuple[str, ...]


class ActionsOf(Struct, frozen=True):
    """The actions that these structures (keys) carry, host or take part in."""

    keys: tuple[str, ...]


class SameAs(Struct, frozen=True):
    """The records that quote one of these global ids (`source--key`) as being the same place."""

    ids: tuple[str, ...]


Where: TypeAlias = InCommunes | InDepartement | Everywhere | WithIdentifiers | PractisingAt | ActionsOf | SameAs


class Query(Struct, frozen=True, kw_only=True):
    """One question to a directory.

    `subcategories` narrows a place (`InCommunes`, `InDepartement`) where `info.narrows` says that the directory
    can do it; the answer may hold more than asked, never less. `after` is the `after` of the page before.
    """

    where: Where
    kind: Kind = Kind.STRUCTURE
    subcategories: frozenset[SubcategoryCode] | None = None
    after: str | None = None


class Page(Struct, frozen=True, kw_only=True):
    """Part of an answer. `after` is opaque and None on the last page; `total` is None when not said.

    `unreadable` counts the entries left out because they could not be read: one bad entry costs itself only.

    A connector leaves the rest alone. `retrieved_at`: when it was had, for a page that was held (None: just now);
    `stale`: it was held past its time.
    """

    records: tuple[Record, ...]
    after: str | None = None
    total: int | None = None
    unreadable: int = 0
    retrieved_at: datetime | None = None
    stale: bool = False


class SourceKind(StrEnum):
    """What sort of directory a source is."""

    REGISTRY = "REGISTRY"
    REFERENCE_DIRECTORY = "REFERENCE_DIRECTORY"
    PARTNER_DIRECTORY = "PARTNER_DIRECTORY"


class SourceInfo(Struct, frozen=True, kw_only=True):
    """What the hub must know of a directory before it calls it. Constant: made without I/O.

    `id`: lower case letters, digits and `_`, starting with a letter. `asks`: the places and relations it can be
    asked by. `narrows`: True when it applies `Query.subcategories` itself. `batch_size`: keys a `get`, or
    identifiers a search, may hold. `communes_per_call`: communes an `InCommunes` may hold. `max_departements`: whole
    départements that one question of a client may cover here (0: none; a région needs all of its own).
    `concurrency`: calls of this connector in flight at once. `calls_per_second`: the directory's published rate, held
    by its HTTP door. `ttl`: seconds for which an answer may be held, 0 for never. `tells_changes`: what was made of its
    answers may be held for as long as the hub sees no change in it, whatever its `ttl`.
    """

    id: str
    name: str
    kind: SourceKind
    institution: str | None = None
    url: str | None = None
    licence: str | None = None
    sandbox: bool = False
    asks: frozenset[type[Struct]] = frozenset()
    kinds: frozenset[Kind] = frozenset({Kind.STRUCTURE})
    narrows: bool = False
    batch_size: int = 50
    communes_per_call: int = 1
    max_departements: int = 1
    concurrency: int = 4
    calls_per_second: float | None = None
    ttl: float = 300.0
    tells_changes: bool = False


class Connector(Protocol):
    """A directory. Every method raises only `connectors.errors.SourceError` (or CancelledError)."""

    @property
    def info(self) -> SourceInfo:
        """What the source is and can; constant."""
        ...

    async def get(self, kind: Kind, keys: Sequence[str]) -> Mapping[str, Record]:
        """The records of these keys (at most `info.batch_size`); an unknown or ill-formed key is absent."""
        ...

    async def search(self, query: Query) -> Page:
        """One page of the answer to a query whose `where` is among `info.asks`."""
        ...

    async def ping(self) -> None:
        """Return when the directory answers us; the cheapest call it has."""
        ...

    async def aclose(self) -> None:
        """Let go of connections and files."""
        ...


class Context(Struct, frozen=True, kw_only=True):
    """What the hub hands to `build`, besides the settings of the source's table in hub.toml.

    `secret`: the key from the environment, None when there is none. `sandbox`: an ASGI application that answers in
    the directory's place, None for the real one. `data`: the directory where the hub keeps its files. `outgoing`:
    which addresses may be called; `HttpDoor.of` heeds it and the sandbox.
    """

    source: str
    data: Path
    secret: str | None = None
    sandbox: Any | None = None
    outgoing: Outgoing = Outgoing()


class Plugin(Struct, frozen=True):
    """What an entry point of `hub1000.connectors` names: the type of its settings, and how it is built.

    `settings` is a `msgspec.Struct` with `forbid_unknown_fields=True`, all of whose fields have defaults.
    """

    settings: type[Struct]
    build: Callable[[Any, Context], Connector]
    needs_secret: bool = True
