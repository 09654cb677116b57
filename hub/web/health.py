"""Health of the hub, in the form of the Internet-Draft "Health Check Response Format for HTTP APIs".

/health/live     the process answers: nothing else is asked
/health/ready    the state of each source; "warn" when one is down. Always 200: a dead source costs its own
                 fields, never the answer, so it must not take the hub out of service
"""

from collections.abc import Mapping
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from resolvers.types.enums import SourceStatus


class SourceStates(Protocol):
    """How the hub tells the status of its sources (`SourceStatus`), from what it remembers of them."""

    async def __call__(self) -> Mapping[str, str]:
        """The status of every source, by source id."""
        ...


async def live(_: Request) -> Response:
    """Say that the process answers."""
    return _response({"status": "pass"})


async def ready(_: Request, *, source_states: SourceStates) -> Response:
    """Say which sources answer."""
    checks = {source: [_check(source, status)] for source, status in (await source_states()).items()}
    warned = any(check["status"] == "warn" for [check] in checks.values())
    return _response({"status": "warn" if warned else "pass", "checks": checks})


def _check(source: str, status: str) -> dict[str, str]:
    return {
        "componentId": source,
        "componentType": "component",
        "observedValue": status,
        "status": "warn" if status == SourceStatus.FAILING else "pass",
    }


def _response(content: dict[str, Any]) -> Response:
    return JSONResponse(content, media_type="application/health+json", headers={"cache-control": "no-store"})
