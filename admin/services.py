"""What the panel is handed: the questions it may ask, nothing that changes the booth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from daemon.clock import Clock, SystemClock
from daemon.services.health import Check
from daemon.services.overview import Overview


@dataclass(frozen=True, slots=True)
class PanelServices:
    """The panel's services.

    Attributes:
        checks: Is a photo dropped now going to come out?
        overview: What is where. Raises ``BoothError`` where the database cannot be read.
        clock: Time.
    """

    checks: Callable[[], tuple[Check, ...]]
    overview: Callable[[], Overview]
    clock: Clock = field(default_factory=SystemClock)
