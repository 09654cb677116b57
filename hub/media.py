"""Media types of GraphQL over HTTP, and which of them a client accepts (RFC 9110 §12.5.1)."""

from email.message import Message
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


def accepted(header: str | None) -> str | None:
    """The media type to answer with: the one that the client likes best; None when it takes none of ours."""
    if header is None or not header.strip():
        return JSON
    best: tuple[float, str] | None = None
    for part in header.split(","):
        name, parameters = _parse(part)
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            continue
        if name in OFFERED and quality > 0 and (best is None or quality > best[0]):
            best = (quality, OFFERED[name])
    return best[1] if best else None


def is_json(header: str | None) -> bool:
    """Whether a Content-Type is JSON in UTF-8."""
    if header is None:
        return False
    name, parameters = _parse(header)
    return name == JSON and parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}


def _parse(value: str) -> tuple[str, dict[str, str]]:
    """A media type and its parameters, names in lower case."""
    message = Message()
    message["content-type"] = value.strip()
    parameters = message.get_params(failobj=[])
    return (parameters[0][0].lower() if parameters else ""), {k.lower(): v for k, v in parameters[1:]}
