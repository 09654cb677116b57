"""What makes changes in a hub: registrations, through its API over HTTP, with the key of an admin."""

from copy import deepcopy
from itertools import count
from typing import Any

import httpx

FORM: dict[str, Any] = {
    "kind": "ESTABLISHMENT",
    "name": "Crèche des Lutins",
    "category": "MODE_ACCUEIL",
    "subcategory": "CRECHE",
    "inPeriod": True,
    "situations": [{"situation": "AUTORISE_OU_AGREE", "institution": "PMI de la Côte-d’Or"}],
    "priorities": ["EVEILLER"],
    "places": [{"street": "3 rue des Lutins", "postalCode": "21000", "commune": "21231"}],
    "contact": {"email": {"value": "directrice@lutins.example.org"}},
    "consent": "2026-11",
}

TOLD = """... on Registration { id revision state logoCode kitUrl emailConfirmedAt structures { id } }
... on RegistrationRefused { reasons { code field message } }"""
SUBMIT = "mutation ($input: RegistrationInput!) { done: submitRegistration(input: $input) {" + TOLD + "} }"
DECIDE = "mutation ($input: DecisionInput!) { done: decideRegistration(input: $input) {" + TOLD + "} }"
WITHDRAW = "mutation ($id: ID!) { done: withdrawRegistration(id: $id) {" + TOLD + "} }"
ERASE = "mutation ($id: ID!) { done: requestErasure(input: { what: { registration: $id } }) { __typename } }"
CHANGES = "query ($since: String) { changes(since: $since) { nodes { kind ids cursor } pageInfo { endCursor } } }"

_keys = (f"changing {n}" for n in count(1))


class Changing:
    """Asks a hub at `base`. `key`: an Authorization header."""

    def __init__(self, http: httpx.AsyncClient, key: str) -> None:
        self.http = http
        self.key = key

    async def ask(self, query: str, key: str | None = None, **variables: Any) -> Any:
        """What was done, or the data of a query; it must have no error."""
        response = await self.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers={"authorization": key or self.key}
        )
        body = response.json()
        assert "errors" not in body, body
        return body["data"].get("done", body["data"])

    async def submitted(self, key: str | None = None, **changes: Any) -> Any:
        """A registration that waits."""
        given = {**deepcopy(FORM), "idempotencyKey": next(_keys), **changes}
        done = await self.ask(SUBMIT, key, input=given)
        assert "id" in done, done
        return done

    async def decided(self, registration: Any, decision: str = "VALIDATE", **more: Any) -> Any:
        """What becomes of it."""
        given = {"id": registration["id"], "revision": registration["revision"], "decision": decision, **more}
        return await self.ask(DECIDE, input=given)

    async def validated(self, **changes: Any) -> Any:
        """A registration that is shown."""
        return await self.decided(await self.submitted(**changes))

    async def feed(self, since: str | None = None) -> list[Any]:
        """The changes after a cursor."""
        return (await self.ask(CHANGES, since=since))["changes"]["nodes"]

    async def cursor(self) -> str:
        """Where the feed stands now."""
        return (await self.ask(CHANGES, since=None))["changes"]["pageInfo"]["endCursor"]
