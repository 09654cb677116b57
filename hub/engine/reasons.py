"""Why graphql-core executes an operation, or ends it, instead of a compiled program."""

from enum import StrEnum


class Reason(StrEnum):
    """The reasons that there are; the values are what clients and metrics see."""

    NO_OPERATION = "no single operation is named"
    MUTATION = "mutation"
    SUBSCRIPTION = "subscription"
    INTROSPECTION = "introspection"
    DIRECTIVE = "a directive other than @skip and @include"
    TOO_LARGE = "too many fields for its text"
    TOO_DEEP = "nested too deep"
    EXTENSION = "a field with extensions or permission classes"
    RESOLVER = "a field that is not resolved in a known way"
    INFO = "a resolver asks about the execution itself"
    VALUE = "a value that graphql-core must complete"
    ERROR = "an error to place"


class Fallback(Exception):  # not an error: graphql-core goes on
    """Leave this operation to graphql-core; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
