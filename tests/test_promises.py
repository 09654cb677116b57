"""The command that shows what the README promises: it tells a promise that is kept from one that is not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "bench"))

import promises
from promise_findings import Finding, Size

ROOT = Path(__file__).parents[1]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, promises.__file__, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.long
def test_promises_are_kept() -> None:
    done = run("--quick", "identical", "disconnect")

    rows = [row.split("|")[1:-1] for row in done.stdout.splitlines()[2:]]
    assert [row[0].strip() for row in rows] == ["identical", "identical", "disconnect"], done.stderr
    assert {row[-1].strip() for row in rows} == {"yes"}, done.stdout
    assert done.returncode == 0


async def test_one_that_is_not_kept_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(_: Size) -> list[Finding]:
        return [Finding("a", "0", "0", kept=True), Finding("b", "0", "1", kept=False)]

    monkeypatch.setattr(promises, "RUNS", {"broken": broken})

    assert not await promises.show(["broken"], Size())
    assert capsys.readouterr().out.splitlines()[-1] == "| broken | b | 0 | 1 | NO |"


def test_the_readme_names_runs_that_there_are() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What it promises")[2].partition("\n## ")[0]
    named = re.findall(r"`([a-z-]+)` \|$", section, flags=re.MULTILINE)

    assert named
    assert set(named) == set(promises.RUNS)


def test_a_run_that_is_not_known_is_refused() -> None:
    done = run("nonsense")

    assert done.returncode == 2
    assert "there is no run nonsense" in done.stderr
