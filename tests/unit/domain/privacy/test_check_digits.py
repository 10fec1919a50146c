"""Check digits against an independent implementation, and against every slip of one digit."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from daemon.catalogue.privacy import book, examples
from daemon.domain.privacy.checkdigits import mrz_digit
from daemon.domain.privacy.national import SCHEMES, tw_ubn_mod5


def _module(name: str) -> Any:
    return importlib.import_module(f"stdnum.{name}")


def _valid(name: str) -> Callable[[str], bool]:
    return lambda value: bool(_module(name).is_valid(value))


def _calculated(name: str, at: slice = slice(0, -1), check: slice = slice(-1, None)) -> Any:
    """Through ``calc_check_digit``: modules whose ``is_valid`` asks for more than the digit."""

    def agrees(value: str) -> bool:
        return bool(_module(name).calc_check_digit(value[at]) == value[check])

    return agrees


def _resident(value: str) -> bool:
    # The county of a number is looked up by is_valid, and the list has holes (KeyError).
    return bool(_module("cn.ric").calc_check_digit(value) == value[-1])


# Scheme, the other implementation, an alphabet with the length of a value.
ORACLES: dict[str, tuple[Callable[[str], bool], str, int]] = {
    "luhn": (_valid("luhn"), "0123456789", 16),
    "verhoeff": (_valid("verhoeff"), "0123456789", 12),
    "ean13_mod10": (_valid("ean"), "0123456789", 13),
    "iso7064_mod11_2": (_resident, "0123456789", 18),
    "iso7064_mod11_10": (_valid("iso7064.mod_11_10"), "0123456789", 11),
    "gb32100_mod31": (_calculated("cn.uscc"), "0123456789ABCDEFGHJKLMNPQRTUWXY", 18),
    "aba_371": (_calculated("us.rtn"), "0123456789", 9),
    "cpf_mod11": (
        lambda value: _module("br.cpf").is_valid(value),
        "0123456789",
        11,
    ),
    "mod11_weights_10_2": (_valid("gb.nhs"), "0123456789", 10),
    "mod11_tfn": (_valid("au.tfn"), "0123456789", 9),
    "mod23_letter": (_calculated("es.dni"), "0123456789", 8),
    "bsn_mod11": (_valid("nl.bsn"), "0123456789", 9),
    "mod10_pesel": (_calculated("pl.pesel"), "0123456789", 11),
    "mod11_weights_13_2": (_calculated("th.pin"), "0123456789", 13),
    "kr_rrn_mod11": (_calculated("kr.rrn"), "0123456789", 13),
}
_LETTER_LAST = {"mod23_letter": "TRWAGMYFPDXBNJZSQVHLCKE", "iso7064_mod11_2": "0123456789X"}


@pytest.mark.parametrize("name", sorted(ORACLES))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_exactly_the_check_digit_that_another_implementation_gives_is_right(
    name: str, data: st.DataObject
) -> None:
    other, alphabet, length = ORACLES[name]
    body = data.draw(st.text(alphabet=alphabet, min_size=length, max_size=length))
    assume(body.strip("0"))  # the other one refuses the number nought itself
    last = _LETTER_LAST.get(name)
    stem = body if name == "mod23_letter" else body[:-1]
    values = [stem + digit for digit in (last or alphabet)]
    assert [SCHEMES[name](value) for value in values] == [other(value) for value in values]


@pytest.mark.parametrize(("name", "module"), [("mod97_10", "iban"), ("nir_mod97", "fr.nir")])
def test_every_slip_of_a_digit_is_noticed_where_the_other_implementation_notices(
    name: str, module: str
) -> None:
    checked = 0
    for id_, valid, _ in examples():
        if book().entities[id_].scheme != name:
            continue
        for value in valid:
            bare = book().entities[id_].bare(value)
            assert _module(module).is_valid(bare)
            for at in range(2, len(bare)):
                slip = bare[:at] + str((int(bare[at], 36) + 1) % 10) + bare[at + 1 :]
                if slip != bare and not _module(module).is_valid(slip):
                    checked += 1
                    assert not SCHEMES[name](slip), slip
    assert checked > 30


def test_the_taiwanese_number_has_the_modulus_of_2023_which_the_other_has_not_yet() -> None:
    assert tw_ubn_mod5("12345671")
    assert not _module("tw.ubn").is_valid("12345671")
    assert tw_ubn_mod5("00501503")
    assert _module("tw.ubn").is_valid("00501503")


_SURE = {"luhn", "iso7064_mod11_2", "verhoeff", "gb32100_mod31", "mod97_10", "nric_mod11"} | {
    "hkid_mod11",
    "ean13_mod10",
    "aba_371",
    "nir_mod97",
    "mod23_letter",
}


@pytest.mark.parametrize("entity", [one for one in book().entities.values() if one.check_digit])
def test_a_slip_of_one_digit_is_noticed(entity: Any) -> None:
    """Seven of eight at least, the sure schemes all; modulus 5 cannot see a slip by five."""
    valid = next(rows for id_, rows, _ in examples() if id_ == entity.id)
    slips = noticed = 0
    for value in valid:
        bare = entity.bare(value)
        for at, digit in enumerate(bare):
            if not digit.isdigit():
                continue
            for other in "0123456789".replace(digit, ""):
                slips += 1
                noticed += not entity.check_digit(bare[:at] + other + bare[at + 1 :])
    assert noticed >= (0.75 if entity.scheme == "tw_ubn_mod5" else 0.87) * slips
    if entity.scheme in _SURE:
        assert noticed == slips


@pytest.mark.parametrize("name", sorted(SCHEMES))
@given(value=st.text(max_size=95))
@settings(max_examples=40, deadline=None)
def test_rubbish_is_wrong_and_never_an_error(name: str, value: str) -> None:
    assert SCHEMES[name](value) in {True, False}


@pytest.mark.parametrize("value", ["", "X", "²" * 18, "１" * 11, "<" * 88, "\n" * 90])
def test_nothing_that_only_looks_like_digits_is_an_error(value: str) -> None:
    assert all(scheme(value) in {True, False} for scheme in SCHEMES.values())


def test_a_zone_field_has_the_digit_of_the_published_example() -> None:
    """ICAO Doc 9303 part 3, 4.9: the date 520727 has check digit 3."""
    assert mrz_digit("520727") == "3"
    assert mrz_digit("52o727") == ""
