"""/metrics, for those who may read it.

local     this machine, when no proxy stands between (then all of the world would come from here), or a moderator
token     a moderator: Authorization: Bearer, with a key
anybody   all who reach the hub
off       nobody
"""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hub.access.sessions import Sessions
from hub.observability.settings import MetricsAccess
from hub.observability.snapshot import Snapshot
from resolvers.access import Role

FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers by which a proxy tells that it is one."""


async def metrics(
    request: Request, *, access: MetricsAccess, sessions: Sessions, total: Callable[[], Snapshot]
) -> Response:
    """The metrics of all workers, or a refusal."""
    if access == "off":
        return PlainTextResponse("There are no metrics here.\n", 404)
    if not _may_read(request, access, sessions):
        return PlainTextResponse("Metrics are not for everybody.\n", 401, {"www-authenticate": "Bearer"})
    from hub.observability.metrics import exposition  # the packages are needed by who asks only

    body, media_type = exposition(total(), request.headers.get("accept"))
    return Response(body, headers={"content-type": media_type, "cache-control": "no-store"})


def _may_read(request: Request, access: MetricsAccess, sessions: Sessions) -> bool:
    return (
        access == "anybody"
        or (access == "local" and _is_local(request))
        or sessions.caller(request).is_a(Role.MODERATOR)
    )


def _is_local(request: Request) -> bool:
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return address.is_loopback
