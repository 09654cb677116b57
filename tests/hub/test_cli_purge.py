"""hub1000 purge: drafts of six months ago go, what is younger stays."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.registrations import Actor, ContactForm, Entered, Form, Registrations
from connectors.registry import open_registry
from hub.cli import main

ANNE = Actor(account="person-anne", role="REGISTRANT")


async def drafts(path: Path, *ages: int) -> list[str]:
    """Drafts that were saved so many days ago, and what is left in the end of those that were there."""
    registry = open_registry(path)
    for days in ages:
        then = datetime.now(UTC) - timedelta(days=days)
        store = Registrations(registry, clock=lambda then=then: then)
        await store.save_draft(Entered(form=Form(name=f"{days} jours"), contact=ContactForm()), ANNE)
    left = [r.form.name or "" for r in await Registrations(registry).of_owner(ANNE.account)]
    await registry.aclose()
    return left


def test_old_drafts_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data" / "registry.sqlite"
    assert main(["purge"]) == 0
    assert capsys.readouterr().out == "registry: 0 drafts removed\n"
    assert len(asyncio.run(drafts(path, 200, 182, 0))) == 3

    assert main(["purge"]) == 0

    assert capsys.readouterr().out == "registry: 1 draft removed\n"
    assert asyncio.run(drafts(path)) == ["182 jours", "0 jours"]
    assert b"200 jours" not in path.read_bytes()
    assert main(["purge"]) == 0
    assert capsys.readouterr().out == "registry: 0 drafts removed\n"
