"""From a draft to an entry that everybody sees, and away again."""

import pytest
from registering import (
    ANNE,
    ANYBODY,
    CHANGES,
    CRECHE,
    LOGO,
    SAVE,
    SUBMIT,
    WITHDRAW,
    Desk,
    codes,
    creche,
)  # fmt: skip

COMMUNE = '{ structures(filter: { place: { commune: "21231" }, registered: true }, first: 100) { nodes { id } } }'


async def shown(desk: Desk) -> set[str]:
    return {n["id"] for n in (await desk.ask(ANYBODY, COMMUNE))["structures"]["nodes"]}


async def test_a_creche_from_draft_to_map_and_away(desk: Desk) -> None:
    before = await shown(desk)
    draft = await desk.ask(ANNE, SAVE, input={"idempotencyKey": "first", "name": "  Crèche des Lutins "})
    assert (draft["state"], draft["revision"], draft["form"]["name"]) == ("DRAFT", 1, "Crèche des Lutins")
    assert {m["field"]: m["code"] for m in draft["missing"]} == {
        "kind": "REQUIRED", "category": "REQUIRED", "inPeriod": "OUT_OF_PERIOD", "situations": "NO_SITUATION",
        "priorities": "NO_PRIORITY", "places": "REQUIRED", "contact.email.value": "REQUIRED", "consent": "NO_CONSENT",
    }  # fmt: skip

    waiting = await desk.ask(ANNE, SUBMIT, input=creche(id=draft["id"]))
    assert (waiting["id"], waiting["state"], waiting["revision"]) == (draft["id"], "SUBMITTED", 1)
    assert waiting["missing"] == []
    assert waiting["structures"] == []
    assert waiting["emailConfirmedAt"] is None
    assert await shown(desk) == before
    assert await desk.changes() == []

    validated = await desk.decided(waiting)
    assert validated["state"] == "VALIDATED"
    (structure,) = validated["structures"]
    assert await shown(desk) == before | {structure["id"]}

    seen = await desk.structure(structure["id"])
    assert (seen["name"], seen["kind"], seen["category"]["code"]) == (
        "Crèche des Lutins",
        "ESTABLISHMENT",
        "MODE_ACCUEIL",
    )
    assert seen["description"] == CRECHE["description"]
    assert seen["address"] == {
        "street": "3 rue des Lutins", "complement": None, "postalCode": "21000", "city": "Dijon", "inseeCode": "21231",
    }  # fmt: skip
    assert seen["position"]["precision"] == "COMMUNE"
    assert seen["contact"] == {"phone": "+33380001234", "email": None, "website": "https://lutins.example.org"}
    assert {(p["priority"]["code"], p["basis"]) for p in seen["priorities"]} == {
        ("EVEILLER", "DECLARED"), ("CONCILIER", "DECLARED"), ("PARTAGER_ET_SOUFFLER", "BY_ACTION"), ("ACCUEILLIR", "BY_NATURE"),
    }  # fmt: skip
    (action,) = seen["actions"]["nodes"]
    assert (action["title"], action["keyMoments"]) == ("Tapis d’éveil sonore", ["reprise du travail"])
    assert action["carrier"]["id"] == structure["id"]
    assert seen["registration"]["situations"] == [{"code": "AUTORISE_OU_AGREE"}]
    assert {"scheme": "SIRET", "value": "73282932000074"} in seen["records"][0]["identifiers"]
    assert await desk.changes() == [("CREATED", structure["id"])]

    code = validated["logoCode"]
    logo = (await desk.ask(ANYBODY, LOGO, code=code.lower().replace("-", " ")))["verifyLogo"]
    assert (logo["status"], logo["name"], logo["structure"]["id"]) == ("RIGHTFUL", "Crèche des Lutins", structure["id"])

    gone = await desk.ask(ANNE, WITHDRAW, id=draft["id"], why="fermeture")
    assert (gone["state"], gone["structures"], gone["shownForm"]) == ("WITHDRAWN", [], None)
    assert await desk.structure(structure["id"]) is None
    assert await shown(desk) == before
    assert await desk.changes() == [("CREATED", structure["id"]), ("WITHDRAWN", structure["id"])]
    logo = (await desk.ask(ANYBODY, LOGO, code=code))["verifyLogo"]
    assert (logo["status"], logo["name"], logo["structure"]) == ("WITHDRAWN", None, None)
    assert [(e["what"], e["role"], e["comment"]) for e in gone["events"]] == [
        ("CREATED", "REGISTRANT", None), ("SUBMITTED", "REGISTRANT", None), ("VALIDATED", "MODERATOR", None),
        ("WITHDRAWN", "REGISTRANT", "fermeture"),
    ]  # fmt: skip
    assert codes(await desk.ask(ANNE, WITHDRAW, id=draft["id"])) == {"id": "WRONG_STATE"}
    assert codes(await desk.ask(ANNE, SAVE, input=creche(id=draft["id"]))) == {"id": "WRONG_STATE"}


