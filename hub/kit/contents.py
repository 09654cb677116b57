"""What is in the kit: a zip whose bytes are the same each time, as long as what it tells is."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from hub.kit.attestation import Attested, in_words, page_of, qr_png, qr_svg

OWN: Final = Path(__file__).parent / "files"
CHARTER: Final = "charte-d-usage.txt"
PLACEHOLDER: Final = ("logo.svg", "logo.png")

MOST_FILES: Final = 50
MOST_BYTES: Final = 20 * 1024 * 1024
"""Of the programme's files together."""

PACKED: Final = frozenset({".png", ".jpg", ".jpeg", ".pdf", ".zip"})
"""What would not become smaller."""

ALWAYS: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can tell."""


class LogoUnusable(Exception):
    """The programme's files cannot be given; the message says why."""


def logo_files(folder: str | None) -> dict[str, bytes]:
    """The files of the logo by their names in the kit: those of the programme's folder, or the placeholder's.

    Names are made of letters, digits, dots, hyphens and underscores only. Raises LogoUnusable.
    """
    if folder is None:
        return {name: (OWN / name).read_bytes() for name in PLACEHOLDER}
    found: dict[str, bytes] = {}
    room = MOST_BYTES
    try:
        paths = sorted(path for path in Path(folder).iterdir() if path.is_file() and not path.name.startswith("."))
        if not paths or len(paths) > MOST_FILES:
            raise LogoUnusable(f"{folder}: 1 to {MOST_FILES} files are wanted, not {len(paths)}")
        for path in paths:
            room -= path.stat().st_size
            if room < 0:
                raise LogoUnusable(f"{folder}: its files are larger than {MOST_BYTES} bytes")
            found[re.sub(r"[^A-Za-z0-9._-]+", "-", path.name)] = path.read_bytes()
    except OSError as error:
        raise LogoUnusable(f"{folder}: cannot be read: {error.strerror}") from None
    return found


def kit_of(attested: Attested, logo: dict[str, bytes], *, provisional: bool) -> bytes:
    """The zip. `provisional`: the logo is the placeholder, which the notice says."""
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for name, content in _files(attested, logo, provisional=provisional):
            entry = ZipInfo(name, ALWAYS)
            entry.compress_type = ZIP_STORED if Path(name).suffix.lower() in PACKED else ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)
    return out.getvalue()


def _files(attested: Attested, logo: dict[str, bytes], *, provisional: bool) -> Iterator[tuple[str, bytes]]:
    yield "LISEZ-MOI.txt", _notice(attested, provisional=provisional).encode()
    yield CHARTER, (OWN / CHARTER).read_bytes()
    yield "attestation.html", page_of(attested)
    yield "code-qr.png", qr_png(attested.link)
    yield "code-qr.svg", qr_svg(attested.link)
    for name, content in sorted(logo.items()):
        yield f"logo/{name}", content


def _notice(attested: Attested, *, provisional: bool) -> str:
    lines = [
        "KIT DES PROFESSIONNELS DES 1000 PREMIERS JOURS",
        "",
        f"Pour : {' '.join(attested.name.splitlines())}",
        f"Enregistrement validé le {in_words(attested.since)}, code {attested.code}",
        f"Vérification : {attested.link}",
        "",
        f"{CHARTER} : dans quelles conditions le logo s’utilise",
        "attestation.html : à montrer ou à imprimer ; code-qr.png et code-qr.svg mènent à la vérification",
        "logo/ : le logo",
    ]
    if provisional:
        lines += [
            "",
            "LOGO PROVISOIRE : les fichiers de ce dossier sont un dessin neutre, qui tient la place du logo du",
            "programme. Ils ne sont pas à diffuser.",
        ]
    return "\r\n".join([*lines, ""])
