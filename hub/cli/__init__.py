"""The command line: hub1000."""

import gc

gc.disable()  # what is imported stays: looking for cycles in it, again and again, is a tenth of the start
from hub.cli.main import main  # noqa: E402

gc.freeze()  # nor is it looked at once more now
gc.enable()

__all__ = ["main"]
