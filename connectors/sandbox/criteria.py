"""FHIR R4 search parameters: which ones each resource type has, and what an entry must hold to match.

Token, string, reference and date parameters (FHIR R4 §3.1.1.4). A comma means "or"; repeating a parameter means
"and". Strings match at the beginning, whatever the case and the accents.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from connectors.sandbox.library import Entry
from connectors.sandbox.resources import Resource

Criterion: TypeAlias = Callable[[Entry], bool]
Values: TypeAlias = Callable[[Resource], Iterable[Any]]


class SearchError(Exception):
    """The search is refused; `status` is the HTTP status and the text the OperationOutcome's diagnostics."""

    def __init__(self, diagnostics: str, status: int = 400) -> None:
        super().__init__(diagnostics)
        self.status = status


def _codings(concepts: Iterable[Resource]) -> Iterator[tuple[str, str]]:
    for concept in concepts:
        for coding in concept["coding"]:
            yield coding["system"], coding["code"]


def _identifiers(resource: Resource) -> Iterator[tuple[str, str]]:
    return ((i["system"], i["value"]) for i in resource["identifier"])


def _identifier_types(resource: Resource) -> Iterator[tuple[str, str]]:
    return _codings(i["type"] for i in resource["identifier"] if "type" in i)


def _address(*fields: str) -> Values:
    def values(resource: Resource) -> Iterator[str]:
        for address in resource.get("address", ()):
            for field in fields:
                found = address.get(field, ())
                yield from [found] if isinstance(found, str) else found

    return values


def _human_name(*fields: str) -> Values:
    def values(resource: Resource) -> Iterator[str]:
        for name in resource["name"]:
            for field in fields:
                yield from [name[field]] if isinstance(name[field], str) else name[field]

    return values


def _mailboxes(resource: Resource) -> Iterator[str]:
    return (t["value"] for t in resource.get("telecom", ()) if "extension" in t)


def _reference(field: str) -> Values:
    def values(resource: Resource) -> Iterator[str]:
        if field in resource:
            yield resource[field]["reference"]

    return values


TOKENS: dict[str, Values] = {
    "_id": lambda r: [("", r["id"])],
    "active": lambda r: [("", "true" if r["active"] else "false")],
    "identifier": _identifiers,
    "identifier-type": _identifier_types,
    "type": lambda r: _codings(r.get("type", ())),
    "role": lambda r: _codings(r.get("code", ())),
    "qualification-code": lambda r: _codings(q["code"] for q in r.get("qualification", ())),
}
STRINGS: dict[str, Values] = {
    "address": _address("line", "city", "district", "postalCode"),
    "address-city": _address("city"),
    "address-line": _address("line"),
    "address-postalcode": _address("postalCode"),
    "mailbox-mss": _mailboxes,
    "family": _human_name("family"),
    "given": _human_name("given"),
}
REFERENCES: dict[str, tuple[str, Values]] = {
    "organization": ("Organization", _reference("organization")),
    "practitioner": ("Practitioner", _reference("practitioner")),
    "partof": ("Organization", _reference("partOf")),
}

COMMON = ("_id", "_lastUpdated", "active", "identifier")
PARAMETERS: dict[str, tuple[str, ...]] = {
    "Organization": (
        *COMMON,
        "address",
        "address-city",
        "address-line",
        "address-postalcode",
        "identifier-type",
        "mailbox-mss",
        "name",
        "partof",
        "pharmacy-licence",
        "type",
    ),
    "PractitionerRole": (*COMMON, "mailbox-mss", "organization", "practitioner", "role"),
    "Practitioner": (
        *COMMON,
        "family",
        "given",
        "identifier-type",
        "mailbox-mss",
        "name",
        "qualification-code",
    ),
    "HealthcareService": (*COMMON, "characteristic", "organization", "service-category", "service-type"),
    "Device": (
        "_id",
        "_lastUpdated",
        "identifier",
        "manufacturer",
        "model",
        "organization",
        "status",
        "type",
    ),
}
"""Resource type -> its search parameters, as the public CapabilityStatement lists them."""


def criterion(kind: str, parameter: str, value: str) -> Criterion:
    """What one parameter of a search asks of an entry; SearchError when there is no such parameter or value."""
    name, _, modifier = parameter.partition(":")
    if name not in PARAMETERS[kind]:
        valid = ", ".join(sorted(PARAMETERS[kind]))
        raise SearchError(
            f'HAPI-0524: Unknown search parameter "{name}" for resource type "{kind}". '
            f"Valid search parameters for this search are: [{valid}]"
        )
    if modifier and (modifier not in {"exact", "contains"} or _strings(kind, name) is None):
        raise SearchError(f'HAPI-0507: Unsupported search parameter modifier ":{modifier}" on "{name}"')
    if modifier == "contains":
        raise SearchError("the server gave up after 30 seconds", status=504)
    wanted = [v.replace("\\,", ",") for v in re.split(r"(?<!\\),", value) if v]
    if name == "_lastUpdated":
        return _date_criterion(wanted)
    if name in REFERENCES:
        return _reference_criterion(name, wanted)
    if name in TOKENS:
        return _token_criterion(TOKENS[name], wanted)
    return _string_criterion(_strings(kind, name), wanted, exact=modifier == "exact")


def _strings(kind: str, name: str) -> Values | None:
    if name == "name":
        return (lambda r: [r["name"]]) if kind == "Organization" else _human_name("family", "given", "prefix")
    return STRINGS.get(name)


def _token_criterion(values: Values, wanted: list[str]) -> Criterion:
    bare = {w for w in wanted if "|" not in w}
    pairs = {tuple(w.split("|", 1)) for w in wanted if "|" in w}

    def matches(entry: Entry) -> bool:
        return any(
            code in bare or (system, code) in pairs or (system, "") in pairs for system, code in values(entry.resource)
        )

    return matches


def _string_criterion(values: Values | None, wanted: list[str], *, exact: bool) -> Criterion:
    if values is None:  # a parameter of the CapabilityStatement that no entry of the sandbox has a value for
        return lambda entry: False
    if exact:
        return lambda entry: any(value in wanted for value in values(entry.resource))
    beginnings = tuple(plain(w) for w in wanted)
    return lambda entry: any(plain(value).startswith(beginnings) for value in values(entry.resource))


def _reference_criterion(name: str, wanted: list[str]) -> Criterion:
    kind, values = REFERENCES[name]
    references = {w if "/" in w else f"{kind}/{w}" for w in wanted}
    return lambda entry: any(value in references for value in values(entry.resource))


def _date_criterion(wanted: list[str]) -> Criterion:
    """`_lastUpdated=ge2025-01-01` and the like; ISO 8601 texts in UTC compare as they are written."""
    tests = [_date_test(w) for w in wanted]
    return lambda entry: any(test(entry.resource["meta"]["lastUpdated"]) for test in tests)


def _date_test(wanted: str) -> Callable[[str], bool]:
    prefix, text = (wanted[:2], wanted[2:]) if wanted[:2].isalpha() else ("eq", wanted)
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise SearchError(f'HAPI-1882: Invalid date/time format: "{text}"') from error
    tests: dict[str, Callable[[str], bool]] = {
        "eq": lambda value: value.startswith(text),
        "ge": lambda value: value >= text,
        "gt": lambda value: value > text and not value.startswith(text),
        "le": lambda value: value < text or value.startswith(text),
        "lt": lambda value: value < text,
    }
    if prefix not in tests:
        raise SearchError(f'HAPI-1941: Unknown date prefix: "{prefix}"')
    return tests[prefix]


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Without case and accents; FHIR keeps the rest."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
