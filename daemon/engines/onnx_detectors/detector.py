"""Finds faces at several scales with a network of an ONNX file, and keeps one box for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from daemon.domain.sayings import Saying, said_of, say
from daemon.engines.base import Face
from daemon.engines.boxes import Found
from daemon.engines.merging import Seen, merged
from daemon.engines.offers import Setup
from daemon.engines.onnx_detectors.canvas import Canvas
from daemon.engines.onnx_kind import Kind
from daemon.engines.onnx_network import Network
from daemon.engines.views import FULL_SIDE_PX, SIDES_PX, View, filled_up, sides_for, view_of
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineBroken, EngineError, GpuExhausted

Heads: TypeAlias = Sequence[NDArray[np.float32]]
Decode: TypeAlias = Callable[[Heads, tuple[int, int], float], Found]

_SLACK = 1e-3  # of rounding, around 0 and 1


@dataclass(frozen=True, slots=True)
class Format:
    """What the files of one kind take and give.

    Attributes:
        planes: ``(h, w, 3)`` uint8 RGB → ``(3, h, w)`` float32, as the network is fed.
        fill: RGB of what lies beyond the picture, 0..255.
        least: Lowest score that counts.
        decoded: Outputs in the file's order, height and width of the input, lowest score → the
            faces. Raises ``UnlikeError`` with the reason where the outputs are another format's.
        most_px: Longest side looked at.
    """

    planes: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
    fill: tuple[int, ...]
    least: float
    decoded: Decode
    most_px: int = FULL_SIDE_PX


class UnlikeError(ValueError):
    """The outputs are another format's.

    Args:
        saying: What differs.
    """

    def __init__(self, saying: Saying) -> None:
        super().__init__(str(saying))
        self.facts = {"said": saying.as_json()}


class OnnxDetector:
    """A detector, loaded; always in float32.

    Args:
        kind: Which engine.
        weights: Its file.
        setup: Where it computes.
        form: What its files take and give.
        content: The network itself, where the file is a package that holds it.

    Raises:
        EngineUnavailable: The file holds no network of this format.
        GpuExhausted: It does not fit into the GPU's memory.
        EngineBroken: The GPU cannot be used any more in this process.
    """

    def __init__(
        self,
        kind: Kind,
        weights: StoredWeights,
        setup: Setup,
        form: Format,
        content: bytes | None = None,
    ) -> None:
        self._kind, self._form = kind, form
        self._network = Network(kind, weights, setup, content)
        self._canvas = Canvas.of(self._network)
        self._name = self._network.inputs[0].name
        self._try()

    def find(self, srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        """Every face of ``(H, W, 3)`` uint8 RGB, surest first; see ``FaceFinder``.

        Raises:
            GpuExhausted: A view does not fit into the GPU's memory; none is left out silently.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineError: The network failed, or gave no finite number.
        """
        sides = [view_px] if view_px is not None else self._sides(srgb)
        return merged([one for side in sides for one in self._look(srgb, side)])

    def warm(self) -> None:
        """Run once, on nothing: the first run on a GPU takes seconds.

        Raises:
            GpuExhausted: As ``find``.
            EngineBroken: As ``find``.
        """
        self.find(np.zeros((max(SIDES_PX), max(SIDES_PX), 3), np.uint8))

    def _sides(self, srgb: NDArray[np.uint8]) -> list[int]:
        """Long sides looked at; the first shows all of the picture at once."""
        height, width = srgb.shape[:2]
        sides = sides_for(max(height, width))
        fits = self._canvas.side_that_fits((width, height))
        if fits is None:
            return [side for side in sides if side <= self._form.most_px]
        return [fits, *(side for side in sides if fits < side <= self._form.most_px)]

    def _look(self, srgb: NDArray[np.uint8], side: int) -> list[Seen]:
        view = view_of(srgb, side)
        views = [view] if self._canvas.is_open else view.windows(self._canvas.size)
        return [one for each in views for one in each.seen(self._found(each))]

    def _found(self, view: View) -> Found:
        height, width = view.pixels.shape[:2]
        canvas = self._canvas.around((width, height))
        try:
            return self._decoded(filled_up(view.pixels, canvas, self._form.fill))
        except ValueError as error:
            message = f"{error}: check the weights (boothd models verify)"
            raise EngineError(message, engine=self._kind.name) from error

    def _decoded(self, pixels: NDArray[np.uint8]) -> Found:
        heads = self._network.run_whole({self._name: self._form.planes(pixels)[None]})
        if not all(np.isfinite(head).all() for head in heads):
            raise UnlikeError(say("gave_no_number"))
        return self._form.decoded(heads, pixels.shape[:2], self._form.least)

    def _try(self) -> None:
        """Have it look at nothing, once: only so one knows what it gives.

        Raises:
            EngineUnavailable: That is not what this format's networks give.
        """
        width, height = self._canvas.for_trial
        nothing = np.empty((height, width, 3), np.uint8)
        nothing[...] = self._form.fill
        try:
            found = self._decoded(nothing)
        except (EngineBroken, GpuExhausted):
            raise
        except (ValueError, EngineError) as error:
            self._network.refuse(say("on_empty", why=said_of(error)))
        else:
            if len(found.scores):
                self._network.refuse(say("faces_in_nothing"))


def by_width(
    heads: Heads, widths: tuple[int, ...], maps: int = 1
) -> list[list[NDArray[np.float32]]]:
    """Outputs by the length of their rows, so that names and order in the file do not matter.

    Args:
        heads: The outputs.
        widths: Lengths that there must be.
        maps: How many of each.

    Returns:
        For each width its outputs as ``(N, width)``, that of most rows first.

    Raises:
        UnlikeError: There are others.
    """
    rows = [head.reshape(-1, head.shape[-1]) for head in heads if head.ndim > 1]
    found = [
        sorted((one for one in rows if one.shape[1] == width), key=lambda one: -len(one))
        for width in widths
    ]
    if any(len(each) != maps for each in found) or len(heads) != maps * len(widths):
        shapes = ", ".join(str(head.shape) for head in heads)
        wanted = say("rows_of", maps=maps, widths=", ".join(map(str, widths)))
        raise UnlikeError(say("gives_other", found=shapes, wanted=wanted))
    return found


def checked_scores(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores, if they are some.

    Raises:
        UnlikeError: They are not within 0..1: the network gives them before its last step.
    """
    if scores.size and (scores.min() < -_SLACK or scores.max() > 1 + _SLACK):
        least, most = f"{scores.min():.3g}", f"{scores.max():.3g}"
        raise UnlikeError(say("scores_other", least=least, most=most))
    return scores


def checked_rows(found: int, wanted: int, size: tuple[int, int]) -> None:
    """Hold the number of rows against what an input of this height and width must give.

    Raises:
        UnlikeError: It is another.
    """
    if found != wanted:
        height, width = size
        other = say("rows_other", found=found, width=width, height=height, wanted=wanted)
        raise UnlikeError(other)
