"""The files of the pages, under /assets: ours, and those of others, whose folders carry their version."""

from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASSETS = Path(__file__).parent / "assets"

FOREVER = "public, max-age=31536000, immutable"
"""For an address whose content never changes: its folder carries the version."""

ASK_AGAIN = "no-cache"
"""For our own files: kept, but compared by ETag before each use."""


class Cached:
    """An ASGI application whose good answers carry this Cache-Control."""

    def __init__(self, app: ASGIApp, cache_control: str) -> None:
        self._app = app
        self._cache_control = cache_control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, with the header added."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                headers = MutableHeaders(scope=message)
                headers["cache-control"] = self._cache_control
                headers["x-content-type-options"] = "nosniff"
            await send(message)

        await self._app(scope, receive, send_with_header)


def assets() -> list[Mount]:
    """The mounts that serve the files: /assets/vendor (versioned) and /assets/hub."""
    return [
        Mount("/assets/vendor", Cached(StaticFiles(directory=ASSETS / "vendor"), FOREVER)),
        Mount("/assets/hub", Cached(StaticFiles(directory=ASSETS / "hub"), ASK_AGAIN)),
    ]
