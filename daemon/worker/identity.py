"""Questions about who is in a photo: ``compare`` and ``embed``.

Both vectors of a comparison always come from one engine: RTS where it was chosen and its
self-test vouches for the weights, else dlib, whatever the identity guard of a route uses: the
lines between people are in distances of these two. Weights that are not what they should be find
everybody alike (decision 15), so a network that nothing vouches for tells nobody apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.domain.artifact import Reason
from daemon.domain.comparison import TRUST_FROM, Scale, Side, compare
from daemon.engines.assessing import Assessor
from daemon.engines.base import Face, Recogniser
from daemon.engines.offers import EMBEDDED
from daemon.engines.registry import Engines
from daemon.engines.tasks import ASSESS, FIND, IDENTITY, JUDGE
from daemon.errors import InputError
from daemon.imaging.align import align
from daemon.imaging.decode import read_photo
from daemon.imaging.flatten import on_white
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Photo
from daemon.protocol import Ask
from daemon.routes.quality.assess import Assessment, assess

Told = Callable[[str, int, int], None]

# Similarity of dlib is 1 - the Euclidean distance of its descriptions.
DLIB_SCALE = Scale(
    same_from=0.65,
    different_below=0.40,
    source="docs/decisions/0015: 325 pairs of people, 144 damaged copies; dlib's own line is 0.40",
)
_LEAST_AREA = 0.25  # of the largest face: smaller ones are nobody's portrait
_SAME_FACE = 0.5  # boxes that share so much of the smaller one are two views of one face


@dataclass(frozen=True)
class _Portrait:
    """One photo, measured.

    Attributes:
        quality: Of its largest face.
        faces: Faces that could be meant.
        vector: Float32 of that face, or ``None`` without one.
        second_share: Area of the second largest face, as a share of the largest.
        size_px: Width and height of the photo as people see it, for drawing boxes over it.
    """

    quality: Assessment
    faces: int
    vector: NDArray[np.float32] | None
    second_share: float = 0.0
    size_px: tuple[int, int] = (0, 0)

    @property
    def side(self) -> Side:
        return Side(self.quality.score, self.faces)

    def as_json(self) -> dict[str, Any]:
        face = self.quality.face
        return {
            "quality": self.quality.as_json(),
            "faces": self.faces,
            "face": None if face is None else _face_json(face),
            "size_px": list(self.size_px),
            "codes": [reason.code for reason in self.quality.reasons],
        }


def answer_compare(ask: Ask, engines: Engines, told: Told) -> Mapping[str, Any]:
    """``{"a": path, "b": path, "limits": {…}}`` → similarity, both qualities, the conclusion.

    Raises:
        InputError: A photo cannot be read; ``side`` says which.
    """
    sides = []
    for done, side in enumerate(("a", "b")):
        told(side, done, 2)
        sides.append(_portrait(_read(ask, side), engines))
    first, second = sides
    similarity = None
    if first.vector is not None and second.vector is not None:
        similarity = _similarity(first.vector, second.vector, engines)
    scale = _scale(engines)
    found = compare(similarity, first.side, second.side, scale)
    return {
        "answer": found.conclusion.value,
        "reasons": [_reason(code, similarity, sides).as_json() for code in found.reasons],
        "similarity": None if similarity is None else round(similarity, 4),
        "threshold": scale.as_json(),
        "photos": [portrait.as_json() for portrait in sides],
        "engines": _used(engines),
    }


def answer_embed(ask: Ask, engines: Engines, told: Told) -> Mapping[str, Any]:
    """``{"a": path, "limits": {…}}`` → the vector of the largest face.

    Raises:
        InputError: The photo cannot be read, or shows no face (``FACE_NOT_FOUND``).
    """
    told("a", 0, 1)
    portrait = _portrait(_read(ask, "a"), engines)
    if portrait.vector is None:
        code = "FACE_NOT_FOUND"
        raise InputError(code, side="a")
    return {
        "vector": [round(float(value), 7) for value in portrait.vector],
        "dimension": int(portrait.vector.size),
        **portrait.as_json(),
        "engines": _used(engines),
    }


def _read(ask: Ask, side: str) -> Photo:
    """A photo as people see it: nobody is recognised by what is fully transparent."""
    limits = Limits.from_message(ask.arguments.get("limits", {}))
    try:
        return on_white(read_photo(Path(ask.arguments[side]), limits))
    except InputError as error:
        error.facts["side"] = side
        raise


def _portrait(photo: Photo, engines: Engines) -> _Portrait:
    quality = assess(photo, engines)
    face = quality.face
    size_px = (int(photo.srgb.shape[1]), int(photo.srgb.shape[0]))
    if face is None:
        return _Portrait(quality, 0, None, size_px=size_px)
    others = [
        other.box.area / face.box.area
        for other in engines.finder.find(photo.srgb)
        if other.box.share_of_smaller(face.box) < _SAME_FACE
    ]
    count = 1 + sum(share >= _LEAST_AREA for share in others)
    vector = _vector(photo, face, engines)
    return _Portrait(quality, count, vector, max(others, default=0.0), size_px)


def _reason(code: str, similarity: float | None, sides: Sequence[_Portrait]) -> Reason:
    """A code with the facts that its sentence names."""
    worst = round(min(side.quality.score for side in sides), 2)
    known: Mapping[str, Mapping[str, object]] = {
        "MULTIPLE_FACES": {
            "value": round(max(side.second_share for side in sides), 2),
            "limit": _LEAST_AREA,
        },
        "LOW_OVERALL_QUALITY": {"value": worst, "limit": TRUST_FROM},
        "SIMILARITY_UNCLEAR": {"value": None if similarity is None else round(similarity, 2)},
    }
    return Reason(code, known.get(code, {}))


def _vector(photo: Photo, face: Face, engines: Engines) -> NDArray[np.float32] | None:
    assessor = _vouched_for(engines)
    if assessor is not None:
        return assessor.assess(photo.srgb, face.landmarks).embedding
    alignment = align(face.landmarks)
    if alignment is None:
        return None
    recogniser: Recogniser = engines.embedded(IDENTITY)
    return recogniser.embed(photo.srgb, alignment)


def _vouched_for(engines: Engines) -> Assessor | None:
    assessor = engines.assessor
    return assessor if assessor is not None and assessor.is_vouched_for else None


def _similarity(first: NDArray[np.float32], second: NDArray[np.float32], engines: Engines) -> float:
    if _vouched_for(engines) is not None:
        return float(first @ second)
    return 1.0 - float(np.linalg.norm(first - second))


def _scale(engines: Engines) -> Scale:
    assessor = _vouched_for(engines)
    if assessor is None:
        return DLIB_SCALE
    line = assessor.same_person_similarity
    return Scale(line, line, assessor.threshold_source)


def _used(engines: Engines) -> dict[str, Any]:
    """Task → engine, of what was used here; ``identity`` is the one that made the vectors.

    An engine that was chosen and is not trusted stands beside it, with what its self-test said.
    """
    every = engines.describe(**{IDENTITY: EMBEDDED})
    used = {task: every[task] for task in (FIND, JUDGE, IDENTITY, ASSESS) if task in every}
    if _vouched_for(engines) is not None:
        used[IDENTITY] = every[ASSESS]
    return used


def _face_json(face: Face) -> dict[str, Any]:
    return {
        "box": face.box.as_list(),
        "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in face.landmarks],
        "score": round(face.score, 3),
    }
