"""A profile and what settings lay over it, as the domain's policy."""

from __future__ import annotations

import dataclasses
import re
from types import MappingProxyType

from daemon.config.privacy import Masking, OwnType
from daemon.domain.privacy.context import comparable
from daemon.domain.privacy.entity import Book, Default, Entity, Score
from daemon.domain.privacy.glyphs import plain_text
from daemon.domain.privacy.patterns import pattern_of
from daemon.domain.privacy.policy import RUN, Policy, bare_of

WORD = "word"
"""The type of the words that a profile covers by name."""
LEAST_RUN = 4
"""Digits of a run where a profile that does not look at runs is told to (data: all_digits)."""
_SWITCHED = ("codes", "zones", "faces", "signatures", "min_digits")


def policy_of(book: Book, base: str, over: Masking | None = None) -> Policy:
    """What is covered.

    Args:
        book: Types and built-in profiles.
        base: Name of a built-in profile.
        over: What is laid over it.

    Raises:
        KeyError: There is no such built-in profile.
        ValueError: A pattern does not compile.
    """
    over = over or Masking()
    told = {name: getattr(over, name) for name in _SWITCHED}
    profile = dataclasses.replace(
        book.profiles[base], **{name: value for name, value in told.items() if value is not None}
    )
    switches = dict(over.types)
    if over.min_digits is not None:
        switches.setdefault(RUN, True)
    if switches.get(RUN) and profile.min_digits is None:
        profile = dataclasses.replace(profile, min_digits=LEAST_RUN)
    custom = [_entity(name, own) for name, own in over.own_types.items()]
    if over.words:
        custom.append(_listed(over.words))
    return Policy(
        profile=profile,
        switches=MappingProxyType(switches),
        keep_last=over.keep_last or 0,
        keep_last_of=MappingProxyType(dict(over.keep_last_of)),
        allowed=frozenset(filter(None, map(bare_of, over.allow))),
        custom=tuple(custom),
    )


def _entity(name: str, own: OwnType) -> Entity:
    return Entity(
        id=name,
        zh=own.zh or name,
        en=own.en or name,
        country="ZZ",
        kind="custom",
        default=Default.CONTEXT if own.needs_word else Default.MASK,
        patterns=(pattern_of(own.pattern),),
        score=Score(0.9, None, 0.95),
        strip=own.separators,
        context=tuple(map(comparable, own.words)),
    )


def _listed(words: tuple[str, ...]) -> Entity:
    """Words by name; blanks between Chinese characters do not hide them."""
    patterns = []
    for word in words:
        parts = [re.escape(one) for one in plain_text(word).split()]
        if not parts:
            continue
        spelled = r"[ ]?".join(parts)
        if not word.isascii():
            spelled = r"[ ]?".join(re.escape(one) for one in plain_text(word) if one != " ")
        patterns.append(pattern_of(f"(?i:{spelled})"))
    return Entity(
        id=WORD,
        zh="指定词语",
        en="Listed word",
        country="ZZ",
        kind="custom",
        default=Default.MASK,
        patterns=tuple(patterns),
        score=Score(1.0, None, 1.0),
    )
