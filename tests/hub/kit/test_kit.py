"""The kit: for whom it is, what is in it, and that it is the same each time."""

import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from changing import WITHDRAW, Changing
from hubs import configuration, in_process, key_of

from connectors.errors import Unavailable
from hub.config import ConfigError
from hub.kit.attestation import Attested, in_words, qr_svg
from hub.kit.contents import LogoUnusable, kit_of, logo_files
from resolvers.access import Role

PUBLIC = '[server]\npublic_url = "https://hub.example.org"\n'
HOSTILE = "../../Crèche <script>alert(1)</script> & Cie"
ATTESTED = Attested(
    name=HOSTILE, since=date(2026, 3, 1), code="7K2M-QX4R-9TBD", link="https://hub.example.org/verifier/7K2M-QX4R-9TBD"
)


class Desk(Changing):
    registrant: str
    other: str
    registrations: object

    async def kit(self, id_: str, key: str | None = None) -> httpx.Response:
        return await self.http.get(f"/kit/{id_}", headers={"authorization": key} if key else {})


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with in_process(tmp_path, PUBLIC) as client:
        found = Desk(client.http, await key_of(client.hub, Role.ADMIN))
        found.registrant = await key_of(client.hub, Role.REGISTRANT)
        found.other = await key_of(client.hub, Role.REGISTRANT, name="autre")
        found.registrations = client.hub.federation.registrations
        yield found


async def test_its_owner_and_moderators_get_it_while_something_is_shown(desk: Desk) -> None:
    waiting = await desk.submitted(desk.registrant, name=HOSTILE)
    assert waiting["kitUrl"] is None
    assert (await desk.kit(waiting["id"], desk.registrant)).status_code == 404

    shown = await desk.decided(waiting)
    assert shown["kitUrl"] == f"https://hub.example.org/kit/{shown['id']}"
    given = await desk.kit(shown["id"], desk.registrant)
    assert given.status_code == 200
    assert given.headers["content-type"] == "application/zip"
    assert given.headers["cache-control"] == "no-store"
    assert given.headers["content-disposition"] == (
        f'attachment; filename="kit-1000-premiers-jours-{shown["logoCode"]}.zip"'
    )
    assert (await desk.kit(shown["id"], desk.key)).content == given.content
    archive = zipfile.ZipFile(io.BytesIO(given.content))
    assert archive.testzip() is None
    page = archive.read("attestation.html").decode()
    assert f"https://hub.example.org/verifier/{shown['logoCode']}" in page
    assert "<script>" not in page

    assert (await desk.kit(shown["id"], desk.other)).status_code == 404
    assert (await desk.kit("nobody", desk.other)).status_code == 404
    nobody = await desk.kit(shown["id"])
    assert (nobody.status_code, nobody.headers["location"]) == (303, f"/login?next=%2Fkit%2F{shown['id']}")

    gone = await desk.ask(WITHDRAW, id=shown["id"])
    assert gone["kitUrl"] is None
    assert (await desk.kit(shown["id"], desk.registrant)).status_code == 404


async def test_a_database_that_does_not_answer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def find(_: object) -> None:
        raise Unavailable("registry", "the database is busy")

    monkeypatch.setattr(desk.registrations, "find", find)
    assert (await desk.kit("x", desk.key)).status_code == 503


def test_its_files_have_safe_names_and_the_same_bytes() -> None:
    whole = kit_of(ATTESTED, logo_files(None), provisional=True)

    assert whole == kit_of(ATTESTED, logo_files(None), provisional=True)
    archive = zipfile.ZipFile(io.BytesIO(whole))
    names = archive.namelist()
    assert names == [
        "LISEZ-MOI.txt", "charte-d-usage.txt", "attestation.html", "code-qr.png", "code-qr.svg", "logo/logo.png",
        "logo/logo.svg",
    ]  # fmt: skip
    assert all(re.fullmatch(r"(logo/)?[A-Za-z0-9._-]+", name) and ".." not in name for name in names)
    assert "LOGO PROVISOIRE" in archive.read("LISEZ-MOI.txt").decode()
    for name in ("logo/logo.svg", "logo/logo.png"):
        assert b"ogo provisoire" in archive.read(name)
    assert archive.read("logo/logo.png").startswith(b"\x89PNG\r\n\x1a\n")
    charter = archive.read("charte-d-usage.txt").decode()
    assert "du projet d’enfant à l’entrée à l’école" in charter
    page = archive.read("attestation.html").decode()
    for said in ("1er mars 2026", "7K2M-QX4R-9TBD", "&lt;script&gt;", "<svg", ATTESTED.link):
        assert said in page
    assert "<script" not in page


def test_the_programme_s_files_take_the_place_of_the_placeholder(tmp_path: Path) -> None:
    for name in ("Logo été.SVG", "..logo.png", "-x.pdf", ".hidden"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "folder").mkdir()

    found = logo_files(str(tmp_path))
    assert set(found) == {"Logo-t-.SVG", "-x.pdf"} or set(found) == {"Logo-t-.SVG", "-x.pdf", "..logo.png"}
    archive = zipfile.ZipFile(io.BytesIO(kit_of(ATTESTED, found, provisional=False)))
    assert "PROVISOIRE" not in archive.read("LISEZ-MOI.txt").decode()
    assert not {"logo/logo.svg", "logo/logo.png"} & set(archive.namelist())


@pytest.mark.parametrize("case", ["missing", "empty", "many", "large"])
def test_files_that_cannot_be_given(tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "logo"
    if case != "missing":
        folder.mkdir()
    for n in range({"many": 51, "large": 1}.get(case, 0)):
        (folder / f"{n}.png").write_bytes(b"x" * 11)
    monkeypatch.setattr("hub.kit.contents.MOST_BYTES", 10 if case == "large" else 10_000)

    with pytest.raises(LogoUnusable):
        logo_files(str(folder))


async def test_a_folder_that_is_none_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"kit\.logo"):
        async with in_process(tmp_path, f"[kit]\nlogo = {json.dumps(str(tmp_path / 'nowhere'))}\n"):
            pass
    configuration(tmp_path)


@pytest.mark.parametrize(
    ("day", "words"), [(date(2026, 8, 1), "1er août 2026"), (date(2026, 12, 22), "22 décembre 2026")]
)
def test_dates_in_french(day: date, words: str) -> None:
    assert in_words(day) == words


def test_the_code_is_an_image_of_its_link() -> None:
    assert qr_svg(ATTESTED.link).startswith(b"<?xml")
    assert qr_svg(ATTESTED.link) != qr_svg("https://hub.example.org/verifier/x")
