"""The attestation: who may use the logo, since when, and how anybody can verify it, on one page."""

from datetime import date
from html import escape
from io import BytesIO
from string import Template
from typing import Final

import segno
from msgspec import Struct

VERIFY: Final = "/verifier"

MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip

_PAGE: Final = Template("""<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Attestation d’enregistrement</title>
<style>
body { margin: 2cm auto; max-width: 17cm; font: 12pt/1.5 sans-serif; color: #1a1a1a; background: #fff }
h1 { font-size: 20pt; line-height: 1.2 }
dt { font-weight: bold }
dd { margin: 0 0 .5cm; overflow-wrap: anywhere }
svg { width: 4cm; height: 4cm }
</style>
</head>
<body>
<main>
<h1>Attestation d’enregistrement des professionnels des 1000 premiers jours</h1>
<dl>
<dt>Nom</dt><dd>$name</dd>
<dt>Enregistrement validé le</dt><dd>$since</dd>
<dt>Code</dt><dd>$code</dd>
</dl>
<p>Cette personne ou cet établissement peut utiliser le logo des professionnels des 1000 premiers jours, dans les
conditions de sa charte d’usage, aussi longtemps que l’enregistrement est validé.</p>
<p>Cette attestation ne fait pas foi par elle-même : vérifiez le code à l’adresse <a href="$link">$link</a>.</p>
$qr
</main>
</body>
</html>
""")


class Attested(Struct, frozen=True, kw_only=True):
    """What is attested. `link`: where anybody can verify it."""

    name: str
    since: date
    code: str
    link: str


def page_of(attested: Attested) -> bytes:
    """The page, whole in itself."""
    values = {
        "name": escape(attested.name),
        "since": in_words(attested.since),
        "code": escape(attested.code),
        "link": escape(attested.link),
        "qr": _svg(attested.link).decode(),
    }
    return _PAGE.substitute(values).encode()


def qr_svg(link: str) -> bytes:
    """The QR code that leads to a link, as an SVG file."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + _svg(link)


def qr_png(link: str) -> bytes:
    """The QR code that leads to a link, as a PNG file."""
    out = BytesIO()
    _code(link).save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def in_words(day: date) -> str:
    """A date in French: "1er mars 2026"."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {MONTHS[day.month - 1]} {day.year}"


def _svg(link: str) -> bytes:
    out = BytesIO()
    title = "Code QR qui mène à la vérification"
    _code(link).save(out, kind="svg", scale=4, border=4, xmldecl=False, omitsize=False, title=title)
    return out.getvalue()


def _code(link: str) -> segno.QRCode:
    return segno.make(link, error="m", micro=False)
