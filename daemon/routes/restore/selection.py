"""Which faces are restored, and how hard; every face gets an answer and a reason."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face
from daemon.imaging.align import Alignment, Pose, align, pose
from daemon.imaging.colour import tint
from daemon.imaging.sharpness import Detail
from daemon.routes.restore.options import Options

MAX_YAW_DEG = 60.0  # shared with the usual gate for profiles, whose alignment breaks

# Detail lost at 128 px (see Detail.lost_at). Sharp portraits have 0.127 to 0.26, the two mildest
# old scans 0.096 and 0.085, degraded faces 0.03 to 0.08: see docs/decisions/0011.
SHARP_AT_128 = 0.125
# At a coarser scale a sharp face loses more: fitted to sharp faces shrunk to 48..128 px.
_SHARP_EXPONENT = 0.75
_COARSEST_PX, _FINEST_PX = 48, 128

# A face less than half as wide as the main one and far less sharp stands behind the focus.
_BACKGROUND_WIDTH, _BACKGROUND_SHARPNESS = 0.5, 0.6


class Choice(enum.StrEnum):
    """Why a face is restored, or is left alone."""

    WANTED = "wanted"
    TOO_SMALL = "too_small"
    NOT_ALIGNABLE = "not_alignable"
    TURNED_AWAY = "turned_away"
    ALREADY_SHARP = "already_sharp"
    BACKGROUND = "blurred_background"
    BEYOND_MAX_FACES = "beyond_max_faces"
    STRENGTH_ZERO = "strength_zero"
    COVERED = "covered"
    TOO_POOR = "too_poor"
    HAS_COLOUR = "has_colour"


@dataclass(frozen=True)
class Candidate:
    """A face with everything its choice rests on.

    Attributes:
        index: Number in the record, from 1, largest face first.
        face: As found.
        alignment: Photo → crop, or ``None``.
        pose: Yaw and roll.
        crop: ``(512, 512, 3)`` float32 RGB, or ``None`` where it was not needed.
        own_px: How many crop pixels the photo itself can fill at the result's size.
        choice: The answer.
    """

    index: int
    face: Face
    alignment: Alignment | None
    pose: Pose
    crop: NDArray[np.float32] | None
    own_px: int
    choice: Choice = Choice.WANTED

    @property
    def width_px(self) -> float:
        return self.face.box.width

    @cached_property
    def detail(self) -> Detail | None:
        return None if self.crop is None else Detail(self.crop)

    @cached_property
    def sharpness(self) -> float:
        """Detail at the photo's own scale, as a share of what a sharp face has there."""
        if self.detail is None:
            return 0.0
        return self.detail.lost_at(self.own_px) / sharp_at(self.own_px)


def sharp_at(side_px: int) -> float:
    """Detail lost at a scale by a face that is just sharp enough to be left alone."""
    return float(SHARP_AT_128 * (128 / side_px) ** _SHARP_EXPONENT)


def choose(srgb: NDArray[np.uint8], faces: Sequence[Face], options: Options) -> list[Candidate]:
    """Every face with its choice, largest first."""
    ordered = sorted(faces, key=lambda face: (-face.box.area, face.box.left, face.box.top))
    seen = [_seen(srgb, face, i, options) for i, face in enumerate(ordered, start=1)]
    main = next((c for c in seen if c.crop is not None), None)
    is_coloured = options.is_colouring and tint(srgb) is None
    chosen: list[Candidate] = []
    wanted = 0
    for candidate in seen:
        choice = _choice(candidate, main, options)
        if is_coloured and choice is Choice.WANTED:
            choice = Choice.HAS_COLOUR
        if choice is Choice.WANTED:
            wanted += 1
            choice = Choice.BEYOND_MAX_FACES if wanted > options.max_faces else choice
        chosen.append(replace(candidate, choice=choice))
    return chosen


def _seen(srgb: NDArray[np.uint8], face: Face, index: int, options: Options) -> Candidate:
    found = align(face.landmarks) if face.box.width >= options.min_face_px else None
    if found is None:
        return Candidate(index, face, None, pose(face.landmarks), None, _COARSEST_PX)
    own = int(np.clip(256 / found.scale * options.upscale, _COARSEST_PX, _FINEST_PX))
    return Candidate(index, face, found, pose(face.landmarks), found.crop(srgb), own)


def _choice(candidate: Candidate, main: Candidate | None, options: Options) -> Choice:
    if candidate.width_px < options.min_face_px:
        return Choice.TOO_SMALL
    if candidate.alignment is None:
        return Choice.NOT_ALIGNABLE
    if abs(candidate.pose.yaw) > MAX_YAW_DEG:
        return Choice.TURNED_AWAY
    # Colour is wanted for sharp faces, too, and for those behind the focus.
    if not options.is_colouring:
        if candidate.sharpness >= 1:
            return Choice.ALREADY_SHARP
        if main is not None and _behind(candidate, main):
            return Choice.BACKGROUND
    return Choice.WANTED if options.strength > 0 else Choice.STRENGTH_ZERO


def _behind(candidate: Candidate, main: Candidate) -> bool:
    small = candidate.width_px < _BACKGROUND_WIDTH * main.width_px
    return small and candidate.sharpness < _BACKGROUND_SHARPNESS * main.sharpness
