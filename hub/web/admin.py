"""/admin: how each directory answers, which operations are slow, who uses which field. In French, without JavaScript.

GET /admin    the page, for moderators; anybody else is sent to log in
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.contract import SourceInfo
from connectors.guards.ledger import Tally
from hub.observability.snapshot import Snapshot
from hub.web.pages import Pages, Unshown
from hub.web.sparkline import sparkline
from hub.web.words import NOTHING, SPACE, duration, moment, number, share
from resolvers.access import FORBIDDEN, UNAUTHENTICATED

PATH: Final = "/admin"

SLOWEST: Final = 20
"""Operations shown."""

STATES: Final = {
    "ANSWERING": "répond",
    "FAILING": "ne répond pas pour le moment",
    "NOT_ASKED_YET": "pas encore interrogé",
}
BREAKERS: Final = {"closed": "fermé", "open": "ouvert : il n’est plus appelé", "half_open": "entrouvert : un essai"}
KINDS: Final = {
    "unavailable": "indisponible",
    "refused": "refus",
    "bad_data": "réponse illisible",
    "internal": "erreur interne",
}

HELD_BACK: Final = {"breaker": "disjoncteur ouvert", "queue": "file pleine", "deadline": "délai passé"}


Shown = dict[str, Any]
"""What the template shows of something."""


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A source of the hub as it is now; `status` is a `SourceStatus`."""

    info: SourceInfo
    status: str


class AdminPage:
    """The page. `sources`: those of the hub now; `total`: the counts of all workers."""

    def __init__(
        self,
        pages: Pages,
        *,
        sources: Callable[[], Mapping[str, ShownSource]],
        total: Callable[[], Snapshot],
        schema: GraphQLSchema,
    ) -> None:
        self._pages = pages
        self._sources = sources
        self._total = total
        self._schema = schema

    def routes(self) -> list[BaseRoute]:
        """Where it answers."""
        return [Route(PATH, self.show)]

    async def show(self, request: Request) -> Response:
        """The page, for moderators."""
        visitor = self._pages.visitor(request)
        if not visitor.moderates:
            raise Unshown(FORBIDDEN if visitor.known else UNAUTHENTICATED)
        snapshot = self._total()
        client = request.query_params.get("client")
        used = snapshot.usage.fields()
        deprecated = _deprecated(self._schema)
        fields = _fields(used, deprecated, client)
        values = {
            "now": snapshot.at,
            "began": snapshot.began,
            "workers": snapshot.workers,
            "sources": [
                _source(source, snapshot.sources.get(id_, Tally()), snapshot.at)
                for id_, source in self._sources().items()
            ],
            "operations": snapshot.usage.slowest(SLOWEST),
            "clients": _clients(snapshot, client),
            "fields": fields,
            "unused": sorted(deprecated.keys() - {field["name"] for field in fields}),
        }
        return self._pages.page(request, "admin.html", values)


def _source(source: ShownSource, tally: Tally, now: float) -> Shown:
    info = source.info
    calls = tally.answered + tally.failed
    looked_up = tally.hits + tally.misses + tally.stale
    return {
        "id": info.id,
        "name": info.name,
        "status": source.status,
        "state": STATES.get(source.status, source.status) + (" (données fictives)" if info.sandbox else ""),
        "figures": (
            ("Disjoncteur", f"{BREAKERS.get(tally.breaker, tally.breaker)} (ouvertures : {number(tally.opened)})"),
            ("Appels", f"{number(calls)}, dont nouveaux essais : {number(tally.retries)}"),
            ("Échecs", f"{number(tally.failed)} ({share(tally.failed, calls)})"),
            ("Temps de réponse", _times(tally)),
            ("Trouvé en mémoire", f"{share(tally.hits + tally.stale, looked_up)} de {number(looked_up)}"),
            ("… dont périmé, faute de mieux", number(tally.stale)),
            ("Retenus sans appeler", _held_back(tally)),
            ("Dernière réponse", moment(tally.last_answer_at)),
            ("Dernière erreur", _failure(tally)),
        ),
        "line": sparkline(tally.minutes, now),
    }


def _times(tally: Tally) -> str:
    durations = tally.durations
    if not durations.count:
        return NOTHING
    usual, slow = duration(durations.quantile(0.5)), duration(durations.quantile(0.95))
    return f"{usual} pour la moitié, {slow} pour 95{SPACE}%, au plus {duration(durations.longest)}"


def _held_back(tally: Tally) -> str:
    held = (f"{HELD_BACK.get(reason, reason)} {number(n)}" for reason, n in sorted(tally.held_back.items()))
    return ", ".join(held) or NOTHING


def _failure(tally: Tally) -> str:
    failure = tally.last_failure
    if failure is None:
        return NOTHING
    return Markup("{} : {}, « {} »").format(moment(failure.at), KINDS.get(failure.kind, failure.kind), failure.message)


def _clients(snapshot: Snapshot, chosen: str | None) -> list[Shown]:
    counts: dict[str, int] = {}
    for use in snapshot.usage.operations.values():
        for client, count in use.clients.items():
            counts[client] = counts.get(client, 0) + count
    links = [{"address": PATH, "text": "tous les clients", "current": chosen is None}]
    for client, count in sorted(counts.items(), key=lambda item: -item[1]):
        address = f"{PATH}?{urlencode({'client': client})}"
        links.append({"address": address, "text": f"{_client(client)} ({number(count)})", "current": client == chosen})
    return links


def _client(name: str) -> str:
    return {"(other)": "(autres)", "(unnamed)": "(sans nom)"}.get(name, name)


def _fields(used: Mapping[str, Mapping[str, int]], deprecated: Mapping[str, bool], client: str | None) -> list[Shown]:
    """The fields in use (by one client when it is chosen), most used first."""
    counts = {
        name: {c: n for c, n in clients.items() if client is None or c == client} for name, clients in used.items()
    }
    totals = {name: sum(clients.values()) for name, clients in counts.items() if clients}
    return [
        {
            "name": name,
            "deprecated": deprecated.get(name, False),
            "total": total,
            "clients": ", ".join(f"{_client(c)} {n}" for c, n in sorted(counts[name].items(), key=lambda x: -x[1])),
        }
        for name, total in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    ]


def _deprecated(schema: GraphQLSchema) -> dict[str, bool]:
    """Every field of the schema ("Type.field"), and whether it is deprecated."""
    return {
        f"{type_.name}.{name}": field.deprecation_reason is not None
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
    }
