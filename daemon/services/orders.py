"""Doing what operators asked for: orders are rows, written by the panel or the command line.

The daemon alone carries them out, so that there is no second hand on the folders. One that a kill
cut off is carried out again: it looks at what stands and does what is missing (O1, O2).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.job import TERMINAL, Job, State, Verdict, new_job_id
from daemon.files.atomic import is_taken, write_bytes
from daemon.files.digest import Digest, digest_of
from daemon.files.mounts import mount_of
from daemon.files.operations import FileOperations
from daemon.services import bulk
from daemon.services.control import BULK, SCAN
from daemon.services.filing import FilingPlace, claimed_photo, explaining, inbox_photo
from daemon.services.intake_online import InboxAway, check_there
from daemon.services.originals import stands
from daemon.services.review_files import clear, is_anothers, move
from daemon.services.review_redo import uncount
from daemon.services.tries import Tries
from daemon.services.verdicts import commit_without_worker
from daemon.store.control import Order
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

# Every order must move on within a round; the table is looked at this often.
LOOK_EVERY_S = 0.5
# Copies to a share take their time, and the worker waits meanwhile: the rest is for the next round.
ROUND_S = 1.0


class Orders:
    """Retry and cancel, and a look at an inbox.

    Args:
        config: The whole configuration.
        database: Where orders and jobs live.
        clock: Time for records.
        rescan: Lets an inbox be looked at, soon; without it nobody watches them here.
    """

    def __init__(
        self,
        config: Config,
        database: Database,
        clock: Clock,
        rescan: Callable[[str], None] | None = None,
    ) -> None:
        self._layout = config.layout
        self._inboxes = frozenset(inbox.name for inbox in config.inboxes)
        self._own = frozenset(inbox.name for inbox in config.inboxes if inbox.path is None)
        self._rescan = rescan
        self._database = database
        self._clock = clock
        self._look_s = 0.0
        self._tries = Tries(clock)
        self._log = get_logger("orders")

    def obey(self) -> tuple[str, ...]:
        """Carry out pending orders.

        Returns:
            Jobs to be cancelled which the worker has in hand: whoever holds the claim must
            give it up.
        """
        if self._clock.monotonic_s() < self._look_s:
            return ()
        began_s = self._clock.monotonic_s()
        self._look_s = began_s + LOOK_EVERY_S
        with self._database.read() as uow:
            pending = uow.control.pending()
        working = []
        for order in pending:
            if order.kind == BULK:
                bulk.carry_on(self._database, self._clock, order)
                continue
            if self._clock.monotonic_s() - began_s >= ROUND_S:
                break
            if not self._tries.is_due(order.id):
                continue
            try:
                outcome = self._carry_out(order)
            except (OSError, InboxAway) as error:
                self._postpone(order, error)  # others must not wait for this one's share
                continue
            self._tries.forget(order.id)
            if outcome == "working" and order.job_id is not None:
                working.append(order.job_id)
            with self._database.write() as uow:
                uow.control.close(order.id, outcome)
                is_scan = order.kind == SCAN
                action = "inbox.scan" if is_scan else f"job.{order.kind}"
                target = str(order.args.get("inbox", "")) if is_scan else order.job_id or ""
                facts = {"outcome": outcome}
                uow.audit.add(order.by, action, target, facts, self._clock.now_ms())
        return tuple(working)

    def _postpone(self, order: Order, error: Exception) -> None:
        self._log.warning(
            events.ORDER_POSTPONED,
            job_id=order.job_id,
            kind=order.kind,
            errno=getattr(error, "errno", None),
            error=type(error).__name__,
            tries=self._tries.postpone(order.id),
        )

    def _carry_out(self, order: Order) -> str:
        if order.kind == SCAN:
            return self._look_into(str(order.args.get("inbox", "")))
        with self._database.read() as uow:
            job = uow.jobs.get(order.job_id or "")
        if job is None:
            return "unknown_job"
        if order.kind == "cancel":
            return self._cancel(job)
        if order.kind == "retry":
            return "decided" if self._is_decided(job) else self._retry(job, order)
        return "unknown_order"

    def _look_into(self, inbox: str) -> str:
        if self._rescan is None or inbox not in self._inboxes:
            return "unknown_inbox"
        self._rescan(inbox)
        return "looking"

    def _cancel(self, job: Job) -> str:
        if job.state is State.WORKING:
            return "working"
        with self._database.write() as uow:
            done = commit_without_worker(
                uow, job, Verdict.FAILED, (Reason("CANCELLED"),), now_ms=self._clock.now_ms()
            )
        return "cancelled" if done else "too_late"

    def _retry(self, job: Job, order: Order) -> str:
        if job.state not in TERMINAL or job.state is State.WITHDRAWN or job.filed is None:
            return "not_finished"
        if job.inbox not in self._inboxes:
            return "unknown_inbox"  # nobody would take the photo in again
        if job.in_ledger:
            return self._retry_in_ledger(job)
        self._make_sure_of(job.inbox)
        target = inbox_photo(self._layout, job)
        place = FilingPlace(Path(os.fsdecode(job.filed)))
        if is_taken(place.original) and not is_anothers(job):
            is_back = _put_back(job, place, target)
            outcome = "retried" if is_back else "name_taken"
        else:
            is_back = self._went_back(job, order, target)
            outcome = "retried" if is_back else "original_gone"
        if is_back:
            failpoints.reached("O1")
            self._forget(job, place)
        return outcome

    def _make_sure_of(self, inbox: str) -> None:
        """See that the inbox is there: what is put under a mount point is hidden by the mount.

        Raises:
            InboxAway: The folder is not the inbox.
            OSError: It is away, or in trouble.
        """
        folder = self._layout.inbox(inbox)
        with self._database.read() as uow:
            known = uow.inboxes.get(inbox)
        if inbox in self._own:
            folder.mkdir(parents=True, exist_ok=True)
        root = os.path.abspath(os.fsencode(folder))  # noqa: PTH100 - as intake names it
        device = None if known is None else known.device
        check_there(root, mount_of(folder), device, FileOperations())

    def _went_back(self, job: Job, order: Order, target: Path) -> bool:
        """Whether the original lies in its inbox by this order, or was taken in from there (O1)."""
        wanted = Digest(job.size or 0, job.content_sha256 or "")
        with self._database.read() as uow:
            later = uow.jobs.latest_named(job.inbox, [job.name_key], since_ms=order.placed_ms)
        if job.content_sha256 is None:
            # It failed before it was read: its length has to do.
            size = job.generation.partition(":")[0]
            if later is not None:
                return later.generation.partition(":")[0] == size
            return is_taken(target) and str(target.lstat().st_size) == size
        places = [target] if later is None else [target, claimed_photo(self._layout, later)]
        is_again = later is not None and later.content_sha256 == job.content_sha256 is not None
        return is_again or any(stands(place, wanted) for place in places)

    def _is_decided(self, job: Job) -> bool:
        """Whether a person's word about it is being carried out: its files are in other hands."""
        with self._database.read() as uow:
            return any(one.closed_ms is None for one in uow.reviews.of(job.id))

    def _forget(self, job: Job, place: FilingPlace) -> None:
        """Clear what explained the old verdict; the row keeps all of it."""
        if job.state is State.REVIEW:
            self._withdraw(job)
            return
        if not is_anothers(job):
            for path in explaining(job, place):
                path.unlink(missing_ok=True)
            place.record.unlink(missing_ok=True)
        failpoints.reached("O2")
        with self._database.write() as uow:
            uow.jobs.update(job.id, filed=None)
            uow.history.event(job.id, events.JOB_RETRIED, {}, self._clock.now_ms())

    def _withdraw(self, job: Job) -> None:
        """Nobody is to decide about it any more: its photo is run again as another job."""
        clear(self._layout, job, None)
        failpoints.reached("O2")
        facts = {"codes": [reason.code for reason in job.reasons]}
        with self._database.write() as uow:
            _take_out_of_review(uow, job)
            uow.history.event(job.id, events.JOB_RETRIED, facts, self._clock.now_ms())

    def _retry_in_ledger(self, job: Job) -> str:
        source = inbox_photo(self._layout, job)
        if not source.is_file():
            return "original_gone"
        if job.state is State.REVIEW and not self._let_copy_go(job, source):
            return "original_gone"
        now_ms = self._clock.now_ms()
        again = replace(
            job, id=new_job_id(now_ms), state=State.ADMITTED, created_ms=now_ms, attempts=0,
            crashes=0, owner=None, token=None, lease_until_ms=None, not_before_ms=0,
            queued_ms=None, started_ms=None, verdict=None, reasons=(), outputs=(), measures={},
            engines={}, timings_ms={}, filed=None, finished_ms=None, retry_of=job.id,
            content_sha256=None, size=None, effect_key=None,
        )  # fmt: skip
        with self._database.write() as uow:
            return "retried" if uow.jobs.add(again) else "already_queued"

    def _let_copy_go(self, job: Job, source: Path) -> bool:
        """Take a ledger's photo out of review; False where its source is another file by now."""
        if not stands(source, Digest(job.size or 0, job.content_sha256 or "")):
            return False
        if not is_anothers(job):
            Path(os.fsdecode(job.filed or b"")).unlink(missing_ok=True)
        self._withdraw(job)
        return True