async def test_what_was_entered_comes_back_as_it_was(desk: Desk) -> None:
    done = await desk.submitted(
        places=[{**CRECHE["places"][0], "latitude": 47.32, "longitude": 5.04, "complement": "bât. B", "city": "DIJON"}]
    )

    form = done["form"]
    assert form["consent"].pop("givenAt")
    assert form["consent"] == {"version": "2026-11"}
    for name in (
        "kind",
        "name",
        "description",
        "siret",
        "category",
        "subcategory",
        "inPeriod",
        "situations",
        "priorities",
    ):
        assert form[name] == CRECHE[name]
    assert form["places"][0]["latitude"] == 47.32
    assert form["actions"][0]["area"] == {"kind": "COMMUNE", "code": "21231", "name": None}
    assert done["contact"]["phone"] == {"value": "03 80 00 12 34", "public": True}
    assert done["contact"]["email"] == {"value": "directrice@lutins.example.org", "public": False}
    point = (await desk.structure((await desk.decided(done))["structures"][0]["id"]))["position"]
    assert point == {"latitude": 47.32, "longitude": 5.04, "precision": "EXACT"}


async def test_a_refusal_tells_why_and_may_be_mended(desk: Desk) -> None:
    waiting = await desk.submitted()
    reasons = [{"code": "NO_PROOF_OF_TRUST", "field": "situations.0", "message": "Joignez l’agrément."}]

    refused = await desk.decided(waiting, "REFUSE", reasons=reasons, comment="à compléter")
    assert refused["state"] == "REFUSED"
    assert refused["events"][-1]["reasons"] == reasons
    assert refused["events"][-1]["comment"] == "à compléter"
    assert await desk.changes() == []

    again = await desk.ask(ANNE, SUBMIT, input=creche(id=waiting["id"]))
    assert (again["state"], again["revision"]) == ("SUBMITTED", 2)
    assert codes(await desk.decided(waiting)) == {"revision": "STALE_REVISION"}
    assert (await desk.decided(again))["state"] == "VALIDATED"


async def test_what_was_validated_stays_shown_while_a_revision_waits(desk: Desk) -> None:
    first = await desk.validated()
    (structure,) = first["structures"]
    start = (await desk.ask(ANYBODY, CHANGES))["changes"]["pageInfo"]["endCursor"]

    edited = await desk.ask(ANNE, SAVE, input=creche(id=first["id"], name="Crèche des Elfes"))
    assert (edited["state"], edited["revision"], edited["shownForm"]["name"]) == ("DRAFT", 2, "Crèche des Lutins")
    assert edited["form"]["consent"] == first["form"]["consent"], "consent was given when it was given"
    waiting = await desk.ask(ANNE, SUBMIT, input=creche(id=first["id"], name="Crèche des Elfes"))
    assert waiting["revision"] == 2
    assert (await desk.structure(structure["id"]))["name"] == "Crèche des Lutins"
    reasons = [{"code": "OTHER", "message": "Pas encore."}]
    refused = await desk.decided(waiting, "REFUSE", reasons=reasons)
    assert refused["shownForm"]["name"] == "Crèche des Lutins"
    assert await desk.changes(start) == []

    third = await desk.ask(ANNE, SUBMIT, input=creche(id=first["id"], name="Crèche des Elfes"))
    done = await desk.decided(third)
    assert done["structures"] == [{"id": structure["id"], "name": "Crèche des Elfes"}]
    assert done["logoCode"] == first["logoCode"]
    assert await desk.changes(start) == [("UPDATED", structure["id"])]


