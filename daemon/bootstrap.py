"""The composition root: configuration in, wired services out. Nothing else builds parts.

No container, no globals, no threads: ``runtime`` starts what is built here, the command line
and the panel use parts of it.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daemon.clock import Clock, SystemClock
from daemon.config.model import Config
from daemon.errors import SchemaTooNew, StoreError
from daemon.files.spreading import spread_folders_in
from daemon.files.syncing import Spread
from daemon.services.answering import Answering
from daemon.services.batch_desk import BatchDesk
from daemon.services.batch_upload import BatchUploads
from daemon.services.batches import Batches
from daemon.services.checkup import Checkup
from daemon.services.comparisons import Comparisons
from daemon.services.deliver import Deliverer
from daemon.services.desk import Desk
from daemon.services.dispatch import Dispatch
from daemon.services.engine_room import EngineRoom
from daemon.services.following import Following
from daemon.services.health import Health
from daemon.services.intake import Intake
from daemon.services.maintenance import Upkeep
from daemon.services.monitor import Monitor
from daemon.services.orders import Orders
from daemon.services.overview import Overview, overview
from daemon.services.publish import Publisher
from daemon.services.questions import Questions
from daemon.services.review_carry import ReviewCarrier
from daemon.services.stall import StallWatch
from daemon.services.submissions import Submissions
from daemon.services.tasks import Tasks
from daemon.store import schema
from daemon.store.database import Database


@dataclass(frozen=True, slots=True)
class Booth:
    """Every service of the daemon, wired.

    Attributes:
        owner: Names this daemon instance in its claims; a new one for each start.
    """

    config: Config
    clock: Clock
    database: Database
    owner: str
    intake: Intake
    dispatch: Dispatch
    publisher: Publisher
    deliverer: Deliverer
    stall: StallWatch
    batches: Batches
    orders: Orders
    reviews: ReviewCarrier
    questions: Answering
    upkeep: Upkeep

    def close(self) -> None:
        self.database.close()


def open_database(config: Config, clock: Clock) -> Database:
    """The booth's database, its schema as this version wants it.

    Raises:
        SchemaTooNew: A newer boothd wrote it.
        StoreError: It is not there, or older: ``boothd db upgrade`` mends both.
    """
    path = config.layout.database
    if not path.exists():
        msg = "There is no database yet: run `boothd db upgrade`, or start the daemon."
        raise StoreError(msg)
    schema.check(path)
    current = schema.current_revision(path)
    if current != schema.head_revision():
        msg = "The database's schema is not current: run `boothd db upgrade`."
        raise StoreError(msg, revision=current or "none")
    return Database(path, clock)


def prepare(config: Config) -> None:
    """Make the booth's folders and bring the schema up to date, a backup first."""
    layout = config.layout
    for folder in (layout.state, layout.staging, layout.backups, layout.models):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    spread_folders_in(layout.staging)
    for inbox in config.inboxes:
        # A folder of its own path is a share: if it is missing it is away, and an empty local
        # folder made in its place would be taken for the share.
        folders = [layout.rejected(inbox.name), layout.review(inbox.name)]
        folders += [layout.failed(inbox.name), layout.archive(inbox.name)]
        folders += [layout.inbox(inbox.name)] if inbox.path is None else []
        folders += [layout.out(inbox.name)] if inbox.out is None else []
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
    schema.upgrade(layout.database)


def build(
    config: Config,
    *,
    wake: Callable[[], None],
    rescan: Callable[[str], None] | None = None,
    clock: Clock | None = None,
    spread: Spread = map,
) -> Booth:
    """Build the daemon's services.

    Args:
        config: With an absolute root.
        wake: Called when jobs became claimable.
        rescan: Called with an inbox's name when somebody wants it looked at.
        clock: Time; the system's unless a test brings its own.
        spread: How take-in waits for the disk side by side.
    """
    clock = clock or SystemClock()
    database = open_database(config, clock)
    owner = f"{os.getpid()}-{secrets.token_hex(4)}"
    publisher = Publisher(config, database, clock)
    return Booth(
        config=config,
        clock=clock,
        database=database,
        owner=owner,
        intake=Intake(config, database, clock, wake, spread=spread),
        dispatch=Dispatch(config, database, clock, owner),
        publisher=publisher,
        deliverer=Deliverer(config, database, clock),
        stall=StallWatch(config, database, clock),
        batches=Batches(config, database, clock, wake),
        orders=Orders(config, database, clock, rescan),
        reviews=ReviewCarrier(config, database, clock, publisher),
        questions=Answering(config, database, clock, owner),
        upkeep=Upkeep(config, database, clock),
    )


@dataclass(frozen=True, slots=True)
class PageParts:
    """What single pages of the panel have to themselves.

    Attributes:
        checkup: ``None`` where no configuration file is known that the doctor could read.
    """

    comparisons: Comparisons
    engine_room: EngineRoom
    following: Following
    checkup: Checkup | None


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the API alone asks for.

    Attributes:
        batches: Questions about batches, and orders.
        uploads: Takes batches in.
        monitor: Numbers for monitors.
    """

    batches: BatchDesk
    uploads: BatchUploads
    monitor: Monitor


@dataclass(frozen=True, slots=True)
class PanelParts:
    """What the panel looks through: questions, and orders that are rows."""

    health: Health
    overview: Callable[[], Overview]
    desk: Desk
    questions: Questions
    submissions: Submissions
    tasks: Tasks
    pages: PageParts
    api: ApiParts


@contextmanager
def panel_parts(
    config: Config, clock: Clock | None = None, config_path: Path | None = None
) -> Iterator[PanelParts]:
    """The panel's services; the database is opened when first needed and closed at the end.

    The panel starts also where there is no database yet, or an old one, and says so.
    """
    time, lock, opened = clock or SystemClock(), threading.Lock(), list[Database]()

    def database() -> Database:
        with lock:
            if not opened:
                opened.append(open_database(config, time))
            return opened[0]

    desk, questions = Desk(config, database, time), Questions(config, database, time)
    checkup = None if config_path is None else Checkup(config, config_path, database, time)
    try:
        yield PanelParts(
            Health(config, database, time),
            lambda: overview(config, database()),
            desk,
            questions,
            Submissions(config, database, time),
            Tasks(config, database, time),
            PageParts(
                Comparisons(config, questions, desk, database, time),
                EngineRoom(config, questions, time),
                Following(database, time),
                checkup,
            ),
            ApiParts(
                BatchDesk(config, database, time),
                BatchUploads(config, database, time),
                Monitor(config, database, time),
            ),
        )
    finally:
        if checkup is not None:
            checkup.close()
        for each in opened:
            each.close()


__all__ = [
    "Booth",
    "PanelParts",
    "SchemaTooNew",
    "build",
    "open_database",
    "panel_parts",
    "prepare",
]
