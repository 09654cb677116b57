"""Official numbers: their form and key, told from those that only look like one."""

import pytest

from connectors.nomenclature import IdentifierScheme as Scheme
from connectors.registrations import Form
from connectors.registrations.numbers import number, numbers_of
from connectors.sandbox.numbers import Numbers


@pytest.mark.parametrize(
    ("scheme", "text", "value"),
    [
        (Scheme.SIRET, "732 829 320 00074", "73282932000074"),
        (Scheme.SIRET, "73282932000075", None),
        (Scheme.SIRET, "7328293200007", None),
        (Scheme.SIRET, "٧٣٢٨٢٩٣٢٠٠٠٠٧٤", None),
        (Scheme.SIRET, "35600000000048", "35600000000048"),  # La Poste's head office has a Luhn key
        (Scheme.SIRET, "35600000049837", "35600000049837"),  # its establishments' digits add up to a multiple of 5
        (Scheme.SIRET, "35600000049838", None),
        (Scheme.RPPS, "10003456786", "10003456786"),
        (Scheme.RPPS, "10003456768", None),
        (Scheme.FINESS, "01 000 002 4", "010000024"),
        (Scheme.FINESS, "010000025", None),
        (Scheme.FINESS, "2a0000154", "2A0000154"),
        (Scheme.FINESS, "2c0000154", None),
    ],
)
def test_numbers(scheme: Scheme, text: str, value: str | None) -> None:
    found = number(scheme, text)

    assert (found and found.value) == value
    assert found is None or found.scheme is scheme


def test_every_number_with_a_key_is_one_and_a_slip_of_it_is_none() -> None:
    numbers = Numbers()
    for _ in range(100):
        siren = numbers.siren()
        for scheme, value in (
            (Scheme.RPPS, numbers.rpps()),
            (Scheme.FINESS, numbers.finess()),
            (Scheme.SIRET, numbers.siret(siren)),
        ):
            assert number(scheme, value) is not None
            for place in range(len(value)):
                slip = value[:place] + str((int(value[place]) + 1) % 10) + value[place + 1 :]
                assert number(scheme, slip) is None


def test_only_sound_numbers_of_a_form_count() -> None:
    form = Form(siret="73282932000075", finess="010000024", rpps="1000 3456 786")

    assert [(n.scheme, n.value) for n in numbers_of(form)] == [
        (Scheme.FINESS, "010000024"),
        (Scheme.RPPS, "10003456786"),
    ]
