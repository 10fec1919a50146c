"""From a photo to a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.domain.artifact import Reason
from daemon.domain.codes import explain, verdict_of
from daemon.domain.job import Verdict
from daemon.engines.tasks import RESTORE
from daemon.imaging.annotate import annotated
from daemon.imaging.colour import in_colour
from daemon.imaging.photo import Photo
from daemon.routes.base import Context, Outcome
from daemon.routes.restore import record
from daemon.routes.restore.enlarged import check_size
from daemon.routes.restore.hands import background_wish, check_named, used_by, wishes_of
from daemon.routes.restore.options import Options, has_fidelity, parse
from daemon.routes.restore.page import PageResult, restore_page
from daemon.routes.restore.selection import Choice


class Restore:
    """Restores every page of a photo; a page without a face is no reason to turn it down."""

    def parse_options(self, raw: Mapping[str, object]) -> Options:
        """Options from JSON values.

        Raises:
            UsageError: An option is unknown or out of range.
        """
        return parse(raw)

    def run(self, photo: Photo, options: Options, context: Context) -> Outcome:
        """Restore.

        Raises:
            InputError: The photo is too large for what the options ask.
            EngineError: A model is missing or failed.
        """
        pages = (replace(photo, rest=()), *photo.rest)
        check_named(options, context.engines)
        wants_background = options.background == "upscale" and options.strength > 0
        wish = background_wish(options)
        background = context.engines.background(wish) if wants_background else None
        for page in pages:
            check_size(page, options, background)
        done = [restore_page(page, options, context.engines, context.progress) for page in pages]
        photos = [page.photo for page in done]
        if options.is_colouring and len({one.container.mode for one in photos}) > 1:
            photos = [in_colour(one) for one in photos]  # the pages of a file are alike
        reasons = _reasons(done, options)
        verdict = verdict_of(reasons)
        used = used_by(options, context.engines.describe(**wishes_of(options)))
        return Outcome(
            photo=replace(photos[0], rest=tuple(photos[1:])),
            verdict=verdict,
            reasons=reasons,
            measures=_measures(done, options, str(used.get(RESTORE, {}).get("name", ""))),
            engines=used,
            why=None if verdict is Verdict.DONE else _why(pages, done, reasons, context.language),
        )


def _reasons(pages: list[PageResult], options: Options) -> tuple[Reason, ...]:
    faces = [face for page in pages for face in page.faces]
    usable = [face for face in faces if face.reason != Choice.TOO_SMALL]
    if not usable and options.on_no_face == "reject":
        if not faces:
            return (Reason("FACE_NOT_FOUND"),)
        widest = max(face.candidate.width_px for face in faces)
        facts = {"actual": round(widest), "limit": options.min_face_px}
        return (Reason("FACE_TOO_SMALL", facts),)
    many = len(pages) > 1
    return tuple(
        reason
        for number, page in enumerate(pages, start=1)
        for reason in record.reasons(page.faces, number if many else 0)
    )


def _measures(pages: list[PageResult], options: Options, engine: str) -> dict[str, Any]:
    drew = {page.is_embedded for page in pages} - {None}
    by_network = False in drew
    idle = options.idle(engine if by_network else None) if drew else ()
    fidelity = options.fidelity if by_network and has_fidelity(engine) else None
    faces = [
        {
            **record.face_as_json(face, engine, fidelity),
            **({"page": number} if len(pages) > 1 else {}),
        }
        for number, page in enumerate(pages, start=1)
        for face in page.faces
    ]
    worked = [face for page in pages for face in page.faces]
    return {
        "faces": faces,
        "quality_score": round(record.quality_score(worked), 4),
        **({"options_idle": list(idle)} if idle else {}),
        **pages[0].measures,
        **({"pages": [page.measures for page in pages]} if len(pages) > 1 else {}),
    }


def _why(
    pages: tuple[Photo, ...], done: list[PageResult], reasons: tuple[Reason, ...], language: str
) -> NDArray[np.uint8]:
    """The page that the first reason is about, with every face marked."""
    page = reasons[0].facts.get("page", 1)
    at = page - 1 if isinstance(page, int) else 0
    headline = {lang: explain(reasons[0], lang)[0] for lang in ("zh", "en")}
    marks = [record.mark(face) for face in done[at].faces]
    return annotated(pages[at].srgb, marks, headline, language)
