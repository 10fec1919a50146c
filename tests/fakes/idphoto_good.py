"""Good ID photos with what their maker knew, and files of the same picture saved again."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.catalogue.idphoto import book
from daemon.domain.idphoto.slots import Size, Slots
from daemon.engines.base import Face, FaceFinder
from daemon.engines.registry import Engines
from daemon.imaging.baggage import Baggage
from daemon.imaging.jpeg_write import with_segments
from daemon.routes.idphoto.looks import first_faces
from daemon.routes.idphoto.making import Made, Maker
from daemon.routes.idphoto.order import background_of
from daemon.routes.idphoto.portrait import Portrait, cut_out, people_in
from daemon.routes.idphoto.rows import Row
from daemon.routes.idphoto.selfcheck import Meant
from daemon.routes.idphoto.target import Target, target_of

_WIDE_BODY = 60_000

_Rgb8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Good:
    """A photo that its own check let pass, with what its maker knows.

    Attributes:
        made: The file, its rule and what it was found to be.
        meant: What the maker meant to write.
    """

    made: Made
    meant: Meant

    @property
    def content(self) -> bytes:
        return self.made.file.content

    @property
    def rgb(self) -> _Rgb8:
        """``(H, W, 3)`` uint8 sRGB, as the file shows it."""
        return np.asarray(Image.open(io.BytesIO(self.content)).convert("RGB"))

    @property
    def person(self) -> NDArray[np.float32]:
        assert self.meant.person is not None
        return self.meant.person

    @property
    def target(self) -> Target:
        return self.made.target

    def row(self, name: str) -> Row:
        (found,) = [row for row in self.made.report.rows if row.name == name]
        return found


def target_named(preset: str, background: str | None = None) -> Target:
    """The rule of a preset before a background."""
    return target_of(Size(preset=preset), background_of(background), Slots(), book())[0]


def cut(srgb: _Rgb8, engines: Engines, head_px: float) -> Portrait:
    """The one person of a photo, cut out for results with heads of that height."""
    people = people_in(first_faces(srgb, engines.finder))
    return cut_out(srgb, people, [], engines, head_px=head_px, progress=lambda _done, _all: None)


def good_photo(
    srgb: _Rgb8, portrait: Portrait, target: Target, folder: Path, engines: Engines
) -> Good:
    """Make a photo and keep what the maker knew."""
    made = Maker(srgb, portrait, folder, engines).make(target)
    finished = made.finished
    meant = Meant(
        painted=finished.painted,
        rgb=finished.rgb,
        person=finished.person,
        enlarged=made.frame.scale * portrait.scale,
    )
    return Good(made, meant)


def encoded(good: Good, rgb: _Rgb8, *, quality: int = 95, subsampling: int = 0) -> bytes:
    """Pixels as a file that keeps the rule's tags, size band and compression."""
    buffer = io.BytesIO()
    dpi = good.target.dpi
    image = Image.fromarray(np.ascontiguousarray(rgb))
    image.save(buffer, "JPEG", quality=quality, subsampling=subsampling, dpi=(dpi, dpi))
    rule = good.target.file
    least = rule.band.least
    if rule.most_compression is not None:
        least = max(least, int(rgb.size / rule.most_compression) + 1)
    return padded(buffer.getvalue(), least)


def padded(content: bytes, least: int) -> bytes:
    """A JPEG with comments that bring it to a size."""
    while len(content) < least:
        body = min(max(least - len(content) - 4, 1), _WIDE_BODY)
        content = with_segments(content, Baggage(comment=b" " * body))
    return content


class _Once:
    """A detector that looks at the same pixels only once."""

    def __init__(self, detector: FaceFinder) -> None:
        self._detector = detector
        self._known: dict[tuple[str, object], list[Face]] = {}

    def find(self, rgb: _Rgb8, **options: object) -> list[Face]:
        key = hashlib.sha256(repr(rgb.shape).encode() + rgb.tobytes()).hexdigest(), str(options)
        if key not in self._known:
            self._known[key] = list(self._detector.find(rgb, **options))  # type: ignore[arg-type]
        return self._known[key]


@dataclass(frozen=True)
class Remembering:
    """The two detectors of a check: a defect of bytes shows the pixels of the good file."""

    finder: _Once
    judge: _Once

    @classmethod
    def of(cls, engines: Engines) -> Remembering:
        return cls(_Once(engines.finder), _Once(engines.judge))


def clean_copies(good: Good) -> dict[str, bytes]:
    """Files in which nothing is wrong: the photo itself, and saved again as others save it."""
    return {
        "as written": good.content,
        "q95 4:4:4": encoded(good, good.rgb, quality=95),
        "q95 4:2:0": encoded(good, good.rgb, quality=95, subsampling=2),
        "q90 4:4:4": encoded(good, good.rgb, quality=90),
        "q90 4:2:0": encoded(good, good.rgb, quality=90, subsampling=2),
    }
