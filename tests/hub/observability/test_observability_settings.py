"""The tables [logs], [metrics] and [tracing] of hub.toml."""

from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from hubs import configuration

from hub.config import ConfigError
from hub.observability import settings
from hub.observability.settings import LogsConfig, MetricsConfig, TracingConfig


def test_defaults(tmp_path: Path) -> None:
    config = configuration(tmp_path)

    assert config.logs == LogsConfig(level="info", format="json")
    assert config.metrics == MetricsConfig(access="local")
    assert config.tracing == TracingConfig(endpoint=None, sample=1.0)


def test_all_of_it(tmp_path: Path) -> None:
    config = configuration(
        tmp_path,
        """
[logs]
level = "warning"
format = "console"
[metrics]
access = "token"
[tracing]
endpoint = "http://127.0.0.1:4318/v1/traces"
sample = 0.1
""",
    )

    assert config.logs == LogsConfig(level="warning", format="console")
    assert config.metrics.access == "token"
    assert (config.tracing.endpoint, config.tracing.sample) == ("http://127.0.0.1:4318/v1/traces", 0.1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[logs]\nlevel = "loud"', "line 2: logs.level: Invalid enum value 'loud'"),
        ('[logs]\ncolour = "red"', "line 2: logs.colour: there is no such key"),
        ("logs = 1", "line 1: logs"),
        ('[metrics]\naccess = "everybody"', "line 2: metrics.access"),
        ('[tracing]\nendpoint = "collector:4318"', "line 2: tracing.endpoint: an address that begins with http"),
        ("[tracing]\nsample = 2.0", "line 2: tracing.sample"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        configuration(tmp_path, text)

    assert reason in str(refused.value)


@pytest.mark.parametrize("missing", settings.TRACING_PACKAGES)
def test_traces_without_their_packages_are_refused_and_told_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda name: None if name == missing else ModuleSpec(name, None))
    with pytest.raises(ConfigError, match=r"hub-1000-jours\[tracing\]"):
        configuration(tmp_path, '[tracing]\nendpoint = "http://127.0.0.1:4318/v1/traces"')
    assert configuration(tmp_path).tracing.endpoint is None
