"""hub1000 serve: the hub behind uvicorn, in this process or in several."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from hub.app import Application, Process, Site
from hub.cli.workers import CANNOT_START, Workers
from hub.composition import Hub, open_hub
from hub.config import Config
from hub.limits.arrival import BoundedConfig
from hub.limits.draining import DrainingServer
from hub.limits.settings import ArrivalLimits
from hub.subscriptions.settings import SubscriptionsConfig

COLLECTED: Final = 20_000
"""Objects made between two looks of the collector of cycles: those of some hundred answers."""


def serve(read: Callable[[], Config]) -> int:
    """Serve what `read` says until a signal stops it; at SIGHUP it is read again.

    OSError when the address cannot be had, ConfigError when it cannot be served. Several workers share the address and
    the databases; what they keep of directories and answers is each one's own. A change of the address, the number of
    workers, the logs or the tracing needs a new start.
    """
    config = read()
    with _listening(config.server.host, config.server.port) as listener:
        gc.disable()  # until all is there (`spare_collector`)
        if config.server.workers == 1:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it is listened to, it must not be the end
            process = Process.start(config)
            site = Site(_open(config, process), process)
            _serve_here(site, process, read, listener, _greeting(site.hub, listener))
            return 0
        # opened once before they start: databases are made and migrated, and whatever is wrong is told once
        hub = open_hub(config)
        greeting = _greeting(hub, listener)
        asyncio.run(hub.aclose())
        print(greeting, flush=True)
        with TemporaryDirectory(prefix="hub1000-") as folder:
            # as long as one process holds the address, clients reach it: the first would never answer them
            return Workers(config.server.workers, lambda: _work(read, listener, Path(folder)), listener.close).run()


def _work(read: Callable[[], Config], listener: socket.socket, folder: Path) -> None:
    """What a worker does: all that it has open is its own, but for the address."""
    try:
        config = read()
        process = Process.start(config, folder=folder)
        site = Site(_open(config, process), process)
    except Exception:
        logging.getLogger(__name__).exception("a worker cannot start")
        sys.exit(CANNOT_START)
    _serve_here(site, process, read, listener)


def _open(config: Config, process: Process) -> Hub:
    return open_hub(config, ledger=process.observatory.ledger)


def _serve_here(
    site: Site, process: Process, read: Callable[[], Config], listener: socket.socket, greeting: str | None = None
) -> None:
    app = Application(process, site, lambda: Site(_open(read(), process), process))
    config = site.hub.config
    server = DrainingServer(settings(app, config.limits.arrival, config.subscriptions), process.streams.stop)
    # uvicorn takes these once it runs, and raises them again at its end, when they have done their work
    for stopping in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stopping, server.handle_exit)
    spare_collector()
    if greeting:
        print(greeting, flush=True)
    server.run(sockets=[listener])


def spare_collector() -> None:
    """Have the collector of cycles look at little, and seldom: what is there now stays, and answers hold no cycles."""
    gc.freeze()
    gc.set_threshold(COLLECTED, *gc.get_threshold()[1:])
    gc.enable()


def settings(
    app: ASGIApp,
    arrival: ArrivalLimits,
    subscriptions: SubscriptionsConfig = SubscriptionsConfig(),  # noqa: B008  # frozen
) -> uvicorn.Config:
    """How uvicorn serves the hub."""
    at_once = app.at_once if isinstance(app, Application) else None
    return BoundedConfig(
        app,
        arrival,
        subscriptions,
        at_once=at_once,
        loop="uvloop",
        lifespan="on",
        access_log=False,
        log_config=None,
    )


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens before anything else is opened: a taken port is told at once, early clients wait."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    return listener


def _greeting(hub: Hub, listener: socket.socket) -> str:
    host, port = hub.config.server.host, listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    lines = [f"hub1000 serves http://{shown}:{port} (GraphiQL: http://{shown}:{port}/graphql)"]
    fictitious = [id_ for id_, source in hub.federation.sources.items() if source.info.sandbox]
    if fictitious:
        lines.append(f"SANDBOX: fictitious data from {', '.join(fictitious)}; no key is configured for them")
    return "\n".join(lines)
