"""A change that has a key is made once: asked again it gives its first result, whoever asks and however often."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from graphql import graphql
from hubs import Client, in_process

from connectors.links import Decision, LinkMethod, LinkState, Reason
from connectors.sandbox import Fault, Sandbox, world
from resolvers.access import Caller, Role
from resolvers.request import RequestContext
from resolvers.schema import build_schema

RESULT = "{ __typename ... on LinkDecided { dryRun link { id state decidedAt comment } } ... on LinkRefused { code } }"
LINK = (
    "mutation ($a: ID!, $b: ID!, $why: String, $dry: Boolean! = false, $key: String) {"
    f" linkRecords(input: {{ a: $a, b: $b, comment: $why }}, dryRun: $dry, idempotencyKey: $key) {RESULT} }}"
)
UNLINK = (
    'mutation ($id: ID!, $why: String! = "two doors", $key: String) {'
    f" unlinkRecords(id: $id, reason: $why, idempotencyKey: $key) {RESULT} }}"
)
DECIDE = (
    "mutation ($id: ID!, $same: Boolean!, $key: String) {"
    f" decideLinkSuggestion(id: $id, same: $same, idempotencyKey: $key) {RESULT} }}"
)


@pytest.fixture
async def moderator(tmp_path: Path) -> AsyncIterator[Client]:
    async with in_process(tmp_path, role=Role.MODERATOR) as client:
        yield client


def pair_of_records() -> tuple[str, str]:
    """Two records that nothing links by itself."""
    places = [p for p in world().places if p.listed and p.commune.insee == "64445"]
    childcare = next(p.id for p in places if p.source == "monenfant" and "data_inclusion" in p.ways)
    return next(p.id for p in places if p.key.startswith("finess")), childcare


async def history(client: Client, pair: tuple[str, str]) -> list[str]:
    return [link.state.value for link in await client.hub.federation.linker.store.history(*pair)]


async def test_of_twenty_at_once_one_is_made(moderator: Client) -> None:
    a, b = pair_of_records()

    answers = await asyncio.gather(*(moderator.ask(LINK, a=a, b=b, why="seen", key="k-1") for _ in range(20)))

    assert answers[0]["linkRecords"]["__typename"] == "LinkDecided"
    assert all(answer == answers[0] for answer in answers)
    assert await history(moderator, (a, b)) == ["LINKED"]


async def test_its_first_result_is_given_again_whatever_was_decided_since(moderator: Client) -> None:
    a, b = pair_of_records()
    first = await moderator.ask(LINK, a=a, b=b, key="link")
    id_ = first["linkRecords"]["link"]["id"]
    parted = await moderator.ask(UNLINK, id=id_, key="part")

    assert await moderator.ask(LINK, a=a, b=b, key="link") == first
    assert await moderator.ask(UNLINK, id=id_, key="part") == parted
    assert await history(moderator, (a, b)) == ["LINKED", "APART"]
    assert (await moderator.ask(UNLINK, id=id_, key="again"))["unlinkRecords"]["code"] == "AlreadyDecided"
    await moderator.ask(LINK, a=a, b=b, key="link anew")
    assert await history(moderator, (a, b)) == ["LINKED", "APART", "LINKED"]


async def test_what_was_linked_already_is_answered_alike_too(moderator: Client) -> None:
    a, b = pair_of_records()
    made = await moderator.ask(LINK, a=a, b=b)
    known = await moderator.ask(LINK, a=b, b=a, key="known")
    await moderator.ask(UNLINK, id=made["linkRecords"]["link"]["id"])

    assert known == made
    assert await moderator.ask(LINK, a=b, b=a, key="known") == known


async def test_it_is_given_again_while_directories_are_down(tmp_path: Path) -> None:
    a, b = pair_of_records()
    async with in_process(tmp_path, role=Role.MODERATOR) as client:
        first = await client.ask(LINK, a=a, b=b, key="k")
        account = client.http.headers["authorization"]
    async with in_process(tmp_path) as client:  # nothing is cached
        client.http.headers["authorization"] = account
        sandbox = client.hub.sandbox
        assert isinstance(sandbox, Sandbox)
        for server in (sandbox.annuaire_sante, sandbox.data_inclusion):
            server.faults.now = Fault(status=503)

        assert await client.ask(LINK, a=a, b=b, key="k") == first
        assert await history(client, (a, b)) == ["LINKED"]


async def test_a_key_with_another_input_is_refused(moderator: Client) -> None:
    a, b = pair_of_records()
    id_ = (await moderator.ask(LINK, a=a, b=b, key="k"))["linkRecords"]["link"]["id"]
    others: list[tuple[str, dict[str, Any]]] = [
        (LINK, {"a": b, "b": a}),
        (LINK, {"a": a, "b": b, "why": "another reason"}),
        (UNLINK, {"id": id_}),
        (DECIDE, {"id": id_, "same": True}),
    ]

    for query, variables in others:
        (error,) = await moderator.errors(query, **variables, key="k")
        assert error["extensions"]["code"] == "IDEMPOTENCY_KEY_REUSED"
        assert '"k"' in error["message"]
    assert await history(moderator, (a, b)) == ["LINKED"]


async def test_keys_are_each_account_s_own(moderator: Client) -> None:
    a, b = pair_of_records()
    made = (await moderator.ask(LINK, a=a, b=b, key="k"))["linkRecords"]
    other = Caller(Role.MODERATOR, "another moderator")
    context = RequestContext(moderator.hub.federation, datetime.now(UTC), other)

    parted = await graphql(
        build_schema(), UNLINK, context_value=context, variable_values={"id": made["link"]["id"], "key": "k"}
    )

    assert parted.errors is None
    assert await history(moderator, (a, b)) == ["LINKED", "APART"]


async def test_a_suggestion_is_decided_once(moderator: Client) -> None:
    a, b = sorted(pair_of_records())
    store = moderator.hub.federation.linker.store
    asked = {"fingerprints": ("aaaa", "bbbb"), "decided_by": "hub1000", "score": 0.8, "reason": Reason.SCORE}
    at = world().places[0].updated_at
    (change,) = await store.apply(
        [Decision(a=a, b=b, state=LinkState.SUGGESTED, method=LinkMethod.SCORE, decided_at=at, **asked)]
    )

    answers = await asyncio.gather(
        *(moderator.ask(DECIDE, id=str(change.after.id), same=False, key="k") for _ in range(20))
    )

    assert answers[0]["decideLinkSuggestion"]["link"]["state"] == "APART"
    assert all(answer == answers[0] for answer in answers)
    assert await history(moderator, (a, b)) == ["SUGGESTED", "APART"]


async def test_a_dry_run_uses_no_key_and_a_refusal_keeps_none(moderator: Client) -> None:
    a, b = pair_of_records()
    dry = await moderator.ask(LINK, a=a, b=b, dry=True, key="k")
    refused = await moderator.ask(LINK, a=a, b="monenfant--0", key="k")
    made = await moderator.ask(LINK, a=a, b=b, key="k")

    assert dry["linkRecords"]["dryRun"]
    assert refused["linkRecords"]["code"] == "UnknownRecord"
    assert not made["linkRecords"]["dryRun"]
    assert await history(moderator, (a, b)) == ["LINKED"]


@pytest.mark.parametrize("key", ["", "k" * 256, "a\u0007b"])
async def test_what_is_no_key(moderator: Client, key: str) -> None:
    a, b = pair_of_records()

    (error,) = await moderator.errors(LINK, a=a, b=b, key=key)

    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"].startswith("idempotencyKey: ")
    assert await history(moderator, (a, b)) == []


async def test_words_that_are_too_long_are_bad_input(tmp_path: Path) -> None:
    a, b = pair_of_records()
    toml = "[limits.document]\ntext = 100000"  # as configured, longer texts do not come so far
    async with in_process(tmp_path, toml, role=Role.MODERATOR) as moderator:
        id_ = (await moderator.ask(LINK, a=a, b=b, why="w" * 2_000))["linkRecords"]["link"]["id"]

        for query, variables in ((LINK, {"a": a, "b": b}), (UNLINK, {"id": id_})):
            for length in (2_001, 50_000):
                (error,) = await moderator.errors(query, **variables, why="w" * length)
                assert error["extensions"]["code"] == "BAD_INPUT"
                assert str(length) in error["message"]
        assert await history(moderator, (a, b)) == ["LINKED"]


async def test_keys_are_for_moderators_only(client: Client) -> None:
    (error,) = await client.errors(UNLINK, id="1", key="k")

    assert error["extensions"]["code"] == "UNAUTHENTICATED"
