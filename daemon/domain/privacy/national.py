"""Check digits of one country's numbers; the same contract as ``checkdigits``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from daemon.domain.privacy import checkdigits
from daemon.domain.privacy.checkdigits import numerals, weighted

CheckDigit: TypeAlias = Callable[[str], bool]

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def gb32100_mod31(value: str) -> bool:
    """China, unified social credit code: weights 3^i mod 31 over 17 characters."""
    value = value.upper()
    if len(value) != 18 or not set(value) <= set(_CREDIT):
        return False
    total = sum(_CREDIT.index(one) * pow(3, at, 31) for at, one in enumerate(value[:17]))
    return _CREDIT[(31 - total % 31) % 31] == value[17]


def gb11714_mod11(value: str) -> bool:
    """China, organisation code: eight characters, weights 3 7 9 10 5 8 4 2."""
    value = value.upper()
    if len(value) != 9 or not (value.isascii() and value.isalnum()):
        return False
    values = [int(character, 36) for character in value[:8]]
    check = (11 - weighted(values, (3, 7, 9, 10, 5, 8, 4, 2)) % 11) % 11
    return "0123456789X"[check] == value[8]


def hkid_mod11(value: str) -> bool:
    """Hong Kong: one or two letters, six digits, check; padded in front with a blank (36)."""
    value = value.upper()
    if len(value) not in {8, 9} or not (value.isascii() and value.isalnum()):
        return False
    values = [36] * (9 - len(value)) + [int(character, 36) for character in value[:-1]]
    check = (11 - weighted(values, (9, 8, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return "0123456789A"[check] == value[-1]


_TW_LETTERS = {letter: value for value, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", start=10)}


def tw_id_mod10(value: str) -> bool:
    """Taiwan: a letter of two digits, nine digits; a letter in second place counts its units."""
    value = value.upper()
    if len(value) != 10 or value[0] not in _TW_LETTERS:
        return False
    second = str(_TW_LETTERS[value[1]] % 10) if value[1] in _TW_LETTERS else value[1]
    digits = numerals(f"{_TW_LETTERS[value[0]]}{second}{value[2:]}")
    return bool(digits) and weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def tw_ubn_mod5(value: str) -> bool:
    """Taiwan, business number since 2023: digit sums, mod 5; one short is right after a 7."""
    digits = numerals(value)
    if len(digits) != 8:
        return False
    products = [
        digit * weight for digit, weight in zip(digits, (1, 2, 1, 2, 1, 2, 4, 1), strict=True)
    ]
    total = sum(product // 10 + product % 10 for product in products)
    return total % 5 == 0 or (digits[6] == 7 and (total + 1) % 5 == 0)


_NRIC = {
    "S": (0, "JZIHGFEDCBA"),
    "T": (4, "JZIHGFEDCBA"),
    "F": (0, "XWUTRQPNMLK"),
    "G": (4, "XWUTRQPNMLK"),
    "M": (3, "XWUTRQPNJLK"),
}


def nric_mod11(value: str) -> bool:
    """Singapore: letter, seven digits, letter."""
    value = value.upper()
    digits = numerals(value[1:8])
    if len(value) != 9 or value[0] not in _NRIC or len(digits) != 7:
        return False
    offset, letters = _NRIC[value[0]]
    return letters[(weighted(digits, (2, 7, 6, 5, 4, 3, 2)) + offset) % 11] == value[8]


def jp_mynumber_mod11(value: str) -> bool:
    """Japan: eleven digits counted from the right, weight n + 1 up to the sixth, then n - 5."""
    digits = numerals(value)
    if len(digits) != 12:
        return False
    rest = weighted(digits[10::-1], (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)) % 11
    return digits[11] == (0 if rest <= 1 else 11 - rest)


def kr_rrn_mod11(value: str) -> bool:
    """Korea: thirteen digits."""
    digits = numerals(value)
    if len(digits) != 13:
        return False
    total = weighted(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5))
    return (11 - total % 11) % 10 == digits[12]


def cpf_mod11(value: str) -> bool:
    """Brazil: nine digits and two checks."""
    digits = numerals(value)
    if len(digits) != 11:
        return False
    for length in (9, 10):
        check = 11 - weighted(digits[:length], range(length + 1, 1, -1)) % 11
        if digits[length] != (0 if check > 9 else check):
            return False
    return True


def mod11_weights_10_2(value: str) -> bool:
    """United Kingdom, NHS: nine digits, weights 10..2; a check of ten does not occur."""
    digits = numerals(value)
    if len(digits) != 10:
        return False
    return (11 - weighted(digits[:9], range(10, 1, -1)) % 11) % 11 == digits[9]


def mod11_tfn(value: str) -> bool:
    """Australia, tax file number: nine digits."""
    digits = numerals(value)
    return len(digits) == 9 and weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def nir_mod97(value: str) -> bool:
    """France: thirteen digits (Corsica 2A is 19, 2B is 18) and a key of two."""
    if len(value) != 15:
        return False
    body = value[:13].upper()
    if body[5:7] in {"2A", "2B"}:
        body = body[:5] + {"2A": "19", "2B": "18"}[body[5:7]] + body[7:]
    if not numerals(body) or not numerals(value[13:]):
        return False
    return 97 - int(body) % 97 == int(value[13:])


def mod23_letter(value: str) -> bool:
    """Spain: eight digits, letter by the remainder of 23."""
    digits = value[:8]
    if len(value) != 9 or not numerals(digits):
        return False
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == value[8].upper()


def bsn_mod11(value: str) -> bool:
    """Netherlands: weights 9..2 and -1."""
    digits = numerals(value)
    return len(digits) == 9 and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def mod10_pesel(value: str) -> bool:
    """Poland: eleven digits, weights 1 3 7 9."""
    digits = numerals(value)
    if len(digits) != 11:
        return False
    return (10 - weighted(digits[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10 == digits[10]


def mod11_weights_13_2(value: str) -> bool:
    """Thailand: thirteen digits, weights 13..2."""
    digits = numerals(value)
    if len(digits) != 13:
        return False
    return (11 - weighted(digits[:12], range(13, 1, -1)) % 11) % 10 == digits[12]


SCHEMES: Mapping[str, CheckDigit] = MappingProxyType(
    {
        scheme.__name__: scheme
        for scheme in (
            checkdigits.iso7064_mod11_2,
            checkdigits.luhn,
            gb32100_mod31,
            gb11714_mod11,
            checkdigits.iso7064_mod11_10,
            checkdigits.icao9303_td3,
            checkdigits.icao9303_td1,
            checkdigits.icao9303_td2,
            checkdigits.mod97_10,
            hkid_mod11,
            tw_id_mod10,
            tw_ubn_mod5,
            nric_mod11,
            checkdigits.verhoeff,
            jp_mynumber_mod11,
            kr_rrn_mod11,
            cpf_mod11,
            checkdigits.vin_mod11,
            checkdigits.aba_371,
            mod11_weights_10_2,
            mod11_tfn,
            nir_mod97,
            mod23_letter,
            bsn_mod11,
            mod10_pesel,
            mod11_weights_13_2,
            checkdigits.ean13_mod10,
        )
    }
)
"""Every scheme by the name that the data uses."""
