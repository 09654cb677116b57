"""What may not be submitted, field by field: told all at once, and kept as a draft wherever it can be."""

from typing import Any

import pytest
from registering import ANNE, ANYBODY, CRECHE, MODERATOR, ONE, SAVE, SUBMIT, Desk, codes, creche

from connectors.sandbox import registrations, world
from connectors.sandbox.faults import Fault

PLACE = CRECHE["places"][0]
INSTITUTION = {"situation": "FINANCE", "institution": "Caf"}


def first_of(source: str) -> str:
    return next(p.id for p in world().places if p.listed and p.source == source and p.ways != ("agreement",))


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"kind": "ITINERANT"}, {"kind": "WRONG_KIND"}),
        ({"kind": None, "name": " "}, {"kind": "REQUIRED", "name": "REQUIRED"}),
        ({"siret": "732 829 320 00075"}, {"siret": "WRONG_KEY"}),
        ({"siret": "7328293200007"}, {"siret": "WRONG_KEY"}),
        ({"finess": "010000025"}, {"finess": "WRONG_KEY"}),
        ({"rpps": "10003456785"}, {"rpps": "WRONG_KIND"}),
        ({"rpps": "1000345678x", "kind": "INDEPENDENT"}, {"rpps": "WRONG_KEY"}),
        ({"category": None, "subcategory": None}, {"category": "REQUIRED"}),
        ({"subcategory": "MATERNITE"}, {"subcategory": "WRONG_CATEGORY"}),
        ({"inPeriod": False}, {"inPeriod": "OUT_OF_PERIOD"}),
        ({"situations": []}, {"situations": "NO_SITUATION"}),
        ({"situations": [INSTITUTION, {"situation": "FINANCE"}]}, {"situations.1.institution": "REQUIRED"}),
        ({"priorities": []}, {"priorities": "NO_PRIORITY"}),
        ({"actions": [{}]}, {"actions.0.title": "REQUIRED", "actions.0.priorities": "NO_PRIORITY"}),
        (
            {"actions": [{"title": "x", "priorities": ["FORMER"], "area": {"kind": "REGION", "code": "99"}}]},
            {"actions.0.area.code": "UNKNOWN_TERRITORY"},
        ),
        ({"places": []}, {"places": "REQUIRED"}),
        ({"places": [{**PLACE, "commune": "21000"}]}, {"places.0.commune": "UNKNOWN_TERRITORY"}),
        ({"places": [PLACE, {"postalCode": "2100"}]}, {"places.1.postalCode": "WRONG_FORM", "places.1.commune": "REQUIRED"}),
        ({"places": [{**PLACE, "latitude": 47.3}]}, {"places.0.longitude": "REQUIRED"}),
        ({"places": [{**PLACE, "longitude": 5.0}]}, {"places.0.latitude": "REQUIRED"}),
        ({"places": [{**PLACE, "latitude": 48.85, "longitude": 2.35}]}, {"places.0.latitude": "OUTSIDE_COMMUNE"}),
        ({"places": [{**PLACE, "latitude": 147.3, "longitude": 5.0}]}, {"places.0.latitude": "OUTSIDE_COMMUNE"}),
        ({"itinerant": True}, {"places": "WRONG_KIND", "area": "REQUIRED"}),
        ({"itinerant": True, "places": [], "area": {"kind": "DEPARTEMENT"}}, {"area.code": "REQUIRED"}),
        ({"itinerant": True, "places": [], "area": {"kind": "INTERCOMMUNALITE"}}, {"area.name": "REQUIRED"}),
        ({"itinerant": True, "places": [], "area": {"kind": "COMMUNE", "code": "1"}}, {"area.code": "UNKNOWN_TERRITORY"}),
        ({"contact": None}, {"contact.email.value": "REQUIRED"}),
        (
            {"contact": {"email": {"value": "a@b"}, "phone": {"value": "12"}, "website": {"value": "javascript:alert(1)"}}},
            {"contact.email.value": "WRONG_FORM", "contact.phone.value": "WRONG_FORM", "contact.website.value": "WRONG_FORM"},
        ),
        ({"contact": {"email": {"value": "a@b.fr\r\nBcc: c@d.fr"}}}, {"contact.email.value": "WRONG_FORM"}),
        ({"consent": None}, {"consent": "NO_CONSENT"}),
        ({"consent": "1999-01"}, {"consent": "NO_CONSENT"}),
        ({"sameAs": ["nonsense"]}, {"sameAs.0": "UNKNOWN_RECORD"}),
        ({"sameAs": ["monenfant--0", "registry--cove"]}, {"sameAs.0": "UNKNOWN_RECORD", "sameAs.1": "UNKNOWN_RECORD"}),
        ({"places": [{**PLACE, "sameAs": ["action--x--y"]}]}, {"places.0.sameAs.0": "UNKNOWN_RECORD"}),
    ],
)  # fmt: skip
async def test_what_may_not_be_submitted_is_told_and_kept(desk: Desk, changes: dict[str, Any], wrong: dict) -> None:
    refused = await desk.ask(ANNE, SUBMIT, input=creche(**changes))

    assert codes(refused) == wrong
    assert all(reason["message"] for reason in refused["reasons"])
    draft = refused["registration"]
    assert draft["state"] == "DRAFT"
    kept = (await desk.ask(ANNE, ONE, id=draft["id"]))["registration"]
    assert kept["form"]["name"] == (None if "name" in changes else CRECHE["name"])
    assert [e["what"] for e in kept["events"]] == ["CREATED"]
    mended = await desk.ask(ANNE, SUBMIT, input=creche(id=draft["id"]))
    assert (mended["id"], mended["state"]) == (draft["id"], "SUBMITTED")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": "x" * 201}, {"name": "TOO_LONG"}),
        ({"description": "x" * 4_001}, {"description": "TOO_LONG"}),
        ({"name": "a\0b"}, {"name": "NOT_TEXT"}),
        ({"name": "a\x1b[31mb"}, {"name": "NOT_TEXT"}),
        ({"name": "\ud800"}, {"name": "NOT_TEXT"}),
        ({"priorities": ["FORMER"] * 11}, {"priorities": "TOO_MANY"}),
        ({"situations": [INSTITUTION] * 5}, {"situations": "TOO_MANY"}),
        ({"actions": [{}] * 21}, {"actions": "TOO_MANY"}),
        ({"actions": [{"audiences": ["x", "y" * 201]}]}, {"actions.0.audiences.1": "TOO_LONG"}),
        ({"places": [{"street": "x" * 301}]}, {"places.0.street": "TOO_LONG"}),
        ({"sameAs": ["x"] * 11}, {"sameAs": "TOO_MANY"}),
        ({"contact": {"email": {"value": "x" * 301}}}, {"contact.email.value": "TOO_LONG"}),
        ({"consent": "x" * 201}, {"consent.version": "TOO_LONG"}),
    ],
)
@pytest.mark.parametrize("query", [SAVE, SUBMIT])
async def test_what_is_beyond_all_bounds_is_not_kept(desk: Desk, query: str, changes: dict, wrong: dict) -> None:
    draft = await desk.ask(ANNE, SAVE, input=creche())

    refused = await desk.ask(ANNE, query, input=creche(id=draft["id"], **changes))

    assert codes(refused) == wrong
    assert refused["registration"] is None
    kept = (await desk.ask(ANNE, ONE, id=draft["id"]))["registration"]
    assert kept["form"] == draft["form"]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"decision": "REFUSE"}, {"reasons": "REQUIRED"}),
        ({"decision": "REFUSE", "reasons": []}, {"reasons": "REQUIRED"}),
        ({"decision": "VALIDATE", "reasons": [{"code": "OTHER", "message": "x"}]}, {"reasons": "TOO_MANY"}),
        ({"decision": "REFUSE", "reasons": [{"code": "OTHER", "message": "x"}] * 21}, {"reasons": "TOO_MANY"}),
        ({"decision": "REFUSE", "reasons": [{"code": "KEY_REUSED", "message": "x"}]}, {"reasons.0.code": "WRONG_KIND"}),
        ({"decision": "REFUSE", "reasons": [{"code": "OTHER", "message": "x" * 4_001}]}, {"reasons.0.message": "TOO_LONG"}),
        ({"decision": "VALIDATE", "comment": "\0"}, {"comment": "NOT_TEXT"}),
        ({"decision": "VALIDATE", "revision": 7}, {"revision": "STALE_REVISION"}),
        ({"decision": "VALIDATE", "id": "nobody"}, {"id": "UNKNOWN_REGISTRATION"}),
    ],
)  # fmt: skip
async def test_decisions_that_cannot_be_taken(desk: Desk, given: dict, wrong: dict) -> None:
    waiting = await desk.submitted()

    assert codes(await desk.decided(waiting, **given)) == wrong
    assert (await desk.ask(ANNE, ONE, id=waiting["id"]))["registration"]["state"] == "SUBMITTED"


