"""The front page: what the hub is, in French, and where to go on from here."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub.web.page import page


def home_page(request: Request, *, sandbox: bool) -> HTMLResponse:
    """The front page; its example names the address by which the reader came here.

    `sandbox`: say at the top of the page that the data served are fictitious.
    """
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return page("home.html", {"origin": escape(origin)}, sandbox=sandbox)
