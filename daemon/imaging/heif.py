"""Reads HEIC and AVIF: boxes and limits here, samples by libheif, libavif or OpenCV.

A picture of more than 8 bits is handed on as 16-bit samples, its bits at the top; the encoder
puts them back into the depth they came in. Turning is done as the file's own properties say:
EXIF orientation is information only in these formats (ISO/IEC 23008-12, 6.5.10).
"""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
import pillow_heif
from numpy.typing import NDArray

from daemon.imaging.boxes import Declared, declared
from daemon.imaging.limits import Budget, Limits, broken, truncated, unsupported
from daemon.imaging.pillow_arrays import decoded, to_array
from daemon.imaging.probe import Raw, Source
from daemon.imaging.video_size import av1_size, hevc_size


def read_heif(source: Source, limits: Limits) -> list[Raw]:
    """Decode the primary picture of a HEIC.

    Raises:
        InputError: Whatever is wrong with it.
    """
    boxes = _checked(source, limits)
    try:
        heif = pillow_heif.open_heif(source.whole(), convert_hdr_to_8bit=False)
        image = heif[heif.primary_index]
        samples = np.asarray(image)
    except (OSError, RuntimeError, ValueError, EOFError, SyntaxError, IndexError) as error:
        raise _named(error) from error
    raw = _raw(_whole(samples, image.size))
    info: dict[Any, Any] = image.info
    if image.premultiplied_alpha:
        raw.note("alpha_was_premultiplied")
    raw.extra["depth"] = int(info.get("bit_depth", 8))
    raw.extra["chroma"] = info.get("chroma")
    raw.extra["nclx"] = _nclx(boxes)
    raw.quality = estimate_quality(source.size, boxes)
    raw.icc = info.get("icc_profile") or None
    _take_metadata(raw, info)
    _note_others(raw, boxes, len(heif))
    return [raw]


def read_avif(source: Source, limits: Limits) -> list[Raw]:
    """Decode the primary picture of an AVIF (of an animation, the still one).

    Raises:
        InputError: Whatever is wrong with it.
    """
    boxes = _checked(source, limits)
    depth = _av1_depth(boxes)
    image = decoded(source.whole(), "AVIF")
    if image.mode not in {"L", "RGB", "RGBA"}:
        image = image.convert("RGB")
    raw = _raw(to_array(image) if depth == 8 else _deep_avif(source, image.size, depth))
    raw.extra["depth"] = depth
    raw.extra["nclx"] = _nclx(boxes)
    raw.quality = estimate_quality(source.size, boxes)
    raw.icc = image.info.get("icc_profile")
    _take_metadata(raw, image.info)
    raw.orientation = _turn(boxes)
    _note_others(raw, boxes, getattr(image, "n_frames", 1))
    return [raw]


def _checked(source: Source, limits: Limits) -> Declared:
    try:
        boxes = declared(source)
    except (struct.error, IndexError) as error:
        raise broken("a box is cut short") from error
    if not boxes.sizes:
        raise broken("no picture size declared")
    main = boxes.primary_property(b"ispe")
    sizes = list(boxes.sizes)
    if main is not None:
        primary = struct.unpack_from(">II", main, 4)
        sizes.remove(primary)
        sizes.insert(0, primary)
    Budget(limits, source.size).page(*sizes[0])
    for size in [*sizes[1:], *_coded_sizes(source, boxes)]:
        Budget(limits, source.size, pages=1).page(*size)
    return boxes


def _coded_sizes(source: Source, boxes: Declared) -> list[tuple[int, int]]:
    """What the streams themselves ask a decoder to allocate."""
    sizes = [hevc_size(body) for kind, body in boxes.properties if kind == b"hvcC"]
    for item, offset, length in boxes.extents:
        if boxes.kinds.get(item) == b"av01":
            sizes.append(av1_size(source.at(offset, min(length, 256))))
    return [size for size in sizes if size is not None]


def _named(error: Exception) -> Exception:
    text = str(error)
    lowered = text.lower()
    if "end of file" in lowered or "eof" in lowered or "truncated" in lowered:
        return truncated(text)
    if "unsupported" in lowered:
        return unsupported(f"HEIF ({text[:80]})")
    return broken(text)


