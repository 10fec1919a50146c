"""From a file to a file that was proved clean, or to a person who looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.job import Verdict
from daemon.domain.privacy.page import Quad
from daemon.domain.privacy.remains import is_beside
from daemon.engines.tasks import CODES, READ, RESWEEP, SWEEP
from daemon.imaging.clean import CleanPage, CleanSource, open_clean
from daemon.imaging.clean_write import CleanWriter
from daemon.imaging.heap import give_back
from daemon.imaging.limits import Limits
from daemon.routes.base import Context, Outcome, ReadyFile, StagedFile
from daemon.routes.privacy import record
from daemon.routes.privacy.covering import Cover, cover_for, painted
from daemon.routes.privacy.key import installation_key
from daemon.routes.privacy.looking import Eyes, Seen, look_at
from daemon.routes.privacy.options import Options, parse
from daemon.routes.privacy.page import why_picture
from daemon.routes.privacy.places import Place, Source
from daemon.routes.privacy.policy import finder_for, policy_for
from daemon.routes.privacy.proof import (
    Check,
    Claimed,
    Doubt,
    container_doubts,
    page_doubts,
    pixel_doubts,
)

_SEEN_BY = {Check.FACES: Source.FACE, Check.CODES: Source.CODE}
_USED = (READ, SWEEP, RESWEEP, CODES)


@dataclass
class _Made:
    """What was done to a page."""

    seen: Seen
    cover: Cover
    exact: bool = False
    spent_s: float = 0.0


@dataclass
class _Job:
    """A file in hand."""

    source: CleanSource
    eyes: Eyes
    context: Context
    made: list[_Made] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def spend(self, part: str, begin_s: float) -> float:
        spent_s = time.perf_counter() - begin_s
        self.seconds[part] = self.seconds.get(part, 0.0) + spent_s
        return spent_s


class Privacy:
    """Covers numbers, faces and codes, and publishes only what a second look confirms."""

    opens_file = True
    writes_files = True

    def parse_options(self, raw: Mapping[str, object]) -> Options:
        """Options from JSON values.

        Raises:
            UsageError: An option, profile or type is unknown, or a value out of range.
        """
        return parse(raw)

    def run(self, photo: StagedFile, options: Options, context: Context) -> Outcome:
        """Find, cover, write, open again, look again; once more where something is left.

        Raises:
            InputError: The file cannot be read.
            EngineError: An engine is missing or failed: nothing is published.
        """
        key = installation_key(context.state)
        profile, finder = policy_for(options).profile, finder_for(options, key.secret)
        eyes = Eyes(options, profile, finder, context.engines, key.tags)
        limits = Limits.from_message(context.limits)
        with open_clean(photo.path, limits, pdf_dpi=options.pdf_dpi) as source:
            job = _Job(source, eyes, context)
            path = context.folder / f"masked{source.shape.suffix}"
            doubts = [_attempt(job, path, [])]
            if doubts[0]:
                path.unlink()
                doubts.append(_attempt(job, path, doubts[0]))
            return _outcome(photo, job, path, doubts)


def _attempt(job: _Job, path: Path, before: Sequence[Doubt]) -> list[Doubt]:
    """Write the file and prove it.

    Args:
        job: The file.
        path: Where; must not exist.
        before: Doubts of the attempt before; their pages are looked at again, more widely.
    """
    pages = job.source.shape.pages
    with CleanWriter(path, job.source.shape) as writer:
        for page in job.source.pages():
            job.context.progress("cover", page.index, pages)
            made = _covered(job, page, before)
            begin_s = time.perf_counter()
            made.exact = writer.add(painted(page, made.cover), page)
            job.spend("write", begin_s)
            give_back()
        writer.finish()
    return _proved(job, path, {doubt.page for doubt in before})


def _covered(job: _Job, page: CleanPage, before: Sequence[Doubt]) -> _Made:
    begin_s = time.perf_counter()
    doubted = [doubt for doubt in before if doubt.page == page.index]
    if before and not doubted:
        return job.made[page.index]
    seen = look_at(page, job.eyes, second=bool(doubted))
    if doubted:
        seen = replace(seen, places=(*seen.places, *_left(doubted)))
    cover = cover_for(
        page,
        seen.places,
        job.eyes.options,
        job.eyes.finder,
        language=job.context.language,
        wider=_beside(doubted),
    )
    made = _Made(seen, cover, spent_s=job.spend("look", begin_s))
    job.made[page.index : page.index + 1] = [made]
    return made


def _beside(doubts: Sequence[Doubt]) -> Callable[[Quad], bool]:
    """Which masks must be larger: those beside a doubt, and all where one has no place.

    Not the others: between lines that stand close they would reach into what is to stay.
    """
    spots = [quad for doubt in doubts for quad in doubt.quads]
    is_anywhere = any(not doubt.quads for doubt in doubts)
    return lambda mask: is_anywhere or any(is_beside(mask, spot) for spot in spots)


def _left(doubts: Sequence[Doubt]) -> list[Place]:
    """What the proof still saw, as places to cover."""
    return [
        Place(
            _SEEN_BY.get(doubt.check, Source.UNREAD),
            doubt.detail if doubt.check in _SEEN_BY else "left_over",
            doubt.quads,
            1.0,
            "proof",
        )
        for doubt in doubts
        if doubt.check is not Check.EDGES and doubt.quads
    ]


def _proved(job: _Job, path: Path, only: set[int]) -> list[Doubt]:
    """Doubts about the written file; reading is repeated for the pages of ``only``, if any."""
    sizes = []
    doubts: list[Doubt] = []
    limits = Limits.from_message(job.context.limits)
    with open_clean(path, limits, pdf_dpi=job.eyes.options.pdf_dpi) as again:
        if again.shape.pages != job.source.shape.pages:
            return [Doubt(Check.CONTAINER, -1, "pages")]
        for written in again.pages():
            job.context.progress("prove", written.index, again.shape.pages)
            begin_s = time.perf_counter()
            page, made = job.source.page(written.index), job.made[written.index]
            sizes.append(page.size)
            claimed = Claimed(page, made.seen, made.cover, made.exact)
            doubts += pixel_doubts(claimed, written.srgb)
            if not only or page.index in only:
                doubts += page_doubts(claimed, written.srgb, job.eyes)
            made.spent_s += job.spend("prove", begin_s)
            give_back()
            if made.spent_s > job.eyes.options.page_limit_s:
                doubts.append(Doubt(Check.TIME, page.index, "page_limit_s"))
    return doubts + container_doubts(path, sizes)


def _outcome(
    photo: StagedFile, job: _Job, path: Path, doubts: Sequence[Sequence[Doubt]]
) -> Outcome:
    left = doubts[-1]
    measures = record.as_json(
        job.eyes, job.source.shape, [m.seen for m in job.made], doubts, job.seconds
    )
    engines = _engines(job.context)
    if not left:
        file = ReadyFile(OutputKind.RESULT, path.name, job.source.shape.suffix)
        return Outcome(photo=photo, measures=measures, engines=engines, files=(file,))
    with suppress(FileNotFoundError):
        path.unlink()
    reason = _reason(left)
    return Outcome(
        photo=photo,
        verdict=Verdict.REVIEW,
        reasons=(reason,),
        measures=measures,
        engines=engines,
        why=_why(job, left, reason),
    )


def _reason(left: Sequence[Doubt]) -> Reason:
    pages = sorted({doubt.page + 1 for doubt in left if doubt.page >= 0})
    shown = ", ".join(map(str, pages[:10])) + (" …" if len(pages) > 10 else "")
    checks = ", ".join(sorted({doubt.check for doubt in left}))
    return Reason("PRIVACY_UNVERIFIED", {"pages": shown or "*", "checks": checks})


def _why(job: _Job, left: Sequence[Doubt], reason: Reason) -> Any:
    number = next((doubt.page for doubt in left if doubt.page >= 0), 0)
    page, made = job.source.page(number), job.made[number]
    return why_picture(
        painted(page, made.cover),
        made.seen.places,
        [doubt for doubt in left if doubt.page == number],
        reason,
        job.eyes.finder,
        job.context.language,
    )


def _engines(context: Context) -> dict[str, Any]:
    described = context.engines.describe()
    return {task: described[task] for task in _USED if task in described}
