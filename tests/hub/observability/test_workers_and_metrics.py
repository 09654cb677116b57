"""The counts of several processes, added up, in the format of Prometheus."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from watched import SCHEMA, Answering, asks, get

from connectors.errors import Unavailable
from hub.observability import workers
from hub.observability.exchange import Exchange
from hub.observability.metrics import exposition
from hub.observability.names import OTHER
from hub.observability.observatory import Observatory
from hub.observability.requests import MOST_WORDS, RequestTally
from hub.observability.snapshot import CacheFigures, Snapshot, resident_bytes
from hub.observability.workers import MOST_FILES, Workers

WORKER = """
import asyncio, sys
from pathlib import Path
from watched import SCHEMA, Answering, get
from hub.observability.observatory import Observatory

async def main(folder, requests):
    observatory = Observatory(SCHEMA, folder=Path(folder))
    observatory.ledger("monenfant").breaker_is("open")
    observatory.caches["answers"] = lambda: __import__("hub.observability.snapshot").observability.snapshot.CacheFigures(1, 10, 2, 3)
    app = observatory.watching(Answering(observatory))
    observatory.start()
    for _ in range(requests):
        await get(app)
    await observatory.aclose()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(snapshot: Snapshot) -> Samples:
    text, _ = exposition(snapshot, None)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def only(all_: Samples, name: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(value for _, value in labels): value for (of, labels), value in all_.items() if of == f"hub1000_{name}"
    }


def run_worker(folder: Path, requests: int) -> None:
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(folder), str(requests)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


async def test_any_worker_tells_the_counts_of_all(tmp_path: Path) -> None:
    observatory = Observatory(SCHEMA, folder=tmp_path)
    observatory.caches["answers"] = lambda: CacheFigures(5, 50, 20, 30)
    app = observatory.watching(Answering(observatory))
    await get(app)
    for requests in (3, 4):
        run_worker(tmp_path, requests)

    shown = samples(observatory.total())
    assert only(shown, "requests_total") == {("graphql", "200", "none"): 8}
    assert only(shown, "workers") == {(): 3}
    assert only(shown, "source_breaker")["monenfant", "open"] == 1
    assert only(shown, "cache_entries") == {("answers",): 7}
    assert only(shown, "cache_hits_total") == {("answers",): 24}


async def test_of_a_worker_that_has_ended_the_counts_stay(tmp_path: Path) -> None:
    run_worker(tmp_path, 3)
    observatory = Observatory(SCHEMA, folder=tmp_path)
    observatory.ledger("monenfant")
    later = Workers(observatory._take, tmp_path, clock=lambda: 4e9)

    shown = samples(later.total())
    assert only(shown, "requests_total") == {("graphql", "200", "none"): 3}
    assert only(shown, "workers") == {(): 1}
    assert only(shown, "source_breaker")["monenfant", "open"] == 0
    assert only(shown, "cache_entries") == {("answers",): 0}
    assert only(shown, "cache_hits_total") == {("answers",): 2}


def test_files_are_bounded_and_a_strange_one_costs_nothing(tmp_path: Path) -> None:
    observatory = Observatory(SCHEMA, folder=tmp_path)
    for i in range(2 * MOST_FILES):
        (tmp_path / f"{i}.tally").write_bytes(b"another version's")
    observatory.workers.write()

    assert observatory.total().workers == 1
    assert len(list(tmp_path.glob("*.tally"))) == MOST_FILES


async def test_a_folder_that_is_gone_costs_nothing(tmp_path: Path) -> None:
    observatory = Observatory(SCHEMA, folder=tmp_path / "gone")
    observatory.workers.write()

    assert observatory.total().workers == 1


class Written(Workers):
    """Tells when it has written."""

    def __init__(self, observatory: Observatory, folder: Path) -> None:
        super().__init__(observatory._take, folder)
        self.times: asyncio.Queue[None] = asyncio.Queue()

    def write(self) -> None:
        super().write()
        self.times.put_nowait(None)


async def test_a_worker_writes_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "EVERY", 0.0)
    writer, reader = Observatory(SCHEMA), Observatory(SCHEMA, folder=tmp_path)
    writer.workers = written = Written(writer, tmp_path)
    writer.start()
    await written.times.get()
    await get(writer.watching(Answering(writer)))
    for _ in range(3):
        await written.times.get()
    assert reader.total().requests.by_status() == {("graphql", "none", 200): 1}
    await writer.aclose()


async def test_reading_does_not_change_what_is_counted(tmp_path: Path) -> None:
    observatory = Observatory(SCHEMA, folder=tmp_path)
    run_worker(tmp_path, 3)
    app = observatory.watching(Answering(observatory))
    await get(app)
    first = samples(observatory.total())
    again = samples(observatory.total())

    assert only(first, "requests_total") == only(again, "requests_total") == {("graphql", "200", "none"): 4}


