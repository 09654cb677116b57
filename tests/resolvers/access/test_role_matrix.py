"""Every field of the API, tried by every role through HTTP with real keys: what the schema declares is what happens.

Which role a field needs is declared at the field (`resolvers.restricted`) and nowhere else. `roles.txt` lists all
fields with what they need, so that no field comes into the API without somebody having looked at who may read it:

    PYTHONPATH=. python tests/resolvers/access/test_role_matrix.py > tests/resolvers/access/roles.txt
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, execute, parse

from resolvers.access import FORBIDDEN, UNAUTHENTICATED, Caller, Role, role_words
from resolvers.restricted import roles_of
from resolvers.schema import build_schema

LISTED = Path(__file__).parent / "roles.txt"
SCHEMA = build_schema()
INCLUDED = {
    Role.ANONYMOUS: set(),
    Role.REGISTRANT: {Role.REGISTRANT},
    Role.PARTNER: {Role.REGISTRANT, Role.PARTNER},
    Role.MODERATOR: {Role.REGISTRANT, Role.MODERATOR},
    Role.ADMIN: {Role.REGISTRANT, Role.PARTNER, Role.MODERATOR, Role.ADMIN},
}
"""What a role may do, said once more: the program's own table is what is tested."""


def declared(schema: GraphQLSchema) -> dict[str, tuple[Role, ...]]:
    """For every field ("Type.field") the roles that it needs, one of them; none when it is public."""
    return {
        f"{type_.name}.{name}": roles_of(field)
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
    }


