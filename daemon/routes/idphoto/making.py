"""Makes one result and does not believe it: written, opened again, measured, mended once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import REVIEW_BELOW
from daemon.engines.registry import Engines
from daemon.imaging.exact_file import ExactFile, SizeUnreachableError, write_exact
from daemon.routes.idphoto.check_geometry import MOST_ENLARGED
from daemon.routes.idphoto.finishing import Finished, finish
from daemon.routes.idphoto.framing import Frame, FrameRule, best_frame
from daemon.routes.idphoto.head import Posture
from daemon.routes.idphoto.mending import restood, tightened
from daemon.routes.idphoto.placing import Placed, place
from daemon.routes.idphoto.portrait import Portrait
from daemon.routes.idphoto.rows import Row, Severity
from daemon.routes.idphoto.selfcheck import Meant, Report, examine
from daemon.routes.idphoto.target import Target
from daemon.routes.idphoto.watermark import watermarked

# Shares of a frame that may be missing unseen: less than a row of a small photo.
_BODY_MISSING, _SIDE_MISSING = 0.004, 0.004
# Two hundredths are lost in the rounding of a frame.
_AS_IT_IS = 1.02
_LABEL = "boothd: "


@dataclass(frozen=True)
class Made:
    """One result.

    Attributes:
        target: What it was to be.
        name: The file's name in the attempt's folder.
        suffix: ``.jpg`` or ``.png``.
        file: Its bytes and how they came about.
        report: What the file was found to be.
        frame: Where the frame lay.
        finished: The pixels that were written.
        is_mended: The first try did not hold.
    """

    target: Target
    name: str
    file: ExactFile
    report: Report
    frame: Frame
    finished: Finished
    is_mended: bool = False

    @property
    def suffix(self) -> str:
        return self.file.suffix

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        target = self.target
        return {
            "label": target.label,
            "preset": target.preset.key if target.preset else None,
            "size_px": [target.width_px, target.height_px],
            "dpi": target.dpi,
            "bytes": len(self.file.content),
            "quality": self.file.quality,
            "padding": self.file.padding,
            "edits": list(self.finished.edits),
            "mended": self.is_mended,
            "passed": not self.report.failing,
            "rows": [row.as_json() for row in self.report.rows],
        }


@dataclass(frozen=True)
class Maker:
    """Makes results of one photo.

    Args:
        srgb: ``(H, W, 3)`` uint8, the whole photo.
        portrait: Who is in it.
        folder: Where files are written.
        engines: For the self-check.
        white_balance: Take the light's colour away.
    """

    srgb: NDArray[np.uint8]
    portrait: Portrait
    folder: Path
    engines: Engines
    white_balance: bool = False

    def make(self, target: Target) -> Made:
        """The best of two tries: the second one knows what the first was measured to be.

        Raises:
            EngineError: A detector failed.
            OSError: The folder could not be written to.
        """
        level = target.slots.pose.level is not False
        stood = self.portrait.stand(level=level, crown=target.crown)
        frame = best_frame(stood.head, target.frame, zoom=target.zoom)
        target = target.without_enlarging(frame.scale * self.portrait.scale)
        frame = best_frame(stood.head, self._limited(target), zoom=target.zoom)
        target = target.with_fewer_dots(frame.scale * self.portrait.scale, MOST_ENLARGED)
        first = self._tried(target, self.portrait, stood, "")
        failing = first.report.failing
        if not failing or not all(row.is_repairable for row in failing):
            return first
        portrait = tightened(self.portrait, failing)
        again = restood(stood, first.frame, first.report, target, failing)
        second = self._tried(target, portrait, again, "-mended")
        better = len(second.report.failing) < len(failing)
        return replace(second, is_mended=True) if better else first

    def _limited(self, target: Target) -> FrameRule:
        """The frame's rule, with how far the photo may be enlarged."""
        return replace(target.frame, most_scale=MOST_ENLARGED / self.portrait.scale)

    def _tried(self, target: Target, portrait: Portrait, stood: Posture, mark: str) -> Made:
        frame = best_frame(stood.head, self._limited(target), zoom=target.zoom)
        size = target.width_px, target.height_px
        keep = target.ground.mode == "keep"
        placed = place(self.srgb, portrait, stood, frame, size, keep=keep)
        finished = finish(placed, target, white_balance=self.white_balance)
        pixels, written_over = _marked(finished, target)
        file = _written(pixels, finished, target)
        name = f"{target.label}{mark}{file.suffix}"
        path = self.folder / name
        path.write_bytes(file.content)
        meant = Meant(
            painted=finished.painted,
            rgb=_shown(pixels, finished),
            person=finished.person,
            written_over=written_over,
            enlarged=placed.enlarged,
        )
        report = examine(path, name, target, meant, self.engines)
        rows = (*report.rows, *self._made_rows(target, portrait, frame, placed))
        return Made(target, name, file, replace(report, rows=rows), frame, finished)

    def _made_rows(
        self, target: Target, portrait: Portrait, frame: Frame, placed: Placed
    ) -> list[Row]:
        """What only the maker can tell: how sure the matte is, and what the photo lacks."""
        rows = [
            Row("enlarged_at_all", placed.enlarged, "", None, _AS_IT_IS, Severity.WARN,
                "ID_SOURCE_SMALL"),
        ]  # fmt: skip
        if target.ground.mode == "keep":
            outside = float(1 - placed.is_photo.mean())
            return [*rows, _most("outside_photo", outside, 0.0, "ID_FRAME_OUTSIDE")]
        sure = portrait.matte.confidence
        return [
            *rows,
            Row("matte_confidence", sure, "", REVIEW_BELOW, None, Severity.FAIL, "ID_MATTE_UNSURE"),
            _most("body_missing", frame.body_missing, _BODY_MISSING, "ID_BODY_CUT"),
            _most("side_missing", _side_cut(placed, frame), _SIDE_MISSING, "ID_BODY_CUT"),
        ]


