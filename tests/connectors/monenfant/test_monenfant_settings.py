"""What hub.toml may say of monenfant.fr."""

from typing import Any

import msgspec
import pytest

from connectors.monenfant import Settings, plugin


def test_every_setting_has_a_default() -> None:
    settings = msgspec.convert({}, plugin.settings)
    assert settings == Settings()
    assert settings.way == "data_inclusion"
    assert settings.data_inclusion_url == "https://api.data.inclusion.gouv.fr/api/v1"
    assert settings.agreement_url == "https://monenfant.fr"
    assert (settings.sources, settings.page_size, settings.calls_per_second) == (("monenfant",), 1000, None)


def test_a_table_is_read() -> None:
    table = {
        "way": "agreement",
        "search_parameters": {"x": "lon", "y": "lat"},
        "detail_types": {"AM": "ASSMAT"},
        "structure_types": ["EAJE"],
    }
    settings = msgspec.convert(table, Settings)
    assert (settings.search_parameters.x, settings.search_parameters.radius) == ("lon", "radius")
    assert settings.detail_types == {"AM": "ASSMAT"}
    assert settings.structure_types == ("EAJE",)


@pytest.mark.parametrize(
    "table",
    [
        {"unknown": 1},
        {"way": "scraping"},
        {"page_size": 0},
        {"page_size": 10_001},
        {"sources": []},
        {"connections": 0},
        {"calls_per_second": 0},
        {"agreement_url": "monenfant.fr"},
        {"search_parameters": {"z": "z"}},
    ],
)
def test_a_mistake_is_told(table: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, Settings)


def test_the_plugin_needs_a_secret() -> None:
    assert plugin.needs_secret
