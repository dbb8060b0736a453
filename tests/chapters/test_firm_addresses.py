"""What `firm-addresses` promises beside its outputs: it reads numbers as people write them."""

import pytest

from ssplab import taught
from ssplab.web.firms import luhn_digit, spaced, vat_of

numbers_in = taught("firm-addresses", "numbers_in")
others_in = taught("firm-addresses", "others_in")
passes_luhn = taught("firm-addresses", "passes_luhn")
corrected = taught("firm-addresses", "corrected")
SIREN = "98045137" + luhn_digit("98045137")
SIRET = SIREN + "90015"


@pytest.mark.parametrize(
    "text",
    [
        f"RCS Nice {SIREN}",
        f"SIREN : {spaced(SIREN)}, capital 50 000 euros",
        f"SIREN {spaced(SIREN, '.')}",
        f"SIREN\u00a0{spaced(SIREN, chr(160))}",
        f"SIRET {SIRET}",
        f"SIRET {spaced(SIRET)} à Nice",
        f"TVA {vat_of(SIREN)}",
        f"TVA FR {vat_of(SIREN)[2:4]} {spaced(SIREN)}.",
    ],
)
def test_a_number_is_read_in_each_of_its_forms(text):
    assert SIREN in numbers_in(text)
    assert not others_in(SIREN, text, set())
    assert others_in("982349175", text, set())
    assert not others_in("982349175", text, {SIREN})


def test_what_is_no_number_of_an_enterprise_is_not_taken_for_one():
    assert numbers_in("Téléphone : 01 99 00 69 88, 13012 Marseille 12, depuis 2013") == set()
    assert numbers_in("") == set()


def test_the_key_notices_every_single_wrong_digit():
    assert passes_luhn(SIREN)
    for place in range(9):
        for digit in "0123456789":
            if digit != SIREN[place]:
                assert not passes_luhn(SIREN[:place] + digit + SIREN[place + 1 :])


def test_the_corrected_share_undoes_both_errors():
    for share in (0.1, 0.5, 0.9):
        accepted = share * 0.8 + (1 - share) * 0.3
        assert corrected(accepted, 0.8, 0.7) == pytest.approx(share)
    assert corrected(0.1, 0.8, 0.7) == 0 and corrected(0.95, 0.8, 0.7) == 1
