"""hub1000 backup and restore: copies of the hub's databases."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from connectors.registry import Settings as RegistrySettings
from connectors.sqlite.copies import alone, check, copy, replace, sync
from hub.config import Config, ConfigError

SUFFIX: Final = ".sqlite"


def backup(config: Config, to: str) -> int:
    """Copy every database of the hub into a new folder, which appears once all are copied and found sound.

    The hub may go on writing. Raises ConfigError when there is something at `to`, or nothing to copy, and `Unavailable`
    and `BadData` of a database.
    """
    folder = Path(to)
    if folder.exists():
        raise ConfigError(f"{folder}: there is something already; a backup never overwrites")
    databases = [path for path in _databases(config).values() if path.exists()]
    if not databases:
        raise ConfigError(f"{config.data}: there is no database to back up")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _beside(folder) as unfinished:
        copies = copy(databases, unfinished)
        unfinished.rename(folder)
    sync(folder.parent)
    for path in copies:
        _tell("saved", folder / path.name)
    return 0


def restore(config: Config, source: str) -> int:
    """Put the databases of a backup in the place of the hub's, which are kept beside them under another name.

    Nothing is changed unless the whole backup is sound and nobody uses the hub's databases. Raises ConfigError when
    `source` is no backup of this hub, and `Unavailable` and `BadData` of a database.
    """
    known = _databases(config)
    copies = sorted(p for p in Path(source).glob("*") if p.suffix == SUFFIX or p.name in known)
    if not copies:
        raise ConfigError(f"{source}: there is no backup here")
    for path in copies:
        check(path)
    places = {path: known.get(path.name, config.data / path.name) for path in copies}
    mark = datetime.now(UTC).strftime("before-restore-%Y%m%dT%H%M%S.%f")
    with ExitStack() as held:
        for place in places.values():
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                held.enter_context(alone(place))
        unfinished = {path: held.enter_context(_beside(place)) for path, place in places.items()}
        for path, folder in unfinished.items():
            copy([path], folder)
        for path, place in places.items():
            aside = place.with_name(f"{place.name}.{mark}")
            replace(place, unfinished[path] / path.name, aside)
            _tell("restored", place)
            if aside.exists():
                _tell("kept", aside)
    for name in sorted(known.keys() - {path.name for path in copies}):
        if known[name].exists():
            print(f"left as it was: {known[name]} (not in the backup)")
    return 0


def _databases(config: Config) -> dict[str, Path]:
    """The hub's databases by their names in a backup: those in its folder, and its registries, wherever they are."""
    registries = [config.data / s.settings.database for s in config.sources if isinstance(s.settings, RegistrySettings)]
    found: dict[str, Path] = {}
    for path in sorted({path.resolve() for path in (*config.data.glob(f"*{SUFFIX}"), *registries)}):
        if path.name in found:
            raise ConfigError(f"two databases have one name: {found[path.name]} and {path}")
        found[path.name] = path
    return found


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder on the same disk, gone in the end unless it was renamed."""
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tell(what: str, path: Path) -> None:
    print(f"{what}: {path} ({path.stat().st_size:,} bytes)")
