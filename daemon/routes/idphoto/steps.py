"""From a photo to files that were measured, and a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.job import Verdict
from daemon.engines.base import Face
from daemon.engines.offers import AUTO, EMBEDDED
from daemon.engines.tasks import FIND, JUDGE, MATTE
from daemon.imaging.photo import Photo
from daemon.routes.base import Context, Outcome, ReadyFile
from daemon.routes.idphoto import notes, record
from daemon.routes.idphoto.check_geometry import YAW_ERROR_DEG
from daemon.routes.idphoto.looks import first_faces
from daemon.routes.idphoto.making import Made, Maker
from daemon.routes.idphoto.options import Options, parse
from daemon.routes.idphoto.order import Order, order_of, wants_generation
from daemon.routes.idphoto.page import why_picture
from daemon.routes.idphoto.portrait import Portrait, cut_out, people_in, yaw_deg
from daemon.routes.idphoto.printing import Sheets, print_sheets

# No second try of ours mends these: another photo is wanted.
_WANTS_ANOTHER = frozenset({"ID_BODY_CUT", "ID_ENLARGED", "ID_POSE", "ID_FACE_COUNT"})
_USED = (FIND, JUDGE, MATTE)


class IdPhoto:
    """Makes ID photos of the first page of a photo."""

    writes_files = True

    def parse_options(self, raw: Mapping[str, object]) -> Options:
        """Options from JSON values.

        Raises:
            UsageError: An option or the preset is unknown, or a value out of range.
        """
        return parse(raw)

    def run(self, photo: Photo, options: Options, context: Context) -> Outcome:
        """Find, cut, place, paint, write, measure.

        Raises:
            EngineUnavailable: ``options.engine`` names an engine that cannot be had.
            EngineError: A model is missing or failed.
            UsageError: ``options.background`` names nothing.
        """
        order = order_of(options, context)
        if order.engine not in {AUTO, EMBEDDED}:
            context.engines.matter(order.engine)  # refused before anything is looked at
        if options.generative == "reject" and (wishes := wants_generation(order)):
            reasons = tuple(one.reason for one in wishes)
            return _refused(photo, [], reasons, order, context)
        context.progress("detect", 0, 1)
        faces = first_faces(photo.srgb, context.engines.finder)
        people = people_in(faces) if faces else []
        if reason := _unfit(people, order):
            return _refused(photo, people, (reason,), order, context)
        portrait = _cut(photo, people, faces, order, context)
        if reason := _cropped(portrait, order):
            return _refused(photo, people, (reason,), order, context)
        return _made(photo, portrait, people, order, options, context)


def _unfit(people: Sequence[Face], order: Order) -> Reason | None:
    """Why these faces cannot become what was ordered, before anything is cut."""
    if not people:
        return Reason("FACE_NOT_FOUND")
    wanted = {target.people for target in order.targets}
    if wanted != {len(people)}:
        # Several results of one photo are of the same people.
        return Reason("ID_FACE_COUNT", {"value": len(people), "limit": max(wanted)})
    most = max(target.yaw_deg for target in order.targets)
    turned = max(abs(yaw_deg(face.landmarks)) for face in people)
    if turned > most + YAW_ERROR_DEG:
        limit = f"≤ {most + YAW_ERROR_DEG:g}"
        return Reason("ID_POSE", {"value": round(turned, 1), "limit": limit})
    return None


def _cut(
    photo: Photo, people: Sequence[Face], faces: Sequence[Face], order: Order, context: Context
) -> Portrait:
    context.progress("warming", 0, 1)  # the first cut on a machine may compile for a minute
    tallest = max(target.height_px * _head_share(target) for target in order.targets)
    return cut_out(
        photo.srgb,
        people,
        [face for face in faces if face not in people],
        context.engines,
        engine=order.engine,
        head_px=tallest,
        progress=lambda done, total: context.progress("cut", done, total),
    )


def _head_share(target: Any) -> float:
    return float(target.frame.head.high) if target.frame.head else 0.72


def _cropped(portrait: Portrait, order: Order) -> Reason | None:
    stood = portrait.stand(level=True, crown=order.targets[0].crown)
    if stood.is_crown_cut:
        return Reason("ID_HEAD_CROPPED", {"side": "top"})
    return Reason("ID_HEAD_CROPPED", {"side": "side"}) if stood.is_side_cut else None


def _made(  # noqa: PLR0913, PLR0917 - what the route was given and what it found
    photo: Photo,
    portrait: Portrait,
    people: Sequence[Face],
    order: Order,
    options: Options,
    context: Context,
) -> Outcome:
    maker = Maker(
        photo.srgb, portrait, context.folder, context.engines, white_balance=options.white_balance
    )
    results = []
    for number, target in enumerate(order.targets):
        context.progress("make", number, len(order.targets))
        results.append(maker.make(target))
    sheets = print_sheets(results, order.slots.print, context.folder)
    reasons, verdict = _judged(results, sheets)
    if verdict is Verdict.REJECTED:
        return _refused(photo, people, reasons, order, context, results=results)
    said = notes.written(order, results, context)
    return Outcome(
        photo=photo,
        verdict=verdict,
        reasons=reasons,
        measures=record.as_json(order, portrait, results, sheets),
        engines=_engines(order, context),
        why=None
        if verdict is Verdict.DONE
        else why_picture(photo.srgb, people, reasons, context.language),
        files=(*_files(results), *sheets.files, *said),
    )


def _judged(results: Sequence[Made], sheets: Sheets) -> tuple[tuple[Reason, ...], Verdict]:
    """Every failing row as a reason, and what follows."""
    failing = [row for made in results for row in made.report.failing]
    failing += list(sheets.failing)
    reasons: dict[str, Reason] = {}
    if sheets.refusal is not None:
        reasons[sheets.refusal.code] = sheets.refusal
    if not failing and not reasons:
        return (), Verdict.DONE
    for row in failing:
        reasons.setdefault(row.code, record.reason_of(row))
    hopeless = all(
        any(row.code in _WANTS_ANOTHER for row in made.report.failing) for made in results
    )
    ordered = sorted(reasons.values(), key=lambda reason: reason.code not in _WANTS_ANOTHER)
    return tuple(ordered), Verdict.REJECTED if hopeless else Verdict.REVIEW


def _files(results: Sequence[Made]) -> tuple[ReadyFile, ...]:
    """The first result under the photo's own name, further ones beside it."""
    first, *more = results
    return (
        ReadyFile(OutputKind.RESULT, first.name, first.suffix),
        *(
            ReadyFile(OutputKind.EXTRA, made.name, f".{made.target.label}{made.suffix}")
            for made in more
        ),
    )


def _refused(  # noqa: PLR0913 - what was found before it was refused
    photo: Photo,
    people: Sequence[Face],
    reasons: tuple[Reason, ...],
    order: Order,
    context: Context,
    *,
    results: Sequence[Made] = (),
) -> Outcome:
    return Outcome(
        photo=photo,
        verdict=Verdict.REJECTED,
        reasons=reasons,
        measures=record.as_json(order, None, results, Sheets()),
        engines=_engines(order, context),
        why=why_picture(photo.srgb, people, reasons, context.language),
    )


def _engines(order: Order, context: Context) -> dict[str, Any]:
    described = context.engines.describe(**{MATTE: order.engine})
    return {task: described[task] for task in _USED if task in described}
