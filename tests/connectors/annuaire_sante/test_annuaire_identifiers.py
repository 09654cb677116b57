import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.annuaire_sante import fhir
from connectors.annuaire_sante.identifiers import (
    FORMS,
    canonical,
    key_of,
    of_organization,
    parse_key,
    rpps_of,
    tokens,
)
from connectors.nomenclature import IdentifierScheme as Scheme
from connectors.records import Identifier

NEW, OLD = "https://finess.esante.gouv.fr", "http://finess.sante.gouv.fr"
SIRENE = "https://sirene.fr"
IDNST, IDNPS = "urn:oid:1.2.250.1.71.4.2.2", "urn:oid:1.2.250.1.71.4.2.1"
SIRET = "26010004500012"


def sent(system: str, value: str | None, code: str | None = None) -> fhir.Identifier:
    kind = fhir.Concept((fhir.Coding(None, code),)) if code else None
    return fhir.Identifier(system, value, kind)


def found(*identifiers: fhir.Identifier, legal: bool = False) -> dict[Scheme, str]:
    return {i.scheme: i.value for i in of_organization(identifiers, legal=legal)}


@pytest.mark.parametrize("system", [NEW, OLD])
def test_finess_of_the_site_and_of_the_legal_entity(system: str) -> None:
    known = found(sent(system, "010000024", "FINEG"), sent(system, "010780054", "FINEJ"))
    assert known == {Scheme.FINESS: "010000024", Scheme.FINESS_EJ: "010780054"}


@pytest.mark.parametrize(
    ("code", "legal", "scheme"),
    [
        (None, False, Scheme.FINESS),
        (None, True, Scheme.FINESS_EJ),
        ("6", True, Scheme.FINESS),
        ("5", False, Scheme.FINESS_EJ),
    ],
)
def test_finess_without_a_present_type_code(code: str | None, legal: bool, scheme: Scheme) -> None:
    assert found(sent(NEW, "010000024", code), legal=legal) == {scheme: "010000024"}


@pytest.mark.parametrize("system", [SIRENE, "http://sirene.fr"])
def test_siren_and_siret_share_a_system(system: str) -> None:
    known = found(sent(system, "260100045", "SIREN"), sent(system, "260 100 045 00012", "SIRET"))
    assert known == {Scheme.SIREN: "260100045", Scheme.SIRET: SIRET}


def test_corsican_finess() -> None:
    assert canonical(Scheme.FINESS, "2a0000001") == Identifier(Scheme.FINESS, "2A0000001")
    assert canonical(Scheme.FINESS, "2C0000001") is None


@pytest.mark.parametrize(
    ("idnst", "expected"),
    [
        ("1010000024", {Scheme.FINESS: "010000024"}),
        (f"3{SIRET}", {Scheme.SIRET: SIRET}),
        ("2260100045", {Scheme.SIREN: "260100045"}),
        ("410005531586003", {}),
        ("1AAAAAAAAA", {}),
    ],
)
def test_what_an_idnst_holds(idnst: str, expected: dict[Scheme, str]) -> None:
    assert found(sent(IDNST, idnst)) == expected | {Scheme.IDNST: idnst}


def test_an_idnst_gives_only_what_is_missing_as_such() -> None:
    assert found(sent(NEW, "010000032", "FINEG"), sent(IDNST, "1010000024"))[Scheme.FINESS] == "010000032"
    # The number of the legal entity is not that of a site, even inside an IDNST.
    assert Scheme.FINESS not in found(sent(NEW, "010780054", "FINEJ"), sent(IDNST, "1010780054"))
    assert found(sent(IDNST, "1010780054"), legal=True)[Scheme.FINESS_EJ] == "010780054"


def test_the_siret_of_a_head_office_names_no_place() -> None:
    entity = (sent(NEW, "010780054", "FINEJ"), sent(SIRENE, SIRET, "SIRET"))
    assert found(*entity, legal=True) == {Scheme.FINESS_EJ: "010780054"}
    assert found(*entity)[Scheme.SIRET] == SIRET
    assert found(sent(SIRENE, SIRET), legal=True) == {Scheme.SIRET: SIRET}


