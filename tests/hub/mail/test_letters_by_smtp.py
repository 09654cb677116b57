"""Letters about registrations, through a real mail server: each once, to confirmed addresses, nothing lost by a crash."""

import asyncio
import logging
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest
from changing import ERASE, WITHDRAW
from eventually import eventually
from hubs import key_of
from mailing import Postbox, Writing, html_of, postbox, text_of, to, token_in, writing

from connectors.errors import Unavailable
from resolvers.access import Role

CONFIRM = "mutation ($t: String!) { done: confirmEmail(token: $t) }"
ASK = "mutation ($id: ID!) { done: requestEmailConfirmation(id: $id) }"
ADDRESS = "directrice@lutins.example.org"
HOSTILE = "Crèche <script>alert(1)</script> & Cie\u00a0« ‮ »"


async def test_a_registration_from_its_confirmation_to_its_end(tmp_path: Path) -> None:
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        waiting = await desk.submitted(desk.registrant, name=HOSTILE)
        letter = await box.next()
        assert parseaddr(letter["From"]) == ("Équipe", "equipe@hub.example.org")
        assert (letter["To"], letter["Auto-Submitted"]) == (ADDRESS, "auto-generated")
        assert letter["Subject"] == "Confirmez votre adresse électronique"
        assert "Crèche" not in text_of(letter), "whoever reads it may have nothing to do with it"
        assert await desk.ask(CONFIRM, t=token_in(letter)) == "CONFIRMED"

        shown = await desk.decided(waiting)
        letter = await box.next()
        assert letter["Subject"] == "Votre enregistrement est validé"
        assert HOSTILE in text_of(letter).replace("\n", " ")
        assert f"https://hub.example.org/kit/{shown['id']}" in text_of(letter)
        assert shown["logoCode"] in text_of(letter)
        assert "<script>" not in html_of(letter)
        assert f'href="https://hub.example.org/kit/{shown["id"]}"' in html_of(letter)

        await desk.ask(WITHDRAW, id=shown["id"])
        letter = await box.next()
        assert letter["Subject"] == "Votre enregistrement est retiré"
    assert box.letters.empty()


async def test_a_decision_made_before_the_confirmation_was_read_is_told_once(tmp_path: Path) -> None:
    async with postbox() as box:
        async with writing(tmp_path, to(box)) as desk:
            waiting = await desk.submitted(desk.registrant)
            token = token_in(await box.next())
        async with writing(tmp_path, to(box), start=False) as desk:
            assert await desk.ask(CONFIRM, t=token) == "CONFIRMED"
            shown = await desk.decided(waiting)
            desk.site.start()
            assert (await box.next())["Subject"] == "Votre enregistrement est validé"
            await desk.ask(WITHDRAW, id=shown["id"])
            assert (await box.next())["Subject"] == "Votre enregistrement est retiré"


async def test_a_refusal_tells_its_reasons(tmp_path: Path) -> None:
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        waiting = await desk.confirmed(box)
        reasons = [
            {"code": "OTHER", "message": "Il manque <b>l’agrément</b>."},
            {"code": "DUPLICATE", "message": "Deux fois."},
        ]
        await desk.decided(waiting, "REFUSE", reasons=reasons, comment="Écrivez-nous.")

        letter = await box.next()
        assert letter["Subject"] == "Votre enregistrement n’a pas été validé"
        for said in ("- Il manque <b>l’agrément</b>.", "- Deux fois.", "Écrivez-nous."):
            assert said in text_of(letter)
        assert "<li>Il manque &lt;b&gt;l’agrément&lt;/b&gt;.</li>" in html_of(letter)


async def test_what_was_decided_before_the_address_was_confirmed_is_told_then(tmp_path: Path) -> None:
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        await desk.decided(await desk.submitted(desk.registrant))
        token = token_in(await box.next())
        assert box.letters.empty()

        assert await desk.ask(CONFIRM, t=token) == "CONFIRMED"
        assert (await box.next())["Subject"] == "Votre enregistrement est validé"


async def test_a_link_is_good_once_for_its_address_and_for_a_while(tmp_path: Path) -> None:
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        waiting = await desk.submitted(desk.registrant)
        token = token_in(await box.next())
        for wrong in ("x", "é", token[:-1], token[1:], f"{token}x" * 9, ""):
            assert await desk.ask(CONFIRM, t=wrong) == "WRONG"

        page = await desk.http.get(f"/confirmer/{token}")
        assert (page.status_code, "Confirmer mon adresse" in page.text) == (200, True)
        foreign = await desk.http.post(f"/confirmer/{token}", headers={"origin": "https://elsewhere.example"})
        assert foreign.status_code == 403
        done = await desk.http.post(f"/confirmer/{token}", headers={"origin": "http://hub"})
        assert (done.status_code, "Votre adresse est confirmée" in done.text) == (200, True)
        again = await desk.http.post(f"/confirmer/{token}", headers={"origin": "http://hub"})
        assert (again.status_code, "déjà servi" in again.text) == (410, True)
        assert await desk.ask(CONFIRM, t=token) == "SPENT"
        assert await desk.ask(ASK, desk.registrant, id=waiting["id"]) == "ALREADY_CONFIRMED"

        changed = {"contact": {"email": {"value": "autre@lutins.example.org"}}, "id": waiting["id"]}
        await desk.submitted(desk.registrant, **changed)
        other = token_in(await box.next())
        await desk.submitted(
            desk.registrant, id=waiting["id"], contact={"email": {"value": "tiers@lutins.example.org"}}
        )
        await box.next()
        assert await desk.ask(CONFIRM, t=other) == "WRONG"


