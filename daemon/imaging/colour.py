"""Between a file's own samples and sRGB, and the tone of grey and sepia pictures.

The file's samples stay the truth. Networks see an sRGB view of them, and what they change is
carried back as a *difference*, so that no pixel pays for a conversion it did not need.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.imaging import profiles
from daemon.imaging.photo import Container, Photo
from daemon.imaging.profiles import bands

LUMA = np.array([0.299, 0.587, 0.114])
"""Weights of R'G'B'. Source: ITU-R BT.601-7, 2.5.1."""

profile_problem = profiles.profile_problem


def to_srgb(pixels: NDArray[Any], container: Container) -> NDArray[np.uint8]:
    """The sRGB view of a file's samples.

    Args:
        pixels: ``(H, W, C)`` uint8 or uint16, C = 1, 3 or 4 (CMYK, 0: no ink).
        container: Whose ``mode`` and ``icc`` they are in.

    Returns:
        ``(H, W, 3)`` uint8; *the same array* for 8-bit RGB that already is sRGB, so treat
        both as read-only.
    """
    mode, icc = container.mode, container.icc
    eight = to_eight_bits(pixels)
    if mode in {"RGB", "P"}:
        return eight if _is_plain(container) else profiles.shown_in_srgb(eight, icc or b"", mode)
    if mode == "L":
        grey = np.arange(256.0) if icc is None else profiles.grey_curve(icc)
        return np.repeat(np.rint(grey).astype(np.uint8)[eight], 3, axis=2)
    if icc is not None:
        return profiles.shown_in_srgb(eight, icc, mode)
    return _plain_ink(eight)


def _is_plain(container: Container) -> bool:
    return container.icc is None or profiles.is_srgb(container.icc)


def to_eight_bits(samples: NDArray[Any]) -> NDArray[np.uint8]:
    """uint16 samples rounded to uint8; uint8 ones as they are."""
    if samples.dtype == np.uint8:
        return samples
    result = np.empty(samples.shape, np.uint8)
    for top, bottom in bands(samples.shape[0]):
        # Exactly round(x / 257), in whole numbers.
        result[top:bottom] = (samples[top:bottom].astype(np.uint32) * 255 + 32_895) >> 16
    return result


