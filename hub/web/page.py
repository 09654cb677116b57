"""HTML pages: a template beside this file, filled in, and the headers that keep the page to itself.

What is filled in is text: Jinja escapes all of it (`autoescape`), and a name that a template has no value for is an
error. Templates extend `layout.html`; forms are made of the macros in `form.html`.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct
from starlette.responses import HTMLResponse

from hub.web import words

TEMPLATES = Path(__file__).parent / "templates"

HEADERS: Final = {
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

OWN_FORMS: Final = {"referrer-policy": "same-origin"}
"""With "no-referrer" a browser would hide from us, too, that the form is our own."""

PRIVATE: Final = {**OWN_FORMS, "cache-control": "no-store"}
"""For what is shown to one person only."""


class Visitor(Struct, frozen=True, kw_only=True):
    """Who looks at a page. `word`: what forms of their session must hold."""

    known: bool = False
    name: str | None = None
    moderates: bool = False
    word: str = ""


NOBODY: Final = Visitor()


def content_security_policy(nonce: str | None = None, *, forms: bool = False) -> str:
    """Nothing is read from elsewhere, no script or style stands in the page, and no other site may frame it.

    `nonce`: style elements that carry it are let in, for a page whose script makes some. `forms`: the page has
    some, that the hub itself takes.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'" + (f" 'nonce-{nonce}'" if nonce else ""),
            # GraphiQL's style sheet carries its fonts and the editor's marks.
            "font-src data:",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'self'" if forms else "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def page(
    name: str,
    values: Mapping[str, Any],
    *,
    sandbox: bool,
    visitor: Visitor = NOBODY,
    status: int = 200,
    nonce: str | None = None,
    forms: bool = False,
) -> HTMLResponse:
    """The template `name` with these values.

    `sandbox`: the page opens with a notice that the data served are fictitious. `visitor`: whom the header names; a
    page for somebody known is kept by nobody else. `nonce` and `forms`: see `content_security_policy`.
    """
    forms = forms or visitor.known  # the header has one, to log out
    headers = {**HEADERS, **(PRIVATE if visitor.known else OWN_FORMS if forms else {})}
    headers["content-security-policy"] = content_security_policy(nonce, forms=forms)
    html = _environment().get_template(name).render(values, sandbox=sandbox, visitor=visitor, nonce=nonce)
    return HTMLResponse(html, status, headers=headers)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= words.FILTERS
    return environment
