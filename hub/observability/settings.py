"""What hub.toml says of logs, metrics and traces: the tables [logs], [metrics] and [tracing]."""

from importlib.util import find_spec
from typing import Annotated, Final, Literal, TypeAlias

from msgspec import Meta, Struct

Level: TypeAlias = Literal["debug", "info", "warning", "error"]
Format: TypeAlias = Literal["json", "console"]
MetricsAccess: TypeAlias = Literal["local", "token", "anybody", "off"]

TRACING_PACKAGES: Final = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter")
"""What the extra `tracing` installs, outer packages first."""


class LogsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`level`: what is less grave is not told; requests are told at "info". `format`: "console" is for people."""

    level: Level = "info"
    format: Format = "json"


class MetricsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`access`: who may read /metrics. "local": this machine, not through a proxy, or a moderator."""

    access: MetricsAccess = "local"


class TracingConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`endpoint`: the address to which a collector takes traces (OTLP over HTTP); None traces nothing.

    `sample`: the share of requests that are traced.
    """

    endpoint: str | None = None
    sample: Annotated[float, Meta(ge=0, le=1)] = 1.0

    def __post_init__(self) -> None:
        if self.endpoint is None:
            return
        if not self.endpoint.startswith(("http://", "https://")):
            raise ValueError("endpoint: an address that begins with http:// or https:// is wanted")
        if not all(find_spec(package) for package in TRACING_PACKAGES):
            raise ValueError("endpoint: traces need the extra: pip install 'hub-1000-jours[tracing]'")
