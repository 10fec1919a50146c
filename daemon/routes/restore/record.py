"""What a restored photo's record says, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from daemon.domain.artifact import Reason
from daemon.imaging.annotate import BAD, GOOD, NEUTRAL, Mark
from daemon.routes.restore.face import Ending, FaceResult
from daemon.routes.restore.guard import Measurable

MIN_QUALITY = 0.6

_LABELS = {
    "restored": ("已修复", "restored"),
    "blend_halved": ("已修复(减半)", "restored, halved"),
    "restored_gently": ("已轻度修复", "restored gently"),
    "identity_not_measurable": ("无法确认本人", "identity not measurable"),
    "identity_changed": ("不像本人,保留原脸", "identity changed, kept"),
    "too_small": ("太小", "too small"),
    "not_alignable": ("无法对齐", "cannot align"),
    "turned_away": ("侧脸", "turned away"),
    "already_sharp": ("已清晰", "already sharp"),
    "blurred_background": ("背景人物", "background"),
    "beyond_max_faces": ("超出数量", "beyond max_faces"),
    "strength_zero": ("强度为零", "strength 0"),
    "covered": ("被遮挡", "covered"),
    "too_poor": ("质量太差", "too poor"),
    "has_colour": ("已有颜色", "has colour"),
    "glasses_appeared": ("多出眼镜,保留原脸", "glasses appeared, kept"),
    "glasses_vanished": ("眼镜消失,保留原脸", "glasses vanished, kept"),
    "eyes_appeared": ("多出眼睛,保留原脸", "eyes appeared, kept"),
    "eyes_vanished": ("眼睛消失,保留原脸", "eyes vanished, kept"),
    "engine_output_not_finite": ("引擎输出无效", "engine output invalid"),
    "engine_output_flat": ("引擎输出无效", "engine output flat"),
    "outside_the_picture": ("在画面外", "outside the picture"),
}


def quality_score(faces: Iterable[FaceResult]) -> float:
    """The lowest similarity among the restored faces; one where none was restored.

    Structure is compared, on brightness only and at 128 px, so that good work (finer texture,
    less noise) is not punished; a face that was redrawn is.
    """
    return min(
        (f.similarity for f in faces if f.ending is Ending.RESTORED and f.similarity is not None),
        default=1.0,
    )


def face_as_json(face: FaceResult, engine: str, fidelity: float | None) -> dict[str, Any]:
    """One face of the record.

    Args:
        face: The face.
        engine: What drew the faces of this photo.
        fidelity: What it was told, where it has such a dial.
    """
    seen = face.candidate
    worked = face.is_drawn
    return {
        "face": seen.index,
        "box": seen.face.box.as_list(),
        "landmarks": [[round(float(v), 1) for v in point] for point in seen.face.landmarks],
        "score": round(seen.face.score, 3),
        "pose": {"yaw": round(seen.pose.yaw), "roll": round(seen.pose.roll)},
        # Five points cannot tell a hand from a cheek: null where no engine looked.
        "covered": _rounded(face.covered),
        "quality": _rounded(face.quality),
        "outcome": face.ending.value,
        "reason": face.reason,
        "engine": engine if worked else None,
        "working_px": face.working_px,
        "size_px": face.size_px,
        "fidelity": fidelity if worked else None,
        "mask": face.mask,
        "blend_asked": _rounded(face.blend_asked) if worked else None,
        "blend_used": _rounded(face.blend_used) if worked else None,
        "identity": _identity(face) if worked else None,
        "ssim": _rounded(face.similarity),
        "noise": None if seen.detail is None else _rounded(seen.detail.noise),
        "sharpness": {
            "before": None if seen.detail is None else _rounded(seen.detail.lost_at(128)),
            "after": _rounded(face.detail_after),
            "share_of_sharp": None if seen.detail is None else _rounded(seen.sharpness),
        },
    }


def _identity(face: FaceResult) -> dict[str, Any]:
    return {
        "measurable": face.measurable is Measurable.YES,
        "distance": _rounded(face.distance),
        "deliver_within": None if face.limits is None else face.limits.deliver_within,
        "keep_beyond": None if face.limits is None else face.limits.keep_beyond,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def reasons(faces: Sequence[FaceResult], page: int) -> list[Reason]:
    """What a person has to look at, gravest first."""
    found: list[Reason] = []
    where: dict[str, object] = {"page": page} if page else {}
    for face in faces:
        facts: dict[str, object] = {
            "face": face.candidate.index,
            "box": face.candidate.face.box.as_list(),
            **where,
        }
        if face.reason == "identity_changed":
            limit = None if face.limits is None else face.limits.deliver_within
            found.append(
                Reason("IDENTITY_CHANGED", {"actual": face.distance, "limit": limit, **facts})
            )
        elif face.ending is Ending.KEPT_ORIGINAL:
            found.append(Reason("FACE_NOT_RESTORED", {"detail": face.reason, **facts}))
        elif face.reason == "identity_not_measurable":
            width = round(face.candidate.width_px, 1)
            found.append(Reason("IDENTITY_NOT_MEASURABLE", {"actual": width, **facts}))
    score = quality_score(faces)
    if score < MIN_QUALITY:
        facts = {"actual": score, "limit": MIN_QUALITY, **where}
        found.append(Reason("LOW_RESTORE_QUALITY", facts))
    order = ("IDENTITY_CHANGED", "FACE_NOT_RESTORED", "LOW_RESTORE_QUALITY")
    return sorted(found, key=lambda r: order.index(r.code) if r.code in order else len(order))


def mark(face: FaceResult) -> Mark:
    """How a face is shown in the why-picture."""
    zh, en = _LABELS[face.reason]
    number = face.candidate.index
    return Mark(
        face.candidate.face.box,
        face.candidate.face.landmarks,
        {"zh": f"{number} {zh}", "en": f"{number} {en}"},
        _colour(face),
    )


def _colour(face: FaceResult) -> tuple[int, int, int]:
    if face.ending is Ending.KEPT_ORIGINAL or face.reason == "identity_not_measurable":
        return BAD
    return GOOD if face.ending is Ending.RESTORED else NEUTRAL
