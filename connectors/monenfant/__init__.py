"""monenfant.fr (Cnaf), two ways behind one source: the data·inclusion API, or the service behind the site.

Both give the same key for the same crèche, so that links between records hold whichever way is configured.
"""

from connectors.contract import Connector, Context, Plugin
from connectors.monenfant.agreement import Agreement
from connectors.monenfant.data_inclusion import DataInclusion
from connectors.monenfant.settings import Settings

__all__ = ["Agreement", "DataInclusion", "Settings", "build", "plugin"]


def build(settings: Settings, context: Context) -> Connector:
    """The connector of the way that the settings choose."""
    return Agreement(settings, context) if settings.way == "agreement" else DataInclusion(settings, context)


plugin = Plugin(Settings, build)
