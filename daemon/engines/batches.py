"""Batches of aligned faces: few shapes, and smaller pieces where memory is short.

Graphs and tuned convolutions are made for a shape, so a batch is cut into pieces of 1, 2, 4, 8,
16 or 32 faces. Where a piece does not fit into the GPU's memory, pieces of half the size are
tried; where one face alone does not fit, the photo fails and the process goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from daemon.errors import GpuExhausted

BUCKETS = (1, 2, 4, 8, 16, 32)

# A piece may be filled up to the next bucket with this share of nothing at most: a piece of
# seven costs less as one of eight than as four, two and one.
_MOST_EMPTY = 0.25

# After so many pieces that fitted, twice the size is tried once more: what else used the memory
# may have gone. A try that fails costs what ``relieve`` let go of.
_TRY_AGAIN_AFTER = 1000


Faces: TypeAlias = NDArray[np.float32]
Finish: TypeAlias = Callable[[], Faces]


class Pieces:
    """Runs a function over batches of any length.

    Args:
        run: Takes ``(B, …)`` with B one of ``BUCKETS`` and gives ``(B, …)``, each face on its
            own.
        most: Faces in one piece, one of ``BUCKETS``. 1 fits the CPU, where a piece is no
            faster than its faces.
        relieve: Called before a smaller piece is tried: lets go of what can be had again.

    Attributes:
        fitting: Faces in the largest piece that is tried now.
    """

    def __init__(
        self,
        run: Callable[[Faces], Faces],
        *,
        most: int = BUCKETS[-1],
        relieve: Callable[[], None] = lambda: None,
    ) -> None:
        if most not in BUCKETS:
            message = f"a piece has one of {BUCKETS} faces, not {most}"
            raise ValueError(message)
        self._start, self._most, self._relieve = _at_once(run), most, relieve
        self.fitting, self._fitted_since = most, 0

    def over(self, faces: Faces) -> Faces:
        """``(N, …)`` of ``(N, …)``, N of 1 or more.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
        """
        done = _Gathered(len(faces))
        coming: list[tuple[int, Finish]] = []  # one, or none
        at = 0
        while at < len(faces):
            count, bucket = piece_of(len(faces) - at, self.fitting)
            begun = self._begun(_filled(faces[at : at + count], bucket))
            done.take(coming)
            if begun is None:
                # Outside the handler: the error held the frames that held the memory.
                self._relieve()
                if bucket == 1:
                    begun = self._alone(faces[at : at + 1])
            if begun is not None:
                coming.append((count, begun))
                at += count
        done.take(coming)
        return done.faces

    def _begun(self, piece: Faces) -> Finish | None:
        """``None`` where the piece was too large: a smaller one is to be tried."""
        try:
            begun = self._start(piece)
        except GpuExhausted:
            self.fitting, self._fitted_since = max(1, len(piece) // 2), 0
            return None
        self._grow()
        return begun

    def _alone(self, face: Faces) -> Finish:
        try:
            return self._start(face)
        except GpuExhausted:
            # Whoever hears of it may make room on the card, where batches go again.
            self.fitting = self._most
            raise

    def _grow(self) -> None:
        if self.fitting == self._most:
            return
        self._fitted_since += 1
        if self._fitted_since >= _TRY_AGAIN_AFTER:
            self.fitting, self._fitted_since = 2 * self.fitting, 0


class FlowingPieces(Pieces):
    """Pieces of which one begins before the one ahead of it is waited for.

    So the way of one to the GPU and back takes no time of the other's.

    Args:
        start: Begins with a piece; what it returns waits for it and gives the result. Two are
            on their way at most, and they are waited for in their order.
        most: As ``Pieces``.
        relieve: As ``Pieces``; called while none is on its way.
    """

    def __init__(
        self,
        start: Callable[[Faces], Finish],
        *,
        most: int = BUCKETS[-1],
        relieve: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(lambda piece: start(piece)(), most=most, relieve=relieve)
        self._start = start


class _Gathered:
    """Pieces behind one another, each put to its place while the next is on its way.

    Args:
        count: Faces of all pieces.

    Attributes:
        faces: All of them in the end; of a single piece it is that piece.
    """

    def __init__(self, count: int) -> None:
        self._count, self._at = count, 0
        self.faces: Faces = np.empty(0, np.float32)

    def take(self, coming: list[tuple[int, Finish]]) -> None:
        """Wait for what is on its way, and empty the list of it."""
        for taken, finish in coming:
            found = finish()[:taken]
            if taken == self._count:
                self.faces = found
                continue
            if self._at == 0:
                self.faces = np.empty((self._count, *found.shape[1:]), found.dtype)
            self.faces[self._at : self._at + taken] = found
            self._at += taken
        coming.clear()


def _at_once(run: Callable[[Faces], Faces]) -> Callable[[Faces], Finish]:
    def start(piece: Faces) -> Finish:
        found = run(piece)
        return lambda: found

    return start


def piece_of(count: int, most: int) -> tuple[int, int]:
    """How many of so many faces the next piece takes, and in which bucket.

    Args:
        count: Faces that wait, 1 or more.
        most: The largest bucket there is room for.
    """
    usable = [bucket for bucket in BUCKETS if bucket <= most]
    above = next((bucket for bucket in usable if bucket >= count), usable[-1])
    if above <= count:
        return above, above
    if above - count <= above * _MOST_EMPTY:
        return count, above
    below = above // 2
    return below, below


def as_network(crops: Tensor) -> Tensor:
    """``(N, 3, S, S)`` float32 in -1..1 of ``(N, S, S, 3)`` float32 in 0..255, same colours."""
    return (crops / 127.5 - 1).permute(0, 3, 1, 2)


def as_crops(images: Tensor) -> Tensor:
    """``(N, S, S, 3)`` float32 in 0..255 of ``(N, 3, S, S)`` of about -1..1, clipped.

    A face with any value that is no finite number is NaN throughout; its neighbours are as they
    were.
    """
    broken = ~torch.isfinite(images).flatten(1).all(dim=1)
    crops = (images.float() * 127.5 + 127.5).clamp_(0, 255).permute(0, 2, 3, 1)
    # Not ``where``: its number would be copied to a GPU, which a graph cannot record.
    return crops.masked_fill_(broken[:, None, None, None], torch.nan)


def _filled(piece: Faces, bucket: int) -> Faces:
    if len(piece) == bucket:
        return piece
    empty = np.zeros((bucket - len(piece), *piece.shape[1:]), piece.dtype)
    return np.concatenate((piece, empty))
