"""``PHOTO.why.jpg`` of the gate: the heat map over the face, what failed, and a legend."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from daemon.domain.codes import explain
from daemon.engines.base import Face
from daemon.imaging.annotate import BAD, LONGEST_PX, NEUTRAL, Mark, annotated, spoken_font
from daemon.imaging.photo import Photo
from daemon.routes.quality.assess import Assessment
from daemon.routes.quality.heat import Heat
from daemon.routes.quality.judge import Judgement
from daemon.routes.quality.look import FRAME_PX, Look
from daemon.routes.quality.tiles import COUNT

_SHORTEST_PX = 900  # smaller photos are enlarged, so that the words fit beside the face
_FEW = 3  # more other faces are numbered: words would cover the picture
_OPACITY = 0.45
_LEGEND = {
    "zh": ("差", "好", "红色区域拉低了分数"),
    "en": ("poor", "good", "red areas lower the score"),
}
_SCORE = {"zh": "质量分 {score:.2f}", "en": "quality {score:.2f}"}
_JUDGED = {"zh": "人脸(把握 {score:.0%})", "en": "face ({score:.0%} sure)"}
_OTHER = {"zh": "另一张脸", "en": "another face"}


def why_picture(
    photo: Photo, found: Assessment, judged: Judgement, language: str
) -> NDArray[np.uint8]:
    """What keeps a photo from passing, drawn into a copy of it.

    Returns:
        ``(H, W, 3)`` uint8 RGB.
    """
    longest = max(photo.size)
    scale = min(LONGEST_PX / longest, max(1.0, _SHORTEST_PX / longest))
    size = max(1, round(photo.size[0] * scale)), max(1, round(photo.size[1] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    shown = np.asarray(cv2.resize(photo.srgb, size, interpolation=how), np.uint8)
    if found.readings is None or found.face is None:
        return annotated(shown, [], _headline(found, judged), language)
    look = found.readings.look
    coloured = overlaid(shown, look, found.heat, scale)
    marks = _marks(found.face, look, judged, scale)
    picture = annotated(coloured, marks, _headline(found, judged), language)
    return _with_legend(picture, language)


def overlaid(shown: NDArray[np.uint8], look: Look, heat: Heat, scale: float) -> NDArray[np.uint8]:
    """The heat map over a picture of the photo, red to green, through the alignment.

    Args:
        shown: ``(h, w, 3)`` the photo at ``scale``.
        look: The face.
        heat: Its map.
        scale: Pixels of ``shown`` per pixel of the photo.
    """
    grades = np.nan_to_num(heat.values, nan=0.0).astype(np.float32)
    weight = np.isfinite(heat.values).astype(np.float32)
    # Between tiles colours run over; a tile without a face takes no part in that.
    smooth = cv2.resize(grades * weight, (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_LINEAR)
    share = cv2.resize(weight, (FRAME_PX, FRAME_PX), interpolation=cv2.INTER_LINEAR)
    layer = np.dstack([smooth / np.maximum(share, 1e-3), share * look.mask]).astype(np.float32)
    matrix = look.matrix.copy()
    matrix[:, :2] /= scale
    height, width = shown.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    placed = cv2.warpAffine(layer, matrix, (width, height), flags=flags)
    alpha = _OPACITY * np.clip(placed[..., 1:], 0, 1)
    mixed = (1 - alpha) * shown + alpha * _colours(np.asarray(placed[..., 0], np.float32))
    return np.asarray(np.rint(np.clip(mixed, 0, 255)), dtype=np.uint8)


def _colours(grades: NDArray[np.float32]) -> NDArray[np.float32]:
    """Red at 0, yellow at 0.5, green at 1; ``(..., 3)`` 0..255."""
    red = np.clip(2 - 2 * grades, 0, 1)
    green = np.clip(2 * grades, 0, 1)
    return np.stack([235 * red, 200 * green, np.zeros_like(red)], axis=-1).astype(np.float32)


def _headline(found: Assessment, judged: Judgement) -> dict[str, str]:
    lines = {}
    for language in ("zh", "en"):
        said = [f"· {explain(reason, language)[0]}" for reason in judged.reasons]
        score = [_SCORE[language].format(score=found.score)] if found.face else []
        lines[language] = "\n".join([*score, *said])
    return lines


def _marks(face: Face, look: Look, judged: Judgement, scale: float) -> list[Mark]:
    unlike = "MULTIPLE_FACES" in {reason.code for reason in judged.reasons}
    colour = BAD if unlike else NEUTRAL
    many = len(look.others) > _FEW
    marks = [
        _mark(other, dict.fromkeys(_OTHER, str(number)) if many else _OTHER, colour, scale)
        for number, other in enumerate(look.others, start=2)
    ]
    label = {lang: words.format(score=face.score) for lang, words in _JUDGED.items()}
    return [*marks, _mark(face, label, BAD, scale)]


def _mark(face: Face, label: dict[str, str], colour: tuple[int, int, int], scale: float) -> Mark:
    points = (face.landmarks * scale).astype(np.float32)
    return Mark(face.box.scaled(scale, scale), points, label, colour)


def _with_legend(picture: NDArray[np.uint8], language: str) -> NDArray[np.uint8]:
    """The picture with a bar below it that says what the colours mean."""
    height, width = picture.shape[:2]
    text_px = max(14, round(max(height, width) / 60))
    font, spoken = spoken_font(text_px, language)
    bar = 2 * text_px
    out = Image.new("RGB", (width, height + bar), (24, 24, 28))
    out.paste(Image.fromarray(picture), (0, 0))
    draw = ImageDraw.Draw(out)
    poor, good, meaning = _LEGEND[spoken]
    x, y = text_px // 2, height + text_px // 3
    draw.text((x, y), poor, fill=(240, 240, 240), font=font)
    x += round(font.getlength(poor)) + text_px // 2
    for step in range(COUNT):
        shade = _colours(np.array(step / (COUNT - 1), np.float32))
        left = x + step * text_px // 2
        colour = tuple(int(v) for v in shade)
        draw.rectangle((left, y, left + text_px // 2, y + text_px), fill=colour)
    x += (COUNT + 1) * text_px // 2 + text_px // 2
    draw.text((x, y), f"{good}    {meaning}", fill=(240, 240, 240), font=font)
    return np.asarray(out, dtype=np.uint8)
