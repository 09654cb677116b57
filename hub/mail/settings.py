"""The table [mail] of hub.toml."""

import re
from email.headerregistry import Address
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

Security = Literal["starttls", "tls", "none"]

_ADDRESS: Final = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,200}"
_SENDER: Final = re.compile(rf"(?:(?P<name>[^<>\"\r\n]{{0,100}}?) *<(?P<named>{_ADDRESS})>|(?P<bare>{_ADDRESS}))")


class MailConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How mail leaves the hub. Without a `host` letters are written to a folder instead, and nobody gets them.

    `sender`: who they are from, as "Name <address>". `security`: how the server is spoken to; with "starttls", the
    usual way, a server that does not offer it is not told anything. `user` logs in with the secret of the environment.
    `authorities`: a file of certificates to believe instead of the usual ones. `timeout`: seconds for one answer.
    """

    sender: Annotated[str, Meta(max_length=200)] = "1000 premiers jours <hub-1000-jours@localhost>"
    host: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:-]+$")] | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    security: Security = "starttls"
    user: str | None = None
    authorities: str | None = None
    timeout: Annotated[float, Meta(gt=0, le=120)] = 20.0

    def __post_init__(self) -> None:
        if not _SENDER.fullmatch(self.sender):
            raise ValueError('sender: "Name <address>" is wanted')

    @property
    def from_address(self) -> Address:
        """Who letters are from."""
        found = _SENDER.fullmatch(self.sender)
        return Address(found["name"] or "", addr_spec=found["named"] or found["bare"]) if found else Address()
