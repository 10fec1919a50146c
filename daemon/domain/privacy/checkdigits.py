"""Check digits that more than one country or trade uses.

Every function takes a value from which its entity's separators were removed and tells whether the
check is right; whatever has not the scheme's shape is simply wrong, never an error. Formulas and
weights: the ``checksums`` table of ``daemon/catalogue/privacy/entities.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALPHABET = "0123456789" + _LETTERS
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


def numerals(value: str) -> list[int]:
    """The digits of a value that is ASCII digits only; empty where it is not."""
    return [int(digit) for digit in value] if value.isascii() and value.isdigit() else []


def weighted(digits: Sequence[int], weights: Sequence[int]) -> int:
    """Sum of the products; both of one length."""
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1 annex B."""
    digits = numerals(value)
    doubled = [
        digit if at % 2 == 0 else digit * 2 - 9 * (digit > 4)
        for at, digit in enumerate(reversed(digits))
    ]
    return len(digits) > 1 and sum(doubled) % 10 == 0


_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def iso7064_mod11_2(value: str) -> bool:
    """GB 11643: 17 digits and one of ``0..9X``."""
    digits = numerals(value[:17])
    if len(value) != 18 or len(digits) != 17:
        return False
    return "10X98765432"[weighted(digits, _ID_WEIGHTS) % 11] == value[17].upper()


def iso7064_mod11_10(value: str) -> bool:
    """Hybrid system of ISO 7064: any number of digits, the last is the check."""
    digits = numerals(value)
    if len(digits) < 2:
        return False
    product = 10
    for digit in digits[:-1]:
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == digits[-1]


def mod97_10(value: str) -> bool:
    """ISO 13616, IBAN: the first four characters to the end, remainder 1."""
    value = value.upper()
    if len(value) < 5 or not set(value) <= set(_ALPHABET):
        return False
    turned = "".join(str(_VALUES[character]) for character in value[4:] + value[:4])
    return int(turned) % 97 == 1


_VERHOEFF_D = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_VERHOEFF_P = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff(value: str) -> bool:
    """Verhoeff's check over the dihedral group of order ten."""
    digits = numerals(value)
    check = 0
    for at, digit in enumerate(reversed(digits)):
        moved = digit
        for _ in range(at % 8):
            moved = _VERHOEFF_P[moved]
        check = _VERHOEFF_D[check][moved]
    return len(digits) > 1 and check == 0


def ean13_mod10(value: str) -> bool:
    """GS1: weights 1 3, thirteen digits."""
    digits = numerals(value)
    return len(digits) == 13 and weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def aba_371(value: str) -> bool:
    """Routing numbers: weights 3 7 1, nine digits."""
    digits = numerals(value)
    return len(digits) == 9 and weighted(digits, (3, 7, 1) * 3) % 10 == 0


_VIN_VALUES = {
    **{digit: int(digit) for digit in "0123456789"},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_mod11(value: str) -> bool:
    """ISO 3779 as used in North America and by GB 16735: position nine is the check."""
    value = value.upper()
    if len(value) != len(_VIN_WEIGHTS) or not set(value) <= set(_VIN_VALUES):
        return False
    total = weighted([_VIN_VALUES[character] for character in value], _VIN_WEIGHTS)
    return "0123456789X"[total % 11] == value[8]


# --- machine-readable zones, ICAO Doc 9303 ------------------------------------------------


def mrz_digit(field: str) -> str:
    """The check digit of a field: weights 7 3 1, ``<`` is 0; ``""`` for any other character."""
    if not set(field) <= set(_ALPHABET + "<"):
        return ""
    values = [_VALUES.get(character, 0) for character in field]
    return str(sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values)) % 10)


def _fields_agree(pairs: Sequence[tuple[str, str]]) -> bool:
    return all(
        mrz_digit(field) == digit or (digit == "<" and not field.strip("<"))
        for field, digit in pairs
    )


def icao9303_td3(value: str) -> bool:
    """Passports: 2 x 44, the lines one after the other or with a line feed between."""
    value = value.replace("\n", "")
    if len(value) != 88:
        return False
    line = value[44:]
    return _fields_agree(
        (
            (line[0:9], line[9]),
            (line[13:19], line[19]),
            (line[21:27], line[27]),
            (line[28:42], line[42]),
            (line[0:10] + line[13:20] + line[21:43], line[43]),
        )
    )


def icao9303_td2(value: str) -> bool:
    """Documents of 2 x 36."""
    value = value.replace("\n", "")
    if len(value) != 72:
        return False
    line = value[36:]
    return _fields_agree(
        (
            (line[0:9], line[9]),
            (line[13:19], line[19]),
            (line[21:27], line[27]),
            (line[0:10] + line[13:20] + line[21:35], line[35]),
        )
    )


def icao9303_td1(value: str) -> bool:
    """Cards of 3 x 30."""
    value = value.replace("\n", "")
    if len(value) != 90:
        return False
    one, two = value[:30], value[30:60]
    return _fields_agree(
        (
            (one[5:14], one[14]),
            (two[0:6], two[6]),
            (two[8:14], two[14]),
            (one[5:30] + two[0:7] + two[8:15] + two[18:29], two[29]),
        )
    )
