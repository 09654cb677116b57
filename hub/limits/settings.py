"""What the hub lets in: the table [limits] of hub.toml, with defaults for a public service."""

from ipaddress import ip_network
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Count: TypeAlias = Annotated[int, Meta(ge=1)]
Seconds: TypeAlias = Annotated[float, Meta(gt=0, le=3600)]


class DocumentLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of a GraphQL document.

    `source`: bytes of its text. `tokens`: lexical tokens, and as many comments. `depth`: fields within fields.
    `aliases`, `directives`: as written, in the whole document. `text`: characters of one string, in the document or a
    variable. `name`: characters of one name in the document, since an answer repeats an alias for each of its values.
    `cost`: values that an answer may hold (see `hub.limits.cost`). `list_size`: entries taken for a list whose size is
    not said.
    """

    source: Count = 32_768
    tokens: Count = 2_000
    depth: Count = 10
    aliases: Count = 50
    directives: Count = 50
    text: Count = 4_000
    name: Count = 100
    cost: Count = 40_000
    list_size: Count = 5


class ArrivalLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of connections. Bytes and count of a head's fields, open connections at a time, and seconds.

    `head_seconds`: from the connection, or the first byte of its next request, to the end of the head.
    `body_seconds`: from there to the end of the body. `idle_seconds`: between two requests. `write_seconds`: that a
    client may leave an answer unread. `drain_seconds`: how long open connections may still ask after SIGTERM.
    `finish_seconds`: how long requests in flight may then go on.
    """

    head_bytes: Count = 32_768
    head_fields: Count = 100
    connections: Count = 900
    head_seconds: Seconds = 10
    body_seconds: Seconds = 15
    idle_seconds: Seconds = 15
    write_seconds: Seconds = 30
    drain_seconds: Seconds = 2
    finish_seconds: Annotated[int, Meta(ge=1)] = 10


class RateLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Cost that a client may spend: `address` without a key, `key` with one, each in `seconds`; 0 for no bound.

    `clients`: addresses and keys remembered at a time, in the process.
    """

    address: Annotated[int, Meta(ge=0)] = 1_000_000
    key: Annotated[int, Meta(ge=0)] = 10_000_000
    seconds: Count = 60
    clients: Count = 20_000


class CallerLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Who may call, by which names.

    `hosts`: names that the hub answers to, "*.example.org" for all below one; any without. `origins`: web origins
    whose pages may read answers, "*" for all; those named may open WebSockets too. `proxies`: networks of the proxies
    in front, which are believed when they tell a client's address in the header `forwarded`.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ("*",)
    proxies: tuple[str, ...] = ()
    forwarded: Literal["x-forwarded-for", "forwarded"] = "x-forwarded-for"

    def __post_init__(self) -> None:
        for proxy in self.proxies:
            try:
                ip_network(proxy)
            except ValueError as error:
                raise ValueError(f"proxies: {error}") from None


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """All bounds together."""

    document: DocumentLimits = DocumentLimits()
    arrival: ArrivalLimits = ArrivalLimits()
    rates: RateLimits = RateLimits()
    callers: CallerLimits = CallerLimits()

    def __post_init__(self) -> None:
        for name in ("address", "key"):
            if 0 < getattr(self.rates, name) < self.document.cost:
                raise ValueError(f"rates.{name}: at least document.cost ({self.document.cost}) is wanted, or 0")
