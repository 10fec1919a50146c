"""Putting a photo back into the queue: staged, held back, its original where intake leaves it."""

from __future__ import annotations

from dataclasses import dataclass

from daemon.clock import Clock
from daemon.config.model import Layout
from daemon.domain.batch import BatchState
from daemon.domain.job import Job
from daemon.domain.review import Decision
from daemon.domain.route import effect_key
from daemon.files.atomic import copy_part
from daemon.files.digest import Digest
from daemon.files.syncing import fsync_dir
from daemon.services.counting import count_ends, count_verdict
from daemon.services.filing import attempt_dir, claimed_photo, inbox_photo, staged_photo
from daemon.services.originals import stands
from daemon.services.review_files import is_anothers, move, move_notes_back, place_of
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints


@dataclass(frozen=True, slots=True)
class Redoing:
    """The steps by which a photo in review is done again; each can be taken twice.

    Args:
        layout: Where everything lies.
        database: Where jobs live.
        clock: Time for records.
    """

    layout: Layout
    database: Database
    clock: Clock

    def stage(self, before: Job) -> None:
        """The worker's copy, whole and on disk, as intake leaves it."""
        target = staged_photo(self.layout, before.id)
        wanted = Digest(before.size or 0, before.content_sha256 or "")
        attempt_dir(self.layout, before.id, 1).mkdir(parents=True, exist_ok=True)
        if not stands(target, wanted):
            copy_part(place_of(before).original, target, before.id, wanted).replace(target)
        fsync_dir(target.parent)
        fsync_dir(self.layout.staging)

    def reopen(self, decision: Decision, job: Job, after: Job) -> bool:
        """Put the job back into the queue, held back, in one transaction with all that is counted.

        Returns:
            False, and nothing changes, where it is not in review any more, or the same photo is
            on its way as another job.
        """
        own = f"{after.content_sha256} {after.instruct}" if after.instruct else after.content_sha256
        facts = {
            "kind": decision.kind,
            "by": decision.by,
            "attempts": job.attempts,
            "codes": [reason.code for reason in job.reasons],
        }
        with self.database.write() as uow:
            moved = uow.reviews.reopen(
                after.id,
                plan=after.plan,
                instruct=after.instruct,
                effect_key=effect_key(own or "", after.plan),
            )
            if moved:
                uncount(uow, job)
                uow.history.event(after.id, events.REVIEW_DECIDED, facts, self.clock.now_ms())
                uow.reviews.moved(decision.id)
        return moved

    def take_back(self, before: Job) -> None:
        """The original where intake leaves it; the source of a ledger's photo never left."""
        if is_anothers(before):
            return  # done before a crash; the next photo of the name was filed there since
        original = place_of(before).original
        target = claimed_photo(self.layout, before)
        source = inbox_photo(self.layout, before)
        if before.in_ledger and stands(
            source, Digest(before.size or 0, before.content_sha256 or "")
        ):
            original.unlink(missing_ok=True)
            return
        move_notes_back(before, place_of(before), target.parent)
        failpoints.reached("R4")
        move(original, target, before.id)


def uncount(uow: UnitOfWork, job: Job) -> None:
    """Take back what was counted when the photo came into review."""
    count_verdict(uow, job, sign=-1)
    count_ends(uow, [job], sign=-1)


def is_held_by_batch(uow: UnitOfWork, job: Job) -> bool:
    """Whether the photo is of a batch that somebody paused: it waits with the others."""
    held = [one for one in uow.batches.live() if one.state is BatchState.PAUSED]
    return any(
        photo.job_id == job.id
        for batch in held
        if batch.inbox == job.inbox
        for photo in uow.batches.photos(batch.id)
    )
