"""HTML pages: a template beside this file, filled in, and the headers that keep the page to itself."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from starlette.responses import HTMLResponse

TEMPLATES = Path(__file__).parent / "templates"

HEADERS: Final = {
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


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
    name: str, values: Mapping[str, str], *, sandbox: bool, nonce: str | None = None, forms: bool = False
) -> HTMLResponse:
    """The template `name` with each `$key` replaced by its value, as it stands: escape it first.

    `$head` and `$notice` are what all pages have: what their heads begin with, and the notice of the sandbox.

    `sandbox`: the page opens with a notice that the data served are fictitious. `nonce` and `forms`:
    see `content_security_policy`.
    """
    common = {"head": _template("head.html").template, "notice": _template("notice.html").template if sandbox else ""}
    headers = {**HEADERS, "content-security-policy": content_security_policy(nonce, forms=forms)}
    return HTMLResponse(_template(name).substitute(values, **common), headers=headers)


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
