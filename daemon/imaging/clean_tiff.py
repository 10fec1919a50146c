"""Writes a TIFF page by page into a file: no page waits in memory for the next.

Every page has the fields it needs to be shown and no other: size, bits, compression, strips,
resolution. Source: TIFF revision 6.0, sections 2 to 8 and 14; JPEG pages as TIFF Technical
Note 2 has them, each strip a whole stream.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.errors import InputError
from daemon.imaging import tiff_tags as t
from daemon.imaging.pillow_arrays import to_image
from daemon.imaging.probe import Memory

ORDER = "<"
STRIP_BYTES = 1 << 18
LEVEL = 6
MAX_BYTES = (1 << 32) - (1 << 20)
"""Offsets have 32 bits."""
_G4, _JPEG, _DEFLATE = 4, 7, 8
_BLACK_IS_ZERO, _RGB, _YCBCR = 1, 2, 6


class TiffStream:
    """A TIFF being written.

    Args:
        file: Opened for writing, empty, seekable.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.write(b"II*\0" + bytes(4))
        self._link_at = 4  # where the offset of the next directory has to be written

    def add_samples(self, samples: NDArray[np.uint8], dpi: tuple[float, float] | None) -> None:
        """A grey ``(H, W, 1)`` or RGB ``(H, W, 3)`` page, deflated with a predictor."""
        height, width, channels = samples.shape
        per_strip = max(1, min(height, STRIP_BYTES // (width * channels)))
        strips = []
        for top in range(0, height, per_strip):
            rows = samples[top : top + per_strip].reshape(-1, width, channels).copy()
            rows[:, 1:] -= samples[top : top + per_strip, :-1]
            strips.append(self._strip(zlib.compress(rows.tobytes(), LEVEL)))
        photometric = _RGB if channels == 3 else _BLACK_IS_ZERO
        fields = [
            *_fields((width, height), [8] * channels, _DEFLATE, photometric),
            t.shorts(ORDER, t.PREDICTOR, [2]),
        ]
        self._directory(fields, strips, per_strip, dpi)

    def add_bilevel(self, grey: NDArray[np.uint8], dpi: tuple[float, float] | None) -> None:
        """A page ``(H, W)`` of 0 and 255 only, by CCITT group 4."""
        buffer = io.BytesIO()
        image = to_image(grey[:, :, None]).convert("1", dither=Image.Dither.NONE)
        image.save(buffer, "TIFF", compression="group4")
        made = Memory(buffer.getvalue())
        order, big, at = t.first_directory(made)
        page = t.directory(made, order, at, big=big)
        spans = zip(page.numbers(t.STRIP_OFFSETS), page.numbers(t.STRIP_BYTES), strict=True)
        strips = [self._strip(made.at(*span)) for span in spans]
        height, width = grey.shape
        fields = _fields((width, height), [1], _G4, page.number(t.PHOTOMETRIC, 0))
        fields.append(t.shorts(ORDER, t.FILL_ORDER, [page.number(t.FILL_ORDER, 1)]))
        self._directory(fields, strips, page.number(t.ROWS_PER_STRIP, height), dpi)

    def add_jpeg(
        self,
        content: bytes,
        size: tuple[int, int],
        dpi: tuple[float, float] | None,
        *,
        grey: bool,
    ) -> None:
        """A page that is a whole JPEG of 8 bits without chroma subsampling."""
        colours = [8] if grey else [8, 8, 8]
        fields = _fields(size, colours, _JPEG, _BLACK_IS_ZERO if grey else _YCBCR)
        if not grey:
            fields.append(t.shorts(ORDER, t.CHROMA_FACTORS, [1, 1]))
        self._directory(fields, [self._strip(_without_jfif(content))], size[1], dpi)

    def close(self) -> None:
        """Nothing is left to write: every directory ends the list until the next is added."""

    def _strip(self, content: bytes) -> tuple[int, int]:
        at = self._even()
        self._file.write(content)
        return at, len(content)

    def _even(self) -> int:
        at = self._file.tell()
        if at > MAX_BYTES:
            raise InputError("IMAGE_TOO_LARGE", actual="> 4 GiB", limit="4 GiB")
        if at % 2:
            self._file.write(b"\0")
        return at + at % 2

    def _directory(
        self,
        fields: list[t.Entry],
        strips: list[tuple[int, int]],
        per_strip: int,
        dpi: tuple[float, float] | None,
    ) -> None:
        entries = [
            *fields,
            t.longs(ORDER, t.STRIP_OFFSETS, [at for at, _ in strips]),
            t.longs(ORDER, t.STRIP_BYTES, [count for _, count in strips]),
            t.longs(ORDER, t.ROWS_PER_STRIP, [per_strip]),
        ]
        if dpi is not None:
            entries += [
                t.rational(ORDER, t.X_RESOLUTION, dpi[0]),
                t.rational(ORDER, t.Y_RESOLUTION, dpi[1]),
                t.shorts(ORDER, t.UNIT, [2]),
            ]
        at = self._even()
        self._file.write(t.build(ORDER, entries, {}, at))
        self._file.seek(self._link_at)
        self._file.write(struct.pack("<I", at))
        self._file.seek(0, io.SEEK_END)
        self._link_at = at + 2 + 12 * len(entries)


def _fields(
    size: tuple[int, int], bits: list[int], compression: int, photometric: int
) -> list[t.Entry]:
    return [
        t.longs(ORDER, t.WIDTH, [size[0]]),
        t.longs(ORDER, t.HEIGHT, [size[1]]),
        t.shorts(ORDER, t.BITS, bits),
        t.shorts(ORDER, t.COMPRESSION, [compression]),
        t.shorts(ORDER, t.PHOTOMETRIC, [photometric]),
        t.shorts(ORDER, t.SAMPLES, [len(bits)]),
        t.shorts(ORDER, t.ORIENTATION, [1]),
        t.shorts(ORDER, t.PLANAR, [1]),
    ]


def _without_jfif(content: bytes) -> bytes:
    """The stream without its JFIF segment, which says what the directory says."""
    if content[2:4] != b"\xff\xe0":
        return content
    return content[:2] + content[4 + int.from_bytes(content[4:6], "big") :]
