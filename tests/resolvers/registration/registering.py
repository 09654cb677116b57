"""Registrations asked of the schema itself, as callers of every role."""

from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, graphql
from hubs import configuration

from connectors.sandbox import Sandbox
from hub.composition import Hub, open_hub
from resolvers.access import Caller, Role
from resolvers.request import RequestContext
from resolvers.schema import build_schema

ANYBODY = Caller()
ANNE = Caller(Role.REGISTRANT, "person-anne")
BRUNO = Caller(Role.REGISTRANT, "person-bruno")
PARTNER = Caller(Role.PARTNER, "key-partner")
MODERATOR = Caller(Role.MODERATOR, "person-moderator")

CRECHE: dict[str, Any] = {
    "kind": "ESTABLISHMENT",
    "name": "Crèche des Lutins",
    "description": "Une crèche de quartier.\nDouze places.",
    "siret": "732 829 320 00074",
    "category": "MODE_ACCUEIL",
    "subcategory": "CRECHE",
    "inPeriod": True,
    "situations": [{"situation": "AUTORISE_OU_AGREE", "institution": "PMI de la Côte-d’Or"}],
    "priorities": ["EVEILLER", "CONCILIER"],
    "actions": [
        {
            "title": "Tapis d’éveil sonore",
            "description": "Une résidence d’artiste.",
            "priorities": ["PARTAGER_ET_SOUFFLER"],
            "area": {"kind": "COMMUNE", "code": "21231"},
            "audiences": ["enfants de 0 à 3 ans"],
            "keyMoments": ["reprise du travail"],
        }
    ],
    "places": [{"street": "3 rue des Lutins", "postalCode": "21000", "commune": "21231"}],
    "contact": {
        "phone": {"value": "03 80 00 12 34", "public": True},
        "email": {"value": "directrice@lutins.example.org"},
        "website": {"value": "https://lutins.example.org", "public": True},
    },
    "consent": "2026-11",
}

SEEN = """... on Registration { id state revision ownedByMe logoCode emailConfirmedAt
  form { kind name description siret finess rpps category subcategory inPeriod situations { situation institution }
    priorities actions { title description priorities area { kind code name } audiences keyMoments itinerant }
    itinerant area { kind code name } places { street complement postalCode city commune latitude longitude sameAs }
    atHome showExactAddress sameAs consent { version givenAt } }
  contact { phone { value public } email { value public } website { value public } }
  missing { code field message } shownForm { name } structures { id name }
  events { at role what revision comment reasons { code field message } } }
... on RegistrationRefused { reasons { code field message } registration { id state form { name } } } __typename"""

SAVE = "mutation ($input: RegistrationInput!) { done: saveDraft(input: $input) {" + SEEN + "} }"
SUBMIT = "mutation ($input: RegistrationInput!) { done: submitRegistration(input: $input) {" + SEEN + "} }"
DECIDE = "mutation ($input: DecisionInput!) { done: decideRegistration(input: $input) {" + SEEN + "} }"
WITHDRAW = "mutation ($id: ID!, $why: String) { done: withdrawRegistration(id: $id, reason: $why) {" + SEEN + "} }"
ERASE = """mutation ($input: ErasureInput!) { done: requestErasure(input: $input) {
  ... on Erased { ids } ... on RegistrationRefused { reasons { code field message } } __typename } }"""
ONE = "query ($id: ID!) { registration(id: $id) {" + SEEN.partition("... on RegistrationRefused")[0] + "} }"
LIST = """query ($filter: RegistrationFilter, $first: Int! = 20, $after: String) {
  registrations(filter: $filter, first: $first, after: $after) {
    nodes { id state form { name } } totalCount pageInfo { hasNextPage endCursor } } }"""
STRUCTURE = """query ($id: ID!) { structure(id: $id) { id name kind description category { code } subcategory { code }
  address { street complement postalCode city inseeCode } position { latitude longitude precision }
  contact { phone email website } territory { kind code name } previousIds
  priorities { priority { code } basis action { title } }
  actions { nodes { id title keyMoments audiences carrier { id } places { id } } }
  registration { situations { code } validatedOn } records { source { id } key identifiers { scheme value } } } }"""
CHANGES = """query ($since: String, $first: Int! = 100) { changes(since: $since, first: $first) {
  nodes { kind ids at cursor } pageInfo { hasNextPage endCursor } } }"""
LOGO = "query ($code: String!) { verifyLogo(code: $code) { status name since structure { id } } }"

keys = (f"key {n}" for n in count(1))


@cache
def schema() -> GraphQLSchema:
    return build_schema()


def creche(**changes: Any) -> dict[str, Any]:
    """A form that may be submitted, with some fields changed, under a key of its own."""
    return {**deepcopy(CRECHE), "idempotencyKey": next(keys), **changes}


def opened(folder: Path, toml: str = "") -> Hub:
    """A hub on the sandbox, with its databases in a folder."""
    return open_hub(configuration(folder, toml), sandbox=Sandbox())


class Desk:
    """Asks a hub, as whoever."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.used: Any = None

    async def put(self, caller: Caller, query: str, **variables: Any) -> Any:
        """The whole result."""
        context = RequestContext(self.hub.federation, datetime.now(UTC), caller)
        result = await graphql(schema(), query, variable_values=variables, context_value=context)
        self.used = context.used
        return result

    async def ask(self, caller: Caller, query: str, **variables: Any) -> Any:
        """The data of an answer that has no error; of a mutation, what was done."""
        result = await self.put(caller, query, **variables)
        assert result.errors is None, result.errors
        return result.data.get("done", result.data)

    async def code(self, caller: Caller, query: str, **variables: Any) -> str:
        """The code of the one error of an answer."""
        result = await self.put(caller, query, **variables)
        (error,) = result.errors
        return error.extensions["code"]

    async def submitted(self, caller: Caller = ANNE, **changes: Any) -> Any:
        """A registration that waits."""
        done = await self.ask(caller, SUBMIT, input=creche(**changes))
        assert done["__typename"] == "Registration", done
        return done

    async def decided(self, registration: Any, decision: str = "VALIDATE", **changes: Any) -> Any:
        """What becomes of it."""
        given = {"id": registration["id"], "revision": registration["revision"], "decision": decision, **changes}
        return await self.ask(MODERATOR, DECIDE, input=given)

    async def validated(self, caller: Caller = ANNE, **changes: Any) -> Any:
        """A registration that is shown."""
        return await self.decided(await self.submitted(caller, **changes))

    async def structure(self, id_: str) -> Any:
        """What everybody sees of an entry."""
        return (await self.ask(ANYBODY, STRUCTURE, id=id_))["structure"]

    async def changes(self, since: str | None = None) -> Any:
        """The feed, as kinds and ids; without the links that are found as communes are read."""
        nodes = (await self.ask(ANYBODY, CHANGES, since=since))["changes"]["nodes"]
        return [(c["kind"], *c["ids"]) for c in nodes if c["kind"] not in {"LINKED", "UNLINKED"}]


def codes(done: Any) -> dict[str | None, str]:
    """The reasons of a refusal: field -> code."""
    assert done["__typename"] == "RegistrationRefused", done
    return {reason["field"]: reason["code"] for reason in done["reasons"]}
