"""What of a page's truth was covered, what was covered besides, and both by type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.routes.privacy.places import Place, Source, holds

GLYPH_SHARE = 0.95
KEEP_SHARE = 0.10
PICTURE_SHARE = 0.97


@dataclass
class Score:
    """What of a page's truth was covered.

    Attributes:
        sequences: Sequences that must be covered.
        covered: Of them, with every glyph covered.
        glyphs: Their glyphs.
        glyphs_covered: Covered to 95 % of their box.
        keeps: Labels and running text.
        damaged: Of them, changed on more than 10 % of their box.
        masks: Masks of text.
        rightly: Of them, on something that must be covered.
        missed: Type of each sequence that was not covered.
        by_type: Type of the truth → all, and covered.
        masks_by_type: Type that was named → all, and rightly.
    """

    sequences: int = 0
    covered: int = 0
    glyphs: int = 0
    glyphs_covered: int = 0
    keeps: int = 0
    damaged: int = 0
    masks: int = 0
    rightly: int = 0
    missed: list[str] = field(default_factory=list)
    by_type: dict[str, list[int]] = field(default_factory=dict)
    masks_by_type: dict[str, list[int]] = field(default_factory=dict)

    def add(self, other: Score) -> None:
        """Another page's, to this one's."""
        for name in (
            "sequences", "covered", "glyphs", "glyphs_covered", "keeps", "damaged", "masks",
            "rightly",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.missed += other.missed
        for mine, theirs in (
            (self.by_type, other.by_type),
            (self.masks_by_type, other.masks_by_type),
        ):
            for kind, (all_, done) in theirs.items():
                _count(mine, kind, done, all_)

    def __str__(self) -> str:
        recall = self.covered / self.sequences if self.sequences else 1.0
        precision = self.rightly / self.masks if self.masks else 1.0
        return (
            f"sequences {self.covered}/{self.sequences} recall {recall:.3f} precision "
            f"{precision:.3f} glyphs {self.glyphs_covered}/{self.glyphs} labels damaged "
            f"{self.damaged}/{self.keeps} {self.missed[:20]}"
        )

    def tables(self) -> list[str]:
        """Recall by type of the truth, precision by type that was named."""
        rows = [
            f"    recall    {kind:26s} {done}/{all_}"
            for kind, (all_, done) in sorted(self.by_type.items())
        ]
        return rows + [
            f"    precision {kind:26s} {done}/{all_}"
            for kind, (all_, done) in sorted(self.masks_by_type.items())
        ]


def score(
    truth: dict[str, Any],
    mask: NDArray[np.bool_],
    *,
    numeric: bool,
    places: Sequence[Place] = (),
) -> Score:
    """Compare a mask with the truth of a page.

    Args:
        truth: One of ``images`` of ``truth.json``.
        mask: ``(H, W)``, true where the page was covered.
        numeric: Whether dates, amounts and references count as to be covered.
        places: What was covered, for the precision.
    """
    made = Score()
    wanted = []
    for span in truth["spans"]:
        if span["kind"] == "keep":
            made.keeps += 1
            if (share := _share(mask, span["poly"])) > KEEP_SHARE:
                made.damaged += 1
                made.missed.append(f"keep {share:.2f} {span['text']}")
        elif span["kind"] == "sensitive" or numeric:
            wanted += [_centre(glyph["poly"]) for glyph in span["chars"]]
            _score_number(made, span, mask)
    for kind in ("faces", "codes"):
        for number, one in enumerate(truth[kind]):
            share = _share(mask, one["poly"])
            made.sequences += 1
            made.covered += share >= PICTURE_SHARE
            _count(made.by_type, kind, int(share >= PICTURE_SHARE), 1)
            if share < PICTURE_SHARE:
                made.missed.append(f"{kind} {number} {share:.2f}")
    for place in places:
        if place.source in {Source.TEXT, Source.UNREAD}:
            right = any(holds(quad, spot) for quad in place.quads for spot in wanted)
            made.masks += 1
            made.rightly += right
            _count(made.masks_by_type, place.entity, int(right), 1)
    return made


def _score_number(made: Score, span: dict[str, Any], mask: NDArray[np.bool_]) -> None:
    shares = [_share(mask, glyph["poly"]) for glyph in span["chars"]]
    done = sum(share >= GLYPH_SHARE for share in shares)
    made.sequences += 1
    made.glyphs += len(shares)
    made.glyphs_covered += done
    made.covered += done == len(shares)
    _count(made.by_type, span["type"] or "none", int(done == len(shares)), 1)
    if done < len(shares):
        shown = "".join(
            glyph["c"] if share >= GLYPH_SHARE else f"[{glyph['c']} {share:.2f}]"
            for glyph, share in zip(span["chars"], shares, strict=True)
        )
        made.missed.append(f"{span['type']} {done}/{len(shares)} {shown}")


def _count(rows: dict[str, list[int]], kind: str, done: int, all_: int) -> None:
    row = rows.setdefault(kind, [0, 0])
    row[0] += all_
    row[1] += done


def _centre(poly: list[list[float]]) -> tuple[float, float]:
    x, y = np.array(poly).mean(axis=0).tolist()
    return x, y


def _share(mask: NDArray[np.bool_], poly: list[list[float]]) -> float:
    corners = np.array(poly, np.float64)
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.ceil(corners.max(axis=0)).astype(int) + 1
    part = mask[low[1] : high[1], low[0] : high[0]]
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(corners - low - 0.5).astype(np.int32)], 1)
    return float(part[inside > 0].mean()) if inside.any() else 0.0
