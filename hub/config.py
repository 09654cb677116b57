"""The configuration: hub.toml and the environment, typed. What is not known stops the start and says where.

hub.toml        addresses, directories, sources; the file may be missing
HUB1000_…       HUB1000_CONFIG, HUB1000_HOST, HUB1000_PORT, HUB1000_DATA override it
HUB1000_REDIS   the Redis that counts what clients spend, when several processes share the count
HUB1000_SMTP    the password of the hub at its mail server
HUB1000_KEY_…   the secret of a source, by its id in capitals: only here, never in a file
HUB1000_OIDC_…  that of an identity provider, by its name in capitals
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from connectors.contract import Plugin
from connectors.gathering import MOST
from hub.access.oidc.settings import ProviderConfig
from hub.kit.settings import KitConfig
from hub.limits.settings import Limits
from hub.mail.settings import MailConfig
from hub.observability.settings import LogsConfig, MetricsConfig, TracingConfig
from hub.subscriptions.settings import SubscriptionsConfig
from hub.toml_text import ConfigError, TomlText
from hub.webhooks.settings import WebhooksConfig

__all__ = ["Config", "ConfigError", "Secret", "load"]

PREFIX: Final = "HUB1000_"
KEY_PREFIX: Final = "HUB1000_KEY_"
OIDC_PREFIX: Final = "HUB1000_OIDC_"
OVERRIDES: Final = {"HOST": ("server", "host"), "PORT": ("server", "port"), "DATA": ("data",)}
CONFIG: Final = "CONFIG"
REDIS: Final = "REDIS"
SMTP: Final = "SMTP"
MOST_WORKERS: Final = 64
DEFAULT_FILE: Final = "hub.toml"
BUILT_IN: Final = ("registry", "annuaire_sante", "monenfant")
"""The sources that there are without any configuration, in the order of the API."""


class Secret(str):
    """A key or token. Its repr hides it, so that no log or traceback of a value that holds it can show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class ServerConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the hub listens, and how it serves.

    `workers`: processes that serve. `answer_cache_megabytes`: room for answers that are kept, in each of them; 0 for
    none. `trusted_documents`: a manifest; no other documents are served then. `public_url`: scheme and host by which
    people reach the hub; that of each request without it.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    workers: Annotated[int, Meta(ge=1, le=MOST_WORKERS)] = 1
    answer_cache_megabytes: Annotated[int, Meta(ge=0, le=4096)] = 32
    trusted_documents: str | None = None
    public_url: Annotated[str, Meta(pattern=r"^https?://[^/?#@\s]+$")] | None = None


class GuardsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What holds for every source.

    `stale_while_revalidate`, `stale_if_error`: seconds past its time for which what is held is served while it is asked
    again, and while its directory gives no answer. `megabytes`: held of each source, for places and for the rest.
    `keys_together`: of several requests that are asked for in one call, at the most; with 1 each makes its own.
    `allowed_hosts`: hosts that may be called although their address is not public. `proxy`: through which all
    directories are called; those of the environment are not used.
    """

    stale_while_revalidate: Annotated[float, Meta(ge=0, le=86_400)] = 300.0
    stale_if_error: Annotated[float, Meta(ge=0, le=604_800)] = 86_400.0
    megabytes: Annotated[int, Meta(ge=1, le=65_536)] = 128
    keys_together: Annotated[int, Meta(ge=1, le=10_000)] = MOST
    allowed_hosts: frozenset[Annotated[str, Meta(pattern=r"^[a-z0-9.:-]+$")]] = frozenset()
    proxy: Annotated[str, Meta(pattern=r"^https?://")] | None = None


class CommonConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What every source has. `deadline`: seconds that an answer waits for it.

    `sandbox`: true for the embedded one, false to refuse the start without a key; by default the sandbox is used
    when there is no key.
    """

    connector: str | None = None
    enabled: bool = True
    deadline: Annotated[float, Meta(gt=0, le=60)] = 1.0
    sandbox: bool | None = None


class SourceConfig(Struct, frozen=True):
    """One source, ready to be built."""

    id: str
    plugin: Plugin
    settings: Struct
    deadline: float
    sandbox: bool
    secret: Secret | None = None


class Provider(Struct, frozen=True):
    """An identity provider; without a secret the hub is a public client there, which PKCE protects alone."""

    config: ProviderConfig
    secret: Secret | None = None


