"""A comparison made ready for its page: the answer in words, boxes to draw, codes explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin.wording import WORDS
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.services.comparisons import SIDES, Compared

# The mood of each answer, beside what it says.
_MOODS = {"trusted_match": "good", "trusted_non_match": "good", "too_poor": "bad"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A face to draw over its picture, in pixels of the picture.

    Attributes:
        box: Left, top, width, height.
        points: The five landmarks, x and y.
        radius: How large a point is drawn.
    """

    box: tuple[float, float, float, float]
    points: tuple[tuple[float, float], ...]
    radius: float


@dataclass(frozen=True, slots=True)
class Photo:
    """One of the two.

    Attributes:
        side: ``a`` or ``b``.
        job_id: Whose picture it is, or empty.
        is_shown: Whether a browser can show it.
        width_px: Of the picture; 0 where that is not known.
        height_px: Likewise.
        mark: The face, or ``None``.
        score: Its quality, in words.
        band: What that means.
        weakest: The part that is worst.
        faces: How many could be meant.
        remarks: What is the matter with it, with advice.
    """

    side: str
    job_id: str
    is_shown: bool
    width_px: int
    height_px: int
    mark: Mark | None
    score: str
    band: str
    weakest: str
    faces: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole answer."""

    answer: str
    means: str
    mood: str
    similarity: str
    share: float
    lines: str
    source: str
    engine: str
    reasons: tuple[str, ...]
    photos: tuple[Photo, ...]


def present_comparison(found: Compared, language: str) -> Shown:
    """An answered comparison in words of a language."""
    words, facts = WORDS[language], found.facts
    answer, similarity = str(facts["answer"]), facts.get("similarity")
    lines = facts["threshold"]
    engine = facts.get("engines", {}).get("identity", {})
    return Shown(
        answer=words.get(answer, answer),
        means=words.get(f"means_{answer}", ""),
        mood=_MOODS.get(answer, ""),
        similarity="–" if similarity is None else f"{similarity:.2f}",
        share=max(0.0, similarity or 0.0),
        lines=words["threshold_told"].format(
            same=f"{lines['same_from']:.2f}", different=f"{lines['different_below']:.2f}"
        ),
        source=str(lines["source"]),
        engine=f"{engine.get('name', '–')} ({engine.get('version', '–')})",
        reasons=tuple(_explained(Reason.from_json(one), language) for one in facts["reasons"]),
        photos=tuple(
            _photo(found, number, side, words, language) for number, side in enumerate(SIDES)
        ),
    )


def _photo(
    found: Compared, number: int, side: str, words: Mapping[str, str], language: str
) -> Photo:
    facts: Mapping[str, Any] = found.facts["photos"][number]
    quality = facts.get("quality", {})
    width_px, height_px = facts.get("size_px", (0, 0))
    band = str(quality.get("band", ""))
    return Photo(
        side=side,
        job_id=found.job_ids[number],
        is_shown=found.shown[number],
        width_px=width_px,
        height_px=height_px,
        mark=_mark(facts.get("face"), width_px, height_px),
        score=f"{quality.get('score', 0.0):.2f}",
        band=words.get(f"band_{band}", band),
        weakest=words.get(f"weakest_{quality.get('weakest')}", str(quality.get("weakest", ""))),
        faces=int(facts.get("faces", 0)),
        remarks=tuple(_named(str(code), language) for code in facts.get("codes", ())),
    )


def _mark(face: Mapping[str, Any] | None, width_px: int, height_px: int) -> Mark | None:
    if face is None or not width_px or not height_px:
        return None
    left, top, right, bottom = face["box"]
    points: Sequence[Sequence[float]] = face.get("landmarks", ())
    # NaN where a detector has no such point.
    seen = tuple((x, y) for x, y in points if x == x and y == y)  # noqa: PLR0124 - NaN
    radius = max(1.0, max(width_px, height_px) / 150)
    return Mark((left, top, right - left, bottom - top), seen, radius)


def _explained(reason: Reason, language: str) -> str:
    return " ".join(explain(reason, language))


def _named(code: str, language: str) -> str:
    """A code without its facts: what it asks for, not how far it was missed."""
    return f"{code}: {explain(Reason(code), language)[1]}"