async def test_every_metric_is_there() -> None:
    observatory = Observatory(SCHEMA, known=["Nearby"])
    observatory.caches["plans"] = lambda: CacheFigures(5, 0, 20, 30)
    answering = Answering(observatory)
    ledger = observatory.ledger("monenfant")

    def on(exchange: Exchange) -> None:
        asks(observatory, exchange, "query Nearby { structures { id } }")
        exchange.executor, exchange.fallback, exchange.cache = "graphql-core", "introspection", "miss"
        exchange.codes = ["SOURCE_UNAVAILABLE"]
        with ledger.calling("search"):
            pass
        with pytest.raises(Unavailable), ledger.calling("get"):
            raise Unavailable("monenfant", "down")
        ledger.looked_up(hits=1, misses=2, stale=3)
        ledger.retried()
        ledger.held_back("queue")
        ledger.breaker_is("half_open")

    answering.on = on  # type: ignore[method-assign]
    await get(observatory.watching(answering))
    shown = samples(observatory.total())

    assert only(shown, "requests_total") == {("graphql", "200", "query"): 1}
    assert only(shown, "request_seconds_count") == {("miss", "graphql"): 1}
    assert only(shown, "request_seconds_bucket")["miss", "+Inf", "graphql"] == 1
    assert only(shown, "operations_total") == {("Nearby",): 1}
    assert only(shown, "operation_seconds_total")["Nearby",] > 0
    assert only(shown, "errors_total") == {("SOURCE_UNAVAILABLE",): 1}
    assert only(shown, "executions_total") == {("graphql-core",): 1}
    assert only(shown, "fallbacks_total") == {("introspection",): 1}
    assert only(shown, "source_calls_total") == {
        ("search", "answered", "monenfant"): 1,
        ("get", "unavailable", "monenfant"): 1,
    }
    assert only(shown, "source_call_seconds_count") == {("monenfant",): 2}
    assert only(shown, "source_cache_total") == {
        ("hit", "monenfant"): 1,
        ("miss", "monenfant"): 2,
        ("stale", "monenfant"): 3,
    }
    assert only(shown, "source_retries_total") == {("monenfant",): 1}
    assert only(shown, "source_held_back_total") == {("queue", "monenfant"): 1}
    assert only(shown, "source_breaker") == {
        ("monenfant", "closed"): 0,
        ("monenfant", "half_open"): 1,
        ("monenfant", "open"): 0,
    }
    assert only(shown, "source_last_answer_time_seconds")["monenfant",] > 1e9
    assert only(shown, "cache_entries") == {("plans",): 5}
    assert only(shown, "cache_misses_total") == {("plans",): 30}
    assert only(shown, "resident_memory_bytes")[()] == pytest.approx(resident_bytes(), rel=0.5)
    assert only(shown, "cpu_seconds_total")[()] > 0


async def test_hostile_names_make_no_new_series() -> None:
    observatory = Observatory(SCHEMA)
    answering = Answering(observatory)
    app = observatory.watching(answering)
    for i in range(200):
        answering.on = lambda exchange, i=i: asks(observatory, exchange, f"query Q{i} {{ structures {{ id }} }}")  # type: ignore[method-assign,misc]
        await get(app, headers=[("x-client-name", f"client{i}")])

    total = observatory.total()
    assert only(samples(total), "operations_total") == {(OTHER,): 200}
    assert total.usage.fields()["Query.structures"] == {OTHER: 200}


def test_a_scraper_may_ask_for_openmetrics() -> None:
    text, media_type = exposition(Snapshot(at=0, began=0), "application/openmetrics-text; version=1.0.0")

    assert media_type.startswith("application/openmetrics-text")
    assert any(family.name == "hub1000_workers" for family in openmetrics(text.decode()))


def test_memory_is_zero_where_the_system_does_not_tell_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert resident_bytes() > 1_000_000
    monkeypatch.setattr("hub.observability.snapshot.STATM", tmp_path / "nothing")
    assert resident_bytes() == 0


async def test_ledgers_outlive_a_change_of_configuration() -> None:
    observatory = Observatory(SCHEMA)
    before = observatory.ledger("monenfant")
    before.retried()
    before.breaker_is("open")
    again = observatory.ledger("monenfant")

    assert again.tally.retries == 1
    assert again.tally.opened == 1
    assert again.tally.breaker == "closed"


def test_counts_of_requests_add_up_and_their_words_are_few() -> None:
    scope = {"type": "http", "method": "GET", "path": "/graphql", "headers": []}
    tallies = [RequestTally(), RequestTally()]
    for tally in tallies:
        for i in range(MOST_WORDS + 10):
            exchange = Exchange(scope, 0.0)
            exchange.codes = [f"CODE{i}"]
            exchange.executor = "compiled"
            exchange.end(0.5)
            tally.count(exchange, "Nearby")
    tallies[0].merge(tallies[1])

    errors = tallies[0].errors
    assert len(errors) == MOST_WORDS + 1
    assert errors[OTHER] == 20
    assert errors["CODE0"] == 2
    assert tallies[0].executors == {"compiled": 2 * (MOST_WORDS + 10)}
    assert tallies[0].operations["Nearby"].count == 2 * (MOST_WORDS + 10)


def test_a_file_that_goes_away_meanwhile_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "1.tally").symlink_to(tmp_path / "gone")

    assert Observatory(SCHEMA, folder=tmp_path).total().workers == 1
