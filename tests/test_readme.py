"""The README cannot lie: its commands, settings, codes, queries and tables are compared with what there is."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from hubs import Client

from connectors.contract import Context
from hub import execution
from hub.answers import refusal
from hub.cli.main import COMMANDS
from hub.config import CONFIG, KEY_PREFIX, OIDC_PREFIX, OVERRIDES, PREFIX, REDIS, SMTP, load
from hub.limits.document import DOCUMENT_TOO_COMPLEX
from hub.limits.rates import RATE_LIMITED
from hub.web import examples
from resolvers import access, errors

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def fenced(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def first_column(heading: str) -> list[str]:
    """The first cells of the table whose header begins with a word."""
    table = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", README, flags=re.MULTILINE)
    assert table, heading
    cells = [row.split("|")[1] for row in table[1].splitlines()]
    return [name.strip("` ") for cell in cells for name in cell.split(",")]


def test_two_commands_of_one_line_do_all_the_set_up() -> None:
    serve, test = (command.strip() for command in fenced("sh"))

    for command, end in ((serve, ".venv/bin/hub1000 serve"), (test, ".venv/bin/pytest")):
        assert "\n" not in command
        steps = [step.strip() for step in command.split("&&")]
        assert steps[0] == "python3 -m venv .venv"
        assert shlex.split(steps[1])[:2] == [".venv/bin/pip", "install"]
        assert steps[-1] == end
    assert set(PYPROJECT["project"]["optional-dependencies"]) >= {"test", "dev"}
    assert PYPROJECT["project"]["scripts"] == {"hub1000": "hub.cli:main"}


@pytest.mark.parametrize("query", fenced("graphql"))
async def test_its_queries_run_and_find_something(client: Client, query: str) -> None:
    data = await client.ask(query)

    assert '"name":' in str(data).replace("'", '"')
    if "structures" in data:
        assert {c["status"] for c in data["structures"]["coverage"]} == {"COMPLETE"}


@pytest.mark.parametrize("query", examples())
async def test_the_examples_of_graphiql_run_and_find_something(client: Client, query: str) -> None:
    data = await client.ask(query)

    assert all(value not in (None, []) for value in data.values())
    assert len(examples()) == 5


def test_its_codes_are_all_the_codes() -> None:
    codes = {
        *errors.CODES,
        execution.PARSE_FAILED,
        execution.VALIDATION_FAILED,
        *refusal.CODES,
        DOCUMENT_TOO_COMPLEX,
        RATE_LIMITED,
        *access.CODES,
    }

    assert set(first_column("code")) == codes


def test_its_variables_are_all_the_variables() -> None:
    keys = {f"{KEY_PREFIX}{id_}" for id_ in ("ANNUAIRE_SANTE", "MONENFANT")}

    assert set(first_column("variable")) == {
        PREFIX + CONFIG,
        OIDC_PREFIX + "<NAME>",
        PREFIX + REDIS,
        PREFIX + SMTP,
        *(PREFIX + name for name in OVERRIDES),
        *keys,
    }


def test_its_commands_are_all_the_commands() -> None:
    assert set(first_column("command")) == {f"hub1000 {name}" for name in COMMANDS}


def test_its_configuration_is_one(tmp_path: Path) -> None:
    file = tmp_path / "hub.toml"
    file.write_text("\n".join(fenced("toml")), encoding="utf-8")

    config = load({"HUB1000_KEY_ANNUAIRE_SANTE": "k"}, str(file))

    assert [s.id for s in config.sources] == ["registry", "annuaire_sante", "monenfant", "partner"]
    usual = load({}, None)
    assert config.sources[1].settings == usual.sources[1].settings
    for table in (
        "server",
        "limits",
        "guards",
        "subscriptions",
        "webhooks",
        "mail",
        "kit",
        "logs",
        "metrics",
        "tracing",
    ):
        assert getattr(config, table) == getattr(usual, table), f"[{table}] shows the defaults"
    partner = config.sources[3]
    assert partner.plugin.build(partner.settings, Context(source="partner", data=tmp_path)).info.name.startswith("Éta")


def test_its_dependencies_are_all_the_dependencies() -> None:
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in PYPROJECT["project"]["dependencies"]}

    assert set(first_column("package")) == names


def test_its_layout_is_what_there_is() -> None:
    for path in first_column("folder"):
        assert (ROOT / path).exists(), path
        assert (ROOT / path).is_dir() is path.endswith("/"), path
    top = {p.name for p in ROOT.iterdir() if not p.name.startswith(".") and not p.name.endswith(".egg-info")}
    assert top - {"data", "hub.toml", "htmlcov"} == {
        "README.md", "pyproject.toml", "schema.graphql", "hub", "resolvers", "connectors", "tests",
    }  # fmt: skip
