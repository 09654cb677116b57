"""The official texts of the 1000 premiers jours: priorities, categories, criteria, axes, calls, programmes.

The texts themselves are data of the registry, which hands them out as one `Referentials`. Every text is
French and official: it is reproduced to the letter (seeds 002 for priorities, categories and criteria, 004
for axes and calls, 000 and 001 for programmes); only the mark that ends a bullet of a list (";", or "."
after the last) is left out.
"""

from functools import cached_property

from msgspec import Struct

from connectors.nomenclature import (
    CallCode,
    CategoryCode,
    PriorityCode,
    ProgrammeCode,
    SituationCode,
    SubcategoryCode,
)


class Priority(Struct, frozen=True, kw_only=True):
    """One of the ten priorities, ranked 1 to 10.

    `label`: the short name that the seed uses for it; `examples`: what the seed puts between brackets after
    "ex.".
    """

    code: PriorityCode
    rank: int
    label: str
    text: str
    examples: tuple[str, ...] = ()


class Subcategory(Struct, frozen=True, kw_only=True):
    """A finer sort of professional or service, in exactly one category.

    `by_nature`: the priorities that such an entry has without declaring them; `suggested`: those that the
    registration form proposes, never implied. "Crèche" in the rule of seed 002 covers the crèches familiales
    and parentales: both bear the name, and are kinds of crèche in law (Code de la santé publique, art. R.
    2324-17). `reference_directory`: id of the source where parents and professionals should go, see
    `Category`.
    """

    code: SubcategoryCode
    category: CategoryCode
    label: str
    by_nature: tuple[PriorityCode, ...] = ()
    suggested: tuple[PriorityCode, ...] = ()
    reference_directory: str | None = None


class Category(Struct, frozen=True, kw_only=True):
    """One of the categories of professionals and services, ranked 1 to 21.

    `reference_directory`: "monenfant" for the places of childcare and their relais, "annuaire_sante"
    (sante.fr) for health professionals and establishments, None elsewhere (seed 002, « Penser à monenfant.fr
    et sante.fr »).
    """

    code: CategoryCode
    rank: int
    text: str
    subcategories: tuple[Subcategory, ...] = ()
    reference_directory: str | None = None


class EligibilityCriterion(Struct, frozen=True, kw_only=True):
    """One of the four situations, ranked 1 to 4: to be registered, an entry is in one of them at least."""

    code: SituationCode
    rank: int
    text: str
    examples: tuple[str, ...] = ()


class Axis(Struct, frozen=True, kw_only=True):
    """One of the six national axes of the calls « 1000 premiers jours », ranked 1 to 6. Not a priority."""

    rank: int
    text: str


class Statement(Struct, frozen=True, kw_only=True):
    """What one seed says, to the letter. Two statements that disagree are both kept."""

    seed: str
    text: str


class CallForProjects(Struct, frozen=True, kw_only=True):
    """A call for projects. What the seeds do not say of it is None or empty.

    `territories`: those that its organisers may target; `articulations`: the other schemes with which they
    may encourage links; `axes`: ranks of the national axes on which projects are judged.
    """

    code: CallCode
    name: str
    description: str | None = None
    organisers: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    articulations: tuple[str, ...] = ()
    axes: tuple[int, ...] = ()
    statements: tuple[Statement, ...] = ()


class Programme(Struct, frozen=True, kw_only=True):
    """A programme of the 1000 premiers jours. What the seeds do not say of it is None or empty."""

    code: ProgrammeCode
    name: str
    description: str | None = None
    themes: tuple[str, ...] = ()
    statements: tuple[Statement, ...] = ()


class Referentials(Struct, frozen=True, kw_only=True, dict=True):
    """All referentials, each in its official order. The look-ups raise KeyError on what is not there."""

    priorities: tuple[Priority, ...]
    categories: tuple[Category, ...]
    criteria: tuple[EligibilityCriterion, ...]
    axes: tuple[Axis, ...]
    calls: tuple[CallForProjects, ...]
    programmes: tuple[Programme, ...]

    def priority(self, code: PriorityCode) -> Priority:
        """The priority of this code."""
        return self._priorities[code]

    def category(self, code: CategoryCode) -> Category:
        """The category of this code."""
        return self._categories[code]

    def subcategory(self, code: SubcategoryCode) -> Subcategory:
        """The sub-category of this code."""
        return self._subcategories[code]

    def criterion(self, code: SituationCode) -> EligibilityCriterion:
        """The criterion of eligibility of this code."""
        return self._criteria[code]

    def axis(self, rank: int) -> Axis:
        """The national axis of this rank."""
        return self._axes[rank]

    def call(self, code: CallCode) -> CallForProjects:
        """The call for projects of this code."""
        return self._calls[code]

    def programme(self, code: ProgrammeCode) -> Programme:
        """The programme of this code."""
        return self._programmes[code]

    @cached_property
    def _priorities(self) -> dict[PriorityCode, Priority]:
        return {p.code: p for p in self.priorities}

    @cached_property
    def _categories(self) -> dict[CategoryCode, Category]:
        return {c.code: c for c in self.categories}

    @cached_property
    def _subcategories(self) -> dict[SubcategoryCode, Subcategory]:
        return {s.code: s for c in self.categories for s in c.subcategories}

    @cached_property
    def _criteria(self) -> dict[SituationCode, EligibilityCriterion]:
        return {c.code: c for c in self.criteria}

    @cached_property
    def _axes(self) -> dict[int, Axis]:
        return {a.rank: a for a in self.axes}

    @cached_property
    def _calls(self) -> dict[CallCode, CallForProjects]:
        return {c.code: c for c in self.calls}

    @cached_property
    def _programmes(self) -> dict[ProgrammeCode, Programme]:
        return {p.code: p for p in self.programmes}