async def test_only_what_waits_is_decided(desk: Desk) -> None:
    draft = await desk.ask(ANNE, SAVE, input=creche())
    assert codes(await desk.decided(draft)) == {"id": "WRONG_STATE"}
    validated = await desk.validated()
    assert codes(await desk.decided(validated)) == {"id": "WRONG_STATE"}


async def test_what_waited_while_the_rules_changed_is_checked_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = await desk.submitted()
    monkeypatch.setattr("resolvers.registration.consent.VERSION", "2027-01")

    refused = await desk.decided(waiting)

    assert codes(refused) == {"consent": "NO_CONSENT"}
    assert refused["registration"]["state"] == "SUBMITTED"


async def test_this_is_me_joins_the_record_of_another_directory(desk: Desk) -> None:
    mine = next(
        p for p in world().places
        if p.listed and p.source == "monenfant" and "data_inclusion" in p.ways and p.commune.insee == "21231"
        and p.id not in {id_ for r in registrations() for id_ in r.same_as}
    )  # fmt: skip
    place = {"street": mine.street.text if mine.street else None, "commune": "21231"}
    draft = await desk.ask(ANNE, SAVE, input=creche(name=mine.name, places=[place], siret=None))
    query = (
        "query ($id: ID!) { registration(id: $id) { possibleDuplicates { score sameIdentifier structure { id } } } }"
    )
    likely = (await desk.ask(ANNE, query, id=draft["id"]))["registration"]["possibleDuplicates"]
    assert mine.id in {c["structure"]["id"] for c in likely}

    done = await desk.validated(id=draft["id"], name=mine.name, places=[{**place, "sameAs": [mine.id]}], siret=None)

    (structure,) = done["structures"]
    assert structure["id"].startswith("registry--")
    seen = await desk.structure(mine.id)
    assert seen["id"] == structure["id"]
    assert {r["source"]["id"] for r in seen["records"]} == {"registry", "monenfant"}
    assert mine.id in seen["previousIds"]
    likely = (await desk.ask(ANNE, query, id=draft["id"]))["registration"]["possibleDuplicates"]
    assert structure["id"] not in {c["structure"]["id"] for c in likely}
    assert (await desk.ask(MODERATOR, query, id=draft["id"]))["registration"]["possibleDuplicates"] == likely


