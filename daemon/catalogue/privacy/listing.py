"""The types and profiles as rows for people: the reference page and the command line."""

from __future__ import annotations

from typing import Any

from daemon.domain.privacy.entity import Book, Default, Entity, Profile
from daemon.domain.privacy.policy import Policy

NEEDS = {
    Default.MASK: "nothing more",
    Default.CONTEXT: "a word",
    Default.PROFILE: "nothing more",
    Default.OFF: "to be named",
}
_NONE = "–"


def covering(entity: Entity, book: Book) -> list[str]:
    """Names of the built-in profiles that cover a type."""
    return [name for name, profile in book.profiles.items() if Policy(profile).includes(entity)]


def entity_cells(entity: Entity, book: Book) -> list[str]:
    """Class, what a hit needs, check digit, other checks, profiles."""
    return [
        entity.kind,
        NEEDS[entity.default],
        f"`{entity.scheme}`" if entity.scheme else _NONE,
        ", ".join(f"`{check.name}`" for check in entity.checks) or _NONE,
        ", ".join(covering(entity, book)) or _NONE,
    ]


def profile_cells(profile: Profile) -> list[str]:
    """Classes, types beyond, types left out, length of runs, and what else is covered."""
    runs = "generic" in profile.kinds or "digit_sequence" in profile.include
    return [
        ", ".join(sorted(profile.kinds)),
        ", ".join(sorted(profile.include)) or _NONE,
        ", ".join(sorted(profile.exclude)) or _NONE,
        f"of {profile.min_digits} or more" if runs else _NONE,
        *("yes" if one else "no" for one in (profile.codes, profile.zones, profile.faces)),
    ]


def entity_json(entity: Entity, book: Book) -> dict[str, Any]:
    """A type for programs."""
    return {
        "id": entity.id,
        "zh": entity.zh,
        "en": entity.en,
        "country": entity.country,
        "class": entity.kind,
        "default": str(entity.default),
        "patterns": [pattern.source for pattern in entity.patterns],
        "check_digit": entity.scheme or None,
        "checks": [check.name for check in entity.checks],
        "words": list(entity.context),
        "profiles": covering(entity, book),
        "label": {"zh": entity.label("zh"), "en": entity.label("en")},
    }
