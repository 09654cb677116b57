"""/admin: how each directory answers, which operations are slow, who uses which field. In French, without JavaScript.

GET  /admin           the page; the form to log in for anybody who is no moderator
POST /admin/login     begin a session with the moderators' token
POST /admin/logout    end it
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlencode

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.contract import SourceInfo
from connectors.guards.ledger import Tally
from hub.observability.snapshot import Snapshot
from hub.observability.usage import OperationUse
from hub.web.page import page
from hub.web.session import PATH, Sessions, form_of, is_own_form
from hub.web.sparkline import sparkline
from hub.web.words import NOTHING, SPACE, duration, moment, number, share, table
from resolvers.access import Role

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


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A source of the hub as it is now; `status` is a `SourceStatus`."""

    info: SourceInfo
    status: str


class AdminPage:
    """The page and its session. `sources`: those of the hub now; `total`: the counts of all workers."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        sources: Callable[[], Mapping[str, ShownSource]],
        total: Callable[[], Snapshot],
        schema: GraphQLSchema,
        sandbox: bool,
    ) -> None:
        self._sessions = sessions
        self._sources = sources
        self._total = total
        self._schema = schema
        self._sandbox = sandbox

    def routes(self) -> list[BaseRoute]:
        """Where it answers."""
        return [
            Route(PATH, self.show),
            Route(f"{PATH}/login", self.log_in, methods=["POST"]),
            Route(f"{PATH}/logout", self.log_out, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page, for moderators."""
        if self._sessions.caller(request).role is not Role.MODERATOR:
            return self._login()
        snapshot = self._total()
        client = request.query_params.get("client")
        values = {
            "now": moment(snapshot.at),
            "began": moment(snapshot.began),
            "workers": number(snapshot.workers),
            "sources": "".join(
                _source(source, snapshot.sources.get(id_, Tally()), snapshot.at)
                for id_, source in self._sources().items()
            ),
            "operations": _operations(snapshot.usage.slowest(SLOWEST)),
            "clients": _clients(snapshot, client),
            "fields": _fields(snapshot.usage.fields(), self._schema, client),
        }
        return self._private(page("admin.html", values, sandbox=self._sandbox, forms=True))

    async def log_in(self, request: Request) -> Response:
        """Begin a session, or say that the token is nobody's."""
        if not is_own_form(request):
            return self._login(status=403, message="Ce formulaire ne vient pas de cette page : recommencez ici.")
        answer = RedirectResponse(PATH, 303)
        if not self._sessions.log_in(request, answer, (await form_of(request)).get("token", "")):
            return self._login(status=401, message="Ce jeton n’est celui de personne.")
        return self._private(answer)

    async def log_out(self, request: Request) -> Response:
        """End the session in this browser."""
        answer = RedirectResponse(PATH, 303)
        if is_own_form(request):
            self._sessions.log_out(answer)
        return self._private(answer)

    def _login(self, *, status: int = 200, message: str = "") -> Response:
        if not self._sessions.possible:
            message = "Aucun jeton de modération n’est configuré : personne ne peut se connecter."
        alert = f'<p class="alert" role="alert" id="refus">{escape(message)}</p>' if message else ""
        described = ' aria-describedby="refus" aria-invalid="true"' if status == 401 else ""
        answer = page("login.html", {"alert": alert, "described": described}, sandbox=self._sandbox, forms=True)
        answer.status_code = status
        return self._private(answer)

    @staticmethod
    def _private(answer: Response) -> Response:
        answer.headers["cache-control"] = "no-store"
        # with "no-referrer" a browser would hide from us, too, that the form is our own
        answer.headers["referrer-policy"] = "same-origin"
        return answer


def _source(source: ShownSource, tally: Tally, now: float) -> str:
    info = source.info
    calls = tally.answered + tally.failed
    looked_up = tally.hits + tally.misses + tally.stale
    figures = (
        ("Disjoncteur", f"{BREAKERS.get(tally.breaker, escape(tally.breaker))} (ouvertures : {number(tally.opened)})"),
        ("Appels", f"{number(calls)}, dont nouveaux essais : {number(tally.retries)}"),
        ("Échecs", f"{number(tally.failed)} ({share(tally.failed, calls)})"),
        ("Temps de réponse", _times(tally)),
        ("Trouvé en mémoire", f"{share(tally.hits + tally.stale, looked_up)} de {number(looked_up)}"),
        ("… dont périmé, faute de mieux", number(tally.stale)),
        ("Retenus sans appeler", _held_back(tally)),
        ("Dernière réponse", moment(tally.last_answer_at)),
        ("Dernière erreur", _failure(tally)),
    )
    state = escape(STATES.get(source.status, source.status)) + (" (données fictives)" if info.sandbox else "")
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in figures)
    return (
        f'<li data-source="{info.id}"><h3>{escape(info.name)}</h3>'
        f'<p class="state {escape(source.status.lower())}">{state}</p><dl>{rows}</dl>'
        f"{sparkline(info.id, info.name, tally.minutes, now)}</li>"
    )


