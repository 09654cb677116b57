"""hub.toml and the environment: typed, and what is wrong is told with its line."""

from pathlib import Path

import pytest

from hub.composition import open_hub
from hub.config import Config, ConfigError, GuardsConfig, load


def of(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    file = tmp_path / "hub.toml"
    file.write_text(text, encoding="utf-8")
    return load(environment or {}, str(file))


def test_without_any_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    config = load({})

    assert (config.server.host, config.server.port, config.data, config.file) == ("127.0.0.1", 8000, Path("data"), None)
    assert [(s.id, s.sandbox, s.deadline) for s in config.sources] == [
        ("registry", False, 1.0),
        ("annuaire_sante", True, 1.0),
        ("monenfant", True, 1.0),
    ]


def test_hub_toml_is_read_when_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hub.toml").write_text("[server]\nport = 8080\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert load({}).server.port == 8080


def test_a_whole_file(tmp_path: Path) -> None:
    config = of(
        tmp_path,
        """
data = "/var/lib/hub"
[server]
host = "::1"
port = 80
[sources.annuaire_sante]
deadline = 1.5
page_size = 100
[sources.monenfant]
way = "agreement"
sandbox = true
[sources.registry]
database = "other.sqlite"
[sources.second_registry]
connector = "registry"
""",
        {"HUB1000_KEY_ANNUAIRE_SANTE": "key", "HUB1000_KEY_MONENFANT": " token ", "OTHER": "x"},
    )

    assert (config.server.host, config.server.port, config.data) == ("::1", 80, Path("/var/lib/hub"))
    by_id = {s.id: s for s in config.sources}
    assert list(by_id) == ["registry", "annuaire_sante", "monenfant", "second_registry"]
    assert (by_id["annuaire_sante"].deadline, by_id["annuaire_sante"].sandbox) == (1.5, False)
    assert by_id["annuaire_sante"].secret == "key"
    assert by_id["annuaire_sante"].settings.page_size == 100
    assert by_id["monenfant"].settings.way == "agreement"
    assert by_id["monenfant"].sandbox, "asked for, though there is a key"
    assert by_id["monenfant"].secret == "token"
    assert by_id["second_registry"].settings.database == "registry.sqlite"


def test_a_source_can_be_left_out(tmp_path: Path) -> None:
    assert [s.id for s in of(tmp_path, "[sources.monenfant]\nenabled = false\n").sources] == [
        "registry",
        "annuaire_sante",
    ]


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    environment = {"HUB1000_HOST": "0.0.0.0", "HUB1000_PORT": "9000", "HUB1000_DATA": "/d"}

    config = of(tmp_path, 'data = "x"\n[server]\nhost = "h"\nport = 1\n', environment)

    assert (config.server.host, config.server.port, config.data) == ("0.0.0.0", 9000, Path("/d"))
    named = load({"HUB1000_CONFIG": str(tmp_path / "hub.toml")})
    assert named.server.port == 1


def test_options_come_before_both(tmp_path: Path) -> None:
    config = of(tmp_path, "", {"HUB1000_PORT": "9000"}).replaced(host="a", port=1, data="d")

    assert (config.server.host, config.server.port, config.data) == ("a", 1, Path("d"))
    assert config.replaced(host=None, port=None, data=None) == config


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("prot = 1\n", 1, "prot: there is no such key"),
        ("\n[server]\n\nprot = 80\n", 4, "server.prot: there is no such key"),
        ('[server]\nport = "80"\n', 2, "server.port: Expected `int`, got `str`"),
        ("[server]\nport = 70000\n", 2, "server.port: Expected `int` <= 65535"),
        ("server = 1\n", 1, "server: a table is wanted"),
        ("sources = []\n", 1, "sources: a table is wanted"),
        ("data = 1\n", 1, "data: Expected `str`, got `int`"),
        ("[sources.monenfant]\nway = 'other'\n", 2, "sources.monenfant.way: Invalid enum value 'other'"),
        ("[sources.monenfant]\n# comment\nkey = 'x'\n", 3, "sources.monenfant.key: there is no such key"),
        ("[sources]\nmonenfant.deadline = 'x'\n", 2, "sources.monenfant.deadline: Expected `float`, got `str`"),
        ("[sources.monenfant]\ndeadline = 0\n", 2, "sources.monenfant.deadline: Expected `float` > 0"),
        ("[sources.other]\nenabled = true\n", 1, "sources.other.connector: one of "),
        ("[sources.other]\nconnector = 'nothing'\n", 2, "sources.other.connector: one of "),
        ("[sources]\nmonenfant = 3\n", 2, "sources.monenfant: a table is wanted"),
        ("[sources.'Big Name']\nconnector = 'registry'\n", 1, "sources.Big Name: an id has"),
        ("[sources.action]\nconnector = 'registry'\n", 1, "sources.action: an id has"),
        ("[sources.annuaire_sante]\nsandbox = false\n", 2, "HUB1000_KEY_ANNUAIRE_SANTE is not set"),
        ("[sources.monenfant.search_parameters]\nz = 1\n", 2, "sources.monenfant.search_parameters.z: "),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        of(tmp_path, text)

    assert str(caught.value).startswith(f"{tmp_path / 'hub.toml'}, line {line}: ")
    assert says in str(caught.value)


def test_a_file_that_is_not_toml(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 2"):
        of(tmp_path, "[server]\nport = = 1\n")


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load({}, str(tmp_path / "none.toml"))
    with pytest.raises(ConfigError, match="there is no such file"):
        load({"HUB1000_CONFIG": str(tmp_path / "none.toml")})
    (tmp_path / "latin.toml").write_bytes(b"data = '\xe9'")
    with pytest.raises(ConfigError, match="cannot be read"):
        load({}, str(tmp_path / "latin.toml"))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HUB1000_PROT", "1", "HUB1000_PROT: there is no such setting"),
        ("HUB1000_PORT", "x", "HUB1000_PORT: a port is wanted"),
        ("HUB1000_PORT", "70000", "HUB1000_PORT: a port is wanted"),
        ("HUB1000_KEY_OTHER", "k", "HUB1000_KEY_OTHER: there is no source other"),
    ],
)
def test_a_wrong_environment(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        of(tmp_path, "", {name: value})


def test_an_empty_key_is_no_key(tmp_path: Path) -> None:
    assert all(s.secret is None for s in of(tmp_path, "", {"HUB1000_KEY_MONENFANT": "  "}).sources)


def test_secrets_never_show(tmp_path: Path) -> None:
    config = of(tmp_path, "", {"HUB1000_KEY_MONENFANT": "hunter2"})

    assert "hunter2" not in repr(config)
    assert "hunter2" not in repr(config.sources[2].secret)
    assert f"{config.sources[2].secret}" == "hunter2"


def test_what_holds_for_every_source(tmp_path: Path) -> None:
    assert of(tmp_path, "").guards == GuardsConfig()

    guards = of(
        tmp_path,
        """
[guards]
stale_while_revalidate = 60
stale_if_error = 0
megabytes = 8
keys_together = 1
allowed_hosts = ["directory.internal", "10.0.0.7"]
proxy = "http://proxy.internal:3128"
""",
    ).guards

    assert (guards.stale_while_revalidate, guards.stale_if_error, guards.megabytes) == (60, 0, 8)
    assert guards.keys_together == 1
    assert guards.allowed_hosts == {"directory.internal", "10.0.0.7"}
    for wrong in ("megabytes = 0", 'allowed_hosts = ["http://x/"]', 'proxy = "proxy:3128"', "unknown = 1"):
        with pytest.raises(ConfigError, match=f"guards.{wrong.partition(' ')[0]}"):
            of(tmp_path, f"[guards]\n{wrong}")


async def test_processes_share_the_published_rate_of_a_directory(tmp_path: Path) -> None:
    hub = open_hub(of(tmp_path, f'data = "{tmp_path}"\n[server]\nworkers = 4\n'))
    rates = {id_: source.info.calls_per_second for id_, source in hub.federation.sources.items()}
    await hub.aclose()

    assert rates["annuaire_sante"] == 17 / 4
    assert rates["monenfant"] is None
