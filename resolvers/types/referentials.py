"""The referentials of the programme as the API shows them."""

from typing import Any

import strawberry

from connectors import referentials
from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    PriorityCode,
    ProgrammeCode,
    SituationCode,
    SubcategoryCode,
)
from resolvers import listing
from resolvers.lasting import lasting
from resolvers.request import Info
from resolvers.types.arguments import Actions, After, Filter, First, OrderBy
from resolvers.types.connections import ActionConnection, StructureConnection
from resolvers.types.source import Source, source_by_id


async def _structures(
    root: "Priority",
    info: Info,
    filter: Filter = None,
    order_by: OrderBy = None,
    first: First = 20,
    after: After = None,
) -> StructureConnection:
    return await listing.structures(info, filter, order_by, first, after, priority=root.code)


async def _actions(
    root: "Priority", info: Info, filter: Actions = None, first: First = 20, after: After = None
) -> ActionConnection:
    return await listing.actions(info, filter, first, after, priority=root.code)


@strawberry.type(description='A priority of the 1000 premiers jours ("priorité").')
class Priority:
    fragments: strawberry.Private[dict[str, Any]]
    """What of its JSON is kept: it is one object for all who show it."""
    code: PriorityCode = strawberry.field(description="Its code.")
    rank: int = strawberry.field(description="Its official number, 1 to 10.")
    label: str = strawberry.field(description='Short French label ("libellé").')
    text: str = strawberry.field(description="Official French text.")
    examples: list[str] = strawberry.field(description="Examples that the official text gives.")
    structures: StructureConnection = strawberry.field(
        resolver=_structures, description="The structures that act for it."
    )
    actions: ActionConnection = strawberry.field(resolver=_actions, description="The actions that serve it.")


@lasting
def _by_nature(root: "Subcategory", info: Info) -> list[Priority]:
    return [priority(info, code) for code in root.subcategory.by_nature]


@lasting
def _suggested(root: "Subcategory", info: Info) -> list[Priority]:
    return [priority(info, code) for code in root.subcategory.suggested]


@lasting
def _category(root: "Subcategory", info: Info) -> "Category":
    return category(info, root.subcategory.category)


@strawberry.type(description='A sub-category ("sous-catégorie"): what the rules "by nature" hang on.')
class Subcategory:
    subcategory: strawberry.Private[referentials.Subcategory]
    code: SubcategoryCode = strawberry.field(description="Its code.")
    label: str = strawberry.field(description="French label.")
    category: "Category" = strawberry.field(resolver=_category, description="The category that it belongs to.")
    priorities_by_nature: list[Priority] = strawberry.field(
        resolver=_by_nature, description='Priorities that it serves "par nature", without declaring them.'
    )
    suggested_priorities: list[Priority] = strawberry.field(
        resolver=_suggested, description="Priorities suggested when it registers; never implied."
    )


@lasting
def _subcategories(root: "Category") -> list[Subcategory]:
    return [subcategory(s) for s in root.category.subcategories]


def _reference_directory(root: "Category", info: Info) -> Source | None:
    id_ = root.category.reference_directory
    return source_by_id(info, id_) if id_ is not None and id_ in info.context.federation.sources else None


@strawberry.type(description='A category of professionals and services ("catégorie").')
class Category:
    category: strawberry.Private[referentials.Category]
    fragments: strawberry.Private[dict[str, Any]]
    """What of its JSON is kept: it is one object for all who show it."""
    code: CategoryCode = strawberry.field(description="Its code.")
    rank: int = strawberry.field(description="Its place in the official list, 1 to 21.")
    text: str = strawberry.field(description="Official French text.")
    subcategories: list[Subcategory] = strawberry.field(resolver=_subcategories, description="Its sub-categories.")
    reference_directory: Source | None = strawberry.field(
        resolver=_reference_directory,
        description='The directory that stays the reference for it ("outil de référence"), if one does.',
    )


