"""Profiles of privacy masking that an administrator adds to those of the booth's data.

A profile is data, never code: which types of numbers are covered, what stays readable, which
numbers are the company's own. The route is handed the whole of it with each job, so that a job
says what its pages were rid of. Types and the built-in profiles: docs/privacy-entities.md.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from daemon.config.section import Section
from daemon.domain.privacy.offered import PROFILES

KeptGlyphs = Annotated[int, Field(ge=0, le=6)]
MinDigits = Annotated[int, Field(ge=1, le=32)]
DEFAULT = "all_digits"


class OwnType(Section):
    """A type of number that only this company has."""

    zh: str = ""
    """Chinese name; the type's key where it is empty."""
    en: str = ""
    """English name; the type's key where it is empty."""
    pattern: Annotated[str, Field(min_length=1, max_length=400)]
    """Regular expression for the whole number, on normalised text (ASCII digits, single blanks).
    Letters and digits right beside it are never part of it; repeats inside repeats are refused."""
    needs_word: bool = False
    """Whether it counts only near one of the words."""
    words: tuple[str, ...] = ()
    """Words that stand near it, Chinese or English."""
    separators: str = " -"
    """Characters that may stand inside it and do not belong to its value."""


class Masking(Section):
    """What is covered, laid over a profile; what is not named here stays as it is."""

    min_digits: MinDigits | None = None
    """Runs of so many digits are covered whatever they are; null: as the profile has it."""
    types: dict[str, bool] = Field(default_factory=dict)
    """Types turned on (true) or off (false), by name: cn_landline: false."""
    keep_last: KeptGlyphs | None = None
    """So many last digits of every number stay readable; dates, amounts, e-mail addresses and
    machine-readable zones are always covered whole."""
    keep_last_of: dict[str, KeptGlyphs] = Field(default_factory=dict)
    """The same for single types: bank_card: 4."""
    allow: tuple[str, ...] = ()
    """The company's own numbers, which stay readable however they are grouped."""
    words: tuple[str, ...] = ()
    """Words that are always covered: a name, an address, a project. They stand in plain in the
    settings and in the plan of every job; pages and records never show them."""
    own_types: dict[str, OwnType] = Field(default_factory=dict)
    """Types of numbers that only this company has, by a name of your own."""
    codes: bool | None = None
    """Whether bar and QR codes are covered."""
    zones: bool | None = None
    """Whether the machine-readable lines of passports and cards are covered."""
    faces: bool | None = None
    """Whether faces are covered."""
    signatures: bool | None = None
    """Whether signatures are covered (experimental)."""

    def over(self, under: Masking) -> Masking:
        """This laid over another: lists and tables are added to, single values replaced."""
        laid: dict[str, Any] = {}
        for name in Masking.model_fields:
            named = name in self.model_fields_set
            laid[name] = _laid(getattr(under, name), getattr(self, name), named=named)
        return Masking(**laid)


def _laid(under: object, over: object, *, named: bool) -> object:
    if isinstance(under, dict) and isinstance(over, dict):
        return {**under, **over}
    if isinstance(under, tuple) and isinstance(over, tuple):
        return (*under, *(one for one in over if one not in under))
    return over if named else under


class Profile(Masking):
    """A profile of the administrator's."""

    like: str = DEFAULT
    """Profile it starts from: all_digits, personal, contract, id_document, finance, logistics, or
    another one of this section."""


class Privacy(Section):
    """How privacy masking covers pages."""

    profiles: dict[str, Profile] = Field(default_factory=dict)
    """Profiles by name, besides those that come with the booth."""


def names(privacy: Privacy) -> list[str]:
    """Every profile that can be asked for."""
    return sorted({*PROFILES, *privacy.profiles})


def masking_of(name: str, privacy: Privacy, _above: tuple[str, ...] = ()) -> tuple[str, Masking]:
    """The built-in profile that a profile comes down to, and everything laid over it.

    Raises:
        KeyError: There is no such profile, or it starts from itself; the name is the argument.
    """
    if name in PROFILES:
        return name, Masking()
    if name in _above or name not in privacy.profiles:
        raise KeyError(name)
    own = privacy.profiles[name]
    base, under = masking_of(own.like, privacy, (*_above, name))
    return base, own.over(under)