async def test_a_number_finds_the_record_that_has_it(desk: Desk) -> None:
    place = next(p for p in world().places if p.listed and p.key.startswith("finess-"))
    finess = place.establishment.finess
    query = "query ($id: ID!) { registration(id: $id) { possibleDuplicates(first: 1) { sameIdentifier structure { id } } } }"

    draft = await desk.ask(ANNE, SAVE, input={"idempotencyKey": "k", "name": "Sans lieu", "finess": finess})
    (found,) = (await desk.ask(ANNE, query, id=draft["id"]))["registration"]["possibleDuplicates"]
    assert found["sameIdentifier"]
    for nothing in ({"finess": finess}, {"name": "Sans lieu"}):
        draft = await desk.ask(ANNE, SAVE, input={"idempotencyKey": str(nothing), **nothing})
        assert (await desk.ask(ANNE, query, id=draft["id"]))["registration"]["possibleDuplicates"] == []
    assert await desk.code(ANNE, query.replace("first: 1", "first: 0"), id=draft["id"]) == "BAD_INPUT"


async def test_eligibility_is_told_without_an_account(desk: Desk) -> None:
    query = """query ($answers: EligibilityInput!) { checkEligibility(answers: $answers) { eligible
      criteria { criterion { code text } holds why } missing { code text }
      prioritiesByNature { code } suggestedPriorities { code } } registrationConsent { version text } }"""

    nothing = (await desk.ask(ANYBODY, query, answers={}))["checkEligibility"]
    assert not nothing["eligible"]
    assert [m["code"] for m in nothing["missing"]] == ["OUT_OF_PERIOD", "NO_SITUATION", "NO_PRIORITY"]
    assert [c["holds"] for c in nothing["criteria"]] == [False] * 4

    answers = {"situations": ["CONVENTIONNE"], "priorities": ["FORMER"], "inPeriod": True,
               "category": "SANTE", "subcategory": "MATERNITE"}  # fmt: skip
    told = await desk.ask(ANYBODY, query, answers=answers)
    result = told["checkEligibility"]
    assert (result["eligible"], result["missing"]) == (True, [])
    assert [c["criterion"]["code"] for c in result["criteria"] if c["holds"]] == ["CONVENTIONNE"]
    assert [p["code"] for p in result["prioritiesByNature"]] == ["ACCOMPAGNER"]
    assert [p["code"] for p in result["suggestedPriorities"]] == [
        "SITUATIONS_SPECIFIQUES",
        "SANTE_ENVIRONNEMENT",
        "PERES_SECONDS_PARENTS",
    ]
    assert told["registrationConsent"]["version"] == CRECHE["consent"]
    assert await desk.code(ANYBODY, query, answers={**answers, "category": "PMI"}) == "BAD_INPUT"


async def test_a_directory_that_does_not_answer_keeps_nobody_waiting(desk: Desk) -> None:
    quoted = {id_ for r in registrations() for id_ in r.same_as}
    ids = [p.id for p in world().places if p.listed and p.source == "annuaire_sante"]
    mine = [next(id_ for id_ in ids if id_ not in quoted), next(id_ for id_ in ids if id_ in quoted)]
    with desk.hub.sandbox.annuaire_sante.faults.during(Fault(status=503)):
        waiting = await desk.submitted(places=[{**PLACE, "sameAs": mine}])

    assert waiting["state"] == "SUBMITTED"