async def test_a_link_is_sent_again_but_not_without_end(tmp_path: Path) -> None:
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        waiting = await desk.submitted(desk.registrant)
        first = token_in(await box.next())
        said = [await desk.ask(ASK, desk.registrant, id=waiting["id"]) for _ in range(3)]
        assert said == ["SENT", "SENT", "TOO_OFTEN"]
        for _ in range(2):
            await box.next()
        other = await key_of(desk.site.hub, Role.REGISTRANT, name="autre")
        answer = await desk.http.post(
            "/graphql", json={"query": ASK, "variables": {"id": waiting["id"]}}, headers={"authorization": other}
        )
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"
        draft = 'mutation { done: saveDraft(input: { idempotencyKey: "d" }) { ... on Registration { id } } }'
        empty = await desk.ask(draft, desk.registrant)
        assert await desk.ask(ASK, desk.registrant, id=empty["id"]) == "NO_ADDRESS"
        assert await desk.ask(CONFIRM, t=first) == "CONFIRMED"
    assert box.letters.empty()


async def test_what_is_erased_is_not_written_about(tmp_path: Path) -> None:
    async with postbox() as box:
        async with writing(tmp_path, to(box), start=False) as desk:
            one, other = [await desk.submitted(desk.registrant) for _ in range(2)]
            office = desk.site._services.mail
            while await office._read_on():
                pass
            await desk.ask(ERASE, desk.registrant, id=one["id"])
        async with writing(tmp_path, to(box)) as desk:
            letter = await box.next()
            assert await desk.ask(CONFIRM, t=token_in(letter)) == "CONFIRMED"
            answer = await desk.ask("query ($id: ID!) { registration(id: $id) { emailConfirmedAt } }", id=other["id"])
            assert answer["registration"]["emailConfirmedAt"]
        assert box.letters.empty()


async def test_letters_wait_for_a_server_that_does_not_take_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.mail.office.RETRIES", (0.0,) * 4)
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        answers = ["451 busy", "421 later", "250 OK"]
        box.to_data = lambda: answers.pop(0)
        await desk.submitted(desk.registrant)
        await box.next()
    assert not answers
    assert box.letters.empty()
    assert [r.getMessage() for r in caplog.records if r.name == "hub.mail.office"] == [
        "letter 1 (confirmation) waits: the letter is refused (451)",
        "letter 1 (confirmation) waits: the letter is refused (421)",
    ]
    assert ADDRESS not in caplog.text


@pytest.mark.parametrize("where", ["recipient", "data"])
async def test_a_letter_that_is_refused_for_good_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        if where == "data":
            answers = ["554 no", "250 OK"]
            box.to_data = lambda: answers.pop(0)
        else:
            box.to_recipient = lambda address: "250 OK" if "autre" in address else f"550 no {address}"
        await desk.submitted(desk.registrant)
        await desk.submitted(desk.registrant, contact={"email": {"value": "autre@lutins.example.org"}})
        assert (await box.next())["To"] == "autre@lutins.example.org"
        await emptied(desk)
    assert "given up" in caplog.text
    assert ADDRESS not in caplog.text


async def test_letters_survive_while_no_server_is_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = Postbox()
    nobody.port = 9
    async with writing(tmp_path, to(nobody)) as desk:
        await desk.submitted(desk.registrant)
        await eventually(lambda: "cannot be reached" in caplog.text)
    monkeypatch.setattr("hub.mail.office.RETRIES", ())
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        await desk.submitted(desk.registrant, contact={"email": {"value": "autre@lutins.example.org"}})
        assert (await box.next())["To"] == "autre@lutins.example.org"
        assert await desk.site.hub.outbox.next_due() is not None, "the first one waits for its time"


async def test_what_is_never_taken_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.mail.office.RETRIES", (0.0,))
    caplog.set_level(logging.WARNING)
    async with postbox() as box, writing(tmp_path, to(box)) as desk:
        box.to_data = lambda: "451 busy"
        await desk.submitted(desk.registrant)
        await eventually(lambda: "given up" in caplog.text)
        await emptied(desk)


