"""What engines see in faces before they are drawn: what covers them, and how good they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from daemon.engines.rating import Rating
from daemon.routes.restore import modelscope, parsed
from daemon.routes.restore.drawing import Drawn
from daemon.routes.restore.face import FaceResult, Workplace
from daemon.routes.restore.hands import Hands
from daemon.routes.restore.selection import Candidate, Choice

Classes = NDArray[np.uint8]
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Looks:
    """What was seen of a page's faces, by their number; empty where no engine looked.

    Attributes:
        classes: What a parser says of each pixel, ``(512, 512)`` uint8.
        visible: Where nothing hides the face, ``(512, 512)`` bool.
        ratings: As ModelScope's pipeline rates the photo's face.
    """

    classes: Mapping[int, Classes] = field(default_factory=dict)
    visible: Mapping[int, NDArray[np.bool_]] = field(default_factory=dict)
    ratings: Mapping[int, Rating] = field(default_factory=dict)

    def covered(self, number: int) -> float | None:
        """Share of a face that something hides, 0..1; ``None`` where nobody looked."""
        if number in self.classes:
            return parsed.covered_share(self.classes[number])
        return parsed.hidden_share(self.visible[number]) if number in self.visible else None

    def told(self, result: FaceResult) -> FaceResult:
        """A face of the record with what was seen of it."""
        number = result.candidate.index
        rating = self.ratings.get(number)
        quality = None if rating is None else rating.quality
        return replace(result, covered=self.covered(number), quality=quality)


def looks_of(faces: Sequence[Candidate], hands: Hands, place: Workplace) -> Looks:
    """Have the engines of a page look at its faces, several in a pass."""
    if not faces:
        return Looks()
    crops = [face.crop for face in faces if face.crop is not None]
    parser, occluder, rater = hands.parser, hands.occluder, hands.rater
    return Looks(
        {} if parser is None else _numbered(faces, parsed.classes_of(parser, crops)),
        {} if occluder is None else _numbered(faces, parsed.visible_of(occluder, crops)),
        {} if rater is None else _numbered(faces, modelscope.rated(faces, place.photo, rater)),
    )


def _numbered(faces: Sequence[Candidate], seen: Sequence[Seen]) -> dict[int, Seen]:
    return {face.index: one for face, one in zip(faces, seen, strict=True)}


def classes_after(hands: Hands, group: Sequence[tuple[Candidate, Drawn]]) -> dict[int, Classes]:
    """What the parser says of faces as they were drawn, by their number."""
    usable = [(face, drawn) for face, drawn in group if drawn.problem is None]
    if hands.parser is None or not usable:
        return {}
    found = parsed.classes_of(hands.parser, [drawn.seen for _, drawn in usable])
    return {face.index: seen for (face, _), seen in zip(usable, found, strict=True)}


def gated(candidate: Candidate, looks: Looks, hands: Hands, place: Workplace) -> Candidate:
    """The face, or why it is not drawn after all."""
    covered = looks.covered(candidate.index)
    if covered is not None and covered > parsed.MOST_COVERED:
        return replace(candidate, choice=Choice.COVERED)
    if hands.as_modelscope:
        rating = looks.ratings.get(candidate.index)
        if modelscope.poor(candidate, place.photo, rating, hands.assessor):
            return replace(candidate, choice=Choice.TOO_POOR)
    return candidate
