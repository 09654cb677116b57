"""The administration page on figures made for it: three sources, some operations, hostile names."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from graphql import build_schema, parse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from connectors.contract import SourceInfo, SourceKind
from connectors.errors import Unavailable
from connectors.guards.ledger import Ledger, Minute
from hub.access.callers import Access
from hub.access.keys import KeyText
from hub.access.sessions import Sessions
from hub.access.store import AccessStore, in_memory
from hub.observability.observatory import Observatory
from hub.observability.settings import MetricsAccess
from hub.web.admin import AdminPage, ShownSource
from hub.web.assets import assets
from hub.web.login import LoginPages
from hub.web.metrics import metrics
from hub.web.pages import Pages, Unshown
from resolvers.access import Role
from resolvers.accounts import ApiKey

KEY = KeyText("moderator0", "x" * 43)
REGISTRANT = KeyText("registrant", "y" * 43)
HOSTILE = "<script>alert(1)</script>"

SCHEMA = build_schema("""
type Query { structures: [Structure!]!, never: Int }
type Structure { id: ID!, name: String, phone: String @deprecated(reason: "contact.phone") }
""")

SOURCES = {
    "registry": ("Registre du programme", "ANSWERING", False),
    "monenfant": ("monenfant.fr", "FAILING", True),
    "partner": (f"Annuaire {HOSTILE}", "NOT_ASKED_YET", False),
}


def figures() -> Observatory:
    """An observatory that has seen an hour."""
    observatory = Observatory(SCHEMA)
    now = int(time.time() // 60)
    registry = observatory.ledger("registry")
    for i in range(200):
        _call(registry, 0.002 * (i % 7))
    registry.tally.minutes = {
        now - i: Minute(10, int(i % 9 == 0), 0.3 + 0.1 * (i % 5), 0.2) for i in range(60) if i % 20 < 15
    }
    monenfant = observatory.ledger("monenfant")
    _call(monenfant, 0.4)
    _call(monenfant, 1.5, Unavailable("monenfant", f"no answer {HOSTILE}"))
    monenfant.looked_up(hits=30, misses=10, stale=5)
    monenfant.retried()
    monenfant.held_back("breaker")
    monenfant.breaker_is("open")
    for query, client, seconds, times in (
        ("query Nearby { structures { id name } }", "carte-web", 0.8, 7),
        ("query Phones { structures { phone } }", f"x{HOSTILE}", 0.2, 2),
        ("{ structures { id } }", "(unnamed)", 0.01, 1),
    ):
        use = observatory.usage.operation(parse(query), query, None)
        assert use
        for _ in range(times):
            observatory.usage.count(use, client, seconds, kept=False, failed=False)
    return observatory


def _call(ledger: Ledger, seconds: float, error: Unavailable | None = None) -> None:
    ledger.note("search", seconds, error, None)


async def keys_in(store: AccessStore) -> AccessStore:
    """The store with a moderator's and a registrant's key."""
    for key, role in ((KEY, Role.MODERATOR), (REGISTRANT, Role.REGISTRANT)):
        made = {"id": key.id, "role": role, "name": "essai", "sources": frozenset()}
        never = dict.fromkeys(("expires_at", "revoked_at", "revoked_by", "last_used_at"))
        at = datetime.now(UTC)
        await store.add_key(ApiKey(**made, created_at=at, created_by="test", **never), key.digest())
    return store


async def admin_app(
    *,
    access: MetricsAccess = "local",
    observatory: Observatory | None = None,
    store: AccessStore | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> ASGIApp:
    observatory = figures() if observatory is None else observatory
    callers = Access(store or await keys_in(in_memory()), clock)
    sessions = Sessions(callers)
    pages = Pages(sessions, sandbox=True)
    page = AdminPage(
        pages,
        sources=lambda: {
            id_: ShownSource(
                SourceInfo(id=id_, name=name, kind=SourceKind.REFERENCE_DIRECTORY, sandbox=sandbox), status
            )
            for id_, (name, status, sandbox) in SOURCES.items()
        },
        total=observatory.total,
        schema=SCHEMA,
    )

    async def numbers(request: Request) -> Response:
        return await metrics(request, access=access, sessions=sessions, total=observatory.total)

    login = LoginPages(callers, pages, {}, public_url=None)
    return Starlette(
        routes=[*page.routes(), *login.routes(), Route("/metrics", numbers), *assets()],
        exception_handlers={Unshown: pages.explain},
    )