async def test_two_processes_write_and_send_each_letter_once(tmp_path: Path) -> None:
    async with postbox() as box, writing(tmp_path, to(box)) as one, writing(tmp_path, to(box)) as other:
        keys = [await key_of(one.site.hub, Role.REGISTRANT, name=str(n)) for n in range(4)]
        for n in range(12):
            desk = one if n % 2 else other
            await desk.submitted(keys[n % 4], contact={"email": {"value": f"n{n}@lutins.example.org"}})
        found = {(await box.next())["To"] for _ in range(12)}
        assert len(found) == 12
    assert box.letters.empty()


async def emptied(desk: Writing) -> None:
    """Return when no letter waits any more."""

    async def is_empty() -> bool:
        return await desk.site.hub.outbox.next_due() is None

    await eventually(is_empty)


def certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1 with its key, in one file."""
    file = folder / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    alternative = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file, "-out", folder / "only.pem"]
    subprocess.run([*command, *alternative], check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "only.pem").read_text())
    return file


async def test_a_server_that_wants_tls_and_a_password(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    more = f'authorities = "{tmp_path / "only.pem"}"\nuser = "hub"'
    async with (
        postbox(tls_context=context, require_starttls=True, auth=True) as box,
        writing(tmp_path, to(box, more), environment={"HUB1000_SMTP": "un secret"}) as desk,
    ):
        await desk.submitted(desk.registrant)
        await box.next()
        assert [(login.login, login.password) for login in box.logins] == [(b"hub", b"un secret")]


async def test_a_server_that_cannot_be_believed_is_told_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    async with postbox(tls_context=context) as box, writing(tmp_path, to(box, 'user = "hub"')) as desk:
        await desk.submitted(desk.registrant)
        await eventually(lambda: "cannot be reached (SSLCertVerificationError)" in caplog.text)
        assert box.letters.empty()
        assert box.logins == []


async def test_a_server_that_offers_no_tls_is_told_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with postbox() as box, writing(tmp_path, to(box, "")) as desk:
        await desk.submitted(desk.registrant)
        await eventually(lambda: "cannot be used (SMTPNotSupportedError)" in caplog.text)
        assert box.letters.empty()


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # of the server that is played here
async def test_a_wrong_password_is_no_reason_to_lose_a_letter(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        postbox(auth=True, auth_require_tls=False) as box,
        writing(tmp_path, to(box, 'security = "none"\nuser = "hub"'), environment={"HUB1000_SMTP": "faux"}) as desk,
    ):
        await desk.submitted(desk.registrant)
        await eventually(lambda: "the server refuses us (535)" in caplog.text)
        assert await desk.site.hub.outbox.next_due() is not None
    assert "faux" not in caplog.text


async def test_a_letter_that_is_being_sent_when_the_hub_stops_is_not_sent_again(tmp_path: Path) -> None:
    async with postbox() as box:
        async with writing(tmp_path, to(box)) as desk:
            box.may_take.clear()
            await desk.submitted(desk.registrant)
            await box.taking.wait()
            asyncio.get_running_loop().call_later(0.1, box.may_take.set)
        await box.next()
        async with writing(tmp_path, to(box)) as desk:
            await emptied(desk)
        assert box.letters.empty()


async def test_nobody_is_written_to_about_what_is_long_past(tmp_path: Path) -> None:
    async with postbox() as box:
        async with writing(tmp_path, to(box), start=False) as desk:
            await desk.submitted(desk.registrant)
        async with writing(tmp_path, to(box), start=False) as desk:
            office = desk.site._services.mail
            office._clock = lambda: datetime.now(UTC) + timedelta(days=8)
            desk.site.start()
            await eventually(lambda: _read(desk))
            office._clock = lambda: datetime.now(UTC)
            await desk.submitted(desk.registrant, contact={"email": {"value": "autre@lutins.example.org"}})
            assert (await box.next())["To"] == "autre@lutins.example.org"
        assert box.letters.empty()


async def test_a_database_that_is_busy_is_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with postbox() as box, writing(tmp_path, to(box), start=False) as desk:
        outbox = desk.site.hub.outbox
        step, failing = outbox.step, [True]

        async def busy() -> int:
            if failing and failing.pop():
                raise Unavailable("mail", "the database is busy")
            return await step()

        monkeypatch.setattr(outbox, "step", busy)
        desk.site._services.mail._look_every = 0.01
        desk.site.start()
        await desk.submitted(desk.registrant)
        await box.next()
    assert "letters wait: mail: the database is busy" in caplog.text


async def _read(desk: Writing) -> bool:
    return await desk.site.hub.outbox.step() > 0


async def test_a_letter_to_an_address_that_was_replaced_is_not_sent(tmp_path: Path) -> None:
    async with postbox() as box, writing(tmp_path, to(box), start=False) as desk:
        office = desk.site._services.mail
        waiting = await desk.submitted(desk.registrant)
        while await office._read_on():
            pass
        await desk.submitted(desk.registrant, id=waiting["id"], contact={"email": {"value": "autre@example.org"}})
        desk.site.start()
        assert (await box.next())["To"] == "autre@example.org"
        await emptied(desk)
    assert box.letters.empty()
