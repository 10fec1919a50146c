"""Small pictures for a report, made from what the worker wrote and nothing else.

What people dropped is decoded in the worker alone; results, candidates and drawn reasons are the
booth's own files, and may be opened here.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from daemon.services.batch_report import PhotoLine

SIDE_PX = 120
_QUALITY = 75
# A result of the booth is never larger (``limits.max_pixels``); Pillow warns at less.
_MOST_PIXELS = 80_000_000


def thumbnails(photos: Iterable[PhotoLine]) -> dict[str, bytes]:
    """JPEGs of at most ``SIDE_PX`` by job; a photo whose picture is gone or unreadable has none."""
    found = {}
    for photo in photos:
        small = None if photo.picture is None else _small(photo.picture)
        if small is not None:
            found[photo.job_id] = small
    return found


def _small(path: Path) -> bytes | None:
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            picture.draft("RGB", (SIDE_PX, SIDE_PX))
            small = _coloured(picture)
            small.thumbnail((SIDE_PX, SIDE_PX))
    except (OSError, UnidentifiedImageError, ValueError):
        return None  # the report shows the line without a picture
    on_white = Image.new("RGB", small.size, "white")
    on_white.paste(small, mask=small.getchannel("A"))
    buffer = io.BytesIO()
    on_white.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def _coloured(picture: Image.Image) -> Image.Image:
    """The picture as RGBA; deep grey is scaled, because Pillow would cut it off at 255."""
    if picture.mode.startswith("I"):
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    return picture.convert("RGBA")
