"""Whether somebody may be registered, asked without an account: which criterion holds and why, and what is missing."""

import strawberry

from connectors.nomenclature import CategoryCode, PriorityCode, SituationCode, SubcategoryCode
from resolvers.errors import BadInput
from resolvers.registration import consent, eligibility
from resolvers.registration.eligibility import Missing
from resolvers.request import Info
from resolvers.types import referentials as texts
from resolvers.types import registration_enums  # noqa: F401  # makes GraphQL enums
from resolvers.types.referentials import EligibilityCriterion, Priority


@strawberry.input(description="What somebody answers: what is left out does not hold.")
class EligibilityInput:
    situations: list[SituationCode] = strawberry.field(
        default_factory=list, description="Which of the four situations they are in."
    )
    priorities: list[PriorityCode] = strawberry.field(
        default_factory=list, description="Which priorities they contribute to."
    )
    in_period: bool | None = strawberry.field(
        default=None,
        description='Whether they act for (future) parents and children "du projet d’enfant à l’entrée à l’école".',
    )
    category: CategoryCode | None = strawberry.field(default=None, description="What they are.")
    subcategory: SubcategoryCode | None = strawberry.field(
        default=None, description="What they are, finer: priorities by nature hang on it."
    )


@strawberry.type(description="Whether one of the four situations holds, and why.")
class CriterionAnswer:
    criterion: EligibilityCriterion = strawberry.field(description="The situation.")
    holds: bool = strawberry.field(description="Whether it holds.")
    why: str = strawberry.field(description="Why, in French.")


@strawberry.type(description="Something that is missing to be eligible.")
class MissingForEligibility:
    code: Missing = strawberry.field(description="What.")
    text: str = strawberry.field(description="What the official French text says of it.")


@strawberry.type(description="Whether somebody may be registered.")
class EligibilityResult:
    eligible: bool = strawberry.field(description="Whether nothing is missing.")
    criteria: list[CriterionAnswer] = strawberry.field(description="The four situations: one of them is enough.")
    missing: list[MissingForEligibility] = strawberry.field(description="What is missing; nothing for who is eligible.")
    priorities_by_nature: list[Priority] = strawberry.field(
        description="The priorities that the sub-category has without declaring them."
    )
    suggested_priorities: list[Priority] = strawberry.field(
        description="Priorities that the official text suggests to the sub-category; never implied."
    )


@strawberry.type(description="What is agreed to by who registers.")
class ConsentText:
    version: str = strawberry.field(description="The version in force: give it as `consent`.")
    text: str = strawberry.field(description="The text, in French.")


def check(info: Info, answers: EligibilityInput) -> EligibilityResult:
    """The answer; BadInput when the sub-category is not of the category."""
    referentials = info.context.federation.referentials
    subcategory = referentials.subcategory(answers.subcategory) if answers.subcategory else None
    if subcategory and answers.category and subcategory.category is not answers.category:
        raise BadInput(f"answers.subcategory: {answers.subcategory} is not of {answers.category}")
    situations = set(answers.situations)
    missing = eligibility.missing(situations, answers.priorities, in_period=answers.in_period)
    return EligibilityResult(
        eligible=not missing,
        criteria=[
            CriterionAnswer(
                criterion=texts.criterion(criterion),
                holds=criterion.code in situations,
                why=eligibility.HOLDS if criterion.code in situations else eligibility.HOLDS_NOT,
            )
            for criterion in referentials.criteria
        ],
        missing=[MissingForEligibility(code=code, text=eligibility.TEXTS[code]) for code in missing],
        priorities_by_nature=[texts.priority(info, code) for code in subcategory.by_nature] if subcategory else [],
        suggested_priorities=[texts.priority(info, code) for code in subcategory.suggested] if subcategory else [],
    )


def consent_text() -> ConsentText:
    """The text in force."""
    return ConsentText(version=consent.VERSION, text=consent.TEXT)
