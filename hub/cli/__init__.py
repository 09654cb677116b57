"""The command line: hub1000."""

from hub.cli.main import main

__all__ = ["main"]
