"""Forms that people send: small, and sent by a page of this hub as far as browsers tell."""

from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

MAX_FORM: Final = 4_096
"""Bytes of a form; a larger one is not read, unless a page says that its forms are larger."""

MAX_FIELDS: Final = 10


def is_own_form(request: Request) -> bool:
    """Whether a form was sent by a page of this hub, as far as browsers tell; what is no browser has no session."""
    return says_own(request) is not False


def says_own(request: Request) -> bool | None:
    """Whether a page of this hub asks, as a browser says (Fetch Metadata, or else Origin); None when none says it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return None if origin is None else origin == f"{request.url.scheme}://{request.url.netloc}"


async def form_of(request: Request, *, max_bytes: int = MAX_FORM, max_fields: int = MAX_FIELDS) -> dict[str, str]:
    """The fields of a form (application/x-www-form-urlencoded); none when it is larger or something else.

    Of a field that is there twice, the last counts.
    """
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            return {}
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=max_fields)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in fields.items()}
