"""The hub's own paths, each beside plain Strawberry and the static bytes of the same answer."""

import json
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import serving_report
from serving_cases import BODY, QUERY, REGISTERING, VARIABLES, Bar, Case, cold, kept, sizes, told
from serving_process import ASKING, Run, Server, ask, measure, python
from serving_report import Runs, Verdict

GROWTH = Bar("times what a structure costs among 20", 1.2, most=True)


class Bench:
    """The servers under measurement; closing it ends them. `registry`: the file of a registry of `rows` structures."""

    def __init__(self, stack: ExitStack, registry: Path, rows: int) -> None:
        self._stack = stack
        self._registry = registry
        self._rows = rows
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._servers: dict[str, Server] = {}
        self.upstream = stack.enter_context(Server(python("serving_upstream.py"), cores=ASKING))

    def server(self, name: str) -> Server:
        """A target, started when it is first wanted."""
        if name not in self._servers:
            given: object = ""
            if name.startswith("registry"):
                given = self._registry
            elif name.startswith("bundle"):
                given = self.upstream.port
            self._servers[name] = self._stack.enter_context(Server(python("serving_targets.py", name, given)))
        return self._servers[name]

    def kept(self) -> list[Case]:
        """The rows of what is kept, their servers started and their answers compared."""
        (answer, got), (_, posted) = (_whole(self.server("hub"), by_get=by_get) for by_get in (True, False))
        assert told(json.loads(answer)) == VARIABLES["first"]
        for name in ("uncached", "plain"):
            assert json.loads(_whole(self.server(name), by_get=True)[0]) == json.loads(answer), name
        self._serve_still(("static", "bare"), answer, {"GET": got, "POST": posted})
        assert "errors" not in ask(self.server("hub").port, "/graphql", REGISTERING)
        return kept(got["etag"])

    def cold(self) -> list[Case]:
        """The rows of what is not held, in the same way."""
        with self._registry.open("rb") as file:
            while file.read(2**24):  # the figures are those of a file in the system's memory, not of a disk
                pass
        cases = cold(self._rows)
        for case in cases:
            if case.plain and case.static:
                body = case.requests(0)[0].partition(b"\r\n\r\n")[2]
                answer, headers = _posted(self.server(case.target), body)
                assert told(json.loads(answer)), case.name
                plain = next(c for c in cases if c.name == case.plain)
                assert json.loads(_posted(self.server(plain.target), body)[0]) == json.loads(answer), case.name
                static = next(c for c in cases if c.name == case.static)
                if static.target not in self._servers:
                    self._serve_still((static.target,), answer, {"POST": headers})
        return cases

    def _serve_still(self, names: Sequence[str], answer: str, headers: dict[str, dict[str, str]]) -> None:
        file = self._folder / f"{len(self._servers)}.json"
        file.write_text(json.dumps({"body": answer, "headers": headers}))
        for name in names:
            command = python("serving_targets.py", name.partition(":")[0], file)
            self._servers[name] = self._stack.enter_context(Server(command))

    def sizes(self) -> list[Case]:
        """The rows of answers of other sizes."""
        cases = sizes(self._rows)
        for case in cases:
            answer, _ = _posted(self.server(case.target), case.requests(0)[0].partition(b"\r\n\r\n")[2])
            assert told(json.loads(answer)) == case.structures, case.name
        return cases

    def runs(self, cases: Sequence[Case], rounds: int, seconds: float, connections: int) -> Runs:
        """Measure each row once a round, in turn."""
        figures: dict[str, list[Run]] = defaultdict(list)
        for number in range(rounds):
            for case in cases:
                run = measure([self.server(case.target)], case.requests(number), seconds, connections, case.status)
                figures[case.name].append(run)
        return figures

    def calls(self, cases: Sequence[Case]) -> list[Verdict]:
        """How many calls one question to the live directory makes: one."""
        verdicts = []
        for case in cases:
            if case.target == "bundle":
                before = ask(self.upstream.port, "/_calls")["calls"]
                _posted(self.server("bundle"), case.requests(-1)[0].partition(b"\r\n\r\n")[2])
                made = ask(self.upstream.port, "/_calls")["calls"] - before
                verdicts.append(Verdict(case.name, Bar("upstream calls a query", 1, most=True), made))
        return verdicts


def run(registry: Path, rows: int, rounds: int, seconds: float, connections: int) -> list[Verdict]:
    """Measure and print the paths."""
    with ExitStack() as stack:
        bench = Bench(stack, registry, rows)
        cases = [*bench.kept(), *bench.cold()]
        verdicts = serving_report.paths(cases, bench.runs(cases, rounds, seconds, connections))
        return [*verdicts, *bench.calls(cases)]


def run_sizes(registry: Path, rows: int, rounds: int, seconds: float, connections: int) -> list[Verdict]:
    """Measure and print how cost grows with size."""
    with ExitStack() as stack:
        bench = Bench(stack, registry, rows)
        cases = bench.sizes()
        return serving_report.sizes(cases, bench.runs(cases, rounds, seconds, connections), GROWTH, 20, 1_000)


def _whole(server: Server, *, by_get: bool) -> tuple[str, dict[str, str]]:
    """The answer as a client gets it, and its headers: asked until nothing is loading any more."""
    url, content = f"http://127.0.0.1:{server.port}/graphql", json.dumps(BODY).encode()
    if by_get:
        url += f"?query={quote(QUERY)}&variables={quote(json.dumps(VARIABLES))}"
    for _ in range(3):
        answer = _answer(url, None if by_get else content)
    return answer


def _posted(server: Server, content: bytes) -> tuple[str, dict[str, str]]:
    return _answer(f"http://127.0.0.1:{server.port}/graphql", content)


def _answer(url: str, content: bytes | None) -> tuple[str, dict[str, str]]:
    headers = {"accept": "application/json", "content-type": "application/json"}
    request = urllib.request.Request(url, content, headers)  # noqa: S310  # loopback
    with urllib.request.urlopen(request) as response:  # noqa: S310  # loopback
        body, told_ = response.read().decode(), {k.lower(): v for k, v in response.headers.items()}
    return body, {k: v for k, v in told_.items() if k not in {"date", "connection"}}
