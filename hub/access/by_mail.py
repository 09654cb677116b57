"""Logging in by a link that is sent by mail: for who registers where no identity provider is configured.

The account is made of the address as others are of issuer and subject (hub/access/oidc/people.py): nothing else of it
is kept here. The link holds the account, signed, is good for half an hour, and once.
"""

import hmac
from datetime import timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Final, NamedTuple

from itsdangerous import BadSignature, URLSafeSerializer

from hub.access.callers import Access
from hub.access.oidc.people import account_of
from hub.access.store import Person
from hub.mail import letters
from hub.mail.office import PostOffice
from hub.mail.outbox import Outbox
from resolvers.access import Role

MINUTES: Final = 30
"""For which a link is good."""

ISSUER: Final = "mailto"
MAX_TOKEN: Final = 2_000
PATH: Final = "/connexion"
LINK: Final = "lien"


class Entry(NamedTuple):
    """What a link is about. `then`: the page to go on to; `expires_at`: seconds since 1970.

    `mark` makes it another one than all others.
    """

    account: str
    then: str
    expires_at: int
    mark: str


class MailLogins:
    """Sends links and believes them. `base`: scheme and host by which people reach the hub."""

    def __init__(self, access: Access, office: PostOffice, outbox: Outbox, *, base: str) -> None:
        key = access.store.signing_key
        self._access = access
        self._office = office
        self._outbox = outbox
        self._base = base
        self._key = hmac.digest(key, b"accounts of addresses", sha256)
        self._signer = URLSafeSerializer(key, salt="log in by mail", signer_kwargs={"digest_method": sha256})

    async def send(self, address: str, then: str) -> bool:
        """Send a link; False when too many were sent to this address."""
        # the whole of it, since a mail server may tell the case of what stands before the @ (RFC 5321 §2.4), none does
        account = account_of(ISSUER, address.lower(), self._key)
        expires_at = self._access.clock() + timedelta(minutes=MINUTES)
        mark = token_hex(8)
        token = self._signer.dumps(Entry(account, then, int(expires_at.timestamp()), mark))
        # in the query, which is in no log
        link = f"{self._base}{PATH}?{LINK}={token}"
        return await self._office.post(letters.login(address, link, MINUTES, f"login {mark}"))

    async def find(self, token: str) -> Entry | None:
        """What a link is about; None when it is good for nothing (any more)."""
        if len(token) > MAX_TOKEN or not token.isascii():
            return None
        try:
            entry = Entry(*self._signer.loads(token))
        except (BadSignature, ValueError):
            return None
        late = self._access.clock().timestamp() >= entry.expires_at
        return None if late or await self._outbox.is_spent(token) else entry

    async def redeem(self, token: str) -> Entry | None:
        """Use a link: its account is somebody's from then on."""
        entry = await self.find(token)
        if entry is None:
            return None
        at = self._access.clock()
        await self._outbox.spend(token, entry.expires_at, at)
        await self._access.store.saw_person(Person(account=entry.account, role=Role.REGISTRANT), at)
        return entry
