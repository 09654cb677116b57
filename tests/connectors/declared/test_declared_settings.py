"""The table of a declared directory: what is missing or wrong is told by its name."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from declared_portal import HSDS, OPENDATASOFT, TABULAR, settings

from connectors.contract import Context, Everywhere, InCommunes, InDepartement, SourceInfo, SourceKind
from connectors.declared import Settings, plugin
from connectors.declared.settings import Fields
from connectors.nomenclature import CategoryCode
from hub.config import ConfigError, load


@pytest.mark.parametrize(
    ("without", "says"),
    [
        ({"url": ""}, "url: is needed"),
        ({"category": None}, "category: is needed"),
        ({"fields": {"name": "nom"}}, "fields.key: is needed"),
        ({"fields": {"key": "id"}}, "fields.name: is needed"),
        ({"by_commune": {}, "by_departement": {}, "everywhere": False}, "by_commune: is needed"),
        ({"by_key": {}, "everywhere": False}, "by_key: is needed"),
    ],
)
def test_what_is_needed(without: dict[str, Any], says: str) -> None:
    table = {k: v for k, v in {**OPENDATASOFT, **without}.items() if v is not None}

    with pytest.raises(msgspec.ValidationError, match=f"^{says}"):
        msgspec.convert(table, Settings)


def test_it_is_told_at_construction_too() -> None:
    with pytest.raises(ValueError, match=r"^url: is needed"):
        Settings()
    with pytest.raises(ValueError, match=r"^category: is needed"):
        Settings(url="https://exemple.fr", fields=Fields(key="id", name="nom"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"unknown": 1},
        *({"url": url} for url in ("exemple.fr/x", "ftp://exemple.fr", "https://a@exemple.fr", "https://exemple.fr?key=1")),
        {"url": "https://exemple.fr/{insee}"},
        {"parameters": {"where": "{insee}"}},
        *({"by_commune": {"where": text}} for text in ("x", "{key}", "{insee", "insee}", "{}", "{{insee}}", "{insee}{departement}")),
        {"by_departement": {"dep": "{insee}"}},
        {"by_key": {"id": "{KEY}"}},
        {"entry_url": "http://portal.test/one"},
        {"entry_url": "http://elsewhere.test/{key}"},
        {"paging": {"style": "other"}},
        {"paging": {"size": 10}},
        {"paging": {"style": "page", "first": 2}},
        {"paging": {"style": "offset", "size": 0}},
        {"fields": {"key": "id", "name": "nom", "nickname": "x"}},
        {"category": "CRECHE"},
        {"category": ""},
        {"subcategory": "MODE_ACCUEIL"},
        {"kind": "OTHER"},
        {"categories": {"values": {"x": "AUTRE"}}},
        *({"categories": {"field": "f", "values": {"x": text}}} for text in ("", "CRECHE", "MODE_ACCUEIL/", "MODE_ACCUEIL/X")),
        *({"fields": {"key": ["a", "b"], "name": "n", "insee": "i"}, **more} for more in ({}, {"by_key": {}, "numeric_keys": True})),
        {"fields": {"key": ["a", "b"], "name": "n"}, "by_key": {}, "everywhere": False},
        {"fields": {"key": [], "name": "n"}},
        {"header": "a b"},
        {"calls_per_second": 0},
        {"connections": 0},
        {"ttl": -1},
    ],
)  # fmt: skip
def test_a_mistake_is_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**OPENDATASOFT, **wrong}, Settings)


@pytest.mark.usefixtures("by_entry_point")
@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("[sources.partner]\nconnector = 'declared'\n", 1, "sources.partner"),
        ("[sources.partner]\nconnector = 'declared'\nurl = 3\n", 3, "sources.partner.url: Expected `str`, got `int`"),
        ("[sources.partner]\nconnector = 'declared'\n[sources.partner.paging]\nstyle = 'x'\n", 4, "sources.partner.paging.style: "),
        ("[sources.partner]\nconnector = 'declared'\n[sources.partner.fields]\nsurname = 'x'\n", 4, "sources.partner.fields.surname: "),
        ("[sources.partner]\nconnector = 'declared'\n\ncategories = { field = 'f', values = { a = 'b' } }\n", 4, "not 'b'"),
    ],
)  # fmt: skip
def test_hub_toml_tells_file_line_and_key(tmp_path: Path, text: str, line: int, says: str) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as caught:
        load({}, str(file))

    assert str(caught.value).startswith(f"{file}, line {line}: ")
    assert says in str(caught.value)


@pytest.mark.usefixtures("by_entry_point")
def test_what_hub_toml_lacks_is_named(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text("\n[sources.partner]\nconnector = 'declared'\nurl = 'https://exemple.fr'\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"line 2: sources\.partner.*fields\.key: is needed"):
        load({}, str(file))


def test_what_it_says_of_itself() -> None:
    told = {
        "name": "Annuaire fictif",
        "institution": "Un département",
        "licence": "Licence Ouverte 2.0",
        "site": "https://exemple.fr",
    }

    def info(table: dict[str, Any], **more: Any) -> SourceInfo:
        return plugin.build(settings(table, **more), Context(source="partner", data=Path(), sandbox=object())).info

    whole = info(OPENDATASOFT, **told, calls_per_second=5.0, connections=2, ttl=60)
    assert (whole.id, whole.name, whole.institution, whole.url, whole.licence) == (
        "partner",
        *(told[k] for k in ("name", "institution", "site", "licence")),
    )
    assert (whole.kind, whole.sandbox, whole.narrows) == (SourceKind.PARTNER_DIRECTORY, False, False)
    assert (whole.calls_per_second, whole.concurrency, whole.ttl) == (5.0, 2, 60)
    assert whole.asks == {InCommunes, InDepartement, Everywhere}
    assert (whole.batch_size, whole.communes_per_call, whole.max_departements) == (1, 1, 13)
    least = info(TABULAR)
    assert (least.name, least.institution, least.url, least.licence) == ("partner", None, None, None)
    assert (least.asks, least.batch_size, least.max_departements) == ({InCommunes, Everywhere}, 50, 1)
    assert info(HSDS, everywhere=False).asks == {InCommunes}
    assert settings(OPENDATASOFT).usual().category is CategoryCode.MODE_ACCUEIL


def test_the_plugin_needs_no_secret() -> None:
    assert not plugin.needs_secret
