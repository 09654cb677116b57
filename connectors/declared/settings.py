"""What hub.toml says of a directory that is connected by its table alone: names and paths, no expressions."""

from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct
from msgspec import field as default

from connectors.declared import templates
from connectors.declared.paging import ByOffset, Paging
from connectors.nomenclature import CategoryCode, StructureKind, SubcategoryCode

Address = Annotated[str, Meta(pattern=r"^(https?://[^\s?#@]+)?$")]
"""An http(s) address without query or password, or ""."""

Parameters = dict[str, str]


class Fields(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an entry has what: dotted paths in it, "" for what it does not have.

    `key`: what is unique and stable; where nothing is, the fields that together tell an entry from the others: the
    key is then drawn from them, and changes when they do. `insee`: INSEE code of the commune; without it postal code
    and city tell the commune. `siret`, `finess`: of the place itself, never of a head office (`siren`, `finess_ej`
    are the organisation's). `url`: the entry's own page. `opening_hours`: as OpenStreetMap writes them; others are
    left out.
    """

    key: str | tuple[str, ...] = ""
    name: str = ""
    street: str = ""
    complement: str = ""
    postal_code: str = ""
    city: str = ""
    insee: str = ""
    latitude: str = ""
    longitude: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    description: str = ""
    opening_hours: str = ""
    updated_at: str = ""
    url: str = ""
    siret: str = ""
    siren: str = ""
    finess: str = ""
    finess_ej: str = ""


class Nature(Struct, frozen=True):
    """What an entry is in the hub's nomenclatures."""

    category: CategoryCode
    subcategory: SubcategoryCode | None = None


class Categories(Struct, frozen=True, forbid_unknown_fields=True):
    """The sorts of entries that a field tells.

    `field`: dotted path. `values`: what stands there (accents, case and punctuation do not matter) ->
    "CATEGORY" or "CATEGORY/SUBCATEGORY".
    """

    field: str = ""
    values: Parameters = default(default_factory=dict)

    def __post_init__(self) -> None:
        for text in self.values.values():
            nature(text)
        if self.values and not self.field:
            raise ValueError("field: is needed")


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of a source whose connector is "declared". ValueError, naming the key, when it cannot serve.

    The directory: `name`, `institution`, `site` (for the public), `licence`. `departements`: INSEE codes of those
    that it covers, so that it is not asked about others; none for all of France.

    Asking: `url` of the list, and `parameters` of every call (an order by the key makes its pages stable).
    `by_commune` ("{insee}"), `by_departement` ("{departement}") and `by_key` ("{key}"): the parameters that ask for
    that. `entry_url`: address of one entry, with "{key}" in it, instead of `by_key`. `everywhere`: the list may be
    asked for whole; then a key is looked for in the whole of it where there is no better way. A key that is drawn
    from several fields is looked for in its commune. `numeric_keys`: keys are whole numbers. `header`: the one that
    carries the secret, whole ("Apikey …") and only if there is one.

    Answers: dotted paths to the entries (`results`; "" when the answer is the list) and to their number (`total`,
    "" when it is not told, or not of what was asked for).

    Entries: `fields`; `category` and `subcategory`, unless `categories` tells better; `kind`, by default what is
    usual for the sub-category. `calls_per_second`: the directory's published rate. `ttl`: seconds for which an
    answer is held.
    """

    name: str = ""
    institution: str = ""
    site: Address = ""
    licence: str = ""
    departements: tuple[str, ...] = ()

    url: Address = ""
    parameters: Parameters = default(default_factory=dict)
    by_commune: Parameters = default(default_factory=dict)
    by_departement: Parameters = default(default_factory=dict)
    by_key: Parameters = default(default_factory=dict)
    entry_url: Address = ""
    everywhere: bool = False
    numeric_keys: bool = False
    header: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+$")] = "Authorization"
    calls_per_second: Annotated[float, Meta(gt=0)] | None = None
    connections: Annotated[int, Meta(ge=1)] = 4
    ttl: Annotated[float, Meta(ge=0)] = 600.0

    paging: Paging = ByOffset()
    results: str = "results"
    total: str = "total_count"

    fields: Fields = Fields()
    category: CategoryCode | None = None
    subcategory: SubcategoryCode | None = None
    categories: Categories = Categories()
    kind: StructureKind | None = None

    def __post_init__(self) -> None:
        for key, value in (("url", self.url), ("fields.key", self.fields.key), ("fields.name", self.fields.name)):
            if not value:
                raise ValueError(f"{key}: is needed")
        self.usual()
        if not (self.by_commune or self.by_departement or self.everywhere):
            raise ValueError("by_commune: is needed, unless by_departement is set or everywhere is true")
        drawn = not isinstance(self.fields.key, str)
        if drawn and (self.by_key or self.entry_url or self.numeric_keys):
            raise ValueError(
                "fields.key: is of several fields, which by_key, entry_url and numeric_keys cannot go with"
            )
        if not (self.by_key or self.entry_url or self.everywhere or self.key_tells_commune):
            raise ValueError("by_key: is needed, unless entry_url is set or everywhere is true")
        self._check_templates()

    @property
    def key_tells_commune(self) -> bool:
        """Whether keys are drawn from several fields and begin with the INSEE code of their commune."""
        return not isinstance(self.fields.key, str) and bool(self.by_commune and self.fields.insee)

    def usual(self) -> Nature:
        """What an entry is, unless `categories` tells better."""
        if self.category is None:
            raise ValueError("category: is needed")
        return Nature(self.category, self.subcategory)

    def _check_templates(self) -> None:
        templates.check("url", {"url": self.url}, None)
        templates.check("parameters", self.parameters, None)
        templates.check("by_commune", self.by_commune, "insee")
        templates.check("by_departement", self.by_departement, "departement")
        templates.check("by_key", self.by_key, "key")
        if self.entry_url:
            templates.check("entry_url", {"entry_url": self.entry_url}, "key")
            if urlsplit(self.entry_url)[:2] != urlsplit(self.url)[:2]:
                raise ValueError("entry_url: must be on the server of url: the secret goes nowhere else")


def nature(text: str) -> Nature:
    """What "CATEGORY" or "CATEGORY/SUBCATEGORY" means; ValueError when it is neither."""
    category, slash, subcategory = text.partition("/")
    try:
        return Nature(CategoryCode(category), SubcategoryCode(subcategory) if slash else None)
    except ValueError:
        raise ValueError(f"values: a category, or a category/sub-category, is wanted, not {text!r}") from None
