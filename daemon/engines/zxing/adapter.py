"""Codes read by zxing-cpp in several looks, each covered to the end of its ink."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from daemon.engines.abreast import abreast
from daemon.engines.base import EngineFacts
from daemon.engines.sightings import FoundCode
from daemon.engines.zxing.covering import covered
from daemon.engines.zxing.facts import code_facts
from daemon.engines.zxing.matrix import matrix_shapes
from daemon.engines.zxing.overlap import shared
from daemon.engines.zxing.stripes import stripe_fields
from daemon.engines.zxing.texture import texture_fields

SMALL_PX = 1600
"""A picture under this long side is looked at once more, doubled: its codes may be tiny."""
LARGE_PX = 2600
"""Over it also at half size: noise of a large scan hides a code from local thresholds."""
PROOF_ZOOMS = (1.0, 1.5, 0.7)
PROOF_TURNS_DEG = (30.0, 60.0)
"""Stripes are scanned along rows and columns, and found within some 20 degrees of them."""
LEAST_FIELD_SHARED = 0.7
LEAST_SHARED = 0.3
"""Of the smaller of two areas; more is one and the same code."""


class ZxingCodes:
    """The code reader.

    Args:
        threads: CPU threads; 0 for all cores.
    """

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads

    @staticmethod
    def facts() -> EngineFacts:
        return code_facts()

    def find(self, srgb: NDArray[np.uint8]) -> list[FoundCode]:
        """Every code of ``(H, W, 3)`` uint8 RGB, read ones first; see ``CodeFinder``."""
        grey = np.asarray(cv2.cvtColor(srgb, cv2.COLOR_RGB2GRAY), np.uint8)
        long_side = max(grey.shape)
        looks: list[Callable[[], list[FoundCode]]] = [partial(_read, grey, 1.0)]
        if long_side < SMALL_PX:
            looks.append(partial(_read, grey, 2.0))
        if long_side > LARGE_PX:
            looks.append(partial(_read, grey, 0.5))
        small = _at_most(grey, LARGE_PX)
        looks += [partial(_turned, small, degrees, grey.shape[1]) for degrees in PROOF_TURNS_DEG]
        # Stripes are not inverted by the reader itself.
        looks.append(partial(_read, np.asarray(255 - grey, np.uint8), 1.0))
        looks += [partial(stripe_fields, grey), partial(matrix_shapes, grey)]
        looks.append(partial(texture_fields, grey))
        *read, fields, matrices, textures = abreast(looks, self._threads)
        found = _apart(_outlined(grey, one, fields) for codes in read for one in codes)
        striped = [covered(grey, field, None) for field in fields]
        fresh = _apart([*found, *matrices, *striped, *textures])
        return _apart([*found, *(_tried(grey, one) for one in fresh[len(found) :])])

    def prove(self, srgb: NDArray[np.uint8]) -> list[FoundCode]:
        """What can still be read by other thresholds and in other sizes."""
        grey = np.asarray(cv2.cvtColor(srgb, cv2.COLOR_RGB2GRAY), np.uint8)
        whole, local = zxingcpp.Binarizer.GlobalHistogram, zxingcpp.Binarizer.LocalAverage
        looks: list[Callable[[], list[FoundCode]]] = []
        if max(grey.shape) > LARGE_PX:
            looks.append(partial(_read, grey, 1.0, whole))
        small = _at_most(grey, LARGE_PX)
        looks += [
            partial(_read_small, small, zoom, binarizer, grey.shape[1])
            for zoom in PROOF_ZOOMS
            for binarizer in (whole, local)
            if (zoom, binarizer) != (1.0, local)
        ]
        looks += [partial(_turned, small, degrees, grey.shape[1]) for degrees in PROOF_TURNS_DEG]
        return _apart(code for codes in abreast(looks, self._threads) for code in codes)


def _read(
    grey: NDArray[np.uint8],
    zoom: float,
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage,
) -> list[FoundCode]:
    if zoom != 1.0:
        how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
        grey = np.asarray(cv2.resize(grey, None, fx=zoom, fy=zoom, interpolation=how), np.uint8)
    results = zxingcpp.read_barcodes(
        grey, try_rotate=True, try_invert=True, try_downscale=True, binarizer=binarizer
    )
    return [_code(result, zoom) for result in results if result.valid]


def _read_small(
    small: NDArray[np.uint8], zoom: float, binarizer: zxingcpp.Binarizer, full_width: int
) -> list[FoundCode]:
    """Codes of a page that was shrunk, where they lie on the full one."""
    by = full_width / small.shape[1]
    return [_scaled(code, by) for code in _read(small, zoom, binarizer)]


def _outlined(grey: NDArray[np.uint8], code: FoundCode, fields: Sequence[FoundCode]) -> FoundCode:
    """A code that was read, covered: where stripes were seen too, they know its angle better."""
    for field in fields:
        if shared(field.quad, code.quad) >= LEAST_FIELD_SHARED:
            return covered(grey, replace(code, quad=field.quad), None)
    return covered(grey, code)


def _at_most(grey: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    by = side_px / max(grey.shape)
    if by >= 1:
        return grey
    return np.asarray(cv2.resize(grey, None, fx=by, fy=by, interpolation=cv2.INTER_AREA), np.uint8)


def _turned(grey: NDArray[np.uint8], degrees: float, full_width: int) -> list[FoundCode]:
    """Codes read in the picture turned: stripes are scanned along rows and columns only."""
    height, width = grey.shape
    move = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(move[0, 0]), abs(move[0, 1])
    size = (round(width * cos + height * sin), round(height * cos + width * sin))
    move[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    view = cv2.warpAffine(grey, move, size, flags=cv2.INTER_LINEAR, borderValue=(255.0,))
    back = cv2.invertAffineTransform(move)
    found = []
    for code in _read(np.asarray(view, np.uint8), 1.0):
        quad = np.asarray(cv2.transform(code.quad[None], back)[0], np.float32)
        found.append(_scaled(replace(code, quad=quad), full_width / width))
    return found


def _scaled(code: FoundCode, by: float) -> FoundCode:
    return replace(code, quad=code.quad * np.float32(by))


def _code(result: zxingcpp.Barcode, zoom: float) -> FoundCode:
    place = result.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    quad = np.array([(point.x, point.y) for point in corners], np.float32) / np.float32(zoom)
    # A code of no bytes was still read; the reader's own name for its kind stands in.
    payload = bytes(result.bytes) or str(result.format).encode()
    kind = str(result.format).rpartition(".")[2]
    return FoundCode(kind, quad, 1.0, payload)


def _tried(grey: NDArray[np.uint8], seen: FoundCode) -> FoundCode:
    """A shape looked at alone, upright and enlarged: now and then it can be read after all."""
    edges = np.linalg.norm(seen.quad - np.roll(seen.quad, -1, axis=0), axis=1)
    width, height = (float(max(edges[i], edges[i + 2])) for i in (0, 1))
    zoom = float(np.clip(900.0 / max(width, height, 1.0), 1.0, 4.0))
    margin = 0.1 * max(width, height) * zoom
    size = (round(width * zoom + 2 * margin), round(height * zoom + 2 * margin))
    inner = np.array(
        [
            (margin, margin),
            (size[0] - margin, margin),
            (size[0] - margin, size[1] - margin),
            (margin, size[1] - margin),
        ],
        np.float32,
    )
    move = cv2.getPerspectiveTransform(seen.quad, inner)
    piece = cv2.warpPerspective(
        grey, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    for view in (np.asarray(piece, np.uint8), _sharpened(piece)):
        read = _read(view, 1.0)
        if read:
            return FoundCode(read[0].kind, seen.quad, 1.0, read[0].payload)
    return seen


def _sharpened(piece: object) -> NDArray[np.uint8]:
    picture = np.asarray(piece, np.uint8)
    soft = cv2.GaussianBlur(picture, (0, 0), 3)
    return np.asarray(cv2.addWeighted(picture, 2.5, soft, -1.5, 0), np.uint8)


def _apart(found: Iterable[FoundCode]) -> list[FoundCode]:
    """One code for each place, read ones first, the surest of the others after them."""
    kept: list[FoundCode] = []
    for one in sorted(found, key=lambda code: (-code.confidence, not code.is_read)):
        if all(shared(one.quad, other.quad) < LEAST_SHARED for other in kept):
            kept.append(one)
    return kept
