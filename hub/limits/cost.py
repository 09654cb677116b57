"""What an operation may cost: an upper estimate of the values in its answer, as a form that needs variables only.

The estimate follows the GraphQL Cost Directive Specification (IBM): a list multiplies what is selected below it by its
size, which a slicing argument says (`first`), or else is assumed. Here each selected field counts one, objects and
leaves alike, since both are bytes of the answer; fields that make directories work weigh more (`WEIGHTS`).

A cost is computed once per document into a sum of products and then evaluated with the variables of each request.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

MAX_PAGE: Final = 100
"""A page that asks for more is refused when it is executed, so that it counts as this many."""

WEIGHTS: Final[Mapping[str, int]] = {
    "Query.actions": 100,
    "Query.map": 200,
    "Query.match": 200,
    "Query.node": 20,
    "Query.structure": 20,
    "Query.structures": 200,
    "Query.verifyLogo": 20,
    "Mutation.confirmEmail": 100,
    "Mutation.createWebhook": 100,
    "Mutation.decideRegistration": 100,
    "Mutation.deleteWebhook": 100,
    "Mutation.replayWebhook": 100,
    "Mutation.requestEmailConfirmation": 200,
    "Mutation.requestErasure": 200,
    "Mutation.saveDraft": 100,
    "Mutation.submitRegistration": 100,
    "Mutation.withdrawRegistration": 100,
    "Priority.actions": 100,
    "Priority.structures": 200,
    "Registration.possibleDuplicates": 200,
    "Structure.actions": 5,
    "Structure.professionals": 10,
    "StructureConnection.facets": 50,
}
"""What these fields cost besides what they answer: they ask directories, count over whole results, or write to disk."""


LENGTHS: Final[Mapping[str, int]] = {"Query.categories": 21, "Query.priorities": 10, "Category.subcategories": 18}
"""Lists of official texts, and how long they are at most; of other lists without a size `list_size` is taken."""


class Form(Struct, frozen=True):
    """`constant` + the sum of coefficient × step, by index of the step."""

    constant: int = 0
    terms: Mapping[int, int] = {}

    def __add__(self, other: "Form") -> "Form":
        if not other.terms:
            return Form(self.constant + other.constant, self.terms)
        terms = dict(self.terms)
        for index, coefficient in other.terms.items():
            terms[index] = terms.get(index, 0) + coefficient
        return Form(self.constant + other.constant, terms)

    def times(self, factor: int) -> "Form":
        """The form multiplied by a number."""
        if factor == 0:
            return Form()
        return Form(self.constant * factor, {index: c * factor for index, c in self.terms.items()})

    def value(self, steps: list[int]) -> int:
        """The form's value, given that of each step."""
        total = self.constant
        for index, coefficient in self.terms.items():
            total += coefficient * steps[index]
        return total


class Page(Struct, frozen=True):
    """A size that a variable says; `otherwise` without a value for it."""

    variable: str
    otherwise: int

    def size(self, variables: Mapping[str, Any]) -> int:
        """The size that these variables say: a number, or the length of a list."""
        given = variables.get(self.variable)
        if isinstance(given, list):
            given = len(given)
        if not isinstance(given, int) or isinstance(given, bool):
            given = self.otherwise
        return min(max(given, 0), MAX_PAGE)


class Step(Struct, frozen=True):
    """One product: a page's size × what one entry costs. It refers to earlier steps only."""

    page: Page
    entry: Form


class OperationCost(Struct, frozen=True):
    """The cost of one operation. `defaults`: values of variables that the operation gives itself."""

    form: Form
    steps: tuple[Step, ...]
    defaults: Mapping[str, int]

    def value(self, variables: Mapping[str, Any] | None) -> int:
        """The cost with these variables, whatever they hold."""
        if not self.form.terms:
            return self.form.constant
        given = {**self.defaults, **(variables or {})}
        values: list[int] = []
        for step in self.steps:
            values.append(step.page.size(given) * step.entry.value(values))
        return self.form.value(values)


class DocumentCost(Struct, frozen=True):
    """The costs of a document's operations, by name; "" for the one without."""

    operations: Mapping[str, OperationCost]

    def of(self, operation_name: str | None, variables: Mapping[str, Any] | None) -> int:
        """The cost of the operation that would run; 0 when there is none, which execution refuses."""
        if operation_name is None and len(self.operations) == 1:
            [operation] = self.operations.values()
        else:
            found = self.operations.get(operation_name or "")
            if found is None:
                return 0
            operation = found
        return operation.value(variables)
