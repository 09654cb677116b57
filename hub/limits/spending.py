"""What a request costs whom: the account that asks, or the address that it comes from."""

from starlette.types import Scope

from hub.answers.refusal import RequestRefused
from hub.limits.proxies import subscriber
from hub.limits.rates import RATE_LIMITED, Allowance, Rates
from resolvers.access import Caller


async def spent(rates: Rates, scope: Scope, caller: Caller, cost: int) -> Allowance:
    """Whether the client of a request may spend so much; when it may, it is spent."""
    if caller.account:
        return await rates.spend(caller.account, cost, key=True)
    return await rates.spend(whence(scope), cost)


def whence(scope: Scope) -> str:
    """The subscriber that a request comes from, "" when it has no address (a Unix socket)."""
    client = scope.get("client")
    return subscriber(client[0]) if client else ""


async def spend(rates: Rates, scope: Scope, caller: Caller, cost: int) -> None:
    """Count what a client asks for; RequestRefused when it has asked for too much lately."""
    allowance = await spent(rates, scope, caller, cost)
    if not allowance.allowed:
        message = f"Too much was asked for lately: wait {allowance.retry_after} s."
        raise RequestRefused(429, message, code=RATE_LIMITED, headers=allowance.headers())
