"""From the placed person to the finished pixels: light, skin, tones, background."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.domain.idphoto.slots import Slots
from daemon.imaging.adjust import adjusted, balanced
from daemon.imaging.align import align
from daemon.imaging.skin import bare_area, skin_mask, smoothed, whitened
from daemon.imaging.spots import Spot, without_spots
from daemon.routes.idphoto.painting import canvas, composed
from daemon.routes.idphoto.placing import Placed, mirrored
from daemon.routes.idphoto.target import Target

_IS_PERSON = 0.5
# Of the frame's height: 0.35 mm of a one-inch photo.
_STRAY_SHARE = 0.01


@dataclass(frozen=True)
class Finished:
    """The pixels of a result.

    Attributes:
        rgb: ``(H, W, 3)`` uint8 sRGB, what will be written.
        alpha: ``(H, W)`` uint8 where the result is transparent, else ``None``.
        person: ``(H, W)`` float32 0..1: where the person is, as it was meant.
        painted: ``(H, W, 3)`` float32 sRGB: the background as it was meant.
        edits: What was changed about the person, for the label in the file and the record.
    """

    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    person: NDArray[np.float32]
    painted: NDArray[np.float32]
    edits: tuple[str, ...]


def finish(placed: Placed, target: Target, *, white_balance: bool) -> Finished:
    """Dress the person and paint what is behind.

    Args:
        placed: The person at the finished size.
        target: Whose wishes were let pass by the preset's authority.
        white_balance: Take the light's colour away first.
    """
    slots, ground = target.slots, target.ground
    if slots.pose.flip:
        placed = mirrored(placed)
    if slots.matting.stray_hair == "remove" and ground.mode != "keep":
        placed = replace(placed, alpha=without_strays(placed.alpha))
    keep = ground.mode == "keep"
    rgb, edits = _dressed(placed, slots, white_balance=white_balance)
    painted = canvas(ground, target.width_px, target.height_px)
    out, alpha = rgb, None
    if ground.mode == "transparent":
        alpha = np.asarray(np.rint(placed.alpha * 255), np.uint8)
        out = np.where(alpha[..., None] > 0, rgb, 255).astype(np.uint8)
    elif not keep:
        out = composed(rgb, placed.alpha, painted)
    named = () if keep else (f"background {ground.mode}",)
    if slots.matting.stray_hair == "remove" and not keep:
        named = (*named, "without stray hair")
    return Finished(out, alpha, placed.alpha, painted, (*named, *edits))


def _dressed(
    placed: Placed, slots: Slots, *, white_balance: bool
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The person's colours with every wish carried out; without a wish the very same array."""
    rgb, edits = placed.foreground, []
    if slots.pose.flip:
        edits.append("mirrored")
    if white_balance:
        # What is behind may be any colour: the person alone speaks for the light.
        rgb = balanced(rgb, placed.alpha * (placed.alpha > _IS_PERSON))
        edits.append("white balance")
    smooth, whiten = slots.retouch.smooth or 0.0, slots.retouch.whiten or 0.0
    spots = _spots(slots)
    if smooth or whiten or spots:
        for points in placed.landmarks:
            alignment = align(points)
            if alignment is not None:
                mask = skin_mask(rgb, alignment)
                if spots:
                    bare = bare_area(mask.shape, alignment)
                    rgb = without_spots(rgb, mask, bare, spots)
                rgb = whitened(smoothed(rgb, mask, smooth), mask, whiten)
        edits += [f"without {kind}" for kind in sorted(spots)]
        edits += [f"smoothing {smooth:g}"] if smooth else []
        edits += [f"whitening {whiten:g}"] if whiten else []
    tones = {
        name: getattr(slots.adjust, name) or 0.0
        for name in ("brightness", "contrast", "saturation", "sharpness")
    }
    edits += [f"{name} {value:g}" for name, value in tones.items() if value]
    return adjusted(rgb, **tones), tuple(edits)


def _spots(slots: Slots) -> frozenset[Spot]:
    """Which kinds of spots are to go."""
    wished = {Spot.BLEMISH: slots.retouch.blemish, Spot.MOLE: slots.retouch.moles}
    return frozenset(kind for kind, wish in wished.items() if wish == "remove")


def without_strays(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """A matte without what is thinner than a lock of hair.

    Args:
        alpha: ``(H, W)`` float32 0..1, at the finished size.
    """
    radius = max(1, round(_STRAY_SHARE * alpha.shape[0]))
    side = 2 * radius + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    solid = cv2.dilate(cv2.morphologyEx(alpha, cv2.MORPH_OPEN, disc), np.ones((3, 3), np.uint8))
    soft = cv2.GaussianBlur(solid, (0, 0), 1.0)
    return np.asarray(np.minimum(alpha, soft), np.float32)
