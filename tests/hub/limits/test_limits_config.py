"""The table [limits] of hub.toml."""

from pathlib import Path

import pytest

from hub.config import Config, ConfigError, load
from hub.limits.settings import Limits


def loaded(folder: Path, toml: str, **environment: str) -> Config:
    file = folder / "hub.toml"
    file.write_text(toml, encoding="utf-8")
    return load(environment, str(file))


def test_without_it_the_defaults_hold(tmp_path: Path) -> None:
    assert loaded(tmp_path, "").limits == Limits()
    assert load({}).limits == Limits()


def test_each_bound_can_be_set(tmp_path: Path) -> None:
    limits = loaded(
        tmp_path,
        """
        [limits.document]
        cost = 50_000
        [limits.arrival]
        head_seconds = 2.5
        [limits.rates]
        address = 0
        [limits.callers]
        hosts = ["hub.example.org"]
        proxies = ["10.0.0.0/8", "fd00::/8"]
        forwarded = "forwarded"
        """,
    ).limits

    assert limits.document.cost == 50_000
    assert limits.document.depth == Limits().document.depth
    assert limits.arrival.head_seconds == 2.5
    assert limits.rates.address == 0
    assert limits.callers.proxies == ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[limits.document]\ndeph = 3", "limits.document.deph: there is no such key"),
        ("[limits.document]\ndepth = 0", "limits.document.depth: Expected `int` >= 1"),
        ("[limits.arrival]\nbody_seconds = 0.0", "limits.arrival.body_seconds"),
        ('[limits.callers]\nproxies = ["10.0.0.1/8"]', "limits.callers.proxies: 10.0.0.1/8 has host bits set"),
        ('[limits.callers]\nforwarded = "via"', "limits.callers.forwarded"),
        ("[limits.rates]\naddress = 100", "limits.rates.address: at least document.cost"),
        ("limits = 3", "limits: Expected `object`"),
    ],
)
def test_what_cannot_be_says_where(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, toml)
    assert said in str(caught.value)


def test_redis_comes_from_the_environment_and_is_not_shown(tmp_path: Path) -> None:
    config = loaded(tmp_path, "", HUB1000_REDIS="redis://:hunter2@redis.internal/0")

    assert config.redis == "redis://:hunter2@redis.internal/0"
    assert "hunter2" not in repr(config)
    assert loaded(tmp_path, "", HUB1000_REDIS="").redis is None
    with pytest.raises(ConfigError, match="HUB1000_REDIS"):
        loaded(tmp_path, "", HUB1000_REDIS="http://redis.internal")
