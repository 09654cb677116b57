"""The commands of hub1000 and their help."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Final

from connectors.errors import SourceError
from hub.cli.check import check
from hub.cli.link import link
from hub.cli.serve import serve
from hub.config import Config, ConfigError, load
from resolvers.schema import build_schema, print_sdl

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
  hub1000 check                         is everything configured, does every directory answer?
  hub1000 schema > schema.graphql"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 it failed, 2 the command line or configuration is wrong."""
    asked = _parser().parse_args(arguments)
    try:
        if asked.command == "schema":
            print(print_sdl(build_schema()), end="")
            return 0
        config = _with_options(load(os.environ, asked.config), asked)
        return _COMMANDS[asked.command](config, asked)
    except ConfigError as error:
        print(f"hub1000: {error}", file=sys.stderr)
        return 2
    except (SourceError, OSError) as error:
        print(f"hub1000: {error}", file=sys.stderr)
        return 1


_COMMANDS: Final[dict[str, Callable[[Config, argparse.Namespace], int]]] = {
    "serve": lambda config, _: serve(config),
    "check": lambda config, _: check(config),
    "link": lambda config, asked: link(config, asked.departement, dry_run=asked.dry_run),
}


def _with_options(config: Config, asked: argparse.Namespace) -> Config:
    """The configuration, with what the command line says instead."""
    return config.replaced(
        host=getattr(asked, "host", None), port=getattr(asked, "port", None), data=getattr(asked, "data", None)
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
    serving = commands.add_parser(
        "serve", parents=[common], help="serve the API and its pages", description="Serve the API and its pages."
    )
    serving.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    serving.add_argument("--port", type=_port, help="port to listen on, 0 for any free one (default: 8000)")
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
    commands.add_parser("schema", help="print the schema (SDL)", description="Print the schema (SDL).").set_defaults(
        config=None
    )
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is wanted (0 to 65535)")
    return int(text)
