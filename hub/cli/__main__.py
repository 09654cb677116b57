"""python -m hub.cli: the same as hub1000."""

import sys

from hub.cli import main

sys.exit(main())
