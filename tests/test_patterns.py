"""Regular expressions: all of them are found by the benchmark that times them, and its strings are hard ones."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench import pattern_finding
from bench.pattern_finding import MADE, Unknown, patterns
from bench.pattern_strings import hostile

from connectors.links import link
from connectors.markup import _TAG
from hub.limits import hosts
from resolvers.ids import SOURCE_ID

ROOT = Path(__file__).parents[1]


def test_all_patterns_are_found() -> None:
    found = patterns()

    assert len(found) > 100
    assert {SOURCE_ID, hosts._HOST, link._ID, _TAG} <= {one.pattern for one in found}
    assert {"sub", "split", "search", "fullmatch", "findall", "finditer"} <= {m for one in found for m in one.methods}
    scalars = [one.pattern.pattern for one in found if one.where == "resolvers.types.scalars.SCALARS"]
    assert r"\d{14}" in scalars, "those in closures too"
    assert all(one.methods for one in found)


def test_every_use_of_re_is_looked_at() -> None:
    """No module of the program has patterns by other names than `re.…`, which the benchmark would not see."""
    for package in pattern_finding.PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                names = [
                    alias.asname or alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)
                ]
                assert not (isinstance(node, ast.ImportFrom) and node.module == "re"), file
                assert "regex" not in names, file
                assert not (isinstance(node, ast.Import) and any(a.name == "re" and a.asname for a in node.names)), file


def test_what_is_made_of_something_else_must_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_finding, "MADE", {key: value for key, value in MADE.items() if "places" not in key[0]})

    with pytest.raises(Unknown, match=r"connectors\.monenfant\.places:\d+"):
        patterns()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(a+)+$", "a" * 99 + "!"),
        (r"(?:x|y)*z", "x" * 99 + "\x00"),
        (r"\s+$", " " * 99 + "a"),
        (r"<[^>]*>", "<" + "a" * 98 + "\x00"),
        (r"ab(?:cd)+e", "ab" + "cd" * 48 + "!"),
        (r'"[^"]*"', '"' * 100),
        (r"[a-c]{2,}?(?=d)", "d" * 100),
    ],
)
def test_strings_repeat_what_a_pattern_repeats_and_end_wrong(pattern: str, text: str) -> None:
    compiled = re.compile(pattern)
    texts = set(hostile(compiled, 100))

    assert any(found.startswith(text[:90]) and found[-1] == text[-1] for found in texts), sorted(texts)
    assert max(map(len, texts)) <= 110
    assert {type(found) for found in hostile(re.compile(pattern.encode()), 100)} == {bytes}


@pytest.mark.long
def test_the_command_judges() -> None:
    """With texts so short that it takes no time, against a bound that nothing can keep and one that anything keeps."""
    for bound, status in (("0", 1), ("60000", 0)):
        command = [sys.executable, "tests/bench/patterns.py", "--length", "60", "--shown", "3", "--bound", bound]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)

        assert ran.returncode == status, ran.stderr
        assert f"{bound} allowed" in ran.stdout
        assert len(ran.stdout.splitlines()) == 5
