"""Whose a registration is, who finds it, and what is asked twice."""

import pytest
from registering import (
    ANNE,
    ANYBODY,
    BRUNO,
    CHANGES,
    LIST,
    MODERATOR,
    ONE,
    PARTNER,
    SAVE,
    SUBMIT,
    WITHDRAW,
    Desk,
    codes,
    creche,
)

from resolvers.federation.paging import cursor_of
from resolvers.types.changes import CHANGES as FEED
from resolvers.types.registration_fields import REGISTRATIONS


async def test_only_owners_and_moderators_see_a_registration(desk: Desk) -> None:
    draft = await desk.ask(ANNE, SAVE, input=creche())

    assert (await desk.ask(ANNE, ONE, id=draft["id"]))["registration"]["ownedByMe"]
    assert not (await desk.ask(MODERATOR, ONE, id=draft["id"]))["registration"]["ownedByMe"]
    assert desk.used.expires_in == 0, "never kept"
    for stranger in (BRUNO, PARTNER):
        assert (await desk.ask(stranger, ONE, id=draft["id"]))["registration"] is None
        for query, given in ((SAVE, creche(id=draft["id"])), (SUBMIT, creche(id=draft["id"]))):
            assert codes(await desk.ask(stranger, query, input=given)) == {"id": "UNKNOWN_REGISTRATION"}
        assert codes(await desk.ask(stranger, WITHDRAW, id=draft["id"])) == {"id": "UNKNOWN_REGISTRATION"}
    assert await desk.code(ANYBODY, ONE, id=draft["id"]) == "UNAUTHENTICATED"
    for unknown in ("nobody", "é", "\ud83d"):
        assert codes(await desk.ask(ANNE, SAVE, input=creche(id=unknown))) == {"id": "UNKNOWN_REGISTRATION"}
    assert (await desk.ask(MODERATOR, SAVE, input=creche(id=draft["id"], name="Corrigée")))["form"][
        "name"
    ] == "Corrigée"
    assert (await desk.ask(ANNE, ONE, id=draft["id"]))["registration"]["ownedByMe"]


async def test_registrations_are_listed_and_filtered(desk: Desk) -> None:
    one = await desk.validated(name="Crèche Étoile")
    two = await desk.submitted(BRUNO, name="Relais de l’Ours", places=[{"commune": "71014"}])
    three = await desk.ask(ANNE, SAVE, input={"idempotencyKey": "k", "name": "Etoile filante"})

    async def found(caller=MODERATOR, **given) -> list[str]:
        page = (await desk.ask(caller, LIST, filter=given or None))["registrations"]
        assert page["totalCount"] == len(page["nodes"])
        return [n["id"] for n in page["nodes"]]

    assert await found() == [one["id"], two["id"], three["id"]]
    assert await found(states=["SUBMITTED"]) == [two["id"]]
    assert await found(states=[]) == []
    assert await found(text="étoile") == [one["id"], three["id"]]
    assert await found(text="autun ours") == [two["id"]]
    assert await found(text="oile") == []
    assert await found(text="lutins.example") == [], "nothing private can be searched for"
    assert await found(departement="21") == [one["id"]]
    assert await found(ownedByMe=True) == []
    assert await found(ANNE) == [one["id"], three["id"]]
    assert await found(BRUNO, text="étoile") == []
    page = (await desk.ask(MODERATOR, LIST, first=2))["registrations"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    rest = (await desk.ask(MODERATOR, LIST, first=2, after=page["pageInfo"]["endCursor"]))["registrations"]
    assert [n["id"] for n in rest["nodes"]] == [three["id"]]
    for wrong in ({"departement": "99"}, {"text": "x" * 201}):
        assert await desk.code(MODERATOR, LIST, filter=wrong) == "BAD_INPUT"
    for cursor in ("x", (await desk.ask(ANYBODY, CHANGES))["changes"]["pageInfo"]["endCursor"]):
        assert await desk.code(MODERATOR, LIST, after=cursor) == "BAD_INPUT"
    assert await desk.code(ANYBODY, LIST) == "UNAUTHENTICATED"


async def test_asked_twice_it_is_done_once(desk: Desk) -> None:
    given = creche()
    first, second = await desk.ask(ANNE, SUBMIT, input=given), await desk.ask(ANNE, SUBMIT, input=given)
    other = await desk.ask(BRUNO, SUBMIT, input=given)
    reused = await desk.ask(ANNE, SUBMIT, input={**given, "name": "Une autre"})

    assert first["id"] == second["id"] != other["id"]
    assert codes(reused) == {"idempotencyKey": "KEY_REUSED"}
    assert codes(await desk.ask(ANNE, SAVE, input={**given, "idempotencyKey": "\n"})) == {
        "idempotencyKey": "WRONG_FORM"
    }
    assert (await desk.ask(MODERATOR, LIST))["registrations"]["totalCount"] == 2


async def test_cursors_of_no_place_in_the_order(desk: Desk) -> None:
    for values in ((-1,), (2**63,), ("x",), (1, 2)):
        assert await desk.code(MODERATOR, LIST, after=cursor_of(values, REGISTRATIONS)) == "BAD_INPUT"
        assert await desk.code(ANYBODY, CHANGES, since=cursor_of((*values, 0), FEED)) == ("BAD_INPUT")


async def test_who_moves_is_found_where_they_move(desk: Desk) -> None:
    moving = {"itinerant": True, "places": [], "siret": None}
    made = {}
    for kind, code in (
        ("REGION", "27"),
        ("COMMUNE", "29232"),
        ("COMMUNE", "x"),
        ("DEPARTEMENT", "974"),
        ("REGION", None),
    ):
        given = creche(**moving, area={"kind": kind, "code": code})
        made[code] = (await desk.ask(ANNE, SAVE, input=given))["id"]

    for departement, code in (("21", "27"), ("71", "27"), ("29", "29232"), ("974", "974")):
        listed = (await desk.ask(ANNE, LIST, filter={"departement": departement}))["registrations"]["nodes"]
        assert [n["id"] for n in listed] == [made[code]]


async def test_words_that_are_none_end_nothing(desk: Desk) -> None:
    done = await desk.validated()

    assert codes(await desk.ask(ANNE, WITHDRAW, id=done["id"], why="\0")) == {"reason": "NOT_TEXT"}
    assert codes(await desk.ask(ANNE, WITHDRAW, id=done["id"], why="x" * 4_001)) == {"reason": "TOO_LONG"}
    assert (await desk.ask(ANNE, ONE, id=done["id"]))["registration"]["state"] == "VALIDATED"


async def test_what_was_refused_may_be_submitted_later_under_the_same_key(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = creche(consent="2027-01")
    refused = await desk.ask(ANNE, SUBMIT, input=given)
    again = await desk.ask(ANNE, SUBMIT, input=given)
    assert refused["registration"] == again["registration"]
    assert (await desk.ask(ANNE, LIST))["registrations"]["totalCount"] == 1

    monkeypatch.setattr("resolvers.registration.consent.VERSION", "2027-01")

    assert (await desk.ask(ANNE, SUBMIT, input=given))["state"] == "SUBMITTED"
