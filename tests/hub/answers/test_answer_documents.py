"""Documents asked by a name: automatic persisted queries, and manifests of trusted documents."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from hub.answers.documents import MOST_CHARACTERS, ManifestUnusable, PersistedDocuments, TrustedDocuments, read_manifest
from hub.answers.refusal import RequestRefused

TEXT = "{ sources { id } }"
OTHER = "{ priorities { rank } }"


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def refused(documents: PersistedDocuments | TrustedDocuments, name: str | None, text: str | None) -> tuple[int, str]:
    with pytest.raises(RequestRefused) as refusal:
        documents.find(name, text)
    return refusal.value.status, refusal.value.code


def test_a_document_is_known_by_its_hash_once_it_was_sent_with_it() -> None:
    documents = PersistedDocuments()
    assert refused(documents, hash_of(TEXT), None) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert documents.find(None, TEXT) == TEXT
    assert refused(documents, hash_of(TEXT), None) == (200, "PERSISTED_QUERY_NOT_FOUND")

    assert documents.find(hash_of(TEXT), TEXT) == TEXT

    assert documents.find(hash_of(TEXT), None) == TEXT
    assert documents.find(f"sha256:{hash_of(TEXT)}", None) == TEXT


def test_a_hash_is_never_given_another_document() -> None:
    documents = PersistedDocuments()
    for name in (hash_of(OTHER), hash_of(TEXT).upper(), "", "x"):
        assert refused(documents, name, TEXT) == (400, "PERSISTED_QUERY_HASH_MISMATCH")
        assert refused(documents, name, None) == (200, "PERSISTED_QUERY_NOT_FOUND")


def test_remembered_documents_are_bounded() -> None:
    documents = PersistedDocuments()
    long = "#" * (MOST_CHARACTERS // 4)
    texts = [f"{TEXT}{i}{long}" for i in range(5)]
    for text in texts:
        documents.find(hash_of(text), text)

    assert documents.find(hash_of(texts[4]), None) == texts[4]
    assert refused(documents, hash_of(texts[0]), None) == (200, "PERSISTED_QUERY_NOT_FOUND")


def manifest(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "content",
    [
        {"an-id": TEXT},
        {f"sha256:{hash_of(TEXT)}": TEXT, "an-id": TEXT},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": "an-id", "name": "Sources", "type": "query", "body": TEXT}],
        },
    ],
)
def test_a_manifest_is_all_that_is_served(tmp_path: Path, content: object) -> None:
    documents = read_manifest(manifest(tmp_path / "manifest.json", content))

    assert documents.find("an-id", None) == TEXT
    assert documents.find(hash_of(TEXT), None) == TEXT
    assert documents.find(f"sha256:{hash_of(TEXT)}", None) == TEXT
    assert documents.find(None, TEXT) == TEXT
    assert documents.find("an-id", TEXT) == TEXT
    for name, text in ((None, OTHER), (None, TEXT + " "), (hash_of(OTHER), None), (hash_of(OTHER), OTHER), ("", None)):
        assert refused(documents, name, text) == (403, "DOCUMENT_NOT_TRUSTED")
    assert refused(documents, "an-id", OTHER) == (400, "PERSISTED_QUERY_HASH_MISMATCH")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"\xff",
        b"[]",
        b'{"a": 1}',
        b'{"format": "another", "version": 1, "operations": []}',
        b'{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
        None,
    ],
)
def test_what_is_no_manifest(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ManifestUnusable, match=r"manifest\.json"):
        read_manifest(path)
