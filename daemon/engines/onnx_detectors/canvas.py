"""The size of picture that a detector's file takes."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.domain.sayings import say
from daemon.engines.onnx_network import Network, takes_other
from daemon.engines.views import up_to

_MULTIPLE = 32  # the trunks of all these networks halve five times
_TRIAL_PX = (96, 64)  # not square, so that exchanged sides show


@dataclass(frozen=True, slots=True)
class Canvas:
    """One size, or any.

    Attributes:
        size: Width and height; zeros where the file leaves them open.
    """

    size: tuple[int, int]

    @classmethod
    def of(cls, network: Network) -> Canvas:
        """The one of a network.

        Raises:
            EngineUnavailable: Its only input is not one picture.
        """
        inputs = network.inputs
        height, width = inputs[0].shape[2:] if len(inputs[0].shape) == 4 else (None, 1)
        if len(inputs) != 1 or not inputs[0].takes(1, 3, None, None) or (not height) != (not width):
            network.refuse(takes_other(inputs, say("one_picture")))
        return cls((width or 0, height or 0))

    @property
    def is_open(self) -> bool:
        return not all(self.size)

    @property
    def for_trial(self) -> tuple[int, int]:
        """Width and height of a picture that costs little."""
        return _TRIAL_PX if self.is_open else self.size

    def around(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the input for a picture of this width and height."""
        return up_to(size, _MULTIPLE) if self.is_open else self.size

    def side_that_fits(self, size: tuple[int, int]) -> int | None:
        """Long side at which all of a picture of (width, height) fits in; ``None``: any does."""
        if self.is_open:
            return None
        scale = min(own / side for own, side in zip(self.size, size, strict=True))
        return max(1, int(scale * max(size)))
