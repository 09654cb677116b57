"""A letter, and the message that it becomes: French plain text, and the same in plain HTML.

Headers are made by the standard library's own types, which take no line break; what a person entered stands in the
text only. `Auto-Submitted` keeps answering machines from answering (RFC 3834).
"""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from hashlib import sha256
from html import escape
from typing import Final

from msgspec import Struct

SIGNATURE: Final = "Les 1000 premiers jours"
AUTOMATIC: Final = "Ce message a été envoyé automatiquement ; les réponses ne sont pas lues."


class Kind(StrEnum):
    """What a letter is about."""

    CONFIRMATION = "confirmation"
    LOGIN = "login"
    VALIDATED = "validated"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    WEBHOOK_DISABLED = "webhook_disabled"


class Letter(Struct, frozen=True, kw_only=True):
    """A letter. `key`: what tells it from all others, so that it is written down once.

    `items` are listed after the first paragraphs; `link` stands after them, with its words. `asks`: whose patience it
    costs, for letters that nobody asked for with an address that was confirmed.
    """

    key: str
    kind: Kind
    to: str
    subject: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...] = ()
    link: tuple[str, str] | None = None
    after: tuple[str, ...] = ()
    registration: str | None = None
    asks: tuple[str, ...] = ()


def message_of(letter: Letter, sender: Address, at: datetime) -> bytes:
    """The message, ready to be sent (RFC 5322, lines ended by CRLF)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    # made of the key: should it be sent twice after all, readers show it once
    message["Message-ID"] = f"<{sha256(letter.key.encode()).hexdigest()[:32]}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "fr"
    message.set_content(_text(letter), cte="quoted-printable")
    message.add_alternative(_html(letter), subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _text(letter: Letter) -> str:
    parts = [*letter.paragraphs, *(f"- {item}" for item in letter.items)]
    if letter.link:
        parts.append(f"{letter.link[0]} :\n{letter.link[1]}")
    return "\n\n".join(["Bonjour,", *parts, *letter.after, SIGNATURE, AUTOMATIC, ""])


def _html(letter: Letter) -> str:
    parts = [f"<p>{_shown(text)}</p>" for text in ("Bonjour,", *letter.paragraphs)]
    if letter.items:
        parts.append(f"<ul>{''.join(f'<li>{_shown(item)}</li>' for item in letter.items)}</ul>")
    if letter.link:
        words, address = letter.link
        parts.append(f'<p><a href="{escape(address)}">{escape(words)}</a></p>')
    parts += [f"<p>{_shown(text)}</p>" for text in (*letter.after, SIGNATURE, AUTOMATIC)]
    body = "\n".join(parts)
    head = f'<meta charset="utf-8"><title>{escape(letter.subject)}</title>'
    return f'<!doctype html>\n<html lang="fr"><head>{head}</head>\n<body>\n{body}\n</body></html>\n'


def _shown(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")
