"""hub1000 link: run twice, dry and for good."""

from pathlib import Path

import pytest

from hub.cli import main


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_dry_run_then_a_run_then_nothing_left(capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for arguments in (["--dry-run"], [], []):
        assert main(["link", "--departement", "39", *arguments]) == 0
        lines.append(capsys.readouterr().out.strip())

    dry, done, again = lines
    assert dry.startswith("département 39: ")
    assert " would change: " in dry
    assert " linked" in dry
    assert done == dry.replace("would change", "changed")
    assert again.endswith("changed: nothing")


def test_a_departement_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["link", "--departement", "20"]) == 2
    assert "no département has the INSEE code 20" in capsys.readouterr().err


def test_a_directory_that_does_not_answer(
    alone: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toml = '[guards]\nallowed_hosts = ["127.0.0.1"]\n[sources.annuaire_sante]\nbase_url = "http://127.0.0.1:9"\n'
    (alone / "hub.toml").write_text(toml, encoding="utf-8")
    monkeypatch.setenv("HUB1000_KEY_ANNUAIRE_SANTE", "k")

    assert main(["link", "--departement", "39"]) == 1
    assert "  not read: annuaire_sante: cannot be reached" in capsys.readouterr().out