class Config(Struct, frozen=True):
    """All that the hub is told. `file`: the file it was read from, None without one."""

    server: ServerConfig
    data: Path
    sources: tuple[SourceConfig, ...]
    file: Path | None = None
    oidc: tuple[Provider, ...] = ()
    limits: Limits = Limits()
    redis: Secret | None = None
    guards: GuardsConfig = GuardsConfig()
    logs: LogsConfig = LogsConfig()
    metrics: MetricsConfig = MetricsConfig()
    tracing: TracingConfig = TracingConfig()
    subscriptions: SubscriptionsConfig = SubscriptionsConfig()
    webhooks: WebhooksConfig = WebhooksConfig()
    mail: MailConfig = MailConfig()
    smtp: Secret | None = None
    kit: KitConfig = KitConfig()

    def replaced(
        self, *, host: str | None = None, port: int | None = None, workers: int | None = None, data: str | None = None
    ) -> "Config":
        """This configuration with other values where they are given."""
        given = {"host": host, "port": port, "workers": workers}
        server = msgspec.structs.replace(self.server, **{k: v for k, v in given.items() if v is not None})
        return msgspec.structs.replace(self, server=server, data=self.data if data is None else Path(data))


def load(environment: Mapping[str, str], file: str | None = None) -> Config:
    """Read the configuration; ConfigError when it cannot be used.

    `file` (from the command line) comes before HUB1000_CONFIG; either must exist. Without them hub.toml is read if
    it is there.
    """
    named = file or environment.get(PREFIX + CONFIG)
    path = Path(named or DEFAULT_FILE)
    if not path.is_file():
        if named:
            raise ConfigError(f"{path}: there is no such file")
        return _config(TomlText(None, ""), environment)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    return _config(TomlText(path, text), environment)


def _config(toml: TomlText, environment: Mapping[str, str]) -> Config:
    top = dict(toml.values)
    tables = top.pop("sources", {})
    server = top.pop("server", {})
    guards = top.pop("guards", {})
    logs, metrics, tracing = top.pop("logs", {}), top.pop("metrics", {}), top.pop("tracing", {})
    limits = top.pop("limits", {})
    oidc = top.pop("oidc", [])
    subscriptions, webhooks = top.pop("subscriptions", {}), top.pop("webhooks", {})
    mail, kit = top.pop("mail", {}), top.pop("kit", {})
    data = top.pop("data", "data")
    if top:
        raise toml.error((next(iter(top)),), "there is no such key")
    for name, table in (("sources", tables), ("server", server)):
        if not isinstance(table, dict):
            raise toml.error((name,), "a table is wanted")
    overrides, secrets, oidc_secrets = _environment(environment)
    settings = toml.convert(server, ServerConfig, ("server",))
    if "HOST" in overrides:
        settings = msgspec.structs.replace(settings, host=overrides["HOST"])
    if "PORT" in overrides:
        settings = msgspec.structs.replace(settings, port=_port(overrides["PORT"]))
    sources = _sources(toml, tables, secrets)
    return Config(
        server=settings,
        data=Path(overrides.get("DATA") or toml.convert(data, str, ("data",))),
        sources=sources,
        file=toml.path,
        oidc=_providers(toml, oidc, oidc_secrets),
        limits=toml.convert(limits, Limits, ("limits",)),
        redis=_redis(environment.get(PREFIX + REDIS)),
        guards=toml.convert(guards, GuardsConfig, ("guards",)),
        logs=toml.convert(logs, LogsConfig, ("logs",)),
        metrics=toml.convert(metrics, MetricsConfig, ("metrics",)),
        tracing=toml.convert(tracing, TracingConfig, ("tracing",)),
        subscriptions=toml.convert(subscriptions, SubscriptionsConfig, ("subscriptions",)),
        webhooks=toml.convert(webhooks, WebhooksConfig, ("webhooks",)),
        mail=toml.convert(mail, MailConfig, ("mail",)),
        smtp=Secret(secret) if (secret := environment.get(PREFIX + SMTP)) else None,
        kit=toml.convert(kit, KitConfig, ("kit",)),
    )


def _redis(url: str | None) -> Secret | None:
    if url and not url.startswith(("redis://", "rediss://", "redis+unix://")):
        raise ConfigError(f"{PREFIX}{REDIS}: redis://, rediss:// or redis+unix:// is wanted")
    return Secret(url) if url else None


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise ConfigError(f"HUB1000_PORT: a port is wanted (0 to 65535), not {text!r}")
    return int(text)


