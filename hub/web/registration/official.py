"""The official texts as the forms offer them: situations, priorities, categories, the text that is agreed to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hub.web.api import Data
from hub.web.registration.fields import Tree, branch, flag, text

KINDS: Final = (
    ("ESTABLISHMENT", "Un établissement, un service ou une association"),
    ("INDEPENDENT", "Un professionnel indépendant"),
)
LEVELS: Final = (
    ("COMMUNE", "Commune"),
    ("INTERCOMMUNALITE", "Intercommunalité"),
    ("DEPARTEMENT", "Département"),
    ("REGION", "Région"),
)
ANSWERS: Final = (("yes", "Oui"), ("no", "Non"))
NONE_OF_THESE: Final = "Sans autre précision"


class Official:
    """The texts of the operation `OfficialTexts`."""

    kinds = KINDS
    levels = LEVELS
    answers = ANSWERS

    def __init__(self, data: Data) -> None:
        self.criteria: list[Data] = data["eligibilityCriteria"]
        self.consent: Data = data["registrationConsent"]
        self._categories: list[Data] = data["categories"]
        self.priorities = [(p["code"], f"{p['rank']}. {p['text']}") for p in data["priorities"]]
        self._texts: dict[str, str] = {
            **{p["code"]: p["text"] for p in data["priorities"]},
            **{c["code"]: c["text"] for c in (*self.criteria, *self._categories)},
            **{s["code"]: s["label"] for c in self._categories for s in c["subcategories"]},
            **dict((*KINDS, *LEVELS)),
        }
        self._subcategories = {s["code"]: s for c in self._categories for s in c["subcategories"]}

    def text(self, code: str | None) -> str:
        """What a code stands for, in French; "" for none."""
        return self._texts.get(code or "", "")

    @property
    def categories(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """The categories and sub-categories to choose from: headings, and values `CATEGORY/SUBCATEGORY`."""
        for category in self._categories:
            finer = [(f"{category['code']}/{s['code']}", s["label"]) for s in category["subcategories"]]
            if finer:
                yield category["text"], [*finer, (category["code"], NONE_OF_THESE)]
            else:
                yield "", [(category["code"], category["text"])]

    def subcategory(self, code: str | None) -> Data | None:
        """A sub-category with its priorities."""
        return self._subcategories.get(code or "")

    def situations(self, held: Sequence[Mapping[str, Any]], typed: Tree) -> list[Data]:
        """The four situations, each with what was entered of it; what was just `typed` comes first."""
        kept = {situation["situation"]: situation["institution"] for situation in held}
        return [
            {
                "code": criterion["code"],
                "text": criterion["text"],
                "holds": flag(branch(typed, criterion["code"]), "holds") or (not typed and criterion["code"] in kept),
                "institution": text(branch(typed, criterion["code"]), "institution") or kept.get(criterion["code"]),
            }
            for criterion in self.criteria
        ]
