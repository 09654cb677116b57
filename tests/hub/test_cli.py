"""The command line, run as its users run it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from hub.cli import main
from hub.cli.main import DESCRIPTION, EPILOG


def test_schema_prints_the_committed_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0

    committed = Path(__file__).parents[2] / "schema.graphql"
    assert capsys.readouterr().out == committed.read_text(encoding="utf-8")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])

    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("hub1000 0.")


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["check", "--help"], ["schema", "--help"]])
def test_help(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    shown = capsys.readouterr().out
    assert stopped.value.code == 0
    if arguments == ["--help"]:
        assert DESCRIPTION in shown
        assert EPILOG in shown
        for command in ("serve", "check", "schema"):
            assert f"    {command} " in shown


@pytest.mark.parametrize("arguments", [[], ["dance"], ["serve", "--port", "x"], ["serve", "--port", "65536"]])
def test_a_wrong_command_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2
    assert "usage: hub1000" in capsys.readouterr().err


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("HUB1000_"):
            monkeypatch.delenv(name)
    return tmp_path


def test_check_on_the_sandbox(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--data", str(alone)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "configuration  none: defaults and environment"
    table = {line.split()[0]: line for line in lines[4:]}
    assert list(table) == ["source", "registry", "annuaire_sante", "monenfant", "registry_sandbox"]
    assert "not needed" in table["registry"]
    assert "sandbox (fictitious)" in table["monenfant"]
    assert "not set (HUB1000_KEY_MONENFANT)" in table["monenfant"]
    assert all(" answers " in line for name, line in table.items() if name != "source")


def test_check_tells_who_does_not_answer_and_never_a_key(
    alone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (alone / "hub.toml").write_text(
        f'[guards]\nallowed_hosts = ["127.0.0.1"]\n[sources.annuaire_sante]\nbase_url = "http://127.0.0.1:{port}"\n'
    )
    monkeypatch.setenv("HUB1000_KEY_ANNUAIRE_SANTE", "hunter2")

    assert main(["check"]) == 1

    captured = capsys.readouterr()
    row = next(line for line in captured.out.splitlines() if line.startswith("annuaire_sante"))
    assert "Unavailable: cannot be reached" in row
    assert " real " in row
    assert " set " in row
    assert "hunter2" not in captured.out + captured.err


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_wrong_configuration_stops_the_start(alone: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    (alone / "hub.toml").write_text("[server]\nprot = 1\n")

    assert main([command]) == 2
    assert capsys.readouterr().err == "hub1000: hub.toml, line 2: server.prot: there is no such key\n"


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("[sources.registry]\nenabled = false\n", "the registry of the programme is needed"),
        (
            "[sources.partner]\nconnector = 'monenfant'\nsandbox = true\n",
            None,
        ),
    ],
)
def test_sources_that_cannot_be_wired(
    alone: Path, capsys: pytest.CaptureFixture[str], toml: str, says: str | None
) -> None:
    (alone / "hub.toml").write_text(toml)

    assert main(["check"]) == (2 if says else 0)
    if says:
        assert says in capsys.readouterr().err


def test_a_registry_that_cannot_be_opened(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (alone / "data").mkdir()
    (alone / "data" / "registry.sqlite").write_bytes(b"this is not a database" * 100)

    assert main(["check"]) == 1
    assert capsys.readouterr().err.startswith("hub1000: registry: ")


def test_a_port_that_is_taken(alone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert main(["serve", "--port", str(listener.getsockname()[1])]) == 1

    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
    assert not (alone / "data").exists(), "nothing was made"


def test_serve_greets_answers_and_ends_well(alone: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "serve", "--port", "0"], cwd=alone, stdout=subprocess.PIPE, text=True
    )
    try:
        greeting, sandbox = process.stdout.readline(), process.stdout.readline()
        url = greeting.split()[2]
        assert greeting.startswith("hub1000 serves http://127.0.0.1:")
        assert sandbox.startswith("SANDBOX: fictitious data from annuaire_sante, monenfant, registry_sandbox")
        answer = httpx.post(f"{url}/graphql", json={"query": "{ sources { id } }"}, timeout=60).json()
        assert len(answer["data"]["sources"]) == 4
        assert httpx.get(f"{url}/health/live", timeout=60).json() == {"status": "pass"}
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(20)
        process.stdout.close()
    assert status == 0
    assert (alone / "data" / "registry.sqlite").exists()
