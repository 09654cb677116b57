"""Arguments are converted as Strawberry's own function converts them."""

from enum import Enum
from typing import Annotated, Any

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st
from strawberry.relay import GlobalID
from strawberry.types.arguments import convert_arguments

from hub.engine.inputs import inputs_of


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.input
class Leaf:
    wanted: int
    some_name: str | None
    left_out: str | None = strawberry.UNSET
    colour: Colour = Colour.RED


@strawberry.input
class Tree:
    leaf: Leaf
    leaves: list[Leaf | None] = strawberry.field(default_factory=list)
    renamed: list[list[int]] | None = strawberry.field(name="other", default=None)
    below: list[Annotated["Tree", strawberry.lazy(__name__)]] | None = None
    maybe: strawberry.Maybe[int | None] = None
    id: GlobalID | None = None


def _ask(tree: Tree, trees: list[Tree] | None = None, colours: list[Colour] | None = None, top_name: str = "") -> str:
    return repr((tree, trees, colours, top_name))


@strawberry.type
class Query:
    ask: str = strawberry.field(resolver=_ask)


SCHEMA = strawberry.Schema(Query)
FIELD = SCHEMA.schema_converter.type_map["Query"].definition.fields[0]

leaf = st.fixed_dictionaries(
    {"wanted": st.integers()},
    optional={
        "someName": st.none() | st.text(),
        "leftOut": st.none() | st.text(),
        "colour": st.sampled_from(Colour),
    },
)


def branches(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {"leaf": leaf},
        optional={
            "leaves": st.lists(st.none() | leaf, max_size=3),
            "other": st.none() | st.lists(st.lists(st.integers(), max_size=2), max_size=2),
            "below": st.none() | st.lists(below, max_size=2),
            "maybe": st.none() | st.integers(),
            "id": st.none() | st.just(str(GlobalID("Thing", "1"))),
        },
    )


tree = st.recursive(st.fixed_dictionaries({"leaf": leaf}), branches, max_leaves=6)
arguments = st.fixed_dictionaries(
    {"tree": tree},
    optional={
        "trees": st.none() | st.lists(tree, max_size=2),
        "colours": st.none() | st.lists(st.sampled_from(Colour)),
        "topName": st.text(),
    },
)


def by_strawberry(values: dict[str, Any]) -> dict[str, Any]:
    registry = SCHEMA.schema_converter.scalar_registry
    return convert_arguments(values, FIELD.arguments, scalar_registry=registry, config=SCHEMA.config)


@given(arguments)
def test_every_value_becomes_the_same(values: dict[str, Any]) -> None:
    assert repr(inputs_of(SCHEMA).arguments(FIELD)(values)) == repr(by_strawberry(values))


def test_a_list_is_copied() -> None:
    colours = [Colour.RED]
    assert inputs_of(SCHEMA).arguments(FIELD)({"colours": colours})["colours"] is not colours


def test_what_strawberry_refuses_is_refused_alike() -> None:
    values = {"tree": {"leaf": {"wanted": 1}, "id": "nothing"}}
    with pytest.raises(Exception, match="GlobalID") as theirs:
        by_strawberry(values)
    with pytest.raises(type(theirs.value), match="GlobalID"):
        inputs_of(SCHEMA).arguments(FIELD)(values)
