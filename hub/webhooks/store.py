"""The database of webhooks: who wants what sent where, how far each is, and who is sending it now."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from connectors.sqlite.connections import failures
from connectors.sqlite.database import Database, FileDatabase
from connectors.sqlite.integrity import check_shape
from connectors.sqlite.migrations import migrations, prepared
from resolvers.registration.feed import Position
from resolvers.webhooks import DeadLetter, NewWebhook, Webhook

T = TypeVar("T")

SOURCE: Final = "webhooks"
"""The name by which failures of this database go."""

FILE: Final = "webhooks.sqlite"
MIGRATIONS: Final = migrations("hub.webhooks")

COLUMNS: Final = """id, owner, url, kinds, sources, notice_email, created_at, registrations, links, delivered_at,
    failing_since, problem, disabled_at"""
INSERT: Final = f"""
INSERT INTO webhook (id, owner, url, secret, kinds, sources, notice_email, created_at, registrations, links)
SELECT :id, :owner, :url, :secret, :kinds, :sources, :notice_email, :at, :registrations, :links
WHERE (SELECT count(*) FROM webhook WHERE owner = :owner) < :most RETURNING {COLUMNS}
"""  # noqa: S608  # made of constants
OF_OWNER: Final = f"SELECT {COLUMNS} FROM webhook WHERE owner = ? ORDER BY number"  # noqa: S608
REPLAY: Final = f"""
UPDATE webhook SET registrations = ?, links = ?, message = NULL, body = NULL, end_registrations = NULL,
    end_links = NULL, attempts = 0, due_at = 0, claim = NULL, claimed_until = 0, failing_since = NULL, problem = NULL,
    disabled_at = NULL WHERE id = ? AND owner = ? RETURNING {COLUMNS}
"""  # noqa: S608  # made of constants

WAITING: Final = "disabled_at IS NULL AND (message IS NOT NULL OR (registrations, links) <> (:registrations, :links))"
DUE: Final = f"{WAITING} AND due_at <= :now AND claimed_until <= :now"
NEXT_DUE: Final = f"SELECT min(max(due_at, claimed_until)) FROM webhook WHERE {WAITING}"  # noqa: S608
FIND_DUE: Final = f"SELECT id FROM webhook WHERE {DUE} ORDER BY due_at, number LIMIT 1"  # noqa: S608
CLAIM: Final = f"""
UPDATE webhook SET claim = :claim, claimed_until = :until WHERE id = ({FIND_DUE})
RETURNING {COLUMNS}, secret, message, body, end_registrations, end_links, attempts, claim
"""  # noqa: S608  # made of constants

MINE: Final = "WHERE id = :id AND claim = :claim"
RELEASE: Final = "claim = NULL, claimed_until = 0"
AT_END: Final = """registrations = coalesce(end_registrations, registrations), links = coalesce(end_links, links),
    message = NULL, body = NULL, end_registrations = NULL, end_links = NULL, attempts = 0"""
KEEP: Final = f"""
UPDATE webhook SET message = :message, body = :body, end_registrations = :registrations, end_links = :links {MINE}
"""  # noqa: S608  # made of constants
ADVANCE: Final = f"UPDATE webhook SET registrations = :registrations, links = :links, {RELEASE} {MINE}"  # noqa: S608
DELIVERED: Final = f"""
UPDATE webhook SET {AT_END}, delivered_at = :at, due_at = 0, failing_since = NULL, problem = NULL, {RELEASE} {MINE}
"""  # noqa: S608  # made of constants
FAILED: Final = f"""
UPDATE webhook SET attempts = attempts + 1, due_at = :due, failing_since = coalesce(failing_since, :at),
    problem = :problem, {RELEASE} {MINE}
