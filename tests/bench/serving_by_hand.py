"""The least that Python can do for the answers that are compared: written by hand for one question each.

One statement, or one call; typed decoding; a dict for each structure; orjson. Nothing of a gateway: no document is
parsed, nothing is validated, merged, linked, guarded, bounded, counted or kept, and a failure is an error 500. What
stands between this and the hub is what the hub is for; what stands between this and static bytes, nothing can save.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.annuaire_sante import fhir
from connectors.annuaire_sante.identifiers import parse_key
from connectors.annuaire_sante.questions import organizations
from connectors.annuaire_sante.records import organization_record
from connectors.contract import Kind
from connectors.gazetteer import gazetteer
from connectors.nomenclature import PriorityBasis, PriorityCode
from connectors.records import StructureRecord
from connectors.registry import in_memory
from connectors.registry.reading import BY_KEY
from connectors.registry.rows import with_source
from connectors.sqlite.arrays import json_array

Read = Callable[[Sequence[str]], Awaitable[Mapping[str, StructureRecord]]]
"""The records of some keys."""

RANK = {(code, basis): n for n, (code, basis) in enumerate((c, b) for c in PriorityCode for b in PriorityBasis)}


def registry(data: Path, given: str) -> ASGIApp:
    """Structures of the registry of a file."""
    connection = sqlite3.connect(f"file:{given}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA cache_size = -256")
    decode = msgspec.json.Decoder(StructureRecord).decode

    async def read(keys: Sequence[str]) -> Mapping[str, StructureRecord]:
        rows = connection.execute(BY_KEY[Kind.STRUCTURE], [json_array(keys)])
        return {key: decode(with_source("registry", text)) for key, text in rows}

    return _application("registry--", read)


def bundle(data: Path, given: str) -> ASGIApp:
    """Establishments of the directories on this port, in one Bundle."""
    decode = msgspec.json.Decoder(fhir.Bundle).decode
    sessions: list[aiohttp.ClientSession] = []

    async def read(keys: Sequence[str]) -> Mapping[str, StructureRecord]:
        session = sessions[0] if sessions else aiohttp.ClientSession(f"http://127.0.0.1:{given}")
        sessions[:] = [session]
        search = organizations([known.place for key in keys if (known := parse_key(key))])
        async with session.post("/fhir/Organization/_search", data=dict(search.params)) as response:
            found = fhir.read_entries(decode(await response.read()).entry)
        records = (organization_record("annuaire_sante", each) for each in found.organizations.values())
        return {record.key: record for record in records if record}

    return _application("annuaire_sante--", read)


def _application(before: str, read: Read) -> ASGIApp:
    referentials, communes = in_memory().referentials(), gazetteer().communes

    def shown(record: StructureRecord) -> dict[str, Any]:
        address, contact, position = record.address, record.contact, record.position
        place = position or (communes.get(address.insee) if address and address.insee else None)
        nature = referentials.subcategory(record.subcategory).by_nature if record.subcategory else ()
        own = ((RANK[p.code, p.basis], p.action or "", p.code) for p in record.priorities)
        following = ((RANK[code, PriorityBasis.BY_NATURE], "", code) for code in nature)
        return {
            "id": before + record.key,
            "name": record.name,
            "otherNames": record.other_names,
            "kind": record.kind,
            "description": record.description,
            "languages": record.languages,
            "category": {"code": record.category, "text": referentials.category(record.category).text},
            "address": address
            and {
                "street": address.street,
                "postalCode": address.postal_code,
                "city": address.city,
                "inseeCode": address.insee,
            },
            "position": place and {"latitude": place.latitude, "longitude": place.longitude},
            "contact": contact and {"phone": contact.phone, "email": contact.email},
            "priorities": [{"priority": {"code": code}} for _, _, code in sorted({*chain(own, following)})],
        }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        keys = [id_[len(before) :] for id_ in orjson.loads(body)["variables"]["ids0"]]
        found = await read(keys)
        answer = orjson.dumps({"data": {"part0": [shown(found[key]) for key in keys]}})
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app
