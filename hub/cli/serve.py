"""hub1000 serve: the hub behind uvicorn."""

import logging
import signal
import socket

import uvicorn

from hub.app import create_app
from hub.composition import Hub, open_hub
from hub.config import Config


def serve(config: Config) -> int:
    """Serve until a signal stops it; OSError when the address cannot be had."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with _listening(config.server.host, config.server.port) as listener:
        hub = open_hub(config)
        _greet(hub, config.server.host, listener.getsockname()[1])
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(hub),
                loop="uvloop",
                http="httptools",
                lifespan="on",
                access_log=False,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=10,
            )
        )
        # uvicorn shuts down on these, then raises them again: here they have done their work
        for stopping in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stopping, lambda *_: None)
        server.run(sockets=[listener])
    return 0


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


def _greet(hub: Hub, host: str, port: int) -> None:
    shown = f"[{host}]" if ":" in host else host
    print(f"hub1000 serves http://{shown}:{port} (GraphiQL: http://{shown}:{port}/graphql)")
    fictitious = [id_ for id_, source in hub.federation.sources.items() if source.info.sandbox]
    if fictitious:
        print(f"SANDBOX: fictitious data from {', '.join(fictitious)}; no key is configured for them")
    print(end="", flush=True)
