"""Which document a request is about: its text, or one that is known by a name.

A name is the SHA-256 of a text, in lower case hexadecimal digits, or an id of a manifest. It comes as
`extensions.persistedQuery.sha256Hash` (Apollo's automatic persisted queries, version 1) or as `documentId` (GraphQL
over HTTP, appendix "Persisted Documents"), where the prefix "sha256:" may stand before it.

`PersistedDocuments`   serves any text, and remembers those that come with their hash
`TrustedDocuments`     serves the documents of a manifest and nothing else
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol

import msgspec
from cachetools import LRUCache
from msgspec import Meta, Struct

from hub.answers.refusal import (
    DOCUMENT_NOT_TRUSTED,
    PERSISTED_QUERY_HASH_MISMATCH,
    PERSISTED_QUERY_NOT_FOUND,
    RequestRefused,
)

PREFIX: Final = "sha256:"

MOST_CHARACTERS: Final = 4_000_000
"""Characters of all texts remembered with their hash; those not asked for longest make room."""


class Documents(Protocol):
    """The documents that may be asked."""

    def find(self, name: str | None, text: str | None) -> str:
        """The text of the document that a request means; at least one of both is given.

        RequestRefused when there is none, or when the text is not what the name stands for.
        """
        ...


class PersistedDocuments:
    """Any document; those sent with their hash once can be asked by the hash alone, as Apollo's protocol has it."""

    def __init__(self) -> None:
        self._texts: LRUCache[str, str] = LRUCache(MOST_CHARACTERS, getsizeof=len)

    def find(self, name: str | None, text: str | None) -> str:
        """See `Documents`."""
        if name is None:
            return text or ""
        hash_ = name.removeprefix(PREFIX)
        if text is None:
            known = self._texts.get(hash_)
            if known is None:
                # 200, as Apollo Server answers it: its clients stop using hashes after a 400
                raise RequestRefused(200, "PersistedQueryNotFound", code=PERSISTED_QUERY_NOT_FOUND)
            return known
        if hash_ != _hash(text):
            raise _mismatch()
        self._texts[hash_] = text
        return text


class TrustedDocuments:
    """The documents of a manifest: by id, by hash, or by their exact text."""

    def __init__(self, by_id: Mapping[str, str]) -> None:
        self._texts = {_hash(text): text for text in by_id.values()} | {
            id_.removeprefix(PREFIX): text for id_, text in by_id.items()
        }

    def find(self, name: str | None, text: str | None) -> str:
        """See `Documents`."""
        known = self._texts.get(_hash(text or "") if name is None else name.removeprefix(PREFIX))
        if known is None:
            raise RequestRefused(
                403, "Only the documents of this hub's manifest are served.", code=DOCUMENT_NOT_TRUSTED
            )
        if text is not None and text != known:
            raise _mismatch()
        return known


class _Operation(Struct, frozen=True):
    """An operation of Apollo's manifest; it also has a name and a type, which are in the body."""

    id: str
    body: str


class _ApolloManifest(Struct, frozen=True):
    """What Apollo's generate-persisted-query-manifest writes."""

    format: Literal["apollo-persisted-query-manifest"]
    version: Annotated[int, Meta(ge=1, le=1)]
    operations: tuple[_Operation, ...]


class ManifestUnusable(Exception):
    """A manifest cannot be read, or is not one; the message names the file."""


def read_manifest(path: Path) -> TrustedDocuments:
    """The documents of a manifest in JSON; ManifestUnusable when there are none to be had.

    Either a map of ids to documents, as Relay's compiler and GraphQL Code Generator write it, or Apollo's.
    """
    try:
        raw = path.read_bytes()
        if isinstance(told := msgspec.json.decode(raw), dict) and "format" in told:
            return TrustedDocuments({o.id: o.body for o in msgspec.convert(told, _ApolloManifest).operations})
        return TrustedDocuments(msgspec.convert(told, dict[str, str]))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ManifestUnusable(f"{path}: is not a manifest of documents: {error}") from None


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _mismatch() -> RequestRefused:
    return RequestRefused(400, "provided sha does not match query", code=PERSISTED_QUERY_HASH_MISMATCH)
