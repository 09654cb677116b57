"""What the hub is asked on each of its paths, beside whom, and what must come out."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from registry_entries import key_of

from connectors.gazetteer import gazetteer

FIELDS = """id name otherNames kind description languages
      category { code text }
      address { street postalCode city inseeCode }
      position { latitude longitude }
      contact { phone email }
      priorities { priority { code } }"""
"""Of a structure: 23 fields."""

QUERY = f"""query Nearby($first: Int!) {{
  structures(filter: {{ place: {{ near: {{ latitude: 47.322, longitude: 5.041, radiusMeters: 10000 }} }} }}, first: $first) {{
    nodes {{
      {FIELDS}
    }}
  }}
}}"""
VARIABLES = {"first": 20}

IN_COMMUNE = f"""query InCommune($commune: InseeCode!) {{
  structures(filter: {{ place: {{ commune: $commune }} }}, first: 20) {{
    nodes {{
      {FIELDS}
    }}
  }}
}}"""

MOST_IDS: Final = 100
"""Ids that one field `nodes` takes."""

DIFFERENT: Final = 12_000
"""Requests of a run, more than are answered in it: no client comes to those of another, whose work might be shared."""

ASKED: Final = 240_000
"""Structures that the requests of a run ask for together, at the most."""


@dataclass(frozen=True)
class Bar:
    """What must come out: `of` says what is compared, `limit` is the least, or the most where `most`."""

    of: str
    limit: float
    most: bool = False

    def holds(self, value: float) -> bool:
        return value <= self.limit if self.most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.most else '≥'} {self.limit:g}"


@dataclass(frozen=True)
class Case:
    """One row of a table: who is asked, and with which requests (of run number n).

    `plain` and `static`: the names of the rows it is compared with. `structures`: how many are told in an answer.
    """

    name: str
    target: str
    requests: Callable[[int], list[bytes]]
    static: str | None = None
    plain: str | None = None
    bars: tuple[Bar, ...] = ()
    status: str = "200"
    structures: int = 20


def post(body: object) -> bytes:
    """A POST, whole."""
    content = json.dumps(body).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: application/json\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content


def get(parameters: dict[str, str], *headers: str) -> bytes:
    """A GET, whole."""
    url = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"GET /graphql?{url} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n{lines}\r\n".encode()


def always(*requests: bytes) -> Callable[[int], list[bytes]]:
    """The same requests in each run."""
    return lambda _: list(requests)


HASH = sha256(QUERY.encode()).hexdigest()
BODY = {"query": QUERY, "variables": VARIABLES}
REGISTERING = {**BODY, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}
"""Has the hub know the document by its hash."""


def kept(etag: str) -> list[Case]:
    """Answers that are kept, asked in each way; and answers made of rows that are."""
    extensions = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": HASH}}, separators=(",", ":"))
    whole = {"query": QUERY, "variables": json.dumps(VARIABLES)}
    by_hash = {"extensions": extensions, "variables": json.dumps(VARIABLES)}
    # questions that are made of the same rows and are not the same
    different = [post({**BODY, "extensions": {"n": n}}) for n in range(DIFFERENT)]
    posted, got, whole_got = always(post(BODY)), always(get(by_hash)), always(get(whole))
    rate, plain = Bar("of static", 0.9), "plain Strawberry"
    static, static_get = "static bytes, POST", "static bytes, GET"
    return [
        Case("bare static bytes, POST", "bare", posted),
        Case(static, "static", posted),
        Case("cached answer, POST", "hub", posted, static, plain, (Bar("x plain", 100), rate)),
        Case("bare static bytes, GET", "bare", got),
        Case(static_get, "static", got),
        Case("cached answer, GET by hash", "hub", got, static_get, plain, (Bar("x plain", 100), rate)),
        Case("static bytes, GET whole", "static", whole_got),
        Case("cached answer, GET whole", "hub", whole_got, "static bytes, GET whole", plain, (Bar("x plain", 100), rate)),
        Case("not modified (304)", "hub", always(get(by_hash, f"if-none-match: {etag}")), static_get, plain, status="304"),
        Case(
            "warm rows, not cached", "uncached", lambda _: different, static, plain,
            (Bar("x plain", 35), Bar("x static", 5, most=True)),
        ),
        Case(plain, "plain", posted, static),
    ]  # fmt: skip


def nodes(ids: list[str]) -> bytes:
    """Structures by their ids, a hundred to a field."""
    parts = [ids[i : i + MOST_IDS] for i in range(0, len(ids), MOST_IDS)]
    asked = ", ".join(f"$ids{n}: [ID!]!" for n in range(len(parts)))
    fields = "\n".join(f"  part{n}: nodes(ids: $ids{n}) {{ ...Told }}" for n in range(len(parts)))
    query = f"query ByIds({asked}) {{\n{fields}\n}}\nfragment Told on Structure {{\n      {FIELDS}\n}}"
    return post({"query": query, "variables": {f"ids{n}": part for n, part in enumerate(parts)}})


def registered(rows: int, structures: int, run: int) -> list[bytes]:
    """Structures of the registry by id, others in each request."""
    chance = random.Random(f"{structures} {run}")
    ids = [
        [f"registry--{key_of(n)}" for n in chance.sample(range(rows), structures)] for _ in range(_requests(structures))
    ]
    return [nodes(some) for some in ids]


def in_communes(run: int) -> list[bytes]:
    """The first structures of a commune, another in each request."""
    communes = sorted(gazetteer().communes)
    random.Random(run).shuffle(communes)
    return [post({"query": IN_COMMUNE, "variables": {"commune": code}}) for code in communes[:DIFFERENT]]


def in_bundle(structures: int, run: int) -> list[bytes]:
    """Establishments of the Annuaire Santé by id, others in each request."""
    chance = random.Random(f"{structures} {run}")
    numbers = [chance.sample(range(10**6), structures) for _ in range(_requests(structures))]
    return [nodes([f"annuaire_sante--finess-210{n:06}" for n in some]) for some in numbers]


def _requests(structures: int) -> int:
    return min(DIFFERENT, ASKED // structures)


COLD = (Bar("x plain", 15), Bar("x static", 11, most=True))
LIVE = (Bar("x plain", 12), Bar("x static", 20, most=True))


def cold(rows: int) -> list[Case]:
    """Rows that are not held: of a registry of so many structures, and of one live Bundle."""
    return [
        *_compared(f"registry of {rows:,}, by id", "registry", partial(registered, rows, 20), COLD, by_hand=True),
        *_compared(f"registry of {rows:,}, by commune", "registry", in_communes, COLD),
        *_compared("one live upstream Bundle", "bundle", partial(in_bundle, 20), LIVE, by_hand=True),
    ]


def _compared(
    name: str,
    target: str,
    requests: Callable[[int], list[bytes]],
    bars: tuple[Bar, ...],
    *,
    by_hand: bool = False,
) -> list[Case]:
    plain, static = f"{name}: plain Strawberry", f"{name}: static bytes"
    least = Case(f"{name}: the least, by hand", f"{target}-by-hand", requests, static, plain)
    return [
        Case(static, f"static: {name}", lambda run: requests(run)[:1]),
        Case(name, target, requests, static, plain, bars),
        *([least] if by_hand else []),
        Case(plain, f"{target}-plain", requests, static),
    ]


def sizes(rows: int) -> list[Case]:
    """The same with more and fewer structures: what a structure costs, and what an answer costs however few it tells."""
    return [
        Case(f"{name}, {count}", target, partial(requests, count), structures=count)
        for name, target, requests in (
            ("registry", "registry", partial(registered, rows)),
            ("live Bundle", "bundle", in_bundle),
        )
        for count in (1, 20, 200, 1_000)
    ]


def told(answer: dict[str, Any]) -> int:
    """How many structures an answer tells."""
    assert "errors" not in answer, answer["errors"]
    data = answer["data"]
    lists = [data["structures"]["nodes"]] if "structures" in data else data.values()
    return sum(node is not None for nodes_ in lists for node in nodes_)
