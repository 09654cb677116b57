"""The front page: what the hub is, in French, and where to go on from here."""

from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub.web.pages import Pages


def home_page(request: Request, pages: Pages) -> HTMLResponse:
    """The front page; its example names the address by which the reader came here."""
    origin = f"{request.url.scheme}://{request.url.netloc}"
    return pages.page(request, "home.html", {"origin": origin}, forms=False)
