"""A small FHIR server in the form of the Annuaire Santé, for the tests: searches, includes, opaque pages, faults."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

DATA = Path(__file__).parents[1] / "data" / "annuaire-sante"
BASE = "https://gateway.api.esante.gouv.fr/fhir/v2"
TYPES = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
NOS = "https://mos.esante.gouv.fr/NOS"
R66 = f"{NOS}/TRE_R66-CategorieEtablissement/FHIR/TRE-R66-CategorieEtablissement"
R02 = f"{NOS}/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
R23 = f"{NOS}/TRE_R23-ModeExercice/FHIR/TRE-R23-ModeExercice"
G15 = f"{NOS}/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
R38 = f"{NOS}/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
FHIR_JSON = "application/fhir+json;charset=utf-8"

Resource = dict[str, Any]


def examples(pattern: str = "*-*.json") -> dict[str, Resource]:
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(DATA.glob(pattern))}


def public_examples() -> list[Resource]:
    return [e | {"id": e["id"].removesuffix("DP")} for e in examples("*DP.json").values()]


def concept(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def identifier(code: str, system: str, value: str) -> Resource:
    return {"use": "official", "type": concept(TYPES, code), "system": system, "value": value}


def organization(
    technical_id: str,
    finess: str | None = None,
    *,
    insee: str | None = None,
    postal_code: str | None = None,
    city: str | None = None,
    category: str | None = None,
    sector: str | None = None,
    **more: Any,
) -> Resource:
    address: Resource = {"line": ["1 RUE X"], "city": city, "postalCode": postal_code}
    if insee:
        url = "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code"
        address["extension"] = [{"url": url, "valueCoding": {"code": insee}}]
    types = [concept(R66, category)] if category else []
    types += [concept(R02, sector)] if sector else []
    found = {
        "resourceType": "Organization",
        "id": technical_id,
        "active": True,
        "name": f"Structure {technical_id}",
        "identifier": [identifier("FINEG", "https://finess.esante.gouv.fr", finess)] if finess else [],
        "type": types,
    }
    if postal_code or city or insee:
        found["address"] = [address]
    return found | more


def practitioner(technical_id: str, rpps: str, profession: str = "50", **more: Any) -> Resource:
    return {
        "resourceType": "Practitioner",
        "id": technical_id,
        "active": True,
        "identifier": [identifier("RPPS", "https://rpps.esante.gouv.fr", rpps)],
        "name": [{"family": "MARTIN", "given": ["Fictive"]}],
        "qualification": [{"code": concept(G15, profession)}],
    } | more


def role(technical_id: str, person: str, place: str, mode: str = "L", **more: Any) -> Resource:
    return {
        "resourceType": "PractitionerRole",
        "id": technical_id,
        "active": True,
        "practitioner": {"reference": f"Practitioner/{person}"},
        "organization": {"reference": f"Organization/{place}"},
        "code": [concept(R23, mode)],
    } | more


class AnnuaireServer:
    """`calls`: (method, path, parameters) of every request, in order. `fault`: answers instead where it gives one."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = list(resources)
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.keys: list[str | None] = []
        self.fault: Callable[[Request], Response | None] = lambda _: None
        self.page_size = 200
        self.split_includes = False
        """Includes go on the page after their matches."""

    def asked(self, resource: str) -> list[dict[str, str]]:
        return [params for _, path, params in self.calls if path.split("/")[3] == resource]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        text = (await request.body()).decode() if request.method == "POST" else request.url.query
        params = dict(parse_qsl(text))
        self.calls.append((request.method, request.url.path, params))
        self.keys.append(request.headers.get("ESANTE-API-KEY"))
        response = self.fault(request) or self._answer(request.url.path.split("/")[3], params)
        await response(scope, receive, send)

    def _answer(self, resource: str, params: Mapping[str, str]) -> Response:
        start = 0
        if resource == "_page":
            state = json.loads(bytes.fromhex(params["id"]))
            start, resource, params = state["start"], state["resource"], state["params"]
        size = min(self.page_size, int(params.get("_count", "50")))
        found = [r for r in self.resources if r["resourceType"] == resource and _matches(r, params)]
        page = found[start : start + size]
        matches = found[max(0, start - size) : start] if self.split_includes else page
        pages = start + size < len(found) or (self.split_includes and bool(page))
        links = [{"relation": "self", "url": f"{BASE}/{resource}"}]
        if pages:
            state = {"start": start + size, "resource": resource, "params": dict(params)}
            links.insert(0, {"relation": "next", "url": f"{BASE}/_page?id={json.dumps(state).encode().hex()}"})
        return bundle([*page, *self._included(matches, params)], links)

    def _included(self, matches: list[Resource], params: Mapping[str, str]) -> list[Resource]:
        field = params.get("_revinclude", ":").split(":")[1]
        references = {f"{m['resourceType']}/{m['id']}" for m in matches}
        return [r for r in self.resources if r.get(field, {}).get("reference") in references] if field else []


def bundle(resources: Iterable[Any], links: Iterable[Resource] = ()) -> Response:
    entries = [{"fullUrl": f"{BASE}/x", "resource": resource} for resource in resources]
    content = {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": list(links)}
    return Response(json.dumps(content), media_type=FHIR_JSON)


def outcome(status: int, diagnostics: str) -> Response:
    issue = [{"severity": "error", "code": "processing", "diagnostics": diagnostics}]
    content = json.dumps({"resourceType": "OperationOutcome", "issue": issue})
    return Response(content, status, media_type=FHIR_JSON)


def _matches(resource: Resource, params: Mapping[str, str]) -> bool:
    return all(_has(resource, name, value.split(",")) for name, value in params.items())


def _has(resource: Resource, name: str, values: list[str]) -> bool:
    match name:
        case "_id":
            return resource["id"] in values
        case "active":
            return str(resource["active"]).lower() in values
        case "identifier":
            return bool({f"{i['system']}|{i['value']}" for i in resource["identifier"]} & set(values))
        case "type":
            codings = [c for concept in resource["type"] for c in concept["coding"]]
            return bool({f"{c['system']}|{c['code']}" for c in codings} & set(values))
        case "address-postalcode":
            return _begins(resource, "postalCode", values)
        case "address-city":
            return _begins(resource, "city", values)
        case "_count" | "_revinclude":
            return True
    raise AssertionError(f"not a search parameter: {name}")


def _begins(resource: Resource, field: str, values: list[str]) -> bool:
    return any((a.get(field) or "").startswith(tuple(values)) for a in resource.get("address", []))