def _times(tally: Tally) -> str:
    durations = tally.durations
    if not durations.count:
        return NOTHING
    usual, slow = duration(durations.quantile(0.5)), duration(durations.quantile(0.95))
    return f"{usual} pour la moitié, {slow} pour 95{SPACE}%, au plus {duration(durations.longest)}"


def _held_back(tally: Tally) -> str:
    return (
        ", ".join(
            f"{HELD_BACK.get(reason, escape(reason))} {number(n)}" for reason, n in sorted(tally.held_back.items())
        )
        or NOTHING
    )


def _failure(tally: Tally) -> str:
    failure = tally.last_failure
    if failure is None:
        return NOTHING
    return f"{moment(failure.at)} : {KINDS.get(failure.kind, escape(failure.kind))}, « {escape(failure.message)} »"


def _operations(slowest: list[OperationUse]) -> str:
    if not slowest:
        return "<p>Aucune opération n’a encore été exécutée.</p>"
    rows = [
        (
            escape(use.name),
            f"<code>{use.document[:12]}</code>",
            escape(use.kind),
            number(use.executed.count),
            duration(use.executed.mean),
            duration(use.executed.quantile(0.95)),
            duration(use.executed.longest),
            number(use.kept),
            number(use.failed),
        )
        for use in slowest
    ]
    headings = (
        "Opération", "Document", "Type", "Exécutions", "Moyenne", "95 %", "Au plus", "Réponses gardées", "En erreur"
    )  # fmt: skip
    return table("Opérations les plus lentes, par moyenne", headings, rows)


def _clients(snapshot: Snapshot, chosen: str | None) -> str:
    counts: dict[str, int] = {}
    for use in snapshot.usage.operations.values():
        for client, count in use.clients.items():
            counts[client] = counts.get(client, 0) + count
    links = [_client_link(None, "tous les clients", chosen)]
    for client, count in sorted(counts.items(), key=lambda item: -item[1]):
        links.append(_client_link(client, f"{_client(client)} ({number(count)})", chosen))
    return f"<ul>{''.join(f'<li>{link}</li>' for link in links)}</ul>"


def _client_link(client: str | None, text: str, chosen: str | None) -> str:
    address = PATH if client is None else f"{PATH}?{urlencode({'client': client})}"
    current = ' aria-current="true"' if client == chosen else ""
    return f'<a href="{escape(address)}#champs"{current}>{escape(text)}</a>'


def _client(name: str) -> str:
    return {"(other)": "(autres)", "(unnamed)": "(sans nom)"}.get(name, name)


def _fields(used: Mapping[str, Mapping[str, int]], schema: GraphQLSchema, client: str | None) -> str:
    """The fields in use (by one client when it is chosen), most used first, and then those that are not."""
    counts = {
        name: {c: n for c, n in clients.items() if client is None or c == client} for name, clients in used.items()
    }
    totals = {name: sum(clients.values()) for name, clients in counts.items() if clients}
    deprecated = _deprecated(schema)
    rows = [
        (
            f"<code>{escape(name)}</code>" + (" (déprécié)" if deprecated.get(name) else ""),
            number(total),
            escape(", ".join(f"{_client(c)} {n}" for c, n in sorted(counts[name].items(), key=lambda x: -x[1]))),
        )
        for name, total in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    ]
    unused = sorted(deprecated.keys() - totals.keys())
    listed = "".join(f"<li><code>{escape(name)}</code></li>" for name in unused)
    shown = table("Champs demandés", ("Champ", "Requêtes", "Par client"), rows) if rows else "<p>Aucun champ.</p>"
    return f"{shown}<details><summary>Jamais demandés : {number(len(unused))}</summary><ul>{listed}</ul></details>"


def _deprecated(schema: GraphQLSchema) -> dict[str, bool]:
    """Every field of the schema ("Type.field"), and whether it is deprecated."""
    return {
        f"{type_.name}.{name}": field.deprecation_reason is not None
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
    }