def _whole(samples: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    if samples.ndim == 2:
        samples = samples[:, :, None]
    if samples.shape[1::-1] != size or samples.dtype not in (np.uint8, np.uint16):
        raise broken("the decoder found another size than the header says")
    return samples


def _raw(samples: NDArray[Any]) -> Raw:
    channels = samples.shape[2]
    grey = channels < 3
    has_alpha = channels in {2, 4}
    pixels = np.ascontiguousarray(samples[:, :, : 1 if grey else 3])
    return Raw(pixels, samples[:, :, -1].copy() if has_alpha else None, "L" if grey else "RGB")


def _take_metadata(raw: Raw, info: dict[Any, Any]) -> None:
    exif = info.get("exif")
    if exif:
        raw.exif = bytes(exif).removeprefix(b"Exif\0\0")
    if info.get("xmp"):
        raw.extra["xmp"] = bytes(info["xmp"])


def _note_others(raw: Raw, boxes: Declared, pictures: int) -> None:
    if pictures > 1:
        raw.note("further_pictures_dropped")
    kinds = {kind for kind, _ in boxes.properties}
    if b"auxC" in kinds and raw.alpha is None:
        raw.note("auxiliary_picture_dropped")
    nclx = raw.extra.get("nclx")
    if nclx and nclx[1] in {16, 18}:
        raw.note("hdr_transfer_shown_as_sdr")


def _nclx(boxes: Declared) -> tuple[int, int, int, int] | None:
    """Primaries, transfer, matrix and full range of the primary item, if stated by number."""
    for index in boxes.associations.get(boxes.primary_id, []):
        if not 0 < index <= len(boxes.properties):
            continue
        kind, body = boxes.properties[index - 1]
        if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 11:
            primaries, transfer, matrix = struct.unpack_from(">HHH", body, 4)
            return primaries, transfer, matrix, body[10] >> 7
    return None


def _turn(boxes: Declared) -> int:
    """EXIF number for the turning and mirroring properties of the primary item.

    libavif, unlike libheif, leaves them to the caller. Turning comes first (MIAF).
    """
    rotation = boxes.primary_property(b"irot")
    mirror = boxes.primary_property(b"imir")
    quarter = rotation[0] & 3 if rotation else 0
    if not mirror:
        return (1, 8, 3, 6)[quarter]
    # Axis 0 exchanges top and bottom, axis 1 left and right.
    return ((4, 5, 2, 7), (2, 7, 4, 5))[mirror[0] & 1][quarter]


def _av1_depth(boxes: Declared) -> int:
    config = boxes.primary_property(b"av1C")
    if config is None:
        config = next((body for kind, body in boxes.properties if kind == b"av1C"), None)
    if config is None or len(config) < 3:
        raise broken("no codec configuration")
    if not config[2] & 0x40:
        return 8
    return 12 if config[2] & 0x20 else 10


def _deep_avif(source: Source, size: tuple[int, int], depth: int) -> NDArray[Any]:
    samples = cv2.imdecode(np.frombuffer(source.whole(), np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.uint16 or samples.shape[1::-1] != size:
        raise unsupported("AVIF with more than 8 bits in this flavour")
    samples = np.left_shift(samples, 16 - depth, dtype=np.uint16)
    if samples.ndim == 2:
        return samples[:, :, None]
    samples[:, :, :3] = samples[:, :, 2::-1].copy()
    return samples


def estimate_quality(file_bytes: int, boxes: Declared) -> int:
    """A quality class for the encoder, from the bits spent on each pixel.

    These formats do not say what they were made with. 2 and 0.8 bits are our own readings of
    x265 and aom at qualities 92 and 80 on photographs.
    """
    width, height = max(boxes.sizes, key=lambda size: size[0] * size[1])
    bits_per_pixel = 8 * file_bytes / (width * height)
    return 95 if bits_per_pixel >= 2.0 else 90 if bits_per_pixel >= 0.8 else 80