@strawberry.type(description='A situation that makes eligible ("critère d’éligibilité").')
class EligibilityCriterion:
    code: SituationCode = strawberry.field(description="Its code.")
    rank: int = strawberry.field(description="Its official number, 1 to 4.")
    text: str = strawberry.field(description="Official French text.")
    examples: list[str] = strawberry.field(description="Examples that the official text gives.")


@strawberry.type(description='A national axis of the calls for projects ("axe prioritaire national"). Not a priority.')
class Axis:
    rank: int = strawberry.field(description="Its official number, 1 to 6.")
    text: str = strawberry.field(description="Official French text.")


@strawberry.type(description="What an official text says, to the letter.")
class Statement:
    source: str = strawberry.field(description="The official text that says it.")
    text: str = strawberry.field(description="Its French words.")


@lasting
def _axes_of(root: "CallForProjects", info: Info) -> list[Axis]:
    return [axis(info, rank) for rank in root.call.axes]


@strawberry.type(description='A call for projects ("appel à projets").')
class CallForProjects:
    call: strawberry.Private[referentials.CallForProjects]
    code: CallCode = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="French name.")
    description: str | None = strawberry.field(description="What it is for, in French.")
    organisers: list[str] = strawberry.field(description="Who runs it.")
    territories: list[str] = strawberry.field(
        description='Territories that it may target (QPV, ZRR, "Petites Villes de Demain"…).'
    )
    axes: list[Axis] = strawberry.field(resolver=_axes_of, description="The national axes that it is built on.")
    statements: list[Statement] = strawberry.field(description="What the official texts say of it.")


@strawberry.type(description="A programme of the 1000 premiers jours.")
class Programme:
    code: ProgrammeCode = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="French name.")
    description: str | None = strawberry.field(description="What it is, in French.")
    themes: list[str] = strawberry.field(description='Its themes ("thématiques").')
    statements: list[Statement] = strawberry.field(
        description="What the official texts say of it; where two differ, both are kept."
    )


def priority(info: Info, code: PriorityCode) -> Priority:
    """A priority as the API shows it."""
    shown = info.context.federation.shown.priorities
    kept: Priority | None = shown.get(code)
    if kept is None:
        p = info.context.federation.referentials.priority(code)
        kept = Priority(code=p.code, rank=p.rank, label=p.label, text=p.text, examples=list(p.examples), fragments={})
        shown[code] = kept
    return kept


def category(info: Info, code: CategoryCode) -> Category:
    """A category as the API shows it."""
    shown = info.context.federation.shown.categories
    kept: Category | None = shown.get(code)
    if kept is None:
        c = info.context.federation.referentials.category(code)
        kept = shown[code] = Category(category=c, code=c.code, rank=c.rank, text=c.text, fragments={})
    return kept


def subcategory(s: referentials.Subcategory) -> Subcategory:
    """A sub-category as the API shows it."""
    return Subcategory(subcategory=s, code=s.code, label=s.label)


def criterion(c: referentials.EligibilityCriterion) -> EligibilityCriterion:
    """A criterion of eligibility as the API shows it."""
    return EligibilityCriterion(code=c.code, rank=c.rank, text=c.text, examples=list(c.examples))


def axis(info: Info, rank: int) -> Axis:
    """A national axis as the API shows it."""
    a = info.context.federation.referentials.axis(rank)
    return Axis(rank=a.rank, text=a.text)


def call(info: Info, code: CallCode) -> CallForProjects:
    """A call for projects as the API shows it."""
    c = info.context.federation.referentials.call(code)
    return CallForProjects(
        call=c,
        code=c.code,
        name=c.name,
        description=c.description,
        organisers=list(c.organisers),
        territories=list(c.territories),
        statements=_statements(c.statements),
    )


def programme(info: Info, code: ProgrammeCode) -> Programme:
    """A programme as the API shows it."""
    p = info.context.federation.referentials.programme(code)
    return Programme(
        code=p.code,
        name=p.name,
        description=p.description,
        themes=list(p.themes),
        statements=_statements(p.statements),
    )


def _statements(statements: tuple[referentials.Statement, ...]) -> list[Statement]:
    return [Statement(source=s.seed, text=s.text) for s in statements]