async def test_several_places_are_several_structures_that_keep_their_ids(desk: Desk) -> None:
    dijon, autun = (
        {"street": "3 rue des Lutins", "commune": "21231"},
        {"street": "1 place du Champ", "commune": "71014"},
    )
    first = await desk.validated(places=[dijon, autun])
    ids = [s["id"] for s in first["structures"]]
    assert len(ids) == 2
    main = await desk.structure(ids[0])
    other = await desk.structure(ids[1])
    assert [i["scheme"] for i in main["records"][0]["identifiers"]] == ["SIRET"]
    assert other["records"][0]["identifiers"] == [], "a SIRET is of one place"
    assert ("PARTAGER_ET_SOUFFLER", "BY_ACTION") in {(p["priority"]["code"], p["basis"]) for p in other["priorities"]}
    action = main["actions"]["nodes"][0]

    beaune = {"street": "9 rue Monge", "commune": "21054"}
    second = await desk.ask(ANNE, SUBMIT, input=creche(id=first["id"], places=[autun, beaune, dijon]))
    done = await desk.decided(second)
    now = [s["id"] for s in done["structures"]]
    assert (now[0], now[2]) == (ids[1], ids[0])
    assert (await desk.structure(now[1]))["address"]["city"] == "Beaune"
    assert (await desk.structure(now[0]))["actions"]["nodes"][0]["id"] == action["id"]

    third = await desk.ask(ANNE, SUBMIT, input=creche(id=first["id"], places=[beaune], actions=[]))
    await desk.decided(third)
    assert await desk.structure(ids[0]) is None
    assert (await desk.structure(now[1]))["actions"]["nodes"] == []
    assert await desk.changes() == [
        ("CREATED", ids[0]), ("CREATED", ids[1]),
        ("UPDATED", now[0]), ("UPDATED", now[2]), ("CREATED", now[1]),
        ("UPDATED", now[1]), ("WITHDRAWN", now[0]), ("WITHDRAWN", now[2]),
    ]  # fmt: skip


async def test_who_moves_has_an_area_and_no_address(desk: Desk) -> None:
    done = await desk.validated(
        itinerant=True, places=[], area={"kind": "DEPARTEMENT", "code": "71"}, siret=None,
        actions=[{"title": "Bébé Bus", "priorities": ["INFORMER"], "itinerant": True,
                  "area": {"kind": "INTERCOMMUNALITE", "name": "CC Cœur du Jura"}}],
    )  # fmt: skip

    seen = await desk.structure(done["structures"][0]["id"])
    assert (seen["kind"], seen["address"]) == ("ITINERANT", None)
    assert seen["territory"] == {"kind": "DEPARTEMENT", "code": "71", "name": "Saône-et-Loire"}
    found = await desk.ask(
        ANYBODY, '{ structures(filter: { place: { departement: "71" }, registered: true }) { nodes { id } } }'
    )
    assert seen["id"] in {n["id"] for n in found["structures"]["nodes"]}


@pytest.mark.parametrize(
    ("changes", "street"),
    [
        ({}, None),
        ({"atHome": True}, None),
        ({"atHome": True, "showExactAddress": True}, "3 rue des Lutins"),
        ({"atHome": False}, "3 rue des Lutins"),
    ],
)
async def test_a_home_is_shown_as_its_owner_agreed_to(desk: Desk, changes: dict, street: str | None) -> None:
    place = {**CRECHE["places"][0], "latitude": 47.3215, "longitude": 5.0412}
    done = await desk.validated(
        kind="INDEPENDENT", name="Une sage-femme", category="SANTE", subcategory="SAGE_FEMME", siret=None,
        rpps="10003456786", places=[place], **changes,
    )  # fmt: skip

    seen = await desk.structure(done["structures"][0]["id"])
    assert seen["kind"] == "INDEPENDENT"
    assert seen["address"]["street"] == street
    assert seen["address"]["postalCode"] == ("21000" if street else None)
    assert seen["position"]["precision"] == ("EXACT" if street else "COMMUNE")
    assert (seen["position"]["latitude"] == 47.3215) is bool(street)


async def test_a_place_without_a_known_outline_has_no_position(desk: Desk) -> None:
    commune = next(c for c in desk.hub.federation.gazetteer.communes.values() if c.latitude is None)
    assert (await desk.submitted(places=[{"commune": commune.insee, "latitude": 0.0, "longitude": 0.0}]))[
        "missing"
    ] == []

    done = await desk.validated(places=[{"commune": commune.insee}])

    assert (await desk.structure(done["structures"][0]["id"]))["position"] is None
