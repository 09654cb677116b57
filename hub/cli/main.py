"""The commands of hub1000 and their help."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Final, TypeAlias

from connectors.errors import SourceError
from hub.cli.admin import add_admin, admin
from hub.cli.backup import backup, restore
from hub.cli.check import check
from hub.cli.explain import explain
from hub.cli.link import link
from hub.cli.purge import add_purge, purge
from hub.cli.serve import serve
from hub.config import MOST_WORKERS, Config, ConfigError, load
from resolvers.schema import build_schema, print_sdl

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # argparse has no public name for it

DESCRIPTION: Final = """\
One GraphQL API over the directories of the 1000 premiers jours: the programme's registry, monenfant.fr and
sante.fr. Without any configuration it serves an embedded sandbox: fictitious places in real communes."""

EPILOG: Final = """\
configuration:
  hub.toml in the current directory, or the file named by --config or HUB1000_CONFIG.
  HUB1000_HOST, HUB1000_PORT and HUB1000_DATA come before the file, the options before both.
  Keys of directories come from the environment only:
    HUB1000_KEY_ANNUAIRE_SANTE   key of the Annuaire Santé API (sante.fr)
    HUB1000_KEY_MONENFANT        token of data.inclusion, or credential of the monenfant.fr agreement

examples:
  hub1000 serve                         the sandbox on http://127.0.0.1:8000
  hub1000 serve --host 0.0.0.0 --port 80 --data /var/lib/hub1000
  hub1000 link --departement 71         link the records of a département that are the same place
  hub1000 admin create-key --role admin --name "Prénom Nom"    the first key; it is printed once
  hub1000 backup backups/2026-05-04     copy the databases, while the hub serves
  hub1000 check                         is everything configured, does every directory answer?
  hub1000 schema > schema.graphql
  hub1000 explain --query '{ priorities { label } }'"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 it failed, 2 the command line or configuration is wrong."""
    asked = _parser().parse_args(arguments)
    try:
        return COMMANDS[asked.command](asked)
    except ConfigError as error:
        print(f"hub1000: {error}", file=sys.stderr)
        return 2
    except (SourceError, OSError) as error:
        print(f"hub1000: {error}", file=sys.stderr)
        return 1


def _schema(_: argparse.Namespace) -> int:
    print(print_sdl(build_schema()), end="")
    return 0


COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "serve": lambda asked: serve(lambda: _config(asked)),
    "check": lambda asked: check(_config(asked)),
    "link": lambda asked: link(_config(asked), asked.departement, dry_run=asked.dry_run),
    "admin": lambda asked: admin(_config(asked), asked),
    "purge": lambda asked: purge(_config(asked)),
    "backup": lambda asked: backup(_config(asked), asked.folder),
    "restore": lambda asked: restore(_config(asked), asked.folder),
    "explain": lambda asked: explain(asked.query, asked.operation, asked.variables),
    "schema": _schema,
}
"""What each command does; it returns the exit status."""


def _config(asked: argparse.Namespace) -> Config:
    """The configuration, with what the command line says instead."""
    return load(os.environ, asked.config).replaced(
        host=getattr(asked, "host", None),
        port=getattr(asked, "port", None),
        workers=getattr(asked, "workers", None),
        data=getattr(asked, "data", None),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hub1000",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hub1000 {version('hub-1000-jours')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", metavar="FILE", help="configuration file (default: hub.toml, if it is there)")
    common.add_argument("--data", metavar="FOLDER", help="where the hub keeps its files (default: data)")
    _add_serve(commands, common)
    _add_upkeep(commands, common)
    add_purge(commands, common)
    add_admin(commands, common)
    _add_schema(commands)
    return parser


def _add_serve(commands: Commands, common: argparse.ArgumentParser) -> None:
    serving = commands.add_parser(
        "serve", parents=[common], help="serve the API and its pages", description="Serve the API and its pages."
    )
    serving.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serving.add_argument("--port", type=_port, help="port to listen on, 0 for any free one (default: 8000)")
    serving.add_argument("--workers", type=_workers, help="processes that serve (default: 1)")


def _add_upkeep(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Commands about directories and databases: check, link, backup, restore."""
    commands.add_parser(
        "check",
        parents=[common],
        help="check the configuration and ask every directory for a sign of life",
        description="Check the configuration, ask every directory for a sign of life, and show both as a table. "
        "Exit status 1 when a directory does not answer. Keys are never shown.",
    )
    linking = commands.add_parser(
        "link",
        parents=[common],
        help="find the records of different directories that are the same place",
        description="Read whole départements from every directory, find which records are the same place, and keep "
        "the links: certain ones are followed, doubtful ones wait for a moderator.",
    )
    linking.add_argument(
        "--departement", action="append", metavar="CODE", help="INSEE code (21, 2A, 974); repeatable; all without it"
    )
    linking.add_argument("--dry-run", action="store_true", help="tell what would change, and change nothing")
    saving = commands.add_parser(
        "backup",
        parents=[common],
        help="copy the hub's databases into a new folder, while it serves",
        description="Copy every database of the hub into a new folder, each in one state, read through for faults. The "
        "hub may serve and write meanwhile. The folder appears when all is well; nothing is ever overwritten.",
    )
    saving.add_argument("folder", metavar="DEST", help="folder to make")
    restoring = commands.add_parser(
        "restore",
        parents=[common],
        help="put a backup in the place of the hub's databases, while it is stopped",
        description="Put the databases of a backup in the place of the hub's. It is refused while a hub has them open, "
        "and when the backup has a fault. What was there is kept beside, as NAME.before-restore-TIME.",
    )
    restoring.add_argument("folder", metavar="SOURCE", help="folder that hub1000 backup made")


def _add_schema(commands: Commands) -> None:
    """Commands about the schema, which need no configuration: explain, schema."""
    explaining = commands.add_parser(
        "explain",
        help="show how a query would be executed",
        description="Print the plan of a query and the program that is compiled from it, or the reason why "
        "graphql-core executes it instead. Nothing is executed and no directory is called.",
    )
    explaining.add_argument("--query", required=True, metavar="QUERY", help="a GraphQL document, or a file with one")
    explaining.add_argument("--operation", metavar="NAME", help="which operation, when there are several")
    explaining.add_argument("--variables", metavar="JSON", help="values of the variables, a JSON object")
    commands.add_parser("schema", help="print the schema (SDL)", description="Print the schema (SDL).")


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"a number of processes is wanted (1 to {MOST_WORKERS})")
    return int(text)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is wanted (0 to 65535)")
    return int(text)
