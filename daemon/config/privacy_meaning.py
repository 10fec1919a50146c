"""Mistakes in the privacy profiles that their schema cannot see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from daemon.config.privacy import Masking, Privacy, masking_of, names
from daemon.config.source import KeyPath, Problem
from daemon.config.wording import hint, nearest, sentence, shown
from daemon.domain.language import Language
from daemon.domain.privacy.offered import PROFILES, TYPES
from daemon.domain.privacy.patterns import pattern_of, repeats_inside_repeats


def privacy_mistakes(
    privacy: Privacy, language: Language, asked: Iterable[tuple[KeyPath, object]] = ()
) -> Iterator[Problem]:
    """Every mistake in the profiles, each with its place in the file.

    Args:
        privacy: The section.
        language: Of the complaints.
        asked: Profiles that inboxes and rules ask for, each with its place.
    """
    known = names(privacy)
    for where, wanted in asked:
        if isinstance(wanted, str) and wanted not in known:
            text = sentence("unknown_privacy_profile", language, value=shown(wanted))
            yield Problem(where, text + hint(nearest(wanted, known), language))
    for name, profile in privacy.profiles.items():
        place: KeyPath = ("privacy", "profiles", name)
        if name in PROFILES:
            text = sentence("privacy_name_taken", language, value=shown(name))
            yield Problem(place, text)
        elif profile.like not in known:
            text = sentence("unknown_privacy_profile", language, value=shown(profile.like))
            yield Problem((*place, "like"), text + hint(nearest(profile.like, known), language))
        elif _goes_round(name, privacy):
            text = sentence("privacy_ring", language, value=shown(name))
            yield Problem((*place, "like"), text)
        yield from masking_mistakes(profile, place, language, _own_types(name, privacy))


def masking_mistakes(
    masking: Masking, place: KeyPath, language: Language, own: frozenset[str] = frozenset()
) -> Iterator[Problem]:
    """Mistakes in one profile, or in what a route's options lay over it.

    Args:
        masking: What is examined.
        place: Where it stands.
        language: Of the complaints.
        own: Types of the administrator's that it may name besides its own.
    """
    known = TYPES | own | masking.own_types.keys()
    for key, table in (("types", masking.types), ("keep_last_of", masking.keep_last_of)):
        for name in table:
            if name not in known:
                text = sentence("unknown_type", language, value=shown(name))
                found = nearest(name, sorted(known))
                yield Problem((*place, key, name), text + hint(found, language))
    for name, own_type in masking.own_types.items():
        where = (*place, "own_types", name)
        if name in TYPES:
            yield Problem(where, sentence("type_taken", language, value=shown(name)))
        if own_type.needs_word and not own_type.words:
            text = sentence("no_words", language, value=shown(name))
            yield Problem((*where, "words"), text)
        yield from _pattern_mistakes(own_type.pattern, (*where, "pattern"), language)
    for index, own_number in enumerate(masking.allow):
        if sum(map(str.isalnum, own_number)) < LEAST_ALLOWED:
            text = sentence("allowed_too_short", language, least=LEAST_ALLOWED)
            yield Problem((*place, "allow", index), text)


LEAST_ALLOWED = 3
"""A shorter number stands in half of all others."""


def _pattern_mistakes(source: str, where: KeyPath, language: Language) -> Iterator[Problem]:
    try:
        pattern_of(source)
    except ValueError as error:
        yield Problem(where, sentence("bad_regex", language, detail=str(error)))
        return
    if repeats_inside_repeats(source):
        yield Problem(where, sentence("slow_regex", language))


def _own_types(name: str, privacy: Privacy) -> frozenset[str]:
    try:
        return frozenset(masking_of(name, privacy)[1].own_types)
    except KeyError:
        return frozenset()


def _goes_round(name: str, privacy: Privacy) -> bool:
    try:
        masking_of(name, privacy)
    except KeyError as error:
        return error.args[0] in privacy.profiles
    return False
