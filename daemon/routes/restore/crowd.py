"""Works through the chosen faces of a page: parsed and drawn together, put back one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import FaceParser
from daemon.routes.restore import modelscope, parsed
from daemon.routes.restore.drawing import Drawn
from daemon.routes.restore.face import (
    Ending,
    FaceResult,
    Workplace,
    deliver,
    outset,
    region_of,
)
from daemon.routes.restore.hands import Hands
from daemon.routes.restore.selection import Candidate, Choice

Progress = Callable[[str, int, int], None]
Classes = NDArray[np.uint8]


def restore_faces(
    chosen: Sequence[Candidate], hands: Hands, place: Workplace, progress: Progress
) -> tuple[FaceResult, ...]:
    """Every face of the page with what became of it, largest first."""
    wanted = [c for c in chosen if c.choice is Choice.WANTED]
    total = max(len(wanted), 1)
    progress("face", 0, total)
    classes = _classes(hands.parser, wanted)
    results = {c.index: left_alone(c) for c in chosen}
    ready = []
    for face in wanted:
        candidate = _gated(face, classes.get(face.index), hands, place)
        results[candidate.index] = _covered(left_alone(candidate), classes)
        if candidate.choice is Choice.WANTED:
            ready.append(candidate)
    done = len(wanted) - len(ready)
    for group in hands.drawer.draw(ready):
        after = _classes_after(hands.parser, group)
        for candidate, drawn in group:
            i = candidate.index
            seen = None if i not in after else (classes[i], after[i])
            results[i] = _covered(_put_back(candidate, drawn, seen, (hands, place)), classes)
            done += 1
            progress("face", done, total)
    return tuple(results[c.index] for c in chosen)


def left_alone(candidate: Candidate) -> FaceResult:
    """A face that nothing was done to."""
    return FaceResult(candidate, Ending.LEFT_ALONE, candidate.choice.value)


def _classes(parser: FaceParser | None, faces: Sequence[Candidate]) -> dict[int, Classes]:
    if parser is None or not faces:
        return {}
    crops = [face.crop for face in faces if face.crop is not None]
    found = parsed.classes_of(parser, crops)
    return {face.index: seen for face, seen in zip(faces, found, strict=True)}


def _classes_after(
    parser: FaceParser | None, group: Sequence[tuple[Candidate, Drawn]]
) -> dict[int, Classes]:
    usable = [(face, drawn) for face, drawn in group if drawn.problem is None]
    if parser is None or not usable:
        return {}
    found = parsed.classes_of(parser, [drawn.seen for _, drawn in usable])
    return {face.index: seen for (face, _), seen in zip(usable, found, strict=True)}


def _gated(
    candidate: Candidate, classes: Classes | None, hands: Hands, place: Workplace
) -> Candidate:
    """The face, or why it is not drawn after all."""
    if classes is not None and parsed.covered_share(classes) > parsed.MOST_COVERED:
        return replace(candidate, choice=Choice.COVERED)
    if hands.as_modelscope and modelscope.poor(candidate, place.photo, hands.assessor):
        return replace(candidate, choice=Choice.TOO_POOR)
    return candidate


def _covered(result: FaceResult, classes: dict[int, Classes]) -> FaceResult:
    seen = classes.get(result.candidate.index)
    return result if seen is None else replace(result, covered=parsed.covered_share(seen))


def _put_back(
    candidate: Candidate,
    drawn: Drawn,
    seen: tuple[Classes, Classes] | None,
    work: tuple[Hands, Workplace],
) -> FaceResult:
    hands, place = work
    result = outset(candidate, drawn, place)
    if result.ending is not Ending.RESTORED:
        return result
    if hands.as_modelscope:
        return modelscope.deliver(result, drawn, place)
    if seen is None:
        result = replace(result, mask="oval")
        return deliver(result, drawn, region_of(candidate, drawn, place, None), place)
    result = replace(result, mask="parsing")
    if changed := parsed.altered(*seen):
        return replace(result, ending=Ending.KEPT_ORIGINAL, reason=changed)
    region = region_of(candidate, drawn, place, parsed.may_change(*seen))
    return deliver(result, drawn, region, place)
