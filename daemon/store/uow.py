"""One transaction with all repositories on it."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from daemon.clock import Clock
from daemon.store.batches import Batches
from daemon.store.control import Control
from daemon.store.counters import Counters
from daemon.store.deliveries import Deliveries
from daemon.store.endpoints import Endpoints
from daemon.store.histograms import Histograms
from daemon.store.inbox import Inboxes
from daemon.store.jobs import Jobs
from daemon.store.outbox import Outbox
from daemon.store.questions import Questions
from daemon.store.queue import SqlQueue
from daemon.store.records import Audit, History, Upkeep
from daemon.store.recount import Sums
from daemon.store.rejects import Rejects
from daemon.store.review import Reviews
from daemon.store.statistics import Statistics
from daemon.store.submissions import Submissions
from daemon.store.views import Views


class UnitOfWork:
    """Everything that can be asked of the database within one transaction."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def now_ms(self) -> int:
        """Wall time of the booth's clock, for what is recorded in this transaction."""
        return self._clock.now_ms()

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self._connection, self._clock)

    @cached_property
    def queue(self) -> SqlQueue:
        return SqlQueue(self._connection, self._clock)

    @cached_property
    def inboxes(self) -> Inboxes:
        return Inboxes(self._connection, self._clock)

    @cached_property
    def counters(self) -> Counters:
        return Counters(self._connection)

    @cached_property
    def histograms(self) -> Histograms:
        return Histograms(self._connection)

    @cached_property
    def statistics(self) -> Statistics:
        return Statistics(self._connection)

    @cached_property
    def rejects(self) -> Rejects:
        return Rejects(self._connection)

    @cached_property
    def sums(self) -> Sums:
        return Sums(self._connection)

    @cached_property
    def control(self) -> Control:
        return Control(self._connection, self._clock)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self._connection)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._connection)

    @cached_property
    def endpoints(self) -> Endpoints:
        return Endpoints(self._connection)

    @cached_property
    def questions(self) -> Questions:
        return Questions(self._connection)

    @cached_property
    def submissions(self) -> Submissions:
        return Submissions(self._connection)

    @cached_property
    def batches(self) -> Batches:
        return Batches(self._connection)

    @cached_property
    def reviews(self) -> Reviews:
        return Reviews(self._connection, self._clock)

    @cached_property
    def history(self) -> History:
        return History(self._connection)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self._connection)

    @cached_property
    def upkeep(self) -> Upkeep:
        return Upkeep(self._connection)

    @cached_property
    def views(self) -> Views:
        return Views(self._connection, self.jobs)
