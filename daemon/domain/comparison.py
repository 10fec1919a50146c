"""Are two photos of one person, and may the answer be relied on: the rule, and nothing else."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

TRUST_FROM = 0.6
"""Both photos need this quality before an answer is trusted."""
POOR_BELOW = 0.4
"""A photo of less quality says nothing about who is in it.

Source of both: quality/measures.md section 6, the trust rules of the neural route.
"""


class Conclusion(enum.StrEnum):
    """What two photos say about one another."""

    MATCH = "trusted_match"
    NON_MATCH = "trusted_non_match"
    NEEDS_PERSON = "needs_person"
    TOO_POOR = "too_poor"

    @property
    def is_trusted(self) -> bool:
        return self in {Conclusion.MATCH, Conclusion.NON_MATCH}


@dataclass(frozen=True, slots=True)
class Scale:
    """How an engine's similarity is read. Never compare similarities of two engines.

    Attributes:
        same_from: At least this: one person.
        different_below: Less than this: two people. Between the two a person decides.
        source: Where the numbers come from.
    """

    same_from: float
    different_below: float
    source: str

    def as_json(self) -> dict[str, object]:
        return {
            "same_from": self.same_from,
            "different_below": self.different_below,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two photos.

    Attributes:
        quality: Its unified score, 0..1; 0 without a face.
        faces: Faces that could be meant: those of at least a quarter of the largest one's area.
    """

    quality: float
    faces: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer and what it rests on.

    Attributes:
        conclusion: The answer.
        reasons: Codes that kept it from being trusted, gravest first.
    """

    conclusion: Conclusion
    reasons: tuple[str, ...] = ()


def compare(similarity: float | None, first: Side, second: Side, scale: Scale) -> Comparison:
    """The answer to "are these two one person?".

    Args:
        similarity: As the engine measures it; ``None`` where a face is missing.
        first: One photo.
        second: The other.
        scale: How this engine's similarity is read.
    """
    sides = (first, second)
    if similarity is None or math.isnan(similarity) or not all(side.faces for side in sides):
        return Comparison(Conclusion.TOO_POOR, ("FACE_NOT_FOUND",))
    # Written so that a quality that is no number is no good quality.
    if not all(side.quality >= POOR_BELOW for side in sides):
        return Comparison(Conclusion.TOO_POOR, ("LOW_OVERALL_QUALITY",))
    doubts = []
    if any(side.faces > 1 for side in sides):
        doubts.append("MULTIPLE_FACES")
    if any(side.quality < TRUST_FROM for side in sides):
        doubts.append("LOW_OVERALL_QUALITY")
    if scale.different_below <= similarity < scale.same_from:
        doubts.append("SIMILARITY_UNCLEAR")
    if doubts:
        return Comparison(Conclusion.NEEDS_PERSON, tuple(doubts))
    is_same = similarity >= scale.same_from
    return Comparison(Conclusion.MATCH if is_same else Conclusion.NON_MATCH)
