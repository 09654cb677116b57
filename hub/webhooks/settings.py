"""The table [webhooks] of hub.toml."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.limits.settings import Count


class WebhooksConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """How changes are sent to partners.

    `allowed_hosts`: hosts that may be called although their address is not public; those of [guards] are for
    directories only, since here partners choose the addresses. `per_account`: webhooks of one account. `deadline`:
    seconds that an endpoint has to answer. `retries`: seconds between the attempts; after the last one the message is
    laid aside. `disable_after`: seconds of nothing but failures, after which a webhook is disabled.
    """

    allowed_hosts: frozenset[Annotated[str, Meta(pattern=r"^[a-z0-9.:-]+$")]] = frozenset()
    per_account: Count = 10
    deadline: Annotated[float, Meta(gt=0, le=30)] = 10.0
    retries: Annotated[tuple[Annotated[float, Meta(ge=0, le=86_400)], ...], Meta(min_length=1, max_length=20)] = (
        5.0,
        300.0,
        1_800.0,
        7_200.0,
        18_000.0,
        36_000.0,
        36_000.0,
    )
    disable_after: Annotated[float, Meta(gt=0)] = 432_000.0
