"""The table [kit] of hub.toml."""

from msgspec import Struct


class KitConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`logo`: the folder of the programme's files (logo, in all its forms); a neutral placeholder without it."""

    logo: str | None = None