def _take_out_of_review(uow: UnitOfWork, job: Job) -> None:
    """The job as though it had never ended: what it found is told by its history alone.

    Its photo counts as received once, as the job that it comes back as.
    """
    uow.reviews.look_away(job.id)
    taken = uow.jobs.move(
        job.id, State.WITHDRAWN, verdict=None, filed=None, reasons=(), outputs=(),
        measures={}, engines={}, timings_ms={},
    )  # fmt: skip
    if taken:
        uncount(uow, job)


def _put_back(job: Job, place: FilingPlace, target: Path) -> bool:
    """Put an original and its notes where they were dropped; False where the name is taken.

    From there it takes the way of every photo.
    """
    if is_taken(target) and not stands(target, digest_of(place.original)):
        return False  # before a note of ours comes to lie beside somebody else's photo
    target.parent.mkdir(parents=True, exist_ok=True)
    photo_name = job.relative.rsplit(b"/", 1)[-1]
    for note in job.sidecars:
        lies = place.note(photo_name, note)
        if lies.is_file():
            with contextlib.suppress(FileExistsError):
                move(lies, target.parent / os.fsdecode(note), job.id)
    if not _put_wishes_beside(job, target):
        return False
    try:
        move(place.original, target, job.id)
    except FileExistsError:
        return False
    return True


def _put_wishes_beside(job: Job, target: Path) -> bool:
    """Leave a note of what a list asked for the photo: the next time nobody reads that list.

    Returns:
        False where another note has the name.
    """
    has_note = any(note.lower().endswith(b".txt") for note in job.sidecars)
    if not job.instruct or has_note:
        return True
    lies, wishes = target.with_name(f"{target.name}.txt"), job.instruct.encode()
    try:
        write_bytes(lies, job.id, wishes)
    except FileExistsError:
        # Ours, left there before a kill, or somebody's own.
        return stands(lies, Digest(len(wishes), hashlib.sha256(wishes).hexdigest()))
    return True
