"""What the panel is handed: the questions it may ask, and the orders it may give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from daemon.bootstrap import PageParts, PanelParts
from daemon.clock import Clock, SystemClock
from daemon.config.origins import Origins
from daemon.services.batch_desk import BatchDesk
from daemon.services.batch_upload import BatchUploads
from daemon.services.desk import Desk
from daemon.services.health import Check
from daemon.services.monitor import Monitor
from daemon.services.overview import Overview
from daemon.services.questions import Questions
from daemon.services.submissions import Submissions
from daemon.services.tasks import Tasks


@dataclass(frozen=True, slots=True)
class ApiServices:
    """What the API has besides the panel's services.

    Attributes:
        submissions: Takes photos in.
        tasks: Tells what became of them.
        questions: Asks the worker.
        batches: Questions about batches, and orders.
        uploads: Takes batches in.
        monitor: Numbers for monitors.
    """

    submissions: Submissions
    tasks: Tasks
    questions: Questions
    batches: BatchDesk
    uploads: BatchUploads
    monitor: Monitor

    @classmethod
    def of(cls, parts: PanelParts) -> ApiServices:
        """From the panel's parts."""
        own = parts.api
        return cls(
            parts.submissions,
            parts.tasks,
            parts.questions,
            own.batches,
            own.uploads,
            own.monitor,
        )


@dataclass(frozen=True, slots=True)
class PanelServices:
    """The panel's services.

    Attributes:
        checks: Is a photo dropped now going to come out?
        overview: What is where. Raises ``BoothError`` where the database cannot be read.
        desk: Questions about jobs, and orders. Raises ``BoothError`` likewise.
        clock: Time.
        api: What the API has besides; without it there is no API.
        pages: What single pages have to themselves; without it those pages are not there.
        origins: Where the settings came from; without it that is not told.
    """

    checks: Callable[[], tuple[Check, ...]]
    overview: Callable[[], Overview]
    desk: Desk
    clock: Clock = field(default_factory=SystemClock)
    api: ApiServices | None = None
    pages: PageParts | None = None
    origins: Origins | None = None