def _plain_ink(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    shown = np.empty((*ink.shape[:2], 3), np.uint8)
    for top, bottom in bands(ink.shape[0]):
        light = 255 - ink[top:bottom].astype(np.uint32)
        shown[top:bottom] = (light[:, :, :3] * light[:, :, 3:] + 127) // 255
    return shown


def apply_srgb_change(photo: Photo, new_srgb: NDArray[np.uint8], mask: NDArray[Any]) -> Photo:
    """Carry a change made in sRGB back into the file's own samples.

    Args:
        photo: The photo as decoded (or as a route before left it).
        new_srgb: ``(H, W, 3)`` uint8, what ``photo.srgb`` shall look like.
        mask: ``(H, W)`` of any number type; where it is 0 every sample stays bit-equal.

    Returns:
        A photo whose ``pixels`` moved by the difference between ``new_srgb`` and
        ``photo.srgb``, in the file's space and depth. 16-bit samples keep their low bits, grey
        stays grey, alpha is untouched; ``srgb`` is the view of the new samples.

    Raises:
        ValueError: The shapes do not fit the photo.
    """
    if new_srgb.shape != photo.srgb.shape or mask.shape != photo.srgb.shape[:2]:
        raise ValueError(f"change {new_srgb.shape}, mask {mask.shape}, photo {photo.srgb.shape}")
    pixels, srgb = photo.pixels.copy(), photo.srgb.copy()
    shared = photo.srgb is photo.pixels
    for top, bottom in bands(srgb.shape[0]):
        rows = slice(top, bottom)
        columns = np.flatnonzero(mask[rows].any(axis=0))
        if not columns.size:
            continue
        at = rows, slice(int(columns[0]), int(columns[-1]) + 1)
        old, new = photo.srgb[at], new_srgb[at]
        where = (mask[at] != 0) & (old != new).any(axis=2)
        moved = _moved(photo.pixels[at][where], old[where], new[where], photo.container)
        pixels[at][where] = moved
        srgb[at][where] = to_srgb(moved[None], photo.container)[0]
    return replace(photo, pixels=pixels, srgb=pixels if shared else srgb)


def _moved(
    samples: NDArray[Any], old: NDArray[np.uint8], new: NDArray[np.uint8], container: Container
) -> NDArray[Any]:
    """Samples ``(N, C)`` after their sRGB went from ``old`` to ``new``, both ``(N, 3)``."""
    scale = 257.0 if samples.dtype == np.uint16 else 1.0
    plain = samples.astype(np.float64) / scale
    if container.mode == "L":
        target = plain + _grey_step(old, new, container)[:, None]
    elif container.mode == "CMYK":
        target = _ink_target(plain, old, new, container)
    else:
        target = plain + _colour_step(old, new, container)
    limit = np.iinfo(samples.dtype).max
    return np.clip(np.rint(target * scale), 0, limit).astype(samples.dtype)


def _colour_step(
    old: NDArray[np.uint8], new: NDArray[np.uint8], container: Container
) -> NDArray[np.float64]:
    if not _is_plain(container) and container.icc is not None:
        there = profiles.brought_from_srgb(new[None], container.icc, container.mode)
        here = profiles.brought_from_srgb(old[None], container.icc, container.mode)
        if there is not None and here is not None:
            return _difference(there[0], here[0])
    return _difference(new, old)


def _difference(after: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.float64]:
    return after.astype(np.float64) - before.astype(np.float64)


def _grey_step(
    old: NDArray[np.uint8], new: NDArray[np.uint8], container: Container
) -> NDArray[np.float64]:
    before, after = old @ LUMA, new @ LUMA
    if container.icc is not None:
        curve, values = profiles.grey_curve(container.icc), np.arange(256.0)
        before, after = np.interp(before, curve, values), np.interp(after, curve, values)
    return np.asarray(after - before, np.float64)


def _ink_target(
    ink: NDArray[np.float64],
    old: NDArray[np.uint8],
    new: NDArray[np.uint8],
    container: Container,
) -> NDArray[np.float64]:
    if container.icc is not None:
        there = profiles.brought_from_srgb(new[None], container.icc, "CMYK")
        here = profiles.brought_from_srgb(old[None], container.icc, "CMYK")
        if there is not None and here is not None:
            return ink + _difference(there[0], here[0])
    return _plain_ink_target(ink, _difference(new, old))


def _plain_ink_target(ink: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ink for the light wanted: black stays as it is unless the light asks for less."""
    light = (255.0 - ink[:, :3]) * (255.0 - ink[:, 3:]) / 255.0
    wanted = np.clip(light + step, 0.0, 255.0)
    black = np.minimum(ink[:, 3:], 255.0 - wanted.max(axis=1, keepdims=True))
    colours = 255.0 - 255.0 * wanted / np.maximum(255.0 - black, 1e-6)
    return np.concatenate([np.clip(colours, 0.0, 255.0), black], axis=1)


# ── grey and toned pictures ───────────────────────────────────────────────────────────────────

GREY_SPREAD = 6.0
"""Largest distance between channels, in steps of 255, still taken for coding noise: grey scans
stored as colour JPEG of quality 50 stay below 4."""
TONE_SPREAD = 3.5
"""Root-mean-square distance of chroma from the tone curve below which a picture is toned.
Sepia prints of our own making stay under 2; the plainest colour portrait we have shows 7."""
MOST_SAMPLES = 250_000


@dataclass(frozen=True, slots=True)
class ToneCurve:
    """The one colour that a toned picture gives to each brightness.

    Attributes:
        offsets: ``(256, 3)`` float64: R−Y, G−Y, B−Y at luma 0..255.
        spread: Root-mean-square distance of the picture's pixels from the curve.
    """

    offsets: NDArray[np.float64]
    spread: float


def is_grey(srgb: NDArray[np.uint8]) -> bool:
    """Whether a picture ``(H, W, 3)`` uint8 has no colour beyond coding noise."""
    sample = _sample(srgb).astype(np.int16)
    spread = sample.max(axis=1) - sample.min(axis=1)
    return bool(np.quantile(spread, 0.995) <= GREY_SPREAD)


def tint(srgb: NDArray[np.uint8]) -> ToneCurve | None:
    """The tone curve of a grey or evenly toned (sepia) picture; ``None`` for a coloured one."""
    curve = _measured_curve(srgb)
    return curve if curve.spread <= TONE_SPREAD else None


def in_colour(photo: Photo) -> Photo:
    """A photo whose file can hold colour: a grey one as three equal channels, in sRGB.

    One of another kind is itself. Depth and alpha stay; a grey profile has done its work.
    """
    if photo.container.mode != "L":
        return photo
    grey, icc = photo.pixels[..., :1], photo.container.icc
    if icc is not None:
        shown = profiles.grey_curve(icc)
        scale = 257.0 if grey.dtype == np.uint16 else 1.0
        values = np.interp(np.arange(np.iinfo(grey.dtype).max + 1) / scale, np.arange(256.0), shown)
        grey = np.rint(values * scale).astype(grey.dtype)[grey]
    pixels = np.repeat(grey, 3, axis=2)
    extra = {key: value for key, value in photo.container.extra.items() if key != "grey_bits"}
    container = replace(photo.container, mode="RGB", icc=None, extra=extra)
    return replace(photo, pixels=pixels, srgb=to_srgb(pixels, container), container=container)


def project_tone(
    srgb_new: NDArray[np.uint8], srgb_ref: NDArray[np.uint8] | ToneCurve
) -> NDArray[np.uint8]:
    """Give each pixel the colour that the reference picture has at its brightness.

    Args:
        srgb_new: ``(H, W, 3)`` uint8, for instance a restored face.
        srgb_ref: The toned picture it belongs to, or its curve.

    Returns:
        ``(H, W, 3)`` uint8; exactly grey where the reference is exactly grey.
    """
    curve = srgb_ref if isinstance(srgb_ref, ToneCurve) else _measured_curve(srgb_ref)
    luma = srgb_new @ LUMA
    index = np.clip(np.rint(luma), 0, 255).astype(np.intp)
    toned = np.rint(luma)[:, :, None] + curve.offsets[index]
    projected: NDArray[np.uint8] = np.clip(np.rint(toned), 0, 255).astype(np.uint8)
    return projected


def _sample(srgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    step = max(1, int(np.sqrt(srgb.shape[0] * srgb.shape[1] / MOST_SAMPLES)))
    return srgb[::step, ::step].reshape(-1, 3)


def _measured_curve(srgb: NDArray[np.uint8]) -> ToneCurve:
    sample = _sample(srgb).astype(np.float64)
    luma = sample @ LUMA
    level = np.clip(np.rint(luma), 0, 255).astype(np.intp)
    counts = np.bincount(level, minlength=256).astype(np.float64)
    offsets = np.empty((256, 3))
    for channel in range(3):
        sums = np.bincount(level, sample[:, channel] - luma, 256).astype(np.float64)
        offsets[:, channel] = _smoothed(sums, counts)
    distance = sample - (luma[:, None] + offsets[level])
    return ToneCurve(offsets, float(np.sqrt((distance**2).mean())))


def _smoothed(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean by level over a window that levels without pixels borrow from."""
    window = np.exp(-0.5 * (np.arange(-12, 13) / 4.0) ** 2)
    weight = np.convolve(counts, window, "same")
    mean = np.convolve(sums, window, "same")
    known = weight > 1e-9
    if not known.any():
        return np.zeros(256)
    levels = np.arange(256.0)
    return np.asarray(np.interp(levels, levels[known], mean[known] / weight[known]), np.float64)