@pytest.mark.parametrize(
    "odd",
    [
        sent("https://rppsrang.esante.gouv.fr", "https://rppsrang.esante.gouv.fr"),
        sent(NEW, "12345678", "FINEG"),
        sent(SIRENE, "1234"),
        sent("https://elsewhere.example", "010000024"),
        sent(NEW, None),
    ],
)
def test_a_value_that_has_not_its_form_is_no_identifier(odd: fhir.Identifier) -> None:
    assert found(odd) == {}


@pytest.mark.parametrize(
    ("identifiers", "rpps"),
    [
        ([sent("https://rpps.esante.gouv.fr", "10003461033")], "10003461033"),
        ([sent("http://rpps.fr", "10003461033")], "10003461033"),
        ([sent(IDNPS, "810003461033")], "10003461033"),
        ([sent(IDNPS, "810003461033"), sent("http://rpps.fr", "10003461041")], "10003461041"),
        ([sent("https://rpps.esante.gouv.fr", "F58000880311022013")], None),
        ([sent(IDNPS, "8123"), sent(IDNPS, "012345678901")], None),
        ([sent(IDNPS, None)], None),
        ([], None),
    ],
)
def test_rpps(identifiers: list[fhir.Identifier], rpps: str | None) -> None:
    assert rpps_of(identifiers) == rpps


def test_the_key_is_the_first_number_that_exists() -> None:
    numbers = [
        Identifier(Scheme.FINESS, "010000024"),
        Identifier(Scheme.SIRET, SIRET),
        Identifier(Scheme.FINESS_EJ, "010780054"),
        Identifier(Scheme.IDNST, "1010000024"),
    ]
    keys = [key_of(numbers[i:]) for i in range(5)]
    assert keys == ["finess-010000024", f"siret-{SIRET}", "finej-010780054", "idnst-1010000024", None]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "finess-",
        "finess-01000002",
        "finess-2a0000001",
        "siren-260100045",
        "rpps-10003461033",
        "rpps-123.finess-010000024",
        "rpps-10003461033.",
        "rpps-10003461033.rpps-10003461033.finess-010000024",
        "FINESS-010000024",
        "finess-010000024 ",
        "idnst-https://example",
        "finess-٠١٠٠٠٠٠٢٤",
    ],
)
def test_ill_formed_keys(key: str) -> None:
    assert parse_key(key) is None


SITES = st.one_of(
    *(
        st.from_regex(FORMS[scheme], fullmatch=True).map(lambda value, scheme=scheme: Identifier(scheme, value))
        for scheme in (Scheme.FINESS, Scheme.SIRET, Scheme.FINESS_EJ, Scheme.IDNST)
    )
)


@given(SITES, st.none() | st.from_regex(FORMS[Scheme.RPPS], fullmatch=True))
def test_a_key_reads_back(place: Identifier, rpps: str | None) -> None:
    key = key_of([place])
    assert key is not None
    parsed = parse_key(f"rpps-{rpps}.{key}" if rpps else key)
    assert parsed is not None
    assert (parsed.place, parsed.rpps) == (place, rpps)


@given(st.sampled_from(list(Scheme)), st.text(max_size=20))
def test_canonical_values_are_stable_and_safe_to_search(scheme: Scheme, text: str) -> None:
    known = canonical(scheme, text)
    if known:
        assert canonical(scheme, known.value) == known
        assert known.value.isascii()
        assert known.value.isalnum()


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_a_key(text: str) -> None:
    parsed = parse_key(text)
    assert parsed is None or parsed.place.value in text


def test_search_tokens_hold_every_system() -> None:
    assert tokens([Identifier(Scheme.FINESS, "010000024")]).split(",") == [
        f"{NEW}|010000024",
        f"{OLD}|010000024",
        f"{IDNST}|1010000024",
    ]
    assert f"{IDNST}|3{SIRET}" in tokens([Identifier(Scheme.SIRET, SIRET)])
    assert tokens([Identifier(Scheme.IDNST, "41000")]) == f"{IDNST}|41000"
    assert tokens([Identifier(Scheme.RPPS, "10003461033")]).split(",") == [
        "https://rpps.esante.gouv.fr|10003461033",
        "http://rpps.fr|10003461033",
    ]
    assert "rppsrang" in tokens([Identifier(Scheme.RPPS_RANG, "F754567860")])
