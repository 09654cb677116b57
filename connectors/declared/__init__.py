"""A directory connected by a table of hub.toml alone: a list of entries over HTTP, in JSON.

For what needs only names and paths; a directory that needs logic is a class (see `connectors.contract`).
"""

from connectors.contract import Plugin
from connectors.declared.connector import Declared
from connectors.declared.settings import Settings

__all__ = ["Declared", "Settings", "plugin"]

plugin = Plugin(Settings, Declared, needs_secret=False)