def listing(schema: GraphQLSchema) -> str:
    lines = [f"{name} {' '.join(roles) or 'public'}" for name, roles in sorted(declared(schema).items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(listing(SCHEMA), end="")  # noqa: T201
    raise SystemExit

from hubs import Client, in_process, key_of  # noqa: E402
from schema_paths import Paths, found_in  # noqa: E402

from connectors.links import Decision, LinkMethod, LinkState, Reason  # noqa: E402
from connectors.sandbox import registrations, world  # noqa: E402
from hub.access.callers import Access  # noqa: E402
from hub.engine import CompiledExecutor  # noqa: E402
from resolvers.request import RequestContext  # noqa: E402

AVOIDED = frozenset({"Query.node", "Query.nodes", "Query.structure"})
"""They lead to one thing, and others to many; they are tried like all others."""

FORM = """kind: ESTABLISHMENT, name: "x", itinerant: true, area: { kind: COMMUNE, code: "21231" }
  situations: [{ situation: FINANCE, institution: "Caf" }], places: [{ street: "1 rue X", commune: "21231" }]
  actions: [{ title: "x", area: { kind: COMMUNE, code: "21231" } }], contact: { email: { value: "x@example.org" } }"""

NOTHING_THERE = frozenset({"Accessibility", "Availability", "Erased", "GivenConsent", "LinkRefused"})
NOTHING_THERE |= {"ProgrammeParticipation", "RegistrationRefused", "DeadLetter", "WebhookDeleted", "WebhookRefused"}
"""Types of which there is nothing where the shortest way leads; no field of theirs needs a role."""


def test_every_field_is_listed_with_what_it_needs() -> None:
    assert LISTED.read_text(encoding="utf-8") == listing(SCHEMA), "look at who may read the new fields, then list them"


def test_what_can_be_waited_for_is_public() -> None:
    assert not any(roles for name, roles in declared(SCHEMA).items() if name.startswith("Subscription."))


def test_every_field_that_needs_a_role_says_so() -> None:
    for name, roles in declared(SCHEMA).items():
        type_, _, field = name.partition(".")
        said = SCHEMA.type_map[type_].fields[field].description or ""  # type: ignore[union-attr]
        assert ("Needs the role of" in said) is bool(roles), name
        if roles:
            assert said.endswith(f"Needs {role_words(roles)}."), name


@dataclass(frozen=True)
class Everybody:
    """A hub with links and suggestions, and a key of each role."""

    client: Client
    headers: dict[Role, dict[str, str]]

    async def ask(self, role: Role, query: str) -> dict:
        response = await self.client.http.post("/graphql", json={"query": query}, headers=self.headers[role])
        answer = response.json()
        assert "data" in answer, (query, answer)
        return answer

    async def done(self, role: Role, query: str) -> dict:
        answer = await self.ask(role, query)
        assert "errors" not in answer, (query, answer)
        return answer["data"]

    def caller(self, role: Role) -> Caller:
        return Access(self.client.hub.access).caller(self.headers[role].get("authorization"))

    async def paths(self, role: Role) -> Paths:
        return Paths(SCHEMA, await arguments(self, role), AVOIDED)


@pytest.fixture
async def everybody(tmp_path: Path) -> AsyncIterator[Everybody]:
    toml = "[limits.document]\ncost = 10000000\n[limits.rates]\naddress = 0\nkey = 0\n"
    async with in_process(tmp_path, toml) as client:
        headers = {
            role: {"authorization": await key_of(client.hub, role)} for role in Role if role is not Role.ANONYMOUS
        }
        headers[Role.ANONYMOUS] = {}
        yield Everybody(client, headers)


async def arguments(everybody: Everybody, role: Role) -> dict[str, str]:
    """Arguments that lead to something that the role may see, if it may see any, for every field that wants some."""
    place = next(r for r in registrations() if r.same_as and r.address and r.address.insee)
    quoted = {id_ for r in registrations() for id_ in r.same_as} | {id_ for pair in world().twins for id_ in pair}
    free = [p for p in world().places if p.listed and p.id not in quoted]
    a, c = [p.id for p in free if p.source == "monenfant" and "data_inclusion" in p.ways][:2]
    b, d = [p.id for p in free if p.source == "annuaire_sante" and p.key.startswith("finess")][:2]
    asked = f'mutation {{ linkRecords(input: {{ a: "{a}", b: "{b}", comment: "vu" }}) {{ __typename }} }}'
    await suggest(everybody.client, *(p.id for p in free[:2]))
    assert await everybody.done(Role.ADMIN, asked) == {"linkRecords": {"__typename": "LinkDecided"}}
    whole = f'id: "{a}"'
    created = 'mutation { createApiKey(input: { name: "y", role: REGISTRANT }) { key { id } } }'
    key = (await everybody.done(Role.ADMIN, created))["createApiKey"]["key"]["id"]
    owner = Role.ADMIN if role is Role.ANONYMOUS else role
    draft = f'mutation {{ saveDraft(input: {{ idempotencyKey: "1" {FORM} }}) {{ ... on Registration {{ id }} }} }}'
    own = (await everybody.done(owner, draft))["saveDraft"]["id"]
    keeper = role if role in {Role.PARTNER, Role.ADMIN} else Role.ADMIN
    webhook = 'mutation { createWebhook(input: { url: "https://example.org/" }) { __typename } }'
    assert await everybody.done(keeper, webhook) == {"createWebhook": {"__typename": "WebhookCreated"}}
    feed = await everybody.done(keeper, "{ changes { pageInfo { endCursor } } }")
    since = feed["changes"]["pageInfo"]["endCursor"]
    return {
        "Query.node": whole,
        "Query.nodes": f'ids: ["{a}"]',
        "Query.structure": whole,
        "Query.structures": f'filter: {{ place: {{ commune: "{place.address.insee}" }} }}',
        "Query.map": "bbox: { south: 47.25, west: 4.95, north: 47.4, east: 5.12 }, zoom: 8",
        "Query.match": f'record: {{ name: "{place.name}", commune: "{place.address.insee}" }}',
        "Query.priority": "code: EVEILLER",
        "Query.source": 'id: "monenfant"',
        "Query.territories": 'name: "Dijon"',
        "Query.checkEligibility": "answers: {}",
        "Query.registration": f'id: "{own}"',
        "Query.verifyLogo": 'code: "x"',
        "Mutation.confirmEmail": 'token: "x"',
        "Mutation.requestEmailConfirmation": f'id: "{own}"',
        "Mutation.createWebhook": 'input: { url: "https://example.org/" }',
        "Mutation.deleteWebhook": 'id: "nobody"',
        "Mutation.replayWebhook": f'id: "nobody", since: "{since}"',
        "Mutation.saveDraft": 'input: { idempotencyKey: "2", name: "x" }',
        "Mutation.submitRegistration": 'input: { idempotencyKey: "3", name: "x" }',
        "Mutation.decideRegistration": 'input: { id: "nobody", revision: 1, decision: VALIDATE }',
        "Mutation.withdrawRegistration": 'id: "nobody"',
        "Mutation.requestErasure": 'input: { what: { registration: "nobody" } }',
        "Mutation.linkRecords": f'input: {{ a: "{c}", b: "{d}" }}, dryRun: true',
        "Mutation.unlinkRecords": 'id: "999999", reason: "x"',
        "Mutation.decideLinkSuggestion": 'id: "999999", same: true',
        "Mutation.createApiKey": 'input: { name: "x", role: REGISTRANT }',
        "Mutation.revokeApiKey": f'id: "{key}"',
    }


async def suggest(client: Client, one: str, other: str) -> None:
    """Have a pair wait for a moderator."""
    told = {"fingerprints": ("0000", "0000"), "decided_by": "hub", "decided_at": datetime.now(UTC), "score": 0.5}
    waits = {"state": LinkState.SUGGESTED, "method": LinkMethod.SCORE, "reason": Reason.SCORE}
    await client.hub.federation.linker.store.apply([Decision(a=one, b=other, **waits, **told)])


def allowed(role: Role, roles: tuple[Role, ...]) -> bool:
    return not roles or not INCLUDED[role].isdisjoint(roles)


def refusals(answer: dict) -> list[str]:
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    return [code for code in codes if code in {UNAUTHENTICATED, FORBIDDEN}]


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_tries_every_field(everybody: Everybody, role: Role) -> None:
    needed, paths = declared(SCHEMA), await everybody.paths(role)
    seen: set[str] = set()
    for type_ in paths.types():
        way = [needed[step.name] for step in paths.to[type_.name]]
        public = [name for name in type_.fields if not needed[f"{type_.name}.{name}"]]
        restricted = [[name] for name in type_.fields if name not in public]
        for fields in ([public] if public else []) + restricted:
            may = all(allowed(role, roles) for roles in (*way, *(needed[f"{type_.name}.{name}"] for name in fields)))
            query = paths.operation(type_, fields)
            answer = await everybody.ask(role, query)
            objects = found_in(answer["data"], paths.to[type_.name], type_.name)

            assert bool(refusals(answer)) is not may, (role, query, answer)
            assert not (may and answer.get("errors")), (role, query, answer)
            expected = UNAUTHENTICATED if role is Role.ANONYMOUS else FORBIDDEN
            assert set(refusals(answer)) <= {expected}
            if not may:
                assert all(one[name] is None for one in objects for name in fields), (role, query, answer)
            elif objects:
                seen |= {f"{type_.name}.{name}" for name in fields}
                assert all(name in one for one in objects for name in fields)
    if role is Role.ADMIN:
        missed = {name.partition(".")[0] for name in needed.keys() - seen} - {"Node", "Mutation", "Subscription"}
        assert missed == NOTHING_THERE
        assert not any(needed[name] for name in needed.keys() - seen if not name.startswith("Mutation."))


@pytest.mark.parametrize("role", list(Role))
async def test_both_executors_refuse_the_same(everybody: Everybody, role: Role) -> None:
    compiled = CompiledExecutor(SCHEMA)
    needed, paths = declared(SCHEMA), await everybody.paths(role)
    tried = 0
    for type_ in paths.types():
        path = paths.to[type_.name]
        if (path[0].parent if path else type_.name) == "Mutation":
            continue  # graphql-core executes them all
        names = [name for name in type_.fields if path or needed[f"{type_.name}.{name}"]]
        for name in names:
            ways = (*(needed[step.name] for step in path), needed[f"{type_.name}.{name}"])
            if not any(ways):
                continue
            tried += 1
            document = parse(paths.operation(type_, [name]))
            federation = everybody.client.hub.federation
            context = RequestContext(federation, datetime.now(UTC), everybody.caller(role))
            one = (await compiled.execute(document, context)).result
            other = await execute(SCHEMA, document, context_value=context)  # type: ignore[misc]
            assert [e.formatted for e in one.errors or ()] == [e.formatted for e in other.errors or ()]
            assert one.data == other.data
    assert tried > 5
