"""Whatever is entered is a text: kept as a text, found as a text, shown as a text."""

from typing import Any

import pytest
from registering import ANNE, ANYBODY, LIST, MODERATOR, ONE, WITHDRAW, Desk, creche

TEXTS = {
    "sql": "'; DROP TABLE registration; --",
    "sql-or": "x' OR '1'='1",
    "like": "100%_[a-z]*",
    "fts": 'crèche" OR name:* NEAR/2 (a AND NOT b) ^"',
    "html": "<script>alert('1')</script><img src=x onerror=alert(1)>",
    "entity": "&lt;b&gt; &amp;amp; &#x27;",
    "csv": '=HYPERLINK("http://evil.example","x")',
    "csv-at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "header": "Crèche\r\nBcc: victim@example.org\r\n\r\nbody",
    "log": 'x\n{"level":"error","event":"forged"}\n',
    "zip": "../../etc/passwd",
    "zip-windows": "..\\..\\con.txt",
    "graphql": '"} } mutation { withdrawRegistration(id: "1") { __typename } } #',
    "template": "{{7*7}} ${7*7} {% raw %} %s %n {0}",
    "json": '{"$ref": "#"}]}',
    "unicode": "𝕯é\u202eזרע\u200d👩‍🍼 ﷽",
    "null-like": "null",
}


@pytest.fixture(params=TEXTS.values(), ids=TEXTS)
def text(request: pytest.FixtureRequest) -> str:
    return request.param.strip()


async def test_it_is_kept_and_shown_to_the_letter(desk: Desk, text: str) -> None:
    everywhere: dict[str, Any] = {
        "name": text,
        "description": text,
        "situations": [{"situation": "FINANCE", "institution": text}],
        "actions": [{"title": text, "description": text, "priorities": ["FORMER"], "audiences": [text], "keyMoments": [text],
                     "area": {"kind": "INTERCOMMUNALITE", "name": text}}],
        "places": [{"street": text, "complement": text, "city": text, "commune": "29232"}],
    }  # fmt: skip
    waiting = await desk.submitted(**everywhere)
    form = waiting["form"]
    assert {form["name"], form["description"], form["situations"][0]["institution"]} == {text}
    action = form["actions"][0]
    assert {
        action["title"],
        action["description"],
        *action["audiences"],
        *action["keyMoments"],
        action["area"]["name"],
    } == {text}
    assert {form["places"][0][field] for field in ("street", "complement", "city")} == {text}

    reasons = [{"code": "OTHER", "message": text, "field": text}]
    refused = await desk.decided(waiting, "REFUSE", reasons=reasons, comment=text)
    assert refused["events"][-1]["reasons"] == reasons
    assert refused["events"][-1]["comment"] == text

    done = await desk.validated(id=waiting["id"], **everywhere)
    seen = await desk.structure(done["structures"][0]["id"])
    assert {seen["name"], seen["description"], seen["address"]["street"], seen["address"]["city"]} == {text}
    shown = seen["actions"]["nodes"][0]
    assert {shown["title"], *shown["audiences"], *shown["keyMoments"]} == {text}
    search = 'query ($t: String!) { structures(filter: { text: $t, place: { commune: "29232" } }) { nodes { id } } }'
    found = (await desk.ask(ANYBODY, search, t=text))["structures"]["nodes"]
    if any(c.isascii() and c.isalpha() for c in text):
        assert seen["id"] in {n["id"] for n in found}
    gone = await desk.ask(ANNE, WITHDRAW, id=done["id"], why=text)
    assert gone["events"][-1]["comment"] == text


async def test_it_searches_for_its_words_and_does_nothing_else(desk: Desk, text: str) -> None:
    other = await desk.submitted(name="Une autre")
    listed = (await desk.ask(MODERATOR, LIST, filter={"text": text}))["registrations"]["nodes"]
    assert other["id"] not in {n["id"] for n in listed}

    mine = await desk.submitted(name=text)
    listed = (await desk.ask(MODERATOR, LIST, filter={"text": text}))["registrations"]["nodes"]
    if any(c.isalnum() for c in text):
        assert mine["id"] in {n["id"] for n in listed}
    assert (await desk.ask(MODERATOR, LIST))["registrations"]["totalCount"] == 2


async def test_it_names_nothing_else(desk: Desk, text: str) -> None:
    assert (await desk.ask(MODERATOR, ONE, id=text))["registration"] is None
    logo = await desk.ask(ANYBODY, "query ($c: String!) { verifyLogo(code: $c) { status } }", c=text)
    assert logo["verifyLogo"]["status"] == "UNKNOWN"
    for field in ("siret", "finess", "rpps"):
        draft = await desk.ask(
            ANNE,
            "mutation ($input: RegistrationInput!) { saveDraft(input: $input) { ... on Registration { form { siret finess rpps } } } }",
            input=creche(**{field: text}),
        )
        assert draft["saveDraft"]["form"][field] == text
