"""How letters leave: to a server by SMTP, or into a folder where no server is configured.

    NotSent                 the letter was not taken
    ├── TryLater            it may be: the server is not there, is busy, or does not let us in
    └── Undeliverable       it will not be: there is no such address, or this letter is not wanted

What a server said may quote an address, so that only its codes are told.
"""

import asyncio
import logging
import smtplib
import ssl
from pathlib import Path
from typing import Final, Protocol

from hub.mail.settings import MailConfig

FOLDER: Final = "mails"
"""The folder of letters in the hub's directory, where no server is configured."""

log = logging.getLogger(__name__)


class NotSent(Exception):
    """The letter was not taken; the message says why and names nobody. Raised only as one of its subclasses."""


class TryLater(NotSent):
    """It may be taken later."""


class Undeliverable(NotSent):
    """It will never be taken."""


class Transport(Protocol):
    """What takes letters."""

    async def send(self, name: str, recipient: str, message: bytes) -> None:
        """Have a letter taken. `name`: what to call it where it needs a name. Raises NotSent."""
        ...


class Folder:
    """Writes letters to a folder: nobody gets them, but who runs the hub may read them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, name: str, recipient: str, message: bytes) -> None:
        """See `Transport`."""
        try:
            await asyncio.to_thread(self._write, name, message)
        except OSError as error:
            raise TryLater(f"the folder of letters cannot be written to: {error.strerror}") from None
        log.warning("no mail server is configured: a letter was written to %s/%s.eml", self._folder.name, name)

    def _write(self, name: str, message: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f".{name}.part"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(message)
        unfinished.replace(self._folder / f"{name}.eml")


class Smtp:
    """Sends each letter over a connection of its own, with the standard library, in a thread."""

    def __init__(self, config: MailConfig, secret: str | None) -> None:
        self._config = config
        self._secret = secret
        self._context = ssl.create_default_context(cafile=config.authorities)

    async def send(self, name: str, recipient: str, message: bytes) -> None:
        """See `Transport`."""
        try:
            await asyncio.to_thread(self._send, recipient, message)
        except smtplib.SMTPRecipientsRefused as error:
            code = max(code for code, _ in error.recipients.values())
            raise (Undeliverable if code >= 500 else TryLater)(f"the address is refused ({code})") from None
        except smtplib.SMTPDataError as error:
            kind = Undeliverable if error.smtp_code >= 500 else TryLater
            raise kind(f"the letter is refused ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            raise TryLater(f"the server refuses us ({error.smtp_code})") from None
        except smtplib.SMTPException as error:
            raise TryLater(f"the server cannot be used ({type(error).__name__})") from None
        except OSError as error:
            raise TryLater(f"the server cannot be reached ({type(error).__name__})") from None

    def _send(self, recipient: str, message: bytes) -> None:
        config = self._config
        host, port, timeout = config.host or "", config.port, config.timeout
        smtp = (
            smtplib.SMTP_SSL(host, port, timeout=timeout, context=self._context)
            if config.security == "tls"
            else smtplib.SMTP(host, port, timeout=timeout)
        )
        with smtp:
            if config.security == "starttls":
                smtp.starttls(context=self._context)  # raises when it is not offered: nothing is told in the clear
            if config.user is not None:
                smtp.login(config.user, self._secret or "")
            smtp.sendmail(config.from_address.addr_spec, [recipient], message)
