"""What a picture may measure, judged from its header before a pixel is decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from daemon.errors import InputError

ABSURD_FACTOR = 8
"""Beyond this many times a limit a size is no mistake of a scanner but a bomb."""

BOMB_PIXELS_PER_BYTE = 400
"""More pixels than this for each byte of the file, past a limit, is a bomb: flat PNG reaches
about 1000 pixels a byte, photographs stay under 50."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file.

    Attributes:
        max_bytes: Largest file, in bytes.
        max_pixels: Most pixels, all pages of a file together.
        max_side_px: Longest side, in pixels.
        min_side_px: Shortest side of the first page, in pixels.
        max_pages: Most pages of a multi-page file; a file with more is refused, because a
            result that silently lost pages would be worse than none.
    """

    max_bytes: int = 512 * 1024 * 1024
    max_pixels: int = 120_000_000
    max_side_px: int = 32_000
    min_side_px: int = 16
    max_pages: int = 64

    @classmethod
    def from_message(cls, mapping: Mapping[str, int]) -> Limits:
        """Limits as a work message carries them; what it leaves out keeps its default."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: int(value) for name, value in mapping.items() if name in known})


@dataclass(slots=True)
class Budget:
    """Adds up what the pages of one file claim, and refuses before anything is decoded."""

    limits: Limits
    file_bytes: int
    pages: int = 0
    pixels: int = 0

    def page(self, width_px: int, height_px: int) -> None:
        """Account for one page.

        Raises:
            InputError: ``INVALID_IMAGE`` without an area, ``IMAGE_TOO_LARGE`` or
                ``DECOMPRESSION_BOMB`` past a limit, ``IMAGE_TOO_SMALL`` under one.
        """
        if width_px <= 0 or height_px <= 0:
            raise broken("the picture has no area")
        self.pages += 1
        self.pixels += width_px * height_px
        self._check_largest(width_px, height_px)
        if self.pages == 1 and min(width_px, height_px) < self.limits.min_side_px:
            raise InputError(
                "IMAGE_TOO_SMALL",
                actual=f"{width_px}×{height_px} px",
                limit=f"{self.limits.min_side_px} px",
            )

    def _check_largest(self, width_px: int, height_px: int) -> None:
        limits = self.limits
        if self.pages > limits.max_pages:
            raise too_large(f"> {limits.max_pages} pages", f"{limits.max_pages} pages")
        side_px = max(width_px, height_px)
        if side_px <= limits.max_side_px and self.pixels <= limits.max_pixels:
            return
        absurd = (
            side_px > ABSURD_FACTOR * limits.max_side_px
            or self.pixels > ABSURD_FACTOR * limits.max_pixels
            or self.pixels > BOMB_PIXELS_PER_BYTE * self.file_bytes
        )
        actual = f"{width_px}×{height_px} px"
        if absurd:
            raise InputError("DECOMPRESSION_BOMB", actual=actual)
        if side_px > limits.max_side_px:
            raise too_large(actual, f"{limits.max_side_px} px")
        raise too_large(_megapixels(self.pixels), _megapixels(limits.max_pixels))


def check_bytes(size: int, limits: Limits) -> None:
    """Refuse an empty file (``EMPTY``) and one past ``max_bytes`` (``IMAGE_TOO_LARGE``)."""
    if size == 0:
        raise InputError("EMPTY")
    if size > limits.max_bytes:
        raise too_large(_mebibytes(size), _mebibytes(limits.max_bytes))


def too_large(actual: str, limit: str) -> InputError:
    """The error for a picture past a limit."""
    return InputError("IMAGE_TOO_LARGE", actual=actual, limit=limit)


def broken(detail: str) -> InputError:
    """The error for a file whose structure contradicts itself."""
    return InputError("INVALID_IMAGE", detail=detail)


def truncated(detail: str) -> InputError:
    """The error for a file whose end is missing."""
    return InputError("TRUNCATED", detail=detail)


def unsupported(format_name: str) -> InputError:
    """The error for a file, or a flavour of one, that the booth does not open."""
    return InputError("UNSUPPORTED_FORMAT", format=format_name)


def _megapixels(pixels: int) -> str:
    return f"{pixels / 1e6:.1f} MP"


def _mebibytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"