"""  # noqa: S608  # made of constants
LAY_ASIDE: Final = f"""
INSERT INTO dead_letter (webhook, message, at, attempts, problem, registrations, links)
SELECT id, message, :at, attempts + 1, :problem, registrations, links FROM webhook {MINE} AND message IS NOT NULL
"""  # noqa: S608  # made of constants
GO_ON: Final = f"""
UPDATE webhook SET {AT_END}, due_at = :due, failing_since = coalesce(failing_since, :at), problem = :problem, {RELEASE}
{MINE}
"""  # noqa: S608  # made of constants
DISABLE: Final = f"UPDATE webhook SET disabled_at = :at, problem = :problem, {RELEASE} {MINE}"  # noqa: S608
DEAD: Final = """
SELECT message, at, attempts, problem, registrations, links FROM dead_letter WHERE webhook = ?
ORDER BY number DESC LIMIT ?
"""


class Claimed(Struct, frozen=True, kw_only=True):
    """A webhook that this process serves now, and the message under way, if there is one."""

    webhook: Webhook
    claim: str
    secret: str
    attempts: int
    message: str | None = None
    body: bytes | None = None


class WebhookStore:
    """Webhooks in a migrated `Database`. It raises `Unavailable` and `BadData`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, wanted: NewWebhook, owner: str, secret: str, at: datetime, *, most: int) -> Webhook | None:
        """Keep a new webhook; None when its owner has as many as they may."""
        values = {
            "id": token_hex(10),
            "owner": owner,
            "url": wanted.url,
            "secret": secret,
            "kinds": _array(wanted.kinds),
            "sources": _array(wanted.sources),
            "notice_email": wanted.notice_email,
            "at": at.timestamp(),
            "most": most,
            **wanted.start._asdict(),
        }
        return await self._one(INSERT, values)

    async def of_owner(self, owner: str) -> list[Webhook]:
        """The webhooks of an account, oldest first."""
        return await self._read(lambda connection: list(map(_webhook, connection.execute(OF_OWNER, (owner,)))))

    async def delete(self, id_: str, owner: str) -> bool:
        """Remove a webhook of an account; False when there is none."""
        sql = "DELETE FROM webhook WHERE id = ? AND owner = ?"
        return await self._database.write(lambda connection: connection.execute(sql, (id_, owner)).rowcount > 0)

    async def replay(self, id_: str, owner: str, start: Position) -> Webhook | None:
        """Begin again after a position; what is being sent now counts no more."""
        return await self._one(REPLAY, (*start, id_, owner))

    async def dead_letters(self, id_: str, most: int) -> list[DeadLetter]:
        """The latest messages that could not be delivered, the latest first."""
        return await self._read(lambda connection: list(map(_dead, connection.execute(DEAD, (id_, most)))))

    async def next_due(self, latest: Position) -> float | None:
        """When something is to be sent next, in seconds since 1970; None when nothing waits."""
        values = latest._asdict()
        return await self._read(lambda connection: connection.execute(NEXT_DUE, values).fetchone()[0])

    async def claim(self, latest: Position, at: datetime, seconds: float) -> Claimed | None:
        """Take the webhook that waits for longest, for so many seconds; None when none is due."""
        now = at.timestamp()
        values = {"claim": token_hex(8), "now": now, "until": now + seconds, **latest._asdict()}
        row = await self._database.write(lambda connection: connection.execute(CLAIM, values).fetchone())
        if row is None:
            return None
        taken = {name: row[name] for name in ("claim", "secret", "attempts", "message", "body")}
        return Claimed(webhook=_webhook(row), **taken)

    async def keep(self, claimed: Claimed, message: str, body: bytes, end: Position) -> bool:
        """Write down the message that is to be sent; False when the claim is another's by now."""
        return await self._mine(claimed, (KEEP,), message=message, body=body, **end._asdict())

    async def advance(self, claimed: Claimed, to: Position) -> None:
        """Nothing up to a position was wanted."""
        await self._mine(claimed, (ADVANCE,), **to._asdict())

    async def delivered(self, claimed: Claimed, at: datetime) -> None:
        """The message has been taken."""
        await self._mine(claimed, (DELIVERED,), at=at.timestamp())

    async def failed(self, claimed: Claimed, at: datetime, problem: str, due: datetime) -> None:
        """The message was not taken; it is to be sent again at a moment."""
        await self._mine(claimed, (FAILED,), at=at.timestamp(), problem=problem, due=due.timestamp())

    async def lay_aside(self, claimed: Claimed, at: datetime, problem: str, due: datetime) -> None:
        """The message was not taken and is not sent any more; what follows is, from a moment on."""
        await self._mine(claimed, (LAY_ASIDE, GO_ON), at=at.timestamp(), problem=problem, due=due.timestamp())

    async def disable(self, claimed: Claimed, at: datetime, problem: str) -> None:
        """Nothing is sent any more until it is replayed."""
        await self._mine(claimed, (DISABLE,), at=at.timestamp(), problem=problem)

    async def aclose(self) -> None:
        """Close the database."""
        await asyncio.to_thread(self._database.close)

    async def _mine(self, claimed: Claimed, statements: Iterable[str], **values: Any) -> bool:
        values |= {"id": claimed.webhook.id, "claim": claimed.claim}

        def work(connection: sqlite3.Connection) -> bool:
            return [connection.execute(sql, values).rowcount for sql in statements][-1] > 0

        return await self._database.write(work)

    async def _one(self, sql: str, values: Any) -> Webhook | None:
        row = await self._database.write(lambda connection: connection.execute(sql, values).fetchone())
        return _webhook(row) if row else None

    async def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        def work() -> T:
            with self._database.reading() as connection:
                return read(connection)

        return await asyncio.to_thread(work)


def open_webhooks(path: Path) -> WebhookStore:
    """The webhooks of a file, made and migrated when need be; only its owner may read it, since it holds secrets.

    Raises `Refused` when the database is newer than this program, `Unavailable` when it cannot be opened, and
    `BadData` when it is not one of webhooks.
    """
    with failures(SOURCE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with prepared(path, SOURCE, MIGRATIONS) as connection:
            check_shape(connection, SOURCE, MIGRATIONS)
            return WebhookStore(FileDatabase(path, SOURCE))


def _webhook(row: sqlite3.Row) -> Webhook:
    times = ("created_at", "delivered_at", "failing_since", "disabled_at")
    plain = {name: row[name] for name in ("id", "owner", "url", "notice_email", "problem")}
    plain |= {name: _moment(row[name]) for name in times}
    plain |= {name: msgspec.json.decode(row[name]) for name in ("kinds", "sources")}
    return msgspec.convert({**plain, "after": (row["registrations"], row["links"])}, Webhook)


def _dead(row: sqlite3.Row) -> DeadLetter:
    before = Position(row["registrations"], row["links"])
    at = datetime.fromtimestamp(row["at"], UTC)
    return DeadLetter(message=row["message"], at=at, attempts=row["attempts"], problem=row["problem"], before=before)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _array(values: Iterable[str]) -> str:
    return msgspec.json.encode(list(values)).decode()