def _environment(environment: Mapping[str, str]) -> tuple[dict[str, str], dict[str, Secret], dict[str, Secret]]:
    """What the environment overrides, and the secrets by source and by identity provider.

    ConfigError on a name that is not known.
    """
    overrides: dict[str, str] = {}
    secrets: dict[str, dict[str, Secret]] = {KEY_PREFIX: {}, OIDC_PREFIX: {}}
    for name, value in environment.items():
        prefix = next((prefix for prefix in secrets if name.startswith(prefix)), None)
        if prefix:
            if value.strip():
                secrets[prefix][name.removeprefix(prefix).lower()] = Secret(value.strip())
        elif name.startswith(PREFIX) and name not in {PREFIX + CONFIG, PREFIX + REDIS, PREFIX + SMTP}:
            short = name.removeprefix(PREFIX)
            if short not in OVERRIDES:
                known = ", ".join(PREFIX + known for known in (CONFIG, REDIS, SMTP, *OVERRIDES))
                others = f"{KEY_PREFIX}<SOURCE> and {OIDC_PREFIX}<NAME>"
                raise ConfigError(f"{name}: there is no such setting; there are {known}, {others}")
            overrides[short] = value
    return overrides, secrets[KEY_PREFIX], secrets[OIDC_PREFIX]


def _providers(toml: TomlText, tables: object, secrets: Mapping[str, Secret]) -> tuple[Provider, ...]:
    if not isinstance(tables, list):
        raise toml.error(("oidc",), "tables are wanted: [[oidc]]")
    configs = [toml.convert(table, ProviderConfig, ("oidc",)) for table in tables]
    names = [config.name for config in configs]
    for name in names:
        if names.count(name) > 1:
            raise toml.error(("oidc", "name"), f"there are two providers {name}")
    for name in secrets:
        if name not in names:
            raise ConfigError(f"{OIDC_PREFIX}{name.upper()}: there is no identity provider {name}")
    return tuple(Provider(config, secrets.get(config.name)) for config in configs)


@cache
def installed() -> Mapping[str, EntryPoint]:
    """The connectors that are installed, by name; looked for once."""
    return {entry.name: entry for entry in entry_points(group="hub1000.connectors")}


def _sources(toml: TomlText, tables: Mapping[str, Any], secrets: Mapping[str, Secret]) -> tuple[SourceConfig, ...]:
    plugins = installed()
    found = []
    for id_ in (*BUILT_IN, *(name for name in tables if name not in BUILT_IN)):
        source = _source(toml, id_, tables.get(id_, {}), secrets.get(id_), plugins)
        if source:
            found.append(source)
    for id_ in secrets:
        if id_ not in BUILT_IN and id_ not in tables:
            raise ConfigError(f"{KEY_PREFIX}{id_.upper()}: there is no source {id_}")
    return tuple(found)


def _source(
    toml: TomlText, id_: str, table: object, secret: Secret | None, plugins: Mapping[str, EntryPoint]
) -> SourceConfig | None:
    at = ("sources", id_)
    if not isinstance(table, dict):
        raise toml.error(at, "a table is wanted")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", id_) or id_ == "action":
        raise toml.error(at, "an id has lower case letters, digits and _, and is not action")
    names = CommonConfig.__struct_fields__
    common = toml.convert({k: v for k, v in table.items() if k in names}, CommonConfig, at)
    if not common.enabled:
        return None
    connector = common.connector or (id_ if id_ in BUILT_IN else None)
    if connector is None or connector not in plugins:
        known = ", ".join(sorted(plugins))
        raise toml.error((*at, "connector"), f"one of {known} is wanted" + (f", not {connector}" if connector else ""))
    plugin: Plugin = plugins[connector].load()
    settings = toml.convert({k: v for k, v in table.items() if k not in names}, plugin.settings, at)
    if common.sandbox is False and plugin.needs_secret and secret is None:
        raise toml.error((*at, "sandbox"), f"is false, and {KEY_PREFIX}{id_.upper()} is not set")
    sandbox = plugin.needs_secret and (secret is None if common.sandbox is None else common.sandbox)
    return SourceConfig(id_, plugin, settings, common.deadline, sandbox, secret)
