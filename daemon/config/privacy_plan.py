"""Privacy masking in a plan: profiles filled in, and what a note beside a page may say of it.

A profile's settings become part of the job, so that its record says what its pages were rid of,
and a changed profile never passes for the old one. A note is written by whoever drops a file: it
may cover more, and choose what the inbox leaves open; what the inbox names it cannot take back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from daemon.config.privacy import DEFAULT, Masking, Privacy, masking_of
from daemon.domain.route import Plan, RouteId, Step
from daemon.domain.rule import Options

ROUTE = str(RouteId.PRIVACY)
_ADDED = ("words", "rectangles")
_MERGED = ("types", "own_types", "keep_last_of")
_SWITCHES = frozenset(
    {"codes", "zones", "faces", "signatures", "equal_length", "crowd", "mask_name"}
)
ONLY_SETTINGS = ("allow_reversible",)
"""What no note may say at all."""


def with_masking(plan: Plan, privacy: Privacy) -> Plan:
    """A plan whose steps of masking name a built-in profile and all that is laid over it.

    A step with an unknown profile is not filled in: the route refuses it.
    """
    return Plan(tuple(_completed(step, privacy) for step in plan.steps))


def _completed(step: Step, privacy: Privacy) -> Step:
    name = step.options.get("profile", DEFAULT)
    if step.route != ROUTE or name not in privacy.profiles:
        return step
    own = {key: value for key, value in step.options.items() if key in Masking.model_fields}
    try:
        base, under = masking_of(str(name), privacy)
        laid = Masking.model_validate(own).over(under)
    except (KeyError, ValueError):
        return step
    filled = laid.model_dump(mode="json", exclude_defaults=True)
    return Step(step.route, {**step.options, **filled, "profile": base})


def heard(own: Options, note: Options) -> dict[str, dict[str, object]]:
    """A note's options with what it adds laid over the inbox's own, entry by entry.

    Options are merged whole elsewhere; merged whole, a note that names one word would take away
    every other that the inbox has.
    """
    asked = {name: dict(options) for name, options in note.items()}
    mine, yours = own.get(ROUTE, {}), asked.get(ROUTE, {})
    for key in _ADDED:
        under, over = mine.get(key), yours.get(key)
        if isinstance(under, list | tuple) and isinstance(over, list | tuple):
            yours[key] = [*under, *(one for one in over if one not in under)]
    for key in _MERGED:
        below, above = mine.get(key), yours.get(key)
        if isinstance(below, Mapping) and isinstance(above, Mapping):
            yours[key] = {**below, **above}
    return asked


def weakened(own: Options, asked: Options) -> list[str]:
    """What a note asks for and may not, as ``privacy.keep_last``.

    Args:
        own: The inbox's options, or a rule's laid over them.
        asked: The note's, after ``heard``.
    """
    mine, yours = own.get(ROUTE, {}), asked.get(ROUTE, {})
    return [f"{ROUTE}.{key}" for key in _weakening(mine, yours)]


def _weakening(mine: Mapping[str, object], yours: Mapping[str, object]) -> Iterator[str]:
    fixed = set(mine)
    if "profile" in mine:
        # A profile stands for everything that is laid over it.
        fixed |= set(Masking.model_fields)
    for key, value in yours.items():
        if key in ONLY_SETTINGS:
            if value != mine.get(key, False):
                yield key
        elif key in fixed and value != mine.get(key) and not _adds(key, mine.get(key), value):
            yield key


def _adds(key: str, before: object, after: object) -> bool:
    """Whether a value covers all that it covered, and more."""
    if key in _ADDED:
        kept = before if isinstance(before, list | tuple) else ()
        return isinstance(after, list | tuple) and all(one in after for one in kept)
    if key in _SWITCHES:
        return after is True
    if key in {"types", "own_types"} and isinstance(after, Mapping):
        known = before if isinstance(before, Mapping) else {}
        changed = {name: value for name, value in after.items() if known.get(name) != value}
        if key == "own_types":
            return not set(changed) & set(known)
        return all(value is True for value in changed.values())
    return False
