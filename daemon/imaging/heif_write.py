"""Writes HEIC by libheif with x265, and AVIF by libavif with aom (OpenCV past 8 bits)."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import features

from daemon.imaging.baggage import Baggage
from daemon.imaging.photo import Photo
from daemon.imaging.pillow_arrays import to_image

FALLBACK_QUALITY = 90
HEVC_PRESET = "medium"
"""libheif's own choice, ``slow``, takes four times as long for the same size of a photo."""
AVIF_SPEED = 6


def can_write_heif() -> bool:
    """Whether this build of libheif has an HEVC encoder."""
    return bool(pillow_heif.libheif_info()["HEIF"])


def can_write_avif() -> bool:
    """Whether this build of Pillow can write AVIF."""
    return bool(features.check("avif"))


def write_heif(photo: Photo, bag: Baggage) -> bytes:
    """A HEIC of the same depth and chroma sampling."""
    samples, mode = _joined(photo)
    deep = samples.dtype == np.uint16
    extra = photo.container.extra
    image = pillow_heif.from_bytes(
        mode + (";16" if deep else ""), photo.size, np.ascontiguousarray(samples).tobytes()
    )
    options: dict[str, Any] = {
        "quality": photo.container.quality or FALLBACK_QUALITY,
        "enc_params": {"preset": HEVC_PRESET},
    }
    if bag.icc:
        options |= {"icc_profile": bag.icc, "icc_profile_type": "prof"}
    if bag.exif:
        options["exif"] = b"Exif\0\0" + bag.exif
    if bag.xmp:
        options["xmp"] = bag.xmp
    if deep:
        options["bit_depth"] = int(extra.get("depth", 10))
    if extra.get("chroma") in {420, 422, 444}:
        options["chroma"] = extra["chroma"]
    options |= _numbers(extra.get("nclx"))
    buffer = io.BytesIO()
    image.save(buffer, **options)
    _note_lost(bag)
    return buffer.getvalue()


def _numbers(nclx: tuple[int, int, int, int] | None) -> dict[str, int]:
    names = (
        "color_primaries",
        "transfer_characteristics",
        "matrix_coefficients",
        "full_range_flag",
    )
    return dict(zip(names, nclx, strict=True)) if nclx else {}


def _joined(photo: Photo) -> tuple[NDArray[Any], str]:
    mode = {1: "L", 3: "RGB"}[photo.pixels.shape[2]]
    if photo.alpha is None:
        return photo.pixels, mode
    return np.concatenate([photo.pixels, photo.alpha[:, :, None]], axis=2), mode + "A"


def _note_lost(bag: Baggage) -> None:
    if bag.photoshop:
        bag.note("iptc_dropped:format")


def write_avif(photo: Photo, bag: Baggage) -> bytes:
    """An AVIF of the same depth."""
    _note_lost(bag)
    if photo.pixels.dtype == np.uint16:
        return _deep_avif(photo, bag)
    buffer = io.BytesIO()
    options: dict[str, Any] = {"exif": b"Exif\0\0" + bag.exif} if bag.exif else {}
    to_image(photo.pixels, photo.alpha).save(
        buffer, "AVIF", quality=photo.container.quality or FALLBACK_QUALITY,
        speed=AVIF_SPEED, icc_profile=bag.icc or None, xmp=bag.xmp or None, **options,
    )  # fmt: skip
    return buffer.getvalue()


def _deep_avif(photo: Photo, bag: Baggage) -> bytes:
    depth = int(photo.container.extra.get("depth", 10))
    samples, _ = _joined(photo)
    if samples.shape[2] == 1:
        samples = np.repeat(samples, 3, axis=2)
        bag.note("grey_written_as_rgb")
    elif samples.shape[2] == 2:
        samples = samples[:, :, [0, 0, 0, 1]]
        bag.note("grey_written_as_rgb")
    bgr = (samples >> (16 - depth)).copy()
    bgr[:, :, :3] = bgr[:, :, 2::-1].copy()
    kinds, blocks = [], []
    pairs = (
        (cv2.IMAGE_METADATA_EXIF, bag.exif),
        (cv2.IMAGE_METADATA_XMP, bag.xmp),
        (cv2.IMAGE_METADATA_ICCP, bag.icc),
    )
    for kind, block in pairs:
        if block:
            kinds.append(kind)
            blocks.append(np.frombuffer(block, np.uint8))
    flags = [
        cv2.IMWRITE_AVIF_DEPTH, depth,
        cv2.IMWRITE_AVIF_QUALITY, photo.container.quality or FALLBACK_QUALITY,
        cv2.IMWRITE_AVIF_SPEED, AVIF_SPEED,
    ]  # fmt: skip
    done, content = cv2.imencodeWithMetadata(".avif", bgr, kinds, blocks, flags)
    if not done:
        raise ValueError(f"the AVIF encoder refused a picture of {photo.size}")
    return bytes(content.tobytes())
