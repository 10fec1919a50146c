"""Reads strips: batches for the recogniser, and glyphs with their columns from its output.

The output has one row of probabilities for every 8 px of the input; a glyph is a run of rows with
the same class that is not the blank. Source: Graves et al., "Connectionist temporal
classification", 2006 (best path decoding).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from daemon.engines.abreast import abreast, cores
from daemon.engines.rapidocr.strip import HEIGHT_PX

Recognise = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""``(n, 3, 48, w)`` float32 BGR -1..1 → ``(n, columns, classes)`` float32 probabilities."""

_BLANK = 0
# Narrower input is filled up to this. The network was trained at 320; filled up to half of that,
# 167 short strips read the same but for one blank, and a comb's digits take half the time.
_NARROWEST_PX = 160
_MULTIPLE = 8
_MOST_AT_ONCE = 4  # batches; each takes some 60 MB
# Pixels of a batch: more saves nothing on a CPU, and the output takes 9 kB for each of width.
_BATCH_WIDTH_PX = 2400


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph as the network saw it.

    Attributes:
        text: The code point. Secret.
        first_px: Where its run of columns begins, px of the cut-out.
        last_px: Where it ends.
        score: Of the surest column, 0..1.
    """

    text: str = field(repr=False)
    first_px: float
    last_px: float
    score: float

    @property
    def centre_px(self) -> float:
        return (self.first_px + self.last_px) / 2


@dataclass(frozen=True, slots=True)
class Reading:
    """What a strip says.

    Attributes:
        glyphs: In reading order, blanks included.
        score: Mean of its glyphs' scores, 0 without any.
    """

    glyphs: tuple[Glyph, ...] = field(repr=False)
    score: float

    @property
    def text(self) -> str:
        """The line. Secret."""
        return "".join(glyph.text for glyph in self.glyphs)


def read_strips(
    cuts: Sequence[NDArray[np.uint8]],
    recognise: Recognise,
    alphabet: Sequence[str],
    threads: int = 1,
) -> list[Reading]:
    """What every cut-out says.

    Args:
        cuts: ``(48, w, 3)`` uint8 BGR each.
        recognise: The network; called by several threads where ``threads`` is not 1.
        alphabet: Class → code point; class 0 is the blank.
        threads: So many batches at once, 0 for one on each core; never more than four.
    """
    batches = list(_batches([cut.shape[1] for cut in cuts]))
    read = abreast(
        [partial(_read, [cuts[n] for n in batch], recognise, alphabet) for batch in batches],
        min(cores(threads), _MOST_AT_ONCE),
    )
    by_number = {
        number: reading
        for batch, readings in zip(batches, read, strict=True)
        for number, reading in zip(batch, readings, strict=True)
    }
    return [by_number[number] for number in range(len(cuts))]


def _read(
    cuts: Sequence[NDArray[np.uint8]], recognise: Recognise, alphabet: Sequence[str]
) -> list[Reading]:
    planes = _planes(cuts)
    answers = recognise(planes)
    column_px = planes.shape[3] / answers.shape[1]
    return [
        _decoded(answer, alphabet, column_px, cut.shape[1])
        for cut, answer in zip(cuts, answers, strict=True)
    ]


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of cut-outs of like width, together no wider than a batch."""
    batch: list[int] = []
    for number in sorted(range(len(widths)), key=lambda n: widths[n]):
        if batch and (len(batch) + 1) * max(widths[number], _NARROWEST_PX) > _BATCH_WIDTH_PX:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _planes(cuts: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    widest = max(_NARROWEST_PX, *(cut.shape[1] for cut in cuts))
    width = -(-widest // _MULTIPLE) * _MULTIPLE
    planes = np.zeros((len(cuts), 3, HEIGHT_PX, width), np.float32)
    for plane, cut in zip(planes, cuts, strict=True):
        plane[:, :, : cut.shape[1]] = cut.transpose(2, 0, 1) * np.float32(2 / 255) - np.float32(1)
    return planes


def _decoded(
    answer: NDArray[np.float32], alphabet: Sequence[str], column_px: float, width_px: int
) -> Reading:
    classes = answer.argmax(axis=1)
    scores = answer[np.arange(len(classes)), classes]
    starts = np.flatnonzero(np.diff(classes, prepend=-1))
    ends = np.append(starts[1:], len(classes))
    glyphs = [
        Glyph(
            alphabet[classes[start]],
            min(float(start * column_px), float(width_px)),
            min(float(end * column_px), float(width_px)),
            float(scores[start:end].max()),
        )
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if classes[start] != _BLANK
    ]
    score = sum(glyph.score for glyph in glyphs) / len(glyphs) if glyphs else 0.0
    return Reading(tuple(glyphs), score)
