"""The post office: reads what became of registrations, writes letters about it, and has them sent.

    steps of registrations ──> letters, written down with how far was read ──> a server
                                        │                                        │ not now: again later
                                        └ survives a crash                       └ never: given up

A letter that a server took just before a crash may be sent again: it then has the same Message-ID.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Final

from connectors.errors import SourceError
from connectors.registrations import Event, Registration, Registrations, State, Step, Taken
from connectors.registrations.errors import RegistrationRefused
from hub.mail import letters
from hub.mail.letter import Letter
from hub.mail.links import Fault, Links
from hub.mail.outbox import Claimed, Outbox
from hub.mail.transports import NotSent, Transport, Undeliverable
from resolvers.mail import Asked, Confirmed
from resolvers.webhooks import Webhook

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 1.0
"""Seconds after which what was done, by whichever process, is seen at the latest."""

STEPS_AT_ONCE: Final = 100

TOO_OLD: Final = timedelta(days=7)
"""Nobody is written to about a step so long ago: the database of letters is older than that of registrations."""

LEASE: Final = 300.0
"""Seconds after which a letter is taken for not sent, when nothing was heard of who sends it."""

FINISH_SECONDS: Final = 5.0
"""How long a letter that is being sent when the hub stops may take still."""

RETRIES: Final = (60.0, 300.0, 900.0, 3_600.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0, 86_400.0)
"""Seconds between attempts; after the last one the letter is given up."""

DECISIONS: Final = frozenset({Step.VALIDATED, Step.REFUSED, Step.WITHDRAWN})
GONE: Final = frozenset({Step.ERASED, Step.PURGED})


class PostOffice:
    """Letters about registrations. `base`: the address of the hub that links begin with."""

    def __init__(
        self,
        outbox: Outbox,
        registrations: Registrations,
        links: Links,
        transport: Transport,
        *,
        base: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._outbox = outbox
        self._registrations = registrations
        self._links = links
        self._transport = transport
        self._base = base
        self._clock = clock
        self._look_every = look_every
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Read and send until this is cancelled."""
        seen: object = None
        while True:
            self._wake.clear()
            try:
                version = self._registrations.version()
                if version != seen:
                    while await self._read_on():
                        pass
                    seen = version
                while await self._send_next():
                    pass
            except SourceError as error:
                log.warning("letters wait: %s", error)
            try:
                async with asyncio.timeout(self._look_every):  # wait_for may lose that it is cancelled
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def post(self, letter: Letter) -> bool:
        """Send a letter at once; False when whom it asks was asked too often."""
        queued = await self._outbox.add(letter, self._clock())
        self._wake.set()
        return queued

    async def ask(self, registration: Registration) -> Asked:
        """See `resolvers.mail.Mail`."""
        address = registration.contact.email.value
        if address is None:
            return Asked.NO_ADDRESS
        if registration.email_confirmed_at is not None:
            return Asked.ALREADY_CONFIRMED
        letter = self._confirmation(registration, address, f"asked {token_hex(8)}")
        return Asked.SENT if await self.post(letter) else Asked.TOO_OFTEN

    async def confirm(self, token: str) -> Confirmed:
        """See `resolvers.mail.Mail`."""
        bound = self._links.read(token)
        if isinstance(bound, Fault):
            return Confirmed[bound.name]
        if await self._outbox.is_spent(token):
            return Confirmed.SPENT
        registration = await self._registrations.find(bound.registration)
        address = registration.contact.email.value if registration else None
        if address is None or self._links.digest(address) != bound.address:
            return Confirmed.WRONG
        try:
            await self._registrations.confirm_email(bound.registration, address)
        except RegistrationRefused:  # changed or removed at this very moment
            return Confirmed.WRONG
        await self._outbox.spend(token, bound.expires_at, self._clock())
        self._wake.set()
        return Confirmed.CONFIRMED

    async def tell_disabled(self, webhook: Webhook, problem: str) -> None:
        """Write to who wants to know that a webhook was disabled."""
        if webhook.notice_email is not None:
            since = (webhook.failing_since or webhook.created_at).isoformat()
            key = f"webhook {webhook.id} {since}"
            letter = letters.webhook_disabled(webhook.notice_email, webhook.url, problem, key)
            await self._outbox.add(letter, self._clock())
            self._wake.set()

    async def _read_on(self) -> bool:
        """Write the letters of some steps; whether there may be more."""
        before = await self._outbox.step()
        taken = await self._registrations.steps_after(before, STEPS_AT_ONCE)
        if not taken:
            return False
        written = [letter for one in taken if (letter := await self._letter(one)) is not None]
        gone = [one.registration for one in taken if one.event.what in GONE]
        await self._outbox.read_on(before, taken[-1].number, written, gone, self._clock())
        return True

    async def _letter(self, taken: Taken) -> Letter | None:
        """The letter about a step, if there is to be one."""
        event = taken.event
        if self._clock() - event.at > TOO_OLD:
            return None
        registration = await self._registrations.find(taken.registration)
        if registration is None:
            return None
        key = f"step {taken.number}"
        address = registration.contact.email.value
        if event.what is Step.SUBMITTED and registration.email_confirmed_at is None and address is not None:
            return self._confirmation(registration, address, key)
        if event.what is Step.EMAIL_CONFIRMED:
            decided = await self._decided(registration, event)
            return letters.decision(registration, decided, key, self._base) if decided else None
        return letters.decision(registration, event, key, self._base) if event.what in DECISIONS else None

    async def _decided(self, registration: Registration, confirmed: Event) -> Event | None:
        """The decision that could not be told before the address was confirmed; a later one has a letter of its own."""
        if registration.state not in {State.VALIDATED, State.REFUSED}:
            return None
        events = await self._registrations.events_of(registration.id)
        before = events[: events.index(confirmed)] if confirmed in events else events
        return next((event for event in reversed(before) if event.what in DECISIONS), None)

    def _confirmation(self, registration: Registration, address: str, key: str) -> Letter:
        link = f"{self._base}{letters.CONFIRM}/{self._links.token(registration.id, address)}"
        return letters.confirmation(registration, address, link, key)

    async def _send_next(self) -> bool:
        """Send one letter that is due; whether there may be another."""
        now = self._clock()
        due = await self._outbox.next_due()
        if due is None or due > now.timestamp():
            return False
        letter = await self._outbox.claim(now, LEASE)
        if letter is None:  # another process was faster
            return True
        sending = asyncio.ensure_future(self._deliver(letter))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            # what a server may have taken already is not to be sent again
            await asyncio.wait({sending}, timeout=FINISH_SECONDS)
            raise
        return True

    async def _deliver(self, letter: Claimed) -> None:
        if not await self._still_wanted(letter):
            await self._outbox.remove(letter)
            return
        try:
            await self._transport.send(f"{letter.number:08}-{letter.kind}", letter.recipient, letter.message)
        except Undeliverable as error:
            log.warning("letter %d (%s) is given up: %s", letter.number, letter.kind, error)
        except NotSent as error:
            if letter.attempts < len(RETRIES):
                log.warning("letter %d (%s) waits: %s", letter.number, letter.kind, error)
                await self._outbox.later(letter, self._clock() + timedelta(seconds=RETRIES[letter.attempts]))
                return
            log.error("letter %d (%s) is given up: %s", letter.number, letter.kind, error)  # noqa: TRY400
        await self._outbox.remove(letter)

    async def _still_wanted(self, letter: Claimed) -> bool:
        """Whether what the letter is about is there still, and at this address."""
        if letter.registration is None:
            return True
        registration = await self._registrations.find(letter.registration)
        return registration is not None and registration.contact.email.value == letter.recipient
