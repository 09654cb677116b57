"""What a client can take: media types of GraphQL over HTTP, and content codings (RFC 9110 §12.5.1, §12.5.3).

Clients send the same few headers again and again, so what was read of one is remembered.
"""

from email.message import Message
from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
RESPONSE_JSON: Final = "application/graphql-response+json"

OFFERED: Final = {
    JSON: JSON,
    RESPONSE_JSON: RESPONSE_JSON,
    "*/*": JSON,
    "application/*": JSON,
}
"""What a range in an Accept header gets: clients that take anything are taken for older ones."""

CODINGS: Final = ("zstd", "gzip")
"""The codings of an answer, the one that costs least first."""

KNOWN: Final = 64
"""Header values remembered: they come from clients, who could make up any number."""


@lru_cache(KNOWN)
def accepted(header: bytes | None) -> str | None:
    """The media type to answer with: the one that the client likes best; None when it takes none of ours."""
    if header is None or not header.strip():
        return JSON
    best: tuple[float, str] | None = None
    for name, quality in _ranges(header):
        if name in OFFERED and quality > 0 and (best is None or quality > best[0]):
            best = (quality, OFFERED[name])
    return best[1] if best else None


@lru_cache(KNOWN)
def coding(header: bytes | None) -> str | None:
    """The content coding to answer with, as Accept-Encoding asks; None for none, which is always understood."""
    qualities = dict(_ranges(header or b""))
    anything = qualities.get("*", 0.0)
    best = max(CODINGS, key=lambda name: qualities.get(name, anything))
    quality = qualities.get(best, anything)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None


@lru_cache(KNOWN)
def is_json(header: bytes | None) -> bool:
    """Whether a Content-Type is JSON in UTF-8."""
    if header is None:
        return False
    name, parameters = _parse(header.decode("latin-1"))
    return name == JSON and parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}


def _ranges(header: bytes) -> list[tuple[str, float]]:
    """The names in a header and how much they are liked; what cannot be read is left out."""
    found = []
    for part in header.decode("latin-1").split(","):
        name, parameters = _parse(part)
        try:
            found.append((name, float(parameters.get("q", "1"))))
        except ValueError:
            continue
    return found


def _parse(value: str) -> tuple[str, dict[str, str]]:
    """A name and its parameters, names in lower case."""
    message = Message()
    message["content-type"] = value.strip()
    parameters = message.get_params(failobj=[])
    return (parameters[0][0].lower() if parameters else ""), {k.lower(): v for k, v in parameters[1:]}
