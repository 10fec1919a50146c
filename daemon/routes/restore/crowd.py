"""Works through the chosen faces of a page: looked at and drawn together, put back one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from daemon.routes.restore import modelscope, parsed
from daemon.routes.restore.drawing import Drawn
from daemon.routes.restore.face import (
    Ending,
    FaceResult,
    Workplace,
    deliver,
    outset,
    region_of,
    visible_region,
)
from daemon.routes.restore.hands import Hands
from daemon.routes.restore.looks import Classes, Looks, classes_after, gated, looks_of
from daemon.routes.restore.selection import Candidate, Choice

Progress = Callable[[str, int, int], None]


def restore_faces(
    chosen: Sequence[Candidate], hands: Hands, place: Workplace, progress: Progress
) -> tuple[FaceResult, ...]:
    """Every face of the page with what became of it, largest first."""
    wanted = [c for c in chosen if c.choice is Choice.WANTED]
    total = max(len(wanted), 1)
    progress("face", 0, total)
    looks = looks_of(wanted, hands, place)
    results = {c.index: left_alone(c) for c in chosen}
    ready = []
    for face in wanted:
        candidate = gated(face, looks, hands, place)
        results[candidate.index] = looks.told(left_alone(candidate))
        if candidate.choice is Choice.WANTED:
            ready.append(candidate)
    done = len(wanted) - len(ready)
    for group in hands.drawer.draw(ready):
        after = classes_after(hands, group)
        for candidate, drawn in group:
            i = candidate.index
            results[i] = looks.told(
                _put_back(candidate, drawn, (looks, after.get(i)), (hands, place))
            )
            done += 1
            progress("face", done, total)
    return tuple(results[c.index] for c in chosen)


def left_alone(candidate: Candidate) -> FaceResult:
    """A face that nothing was done to."""
    return FaceResult(candidate, Ending.LEFT_ALONE, candidate.choice.value)


def _put_back(
    candidate: Candidate,
    drawn: Drawn,
    seen: tuple[Looks, Classes | None],
    work: tuple[Hands, Workplace],
) -> FaceResult:
    (looks, after), (hands, place) = seen, work
    result = outset(candidate, drawn, place)
    if result.ending is not Ending.RESTORED:
        return result
    if hands.as_modelscope:
        judged = modelscope.distance_of(drawn, looks.ratings.get(candidate.index), hands.rater)
        return modelscope.deliver(result, drawn, place, judged)
    visible = looks.visible.get(candidate.index)
    if visible is not None:
        result = replace(result, mask="occlusion")
        return deliver(result, drawn, visible_region(candidate, place, visible), place)
    before = looks.classes.get(candidate.index)
    if before is None or after is None:
        result = replace(result, mask="oval")
        return deliver(result, drawn, region_of(candidate, drawn, place, None), place)
    result = replace(result, mask="parsing")
    if changed := parsed.altered(before, after):
        return replace(result, ending=Ending.KEPT_ORIGINAL, reason=changed)
    region = region_of(candidate, drawn, place, parsed.may_change(before, after))
    return deliver(result, drawn, region, place)
