"""What hub.toml may say of monenfant.fr: which way in, and what differs from one agreement to another."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Address = Annotated[str, Meta(pattern=r"^https?://")]


class SearchParameters(Struct, frozen=True, forbid_unknown_fields=True):
    """What the agreement's search calls its parameters: longitude, latitude, metres, types, page (from 0)."""

    x: str = "x"
    y: str = "y"
    radius: str = "radius"
    structure: str = "structure"
    page: str = "page"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table of a source whose connector is "monenfant".

    `way`: through the data·inclusion API, or through the service behind monenfant.fr where an agreement opens
    it. `connections`: calls in flight at once. `calls_per_second`: the rate agreed upon, None for no limit.

    data·inclusion: `sources` are its names ("monenfant", "dora", "soliguide", …); `page_size` at most 10,000.
    The secret is the token of a registered consumer.

    Agreement: `structure_types` are asked for, joined by `structure_separator`; `detail_types` says by which
    word the path of a detail calls a type (upper case), where that is not the type itself. The secret is the
    whole value of the Authorization header which the token is asked with.
    """

    way: Literal["data_inclusion", "agreement"] = "data_inclusion"
    connections: Annotated[int, Meta(ge=1)] = 4
    calls_per_second: Annotated[float, Meta(gt=0)] | None = None

    data_inclusion_url: Address = "https://api.data.inclusion.gouv.fr/api/v1"
    sources: Annotated[tuple[str, ...], Meta(min_length=1)] = ("monenfant",)
    page_size: Annotated[int, Meta(ge=1, le=10_000)] = 1000

    agreement_url: Address = "https://monenfant.fr"
    search_parameters: SearchParameters = SearchParameters()
    structure_types: tuple[str, ...] = ("EAJE", "MAM", "AM", "RPE", "LAEP")
    structure_separator: str = ";"
    detail_types: dict[str, str] = field(default_factory=dict)
