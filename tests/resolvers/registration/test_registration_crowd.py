"""Many at once: each registration is there once, whoever asks how often."""

import asyncio
from itertools import count

from registering import ANYBODY, CHANGES, LIST, MODERATOR, Desk, creche

from resolvers.access import Caller, Role

CLIENTS = 20
EACH = 10


async def test_two_hundred_by_twenty_clients(desk: Desk) -> None:
    numbers = count()

    # what is told of it in full is asked elsewhere
    submit = "mutation ($input: RegistrationInput!) { done: submitRegistration(input: $input) { ... on Registration { id revision } } }"
    decide = "mutation ($input: DecisionInput!) { done: decideRegistration(input: $input) { ... on Registration { structures { id } } } }"

    async def client(number: int) -> list[str]:
        caller = Caller(Role.REGISTRANT, f"person-{number}")
        made = []
        for _ in range(EACH):
            given = creche(name=f"Crèche {next(numbers)}", places=[{"commune": "29232"}])
            first, second = await asyncio.gather(*(desk.ask(caller, submit, input=given) for _ in range(2)))
            assert first["id"] == second["id"]
            decision = {**first, "decision": "VALIDATE"}
            made.append((await desk.ask(MODERATOR, decide, input=decision))["structures"][0]["id"])
        return made

    made = [id_ for some in await asyncio.gather(*map(client, range(CLIENTS))) for id_ in some]

    listed, after = [], None
    while True:
        page = (await desk.ask(MODERATOR, LIST, first=100, after=after))["registrations"]
        listed += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len({n["id"] for n in listed}) == len(listed) == page["totalCount"] == CLIENTS * EACH
    assert {n["form"]["name"] for n in listed} == {f"Crèche {n}" for n in range(CLIENTS * EACH)}
    told, since = [], None
    while True:
        changes = (await desk.ask(ANYBODY, CHANGES, since=since))["changes"]
        told += [c["ids"][0] for c in changes["nodes"] if c["kind"] == "CREATED"]
        since = changes["pageInfo"]["endCursor"]
        if not changes["pageInfo"]["hasNextPage"]:
            break
    assert sorted(told) == sorted(made)
