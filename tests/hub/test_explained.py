"""How a query was executed, and would be: extensions of an answer, counts, and hub1000 explain."""

import json
from pathlib import Path

import pytest

from hub.cli import main
from hub.execution import Engine, GraphQLRequest, Prepared
from resolvers.schema import build_schema

NOTHING = object()


async def run(engine: Engine, query: str, **more: object):
    prepared = engine.prepare(query)
    assert isinstance(prepared, Prepared)
    request = GraphQLRequest(query, **more)
    cost = engine.cost(prepared, request)
    assert isinstance(cost, int)
    return await engine.execute(prepared, request, NOTHING, cost)


async def test_a_client_that_asks_is_told_which_executor_answered() -> None:
    engine = Engine(build_schema())

    for asked, extensions in (
        (None, None),
        ({}, None),
        ({"explain": "yes"}, None),
        ({"explain": True}, {"executor": "compiled", "fallback": None}),
        ({"cost": True}, {"cost": {"value": 1, "allowed": 40_000}}),
    ):
        result = await run(engine, "{ __typename }", extensions=asked)
        assert result.payload() == {
            "data": {"__typename": "Query"},
            **({"extensions": extensions} if extensions else {}),
        }
    result = await run(engine, "{ __schema { description } }", extensions={"explain": True})
    assert result.payload()["extensions"] == {"executor": "graphql-core", "fallback": "introspection"}
    assert engine.executions == {("compiled", None): 5, ("graphql-core", "introspection"): 1}


async def test_documents_are_kept_within_bounds() -> None:
    engine = Engine(build_schema())
    first = engine.prepare("{ __typename }")

    assert engine.prepare("{ __typename }") is first
    for number in range(250):
        engine.prepare(f"{{ a{number}: __typename }} #{'x' * 16_000}")
    assert engine.prepare("{ __typename }") is not first


def test_explain_prints_the_plan_and_the_program(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    query = (
        "query A($n: Int) { structures(first: $n) { nodes { name actions { totalCount } } } } query B { __typename }"
    )
    file = tmp_path / "query.graphql"
    file.write_text(query, encoding="utf-8")

    for given in (query, str(file)):
        variables = json.dumps({"n": 5})
        assert main(["explain", "--query", given, "--operation", "A", "--variables", variables]) == 0
        shown = capsys.readouterr().out
        assert "structures: Query.structures, _structures called for each parent, all awaited together" in shown
        assert "actions: Structure.actions, actions called once for all parents, arguments 1" in shown
        assert "async def f" in shown
        assert "'name': a if type((a := o.lead.name)) is str" in shown
        assert "k0: " in shown


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["{ __schema { description } }"], 0, "executed by graphql-core: introspection"),
        (["mutation { __typename }"], 0, "executed by graphql-core: mutation"),
        (["{ nothing }"], 1, "Cannot query field 'nothing'"),
        (["{"], 1, "Syntax Error"),
        (["no-such-file.graphql"], 1, "No such file"),
        (["{ __typename }", "--variables", "{"], 1, "Expecting"),
        (["{ __typename }", "--variables", "[]"], 1, "--variables is a JSON object"),
    ],
)
def test_explain_says_what_it_cannot(
    arguments: list[str], status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--query", *arguments]) == status

    shown = capsys.readouterr()
    assert told in (shown.err if status else shown.out)
