"""How well links are made, as the API publishes it."""

from datetime import date

import strawberry

from resolvers.identity.quality import qualities


@strawberry.type(description="How well records are told to be the same place, measured on labelled pairs.")
class LinkQuality:
    data_set: str = strawberry.field(description="What it was measured on.")
    measured_on: date = strawberry.field(description="When.")
    threshold: float = strawberry.field(
        description="Score from which links are made without a person: the one in force."
    )
    precision: float = strawberry.field(description="Share of the links made that are right.")
    recall: float = strawberry.field(description="Share of the same places that are linked.")
    f1: float = strawberry.field(description="Harmonic mean of both.")


def link_qualities() -> list[LinkQuality]:
    """The figures of every data set."""
    return [
        LinkQuality(
            data_set=q.data_set,
            measured_on=q.measured_on,
            threshold=q.threshold,
            precision=q.precision,
            recall=q.recall,
            f1=q.f1,
        )
        for q in qualities()
    ]
