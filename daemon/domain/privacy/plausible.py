"""Tests of a value besides its check digit: provinces, dates, issuers, lengths.

Tables: ``checks``, ``iin_lengths`` and ``iban_lengths`` of the catalogue's data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from daemon.domain.privacy.entity import Check

PROVINCES = frozenset(
    str(code)
    for block in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(block[0], block[1] + 1)
) | {"91"}
"""GB/T 2260, first two digits; never the county, whose list changes."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """A card network.

    Attributes:
        network: Its name.
        ranges: First and last prefix of each range, both of one length.
        lengths: Numbers of digits it issues.
    """

    network: str
    ranges: tuple[tuple[str, str], ...]
    lengths: frozenset[int]

    def issued(self, value: str) -> bool:
        """Whether a number of digits is one of its."""
        return len(value) in self.lengths and any(
            first <= value[: len(first)] <= last for first, last in self.ranges
        )


@dataclass(frozen=True, slots=True)
class Tables:
    """What the checks look up."""

    issuers: tuple[Issuer, ...]
    iban_lengths: Mapping[str, int]


def is_date(year: int, month: int, day: int) -> bool:
    """Whether the calendar has that day."""
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def province_prefix_cn(value: str) -> bool:
    """The first two digits are a province."""
    return value[:2] in PROVINCES


def date_yyyymmdd(at: int, value: str) -> bool:
    """Eight digits at an offset are a day."""
    part = value[at : at + 8]
    return (
        len(part) == 8 and part.isdigit() and is_date(int(part[:4]), int(part[4:6]), int(part[6:]))
    )


def date_yymmdd(at: int, value: str) -> bool:
    """Six digits at an offset are a day of this century or the last."""
    part = value[at : at + 6]
    return (
        len(part) == 6
        and part.isdigit()
        and any(
            is_date(century + int(part[:2]), int(part[2:4]), int(part[4:]))
            for century in (1900, 2000)
        )
    )


def date_pesel(value: str) -> bool:
    """The first six digits are a day; the month carries the century (1800: 80, 2000: 20, ...)."""
    part = value[:6]
    if len(part) != 6 or not part.isdigit():
        return False
    centuries = {80: 1800, 0: 1900, 20: 2000, 40: 2100, 60: 2200}
    offset = int(part[2:4]) // 20 * 20
    year = centuries.get(offset, 0) + int(part[:2])
    return is_date(year, int(part[2:4]) - offset, int(part[4:]))


def iin_length(issuers: Sequence[Issuer], value: str) -> bool:
    """A known issuer's prefix, at a length it uses."""
    return any(issuer.issued(value) for issuer in issuers)


def iban_length(lengths: Mapping[str, int], value: str) -> bool:
    """As long as its country's accounts are."""
    return lengths.get(value[:2].upper()) == len(value)


def _length(least: int, most: int, value: str) -> bool:
    return least <= len(value) <= most


def _first_char_in(letters: str, value: str) -> bool:
    return bool(value) and value[0].upper() in letters


def _not_in(values: frozenset[str], value: str) -> bool:
    return value not in values


def _has_digit(value: str) -> bool:
    return any(character.isdigit() for character in value)


def check_of(name: str, tables: Tables) -> Check:
    """The check that a line of the data names.

    Args:
        name: ``length:8-30``, ``date_yymmdd@6``, ``iin_length``, ...
        tables: What it looks up.

    Raises:
        ValueError: Nobody knows it.
    """
    bare: dict[str, tuple[Callable[[str], bool], bool]] = {
        "province_prefix_cn": (province_prefix_cn, False),
        "date_pesel": (date_pesel, False),
        "iin_length": (partial(iin_length, tables.issuers), False),
        "iban_length": (partial(iban_length, tables.iban_lengths), False),
        "has_digit": (_has_digit, True),
    }
    if name in bare:
        test, shape = bare[name]
        return Check(name, test, shape)
    word, at, argument = name.partition("@") if "@" in name else name.partition(":")
    if at == "@" and word in {"date_yyyymmdd", "date_yymmdd"}:
        dated = date_yyyymmdd if word == "date_yyyymmdd" else date_yymmdd
        return Check(name, partial(dated, int(argument)), shape=False)
    if word == "length":
        least, _, most = argument.partition("-")
        return Check(name, partial(_length, int(least), int(most)), shape=True)
    if word == "first_char_in":
        return Check(name, partial(_first_char_in, argument), shape=False)
    if word == "not_in":
        return Check(name, partial(_not_in, frozenset(argument.split(","))), shape=True)
    msg = f"no check {name}"
    raise ValueError(msg)
