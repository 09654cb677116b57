"""hub1000 admin: the keys of programs, made and revoked while the hub serves; the first admin is made here."""

import argparse
import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from hub.access.accounts import create_key, now
from hub.access.store import FILE, open_access
from hub.config import Config, ConfigError
from resolvers.access import Role
from resolvers.accounts import ApiKey, KeyRefused, NewKey

BY: Final = "command line"
"""Who makes and revokes keys here, as it is stored."""

ROLES: Final = tuple(role.lower() for role in Role if role is not Role.ANONYMOUS)


def add_admin(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Add the command to those of hub1000."""
    admin = commands.add_parser(
        "admin",
        help="make, list and revoke API keys",
        description="Make, list and revoke API keys. The hub may serve meanwhile: what is done here counts at once.",
    )
    doing = admin.add_subparsers(dest="action", required=True, metavar="action")
    creating = doing.add_parser(
        "create-key",
        parents=[common],
        help="make a key and print it, this once",
        description="Make a key and print it. It is shown this once: only a digest of it is kept.",
    )
    creating.add_argument("--role", required=True, choices=ROLES, help="what it may do")
    creating.add_argument("--name", required=True, help="whose it is, in words")
    creating.add_argument(
        "--source", action="append", default=[], metavar="ID", help="a source that a partner looks after; repeatable"
    )
    creating.add_argument("--expires", type=_last_day, metavar="DATE", help="its last day, in UTC (2027-01-31)")
    doing.add_parser("list-keys", parents=[common], help="list all keys", description="List all keys that ever were.")
    revoking = doing.add_parser(
        "revoke-key",
        parents=[common],
        help="make a key open nothing any more",
        description="Make a key open nothing any more, at once and for good, the sessions begun with it included.",
    )
    revoking.add_argument("id", metavar="ID", help="the id of the key, as it is listed")


def admin(config: Config, asked: argparse.Namespace) -> int:
    """Do what is asked. Raises ConfigError for a key that cannot be made or is not known."""
    return asyncio.run(_admin(config, asked))


async def _admin(config: Config, asked: argparse.Namespace) -> int:
    store = open_access(config.data / FILE)
    try:
        match asked.action:
            case "create-key":
                wanted = NewKey(
                    role=Role(asked.role.upper()),
                    name=asked.name,
                    sources=frozenset(asked.source),
                    expires_at=asked.expires,
                )
                try:
                    key, text = await create_key(store, wanted, BY, known=[s.id for s in config.sources])
                except KeyRefused as refusal:
                    raise ConfigError(str(refusal)) from None
                print(text)
                _describe(key)
            case "list-keys":
                for key in store.all_keys():
                    _describe(key)
            case _:  # revoke-key
                revoked = await store.revoke_key(asked.id, BY, now())
                if revoked is None:
                    raise ConfigError(f"there is no key {asked.id}")
                _describe(revoked)
    finally:
        await store.aclose()
    return 0


def _describe(key: ApiKey) -> None:
    """One line about a key, without its secret."""
    told = [key.id, key.role.lower(), *sorted(key.sources), repr(key.name), f"made {_day(key.created_at)}"]
    if key.expires_at:
        told.append(f"{'expired' if key.expires_at <= now() else 'expires'} {_day(key.expires_at)}")
    if key.revoked_at:
        told.append(f"revoked {_day(key.revoked_at)} by {key.revoked_by}")
    told.append(f"last used {_day(key.last_used_at)}" if key.last_used_at else "never used")
    print("  ".join(told))


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def _last_day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError("a day is wanted, as 2027-01-31") from None
