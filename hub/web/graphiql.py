"""GraphiQL: the page where the schema is read and queries are tried, served without any other server."""

import secrets
from functools import cache
from pathlib import Path

from starlette.responses import HTMLResponse

from hub.web.page import page

EXAMPLES = Path(__file__).parent / "examples"


@cache
def examples() -> tuple[str, ...]:
    """The example queries, in the order of their file names: one tab each in GraphiQL."""
    return tuple(path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.graphql")))


def graphiql_page(*, sandbox: bool = False, endpoint: str = "/graphql") -> HTMLResponse:
    """GraphiQL on `endpoint` (a path of this hub), opened on the example queries.

    `sandbox`: say at the top of the page that the data served are fictitious.
    """
    settings = {"endpoint": endpoint, "examples": examples()}
    # GraphiQL's dialogs add a style element while they lock the page's scrolling.
    nonce = secrets.token_urlsafe(16)
    return page("graphiql.html", {"settings": settings}, sandbox=sandbox, nonce=nonce)
