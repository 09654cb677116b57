"""hub1000 backup and restore, on databases that are being written to, in use, damaged, in the way."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors.contract import Kind
from connectors.links import open_links
from connectors.nomenclature import CategoryCode, StructureKind
from connectors.records import StructureRecord
from connectors.registry import open_registry
from connectors.sqlite.integrity import faults
from hub.cli import main

NAMES = {"registry.sqlite", "links.sqlite"}

WRITER = """
import asyncio, sys
from pathlib import Path
from msgspec.structs import replace
from connectors.contract import Kind
from connectors.registry import open_registry

registry = open_registry(Path(sys.argv[1]))
one = asyncio.run(registry.get(Kind.STRUCTURE, ["cove"]))["cove"]
n = 0
while True:
    registry.load([replace(one, key=f"{half}{n}") for half in ("left", "right")])
    n += 1
    if n == 3:
        print("writing", flush=True)
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a hub that was stopped; it is the one that commands are about."""
    for name in list(os.environ):
        if name.startswith("HUB1000_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    open_registry(folder / "registry.sqlite")._database.close()
    open_links(folder / "links.sqlite")._database.close()
    return folder


def write(data: Path, key: str) -> None:
    record = StructureRecord(
        source="registry",
        key=key,
        name=key,
        kind=StructureKind.ESTABLISHMENT,
        category=CategoryCode.CULTURE,
    )
    registry = open_registry(data / "registry.sqlite")
    registry.load([record])
    registry._database.close()


def keys(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        assert list(faults(connection)) == []
        return {key for (key,) in connection.execute("SELECT key FROM structure")}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_there_and_back(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(data, "before")
    assert main(["backup", "saved/monday"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"saved:"}
    assert names(tmp_path / "saved" / "monday") == NAMES
    write(data, "after")

    assert main(["restore", "saved/monday"]) == 0

    told = capsys.readouterr().out
    assert "before" in keys(data / "registry.sqlite")
    assert "after" not in keys(data / "registry.sqlite")
    (aside,) = data.glob("registry.sqlite.before-restore-*")
    assert str(aside) in told
    assert {"before", "after"} <= keys(aside)
    assert len(names(data)) == 4
    write(data, "since")
    assert main(["check"]) == 0


def test_a_backup_made_while_another_process_writes_is_of_one_state(data: Path, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", WRITER, str(data / "registry.sqlite")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        for number in range(3):
            assert main(["backup", f"saved/{number}"]) == 0
        writer.send_signal(signal.SIGKILL)
    seen = []
    for number in range(3):
        found = keys(tmp_path / "saved" / str(number) / "registry.sqlite")
        left = {key[4:] for key in found if key.startswith("left")}
        assert left == {key[5:] for key in found if key.startswith("right")}
        assert left == {str(n) for n in range(len(left))}
        seen.append(len(left))
    assert seen == sorted(seen)
    assert seen[0] >= 3


@pytest.mark.parametrize(("command", "says"), [("backup", "ever overwritten"), ("restore", "kept beside")])
def test_help(command: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert says in " ".join(capsys.readouterr().out.split())


def test_nothing_is_overwritten(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "saved").mkdir()
    assert main(["backup", "saved"]) == 2
    assert "never overwrites" in capsys.readouterr().err
    assert names(tmp_path / "saved") == set()


def test_a_hub_without_databases_has_no_backup(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "saved", "--data", "elsewhere"]) == 2
    assert "no database" in capsys.readouterr().err
    assert not (tmp_path / "saved").exists()


def test_a_registry_elsewhere_is_saved_and_restored_where_it_is(data: Path, tmp_path: Path) -> None:
    away = tmp_path / "away" / "programme.db"
    open_registry(away)._database.close()
    (tmp_path / "hub.toml").write_text(f'[sources.registry]\ndatabase = "{away}"\n')
    (data / "registry.sqlite").unlink()
    assert main(["backup", "saved"]) == 0
    assert names(tmp_path / "saved") == {"links.sqlite", "programme.db"}
    away.unlink()
    assert main(["restore", "saved"]) == 0
    assert "cove" in keys(away)
    assert names(away.parent) == {"programme.db"}


def test_two_databases_of_one_name_are_refused(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hub.toml").write_text(f'[sources.registry]\ndatabase = "{tmp_path}/away/registry.sqlite"\n')
    assert main(["backup", "saved"]) == 2
    assert "one name" in capsys.readouterr().err


def test_a_damaged_database_makes_no_backup(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage(data / "registry.sqlite")
    assert main(["backup", "saved"]) == 1
    assert "damaged" in capsys.readouterr().err
    assert names(tmp_path) == {"data"}


def test_a_damaged_backup_changes_nothing(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "saved"]) == 0
    for spoil in (damage, lambda path: path.write_bytes(b"no database at all" * 100)):
        spoil(tmp_path / "saved" / "registry.sqlite")
        before = {path.name: path.read_bytes() for path in data.iterdir()}
        assert main(["restore", "saved"]) == 1
        assert "damaged" in capsys.readouterr().err
        assert {path.name: path.read_bytes() for path in data.iterdir()} == before


def test_what_is_no_backup(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "nowhere"]) == 2
    assert "no backup" in capsys.readouterr().err


def test_a_hub_that_runs_is_not_restored(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "saved"]) == 0
    registry, links = open_registry(data / "registry.sqlite"), open_links(data / "links.sqlite")
    registry.referentials()
    assert main(["restore", "saved"]) == 1
    assert "in use: stop the hub first" in capsys.readouterr().err
    assert not list(data.glob("*before-restore*"))
    registry._database.close()
    links._database.close()
    assert main(["restore", "saved"]) == 0


def test_what_the_backup_lacks_is_left_and_told(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "saved"]) == 0
    (tmp_path / "saved" / "links.sqlite").unlink()
    assert main(["restore", "saved"]) == 0
    assert "left as it was" in capsys.readouterr().out
    assert len(list(data.glob("*before-restore*"))) == 1


def test_a_folder_that_was_lost_is_restored(data: Path, tmp_path: Path) -> None:
    assert main(["backup", "saved"]) == 0
    shutil.rmtree(data)
    assert main(["restore", "saved"]) == 0
    assert names(data) == NAMES


def test_a_database_damaged_beyond_recognition_is_replaced_and_its_log_with_it(data: Path, tmp_path: Path) -> None:
    assert main(["backup", "saved"]) == 0
    registry = data / "registry.sqlite"
    registry.write_bytes(os.urandom(registry.stat().st_size))
    (data / "registry.sqlite-wal").write_bytes(b"a log of something else")
    assert main(["restore", "saved"]) == 0
    assert "cove" in keys(registry)
    assert not (data / "registry.sqlite-wal").exists()


def test_a_damaged_database_that_a_hub_has_open_is_not_replaced(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "saved"]) == 0
    registry = data / "registry.sqlite"
    holds = """
import sys
from pathlib import Path
from connectors.registry import open_registry
registry = open_registry(Path(sys.argv[1]))
registry.referentials()
print("open", flush=True)
sys.stdin.read()
"""
    arguments = [sys.executable, "-c", holds, str(registry)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "open\n"
        with registry.open("r+b") as file:
            file.write(b"\xff" * 100)
        assert main(["restore", "saved"]) == 1
        assert "in use" in capsys.readouterr().err
        holder.stdin.close()
    assert main(["restore", "saved"]) == 0
    assert "cove" in keys(registry)


def damage(path: Path) -> None:
    """Overwrite the last page, which is one of data."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek(-size, os.SEEK_END)
        file.write(b"\xff" * size)


def test_what_was_written_by_a_registry_after_a_backup_is_read_by_it(data: Path) -> None:
    assert main(["backup", "saved"]) == 0
    assert main(["restore", "saved"]) == 0
    write(data, "new")
    registry = open_registry(data / "registry.sqlite")
    with registry._database.reading() as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        (found,) = connection.execute("SELECT count(*) FROM structure WHERE key = 'new'").fetchone()
    registry._database.close()
    assert (mode, found, Kind.STRUCTURE.value) == ("wal", 1, "structure")