def _marked(
    finished: Finished, target: Target
) -> tuple[NDArray[np.uint8], NDArray[np.bool_] | None]:
    """The pixels with the words that were asked for across them, and where those lie."""
    text = target.slots.watermark.text
    if not text:
        return finished.rgb, None
    found = watermarked(finished.rgb, text)
    return found.srgb, found.touched


def _shown(pixels: NDArray[np.uint8], finished: Finished) -> NDArray[np.uint8]:
    """The result as a reader shows it, before white where it is transparent."""
    if finished.alpha is None:
        return pixels
    share = finished.alpha[..., None].astype(np.float32) / 255
    return np.asarray(np.rint(pixels * share + 255 * (1 - share)), np.uint8)


def _most(name: str, value: float, high: float, code: str) -> Row:
    return Row(name, value, "share", None, high, Severity.FAIL, code)


def _side_cut(placed: Placed, frame: Frame) -> float:
    """Share of the frame's width beyond a shoulder that ends at the photo's edge, if it shows.

    The frame's own figure speaks of rows below it too: what counts is whether the person
    touches, within the frame, what the photo does not reach.
    """
    outside = cv2.dilate((~placed.is_photo).astype(np.uint8), np.ones((1, 5), np.uint8)) > 0
    touches = outside & (placed.alpha > 0.5)
    rows = touches[:, : touches.shape[1]].any(axis=1)
    # The lower edge of a photo that ends in the frame is told by ``body_missing``.
    below = (~placed.is_photo).all(axis=1)
    return frame.side_missing if (rows & ~below).sum() > 2 else 0.0


def _written(pixels: NDArray[np.uint8], finished: Finished, target: Target) -> ExactFile:
    """The file; where no decent quality meets the size asked for, the nearest without it."""
    rule = target.file
    terms: dict[str, Any] = {
        "form": "png" if rule.form == "PNG" else "jpeg",
        "dpi": target.dpi,
        "alpha": finished.alpha,
        "comment": _LABEL + ", ".join(finished.edits) if finished.edits else "",
    }
    try:
        return write_exact(pixels, band=rule.band, **terms)
    except SizeUnreachableError:
        # The self-check measures the size and says what is wrong with it.
        return write_exact(pixels, **terms)
