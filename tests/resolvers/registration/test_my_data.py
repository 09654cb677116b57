"""What is kept of somebody, told to them and to nobody else."""

import json

from registering import ANNE, ANYBODY, BRUNO, CRECHE, MODERATOR, SAVE, Desk, creche


async def test_everything_that_is_kept_is_told(desk: Desk) -> None:
    done = await desk.validated()
    await desk.ask(ANNE, SAVE, input=creche(id=done["id"], name="Crèche des Elfes"))
    await desk.ask(ANNE, SAVE, input={"idempotencyKey": "x", "name": "Un brouillon"})
    await desk.ask(BRUNO, SAVE, input=creche(name="À Bruno"))

    told = (await desk.ask(ANNE, "{ myData }"))["myData"]

    assert told["account"] == ANNE.account
    one, two = told["registrations"]
    assert (one["form"]["name"], one["shown"]["form"]["name"], two["form"]["name"]) == (
        "Crèche des Elfes", "Crèche des Lutins", "Un brouillon",
    )  # fmt: skip
    assert one["contact"]["email"]["value"] == CRECHE["contact"]["email"]["value"]
    assert one["code"] == done["logoCode"]
    assert one["form"]["consent"]["given_at"]
    assert [e["what"] for e in one["events"]] == ["CREATED", "SUBMITTED", "VALIDATED", "REOPENED"]
    assert "Bruno" not in json.dumps(told)
    assert desk.used.expires_in == 0
    assert (await desk.ask(MODERATOR, "{ myData }"))["myData"]["registrations"] == []
    assert await desk.code(ANYBODY, "{ myData }") == "UNAUTHENTICATED"


async def test_nobody_is_asked_for_a_date_of_birth(desk: Desk) -> None:
    query = '{ __type(name: "RegistrationInput") { inputFields { name description } } }'
    fields = (await desk.ask(ANYBODY, query))["__type"]["inputFields"]

    assert not [f for f in fields if "birth" in str(f).lower() or "naissance" in str(f).lower()]
