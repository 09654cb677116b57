"""HTML pages: a template beside this file, filled in, and the headers that keep the page to itself."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

TEMPLATES = Path(__file__).parent / "templates"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # GraphiQL's dialogs add style elements while they lock the page's scrolling.
        "style-src 'self' 'unsafe-inline'",
        # GraphiQL's style sheet carries its fonts and the editor's marks.
        "font-src data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing is read from elsewhere, no script stands in the page, and no other site may frame it."""

HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def page(name: str, values: Mapping[str, str], *, sandbox: bool) -> HTMLResponse:
    """The template `name` with each `$key` replaced by its value, as it stands: escape it first.

    `sandbox`: the page opens with a notice that the data served are fictitious.
    """
    notice = _template("notice.html").template if sandbox else ""
    return HTMLResponse(_template(name).substitute(values, notice=notice), headers=HEADERS)


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
