"""What letters are made of, and where they go without a server."""

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default
from pathlib import Path

import pytest
from hubs import configuration
from mailing import writing

from hub.config import ConfigError
from hub.mail.letter import Kind, Letter, message_of
from hub.mail.links import LIFE, Bound, Fault, Links
from hub.mail.settings import MailConfig
from hub.mail.transports import Folder, TryLater

AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SENDER = Address("Équipe", addr_spec="equipe@hub.example.org")


def letter(**changes: object) -> Letter:
    values: dict[str, object] = {"key": "k", "kind": Kind.REFUSED, "to": "a@example.org", "subject": "Sujet"}
    return Letter(**{**values, "paragraphs": ("Un.",), **changes})  # type: ignore[arg-type]


def test_a_letter_is_text_and_html_with_lines_ended_as_mail_wants() -> None:
    raw = message_of(
        letter(paragraphs=("Un\n.deux <b>",), items=("x & y",), link=("Voir", "https://x/?a=1&b=2")), SENDER, AT
    )

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    message = message_from_bytes(raw, policy=default)
    text, html = (part.get_content() for part in message.iter_parts())
    assert "Un\n.deux <b>" in text.replace("\r\n", "\n")
    assert "https://x/?a=1&b=2" in text
    assert "<p>Un<br>\n.deux &lt;b&gt;</p>" in html.replace("\r\n", "\n")
    assert "<li>x &amp; y</li>" in html
    assert 'href="https://x/?a=1&amp;b=2"' in html


@pytest.mark.parametrize(
    "to", ["a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org", "a b@example.org", ""]
)
def test_an_address_is_one_and_ends_no_line(to: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        message_of(letter(to=to), SENDER, AT)


def test_a_subject_ends_no_line() -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        message_of(letter(subject="a\r\nBcc: b@example.org"), SENDER, AT)


def test_the_same_letter_has_the_same_id() -> None:
    ids = [message_from_bytes(message_of(letter(key=key), SENDER, AT))["Message-ID"] for key in ("a", "a", "b")]

    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@hub.example.org>")


def test_links_hold_no_address_and_end_with_time() -> None:
    now = AT
    links = Links(b"k" * 32, lambda: now)
    token = links.token("r", "a@example.org")

    assert "example" not in token
    assert links.read(token) == Bound("r", links.digest("a@example.org"), int(AT.timestamp()) + LIFE)
    assert links.digest("a@example.org") != links.digest("b@example.org")
    assert Links(b"o" * 32, lambda: now).read(token) is Fault.WRONG
    now = AT + timedelta(seconds=LIFE)
    assert links.read(token) is Fault.EXPIRED
    assert links.read("x" * 401) is Fault.WRONG


@pytest.mark.parametrize("sender", ["", "x", "a@", "@b", "Nom <a@b", "a@b\r\nBcc: c@d"])
def test_senders_that_are_none(tmp_path: Path, sender: str) -> None:
    with pytest.raises(ConfigError, match="mail"):
        configuration(tmp_path, f"[mail]\nsender = {json.dumps(sender)}\n")


def test_the_usual_sender_is_one() -> None:
    assert MailConfig().from_address.addr_spec == "hub-1000-jours@localhost"


async def test_without_a_server_letters_are_files_that_only_the_operator_reads(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "mails"
    await Folder(folder).send("1-x", "a@example.org", b"Bonjour")
    await Folder(folder).send("1-x", "a@example.org", b"Bonjour")

    (file,) = folder.iterdir()
    assert (file.name, file.read_bytes()) == ("1-x.eml", b"Bonjour")
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "a letter was written to mails/1-x.eml" in caplog.text
    assert "a@example.org" not in caplog.text


async def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "mails").write_text("not a folder")

    with pytest.raises(TryLater, match="cannot be written to"):
        await Folder(tmp_path / "mails").send("1-x", "a@example.org", b"Bonjour")


async def test_authorities_that_cannot_be_read_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mail\.authorities"):
        async with writing(tmp_path, '[mail]\nhost = "127.0.0.1"\nauthorities = "/nowhere/x.pem"\n'):
            pass
