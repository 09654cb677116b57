"""The document guard: what a GraphQL document may be, before it is validated and whatever it is.

Size and tokens are bounded while it is parsed; aliases, directives, depth and cost on what was parsed, in time linear
in it. The bounds are those that OWASP's GraphQL Cheat Sheet asks for. What the guard lets through, validation must
still accept: fragments that spread themselves, for one, are left to it.
"""

from collections.abc import Mapping, Set
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Token,
    TokenKind,
    parse,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

from hub.limits.cost import DocumentCost
from hub.limits.measuring import Measuring
from hub.limits.settings import DocumentLimits

DOCUMENT_TOO_COMPLEX: Final = "DOCUMENT_TOO_COMPLEX"

MAX_ERRORS: Final = 5
"""Validation errors that are told of one document."""
MAX_MESSAGE: Final = 300
"""Characters of an error's message that are told."""

STRINGS: Final = frozenset({TokenKind.STRING, TokenKind.BLOCK_STRING})

OVERLAPS: Final = 20_000
"""Comparisons of fields that might conflict, in graphql-core's units (two for a pair): their number is quadratic in
the document. GraphiQL's examples need none; the 500,000 that graphql-core allows take half a second."""
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = OVERLAPS


class TooComplex(GraphQLError):
    """A document goes beyond a bound; `extensions` says which one (`limit`), what it allows and what was found.

    `found` is exact, but for tokens: those are not counted beyond the bound.
    """

    def __init__(self, limit: str, allowed: int, found: int) -> None:
        super().__init__(
            f"The document is too complex: {limit} {found}, at most {allowed}",
            extensions={"code": DOCUMENT_TOO_COMPLEX, "limit": limit, "allowed": allowed, "found": found},
        )


class DocumentGuard:
    """Holds documents of one schema to the limits."""

    def __init__(self, schema: GraphQLSchema, limits: DocumentLimits) -> None:
        self._schema = schema
        self._limits = limits

    def parse(self, source: str) -> DocumentNode:
        """The parsed document; TooComplex when it is too long, any other GraphQLError when it is not GraphQL."""
        size = len(source) if source.isascii() else len(source.encode("utf-8", "surrogatepass"))
        self._bound("source", self._limits.source, size)
        tokens = self._limits.tokens
        try:
            return parse(source, max_lexical_tokens=tokens, max_comments=tokens)
        except GraphQLSyntaxError as error:
            if error.description.startswith("Document contains more than"):
                raise TooComplex("tokens", tokens, tokens + 1) from None
            raise

    def measure(self, document: DocumentNode) -> DocumentCost:
        """What the operations of a document cost; TooComplex when it has too much of anything else."""
        self._bound("name", self._limits.name, _longest_token(document, {TokenKind.NAME}, self._limits.name))
        self._bound("text", self._limits.text, _longest_token(document, STRINGS, self._limits.text))
        survey = _Survey(document)
        self._bound("aliases", self._limits.aliases, survey.aliases)
        self._bound("directives", self._limits.directives, survey.directives)
        try:
            order = list(TopologicalSorter(survey.spreads).static_order())
        except CycleError:
            return DocumentCost({})
        measuring = Measuring(self._schema, document, order, self._limits.list_size)
        self._bound("depth", self._limits.depth, measuring.depth)
        cost = measuring.cost()
        self._bound("cost", self._limits.cost, max((o.form.constant for o in cost.operations.values()), default=0))
        return cost

    def validate(self, document: DocumentNode) -> list[GraphQLError]:
        """The validation errors, bounded in number, without a word on what might have been meant."""
        return list(validate(self._schema, document, max_errors=MAX_ERRORS, hide_suggestions=True))

    def check(
        self, cost: DocumentCost, operation_name: str | None = None, variables: Mapping[str, Any] | None = None
    ) -> int:
        """The cost of the operation that would run; TooComplex when it is too high, or a variable's text too long.

        `variables`: as read from JSON, nested no deeper than `hub.limits.strict_json` allows.
        """
        if variables:
            self._bound("text", self._limits.text, _longest(variables))
        value = cost.of(operation_name, variables)
        self._bound("cost", self._limits.cost, value)
        return value

    def told(self, cost: int, asked: Mapping[str, Any] | None) -> dict[str, Any]:
        """What the answer's `extensions` say of the cost, when the request's ask for it: {"cost": true}."""
        if not asked or asked.get("cost") is not True:
            return {}
        return {"cost": {"value": cost, "allowed": self._limits.cost}}

    @staticmethod
    def _bound(limit: str, allowed: int, found: int) -> None:
        if found > allowed:
            raise TooComplex(limit, allowed, found)


class _Survey:
    """Aliases and directives of a document as written, and which fragments each fragment spreads."""

    def __init__(self, document: DocumentNode) -> None:
        self.aliases = 0
        self.directives = 0
        self.spreads: dict[str, set[str]] = {}
        for definition in document.definitions:
            spread = self._definition(definition)
            if isinstance(definition, FragmentDefinitionNode):
                self.spreads.setdefault(definition.name.value, set()).update(spread)

    def _definition(self, definition: Any) -> set[str]:
        found: set[str] = set()
        waiting = [definition, *(getattr(definition, "variable_definitions", None) or ())]
        while waiting:
            node = waiting.pop()
            self.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                self.aliases += node.alias is not None
            elif isinstance(node, FragmentSpreadNode):
                found.add(node.name.value)
            selections = getattr(node, "selection_set", None)
            if selections:
                waiting.extend(selections.selections)
        return found


def _longest_token(document: DocumentNode, kinds: Set[TokenKind], allowed: int) -> int:
    """The length of the longest token of some kinds, 0 when the document has not even so many characters."""
    place = document.loc
    if place is None or len(place.source.body) <= allowed:
        return 0
    longest = 0
    token: Token | None = place.start_token
    while token:
        if token.kind in kinds:
            longest = max(longest, len(token.value or ""))
        token = token.next
    return longest


def _longest(value: Any) -> int:
    """The length of the longest string in a value of JSON; names in objects are the schema's, or refused."""
    if isinstance(value, str):
        return len(value)
    longest = 0
    for entry in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        length = len(entry) if type(entry) is str else _longest(entry)
        if length > longest:
            longest = length
    return longest


def shortened(message: str) -> str:
    """An error's message, as much of it as is told: it quotes the request."""
    return message if len(message) <= MAX_MESSAGE else message[:MAX_MESSAGE] + "…"
