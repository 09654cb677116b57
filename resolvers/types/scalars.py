"""The scalars of the API. One that comes in is checked for its form; what it names is looked up by resolvers."""

import re
from datetime import date, datetime
from typing import Any, NewType

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

InseeCode = NewType("InseeCode", str)
PostalCode = NewType("PostalCode", str)
Siret = NewType("Siret", str)
Finess = NewType("Finess", str)
Rpps = NewType("Rpps", str)
OpeningHours = NewType("OpeningHours", str)
URL = NewType("URL", str)
Email = NewType("Email", str)
PhoneNumber = NewType("PhoneNumber", str)


def _text(pattern: str, form: str) -> Any:
    """A parser that takes a string of a form, without spaces at its ends."""
    compiled = re.compile(pattern, re.ASCII)

    def parse(value: object) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise ValueError(f"{form} is wanted")
        return value

    return parse


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("a date and time with its offset is wanted (ISO 8601), as 2026-01-31T09:00:00+01:00")
    return moment


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError("a date is wanted (ISO 8601), as 2026-01-31")


def _scalar(name: str, description: str, url: str | None, parse: Any, serialize: Any = str) -> ScalarDefinition:
    return strawberry.scalar(
        name=name, description=description, specified_by_url=url, parse_value=parse, serialize=serialize
    )


INSEE = "https://www.insee.fr/fr/information/2560452"

SCALARS: dict[object, ScalarDefinition] = {
    datetime: _scalar(
        "DateTime",
        "A date and time with its offset (ISO 8601).",
        "https://scalars.graphql.org/andimarek/date-time",
        _moment,
        datetime.isoformat,
    ),
    date: _scalar(
        "Date", "A date (ISO 8601): 2026-01-31.", "https://www.rfc-editor.org/rfc/rfc3339", _day, date.isoformat
    ),
    InseeCode: _scalar(
        "InseeCode",
        'Code of a commune ("code officiel géographique" of INSEE): 21231, 2A004, 97411. Not a postal code.',
        INSEE,
        _text(r"(\d{2}|2[AB])\d{3}", "an INSEE code of a commune (five characters, as 21231 or 2A004)"),
    ),
    PostalCode: _scalar(
        "PostalCode",
        'French postal code ("code postal"): five digits.',
        "https://fr.wikipedia.org/wiki/Code_postal_en_France",
        _text(r"\d{5}", "a postal code (five digits)"),
    ),
    Siret: _scalar("Siret", "SIRET of a site: 14 digits.", INSEE, _text(r"\d{14}", "a SIRET (14 digits)")),
    Finess: _scalar(
        "Finess",
        "FINESS of a site: 9 characters.",
        "https://finess.esante.gouv.fr",
        _text(r"(\d{2}|2[AB])\d{7}", "a FINESS number (9 characters)"),
    ),
    Rpps: _scalar(
        "Rpps",
        "RPPS of a health professional: 11 digits.",
        "https://rpps.esante.gouv.fr",
        _text(r"\d{11}", "an RPPS number (11 digits)"),
    ),
    OpeningHours: _scalar(
        "OpeningHours",
        "Opening hours in the form of OpenStreetMap: Mo-Fr 08:00-18:30.",
        "https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification",
        _text(r".{1,500}", "opening hours in OpenStreetMap's form"),
    ),
    URL: _scalar(
        "URL", "An http(s) address.", "https://url.spec.whatwg.org/", _text(r"https?://\S+", "an http(s) address")
    ),
    Email: _scalar(
        "Email",
        "An e-mail address.",
        "https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address",
        _text(r"[^@\s]+@[^@\s]+", "an e-mail address"),
    ),
    PhoneNumber: _scalar(
        "PhoneNumber",
        "A telephone number (E.164): +33380000000.",
        "https://www.itu.int/rec/T-REC-E.164",
        _text(r"\+\d{6,15}", "a telephone number (E.164)"),
    ),
}

CONFIG = StrawberryConfig(scalar_map=SCALARS)
