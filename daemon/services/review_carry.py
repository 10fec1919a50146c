"""Carrying out what people decided about photos in review: files first, then one transaction.

The decision is a row; how the job was and how it is to end is recorded in it before any file is
touched. From then on every step looks at what stands and does what is missing, so that a kill
anywhere (windows R1-R6 of docs/durability.md) is made good by carrying the same row out again.
Runs in the publisher's thread: that one alone chooses places for originals.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.job import Job, PlannedOutput, State, Verdict
from daemon.domain.review import OUTCOME_OF, Decision, DecisionKind, Outcome
from daemon.domain.route import Plan
from daemon.errors import BoothError
from daemon.files.atomic import is_taken, replace_bytes
from daemon.files.digest import Digest, digest_of
from daemon.files.safe import numbered
from daemon.services.announce import MOST_THUMBNAIL, Thumbnails, announce_photo
from daemon.services.counting import count_ends, count_verdict
from daemon.services.filing import (
    FilingPlace,
    output_target,
)
from daemon.services.originals import stands
from daemon.services.published_name import may_replace
from daemon.services.records import NotARecordError, from_record, record_file, to_record
from daemon.services.review_files import (
    clear,
    digest_of_output,
    give,
    is_anothers,
    move,
    move_notes,
    path_of,
    place_of,
)
from daemon.services.review_redo import Redoing, is_held_by_batch, uncount
from daemon.services.thumbnails import kept_thumbnail
from daemon.services.tries import Tries
from daemon.services.why import why_text
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger


class CandidateGoneError(Exception):
    """A picture that the person saw was taken away or changed before it was brought out."""


class Places(Protocol):
    """Who chooses places for originals."""

    def keep_place(self, job: Job) -> None:
        """Nobody else's original goes to the place that is recorded for this job."""
        ...

    def choose_place(self, job: Job) -> FilingPlace:
        """A free place for a job's original, kept for it until it is let go."""
        ...

    def let_go(self, job: Job) -> None:
        """The place is filled, or not wanted."""
        ...


class ReviewCarrier:
    """Carries decisions out, one at a time.

    Args:
        config: The whole configuration.
        database: Where decisions and jobs live.
        clock: Time for records and for the back-off.
        places: Chooses places for originals.
    """

    def __init__(self, config: Config, database: Database, clock: Clock, places: Places) -> None:
        self._config = config
        self._layout = config.layout
        self._database = database
        self._clock = clock
        self._places = places
        self._redoing = Redoing(config.layout, database, clock)
        self._tries = Tries(clock)
        self._log = get_logger("review")

    def step(self) -> bool:
        """Carry out every decision that is due; whether there was one."""
        pending = self.keep_places()
        due = [one for one in pending if self._tries.is_due(one.id)]
        for decision in due:
            try:
                self._carry_out(decision)
            except (OSError, BoothError, NotARecordError) as error:
                self._postpone(decision, error)
                continue
            self._tries.forget(decision.id)
        return bool(due)

    def keep_places(self) -> list[Decision]:
        """Have the places kept that open decisions chose: after a start nobody else knows of them.

        Returns:
            The open decisions, oldest first.
        """
        with self._database.read() as uow:
            pending = uow.reviews.open()
        for decision in pending:
            if decision.after is not None and decision.kind is not DecisionKind.REDO:
                # One that cannot be read is told of where it is carried out.
                with contextlib.suppress(NotARecordError):
                    self._places.keep_place(from_record(decision.after))
        return pending

    def _postpone(self, decision: Decision, error: Exception) -> None:
        self._log.warning(
            events.REVIEW_POSTPONED,
            job_id=decision.job_id,
            kind=decision.kind,
            errno=getattr(error, "errno", None),
            error=type(error).__name__,
            tries=self._tries.postpone(decision.id),
        )

    def _carry_out(self, decision: Decision) -> None:
        with self._database.read() as uow:
            job = uow.jobs.get(decision.job_id)
        if job is None:  # forgotten with all its rows meanwhile
            return
        if decision.before is None or decision.after is None:
            obstacle = self._obstacle(decision, job)
            if obstacle is not None:
                self._give_up(decision, obstacle)
                return
            decision = self._plan(decision, job, self._after(decision, job))
        if decision.kind is DecisionKind.REDO:
            self._redo(decision, job)
        else:
            self._end(decision, job)

    # ── before any file is touched ────────────────────────────────────────────────────────

    def _obstacle(self, decision: Decision, job: Job) -> Outcome | None:
        """Why the person's word cannot be carried out any more."""
        if job.state is not State.REVIEW or job.filed is None:
            return Outcome.MOVED_ON
        original = place_of(job).original
        if not is_taken(original) or is_anothers(job):
            return Outcome.ORIGINAL_GONE
        if decision.kind is DecisionKind.ACCEPT:
            pictures = [one for one in job.outputs if one.file.kind is not OutputKind.WHY_PICTURE]
            if not all(stands(path_of(one), digest_of_output(one)) for one in pictures):
                return Outcome.CANDIDATE_CHANGED
        if decision.kind is DecisionKind.REDO and not self._can_redo(job, original):
            return Outcome.ORIGINAL_GONE
        return None

    def _can_redo(self, job: Job, original: Path) -> bool:
        """Whether the original still is what was taken in."""
        return digest_of(original) == Digest(job.size or 0, job.content_sha256 or "")

    def _after(self, decision: Decision, job: Job) -> Job:
        """The job as it is to end."""
        if decision.kind is DecisionKind.REDO:
            plan = Plan.from_json(decision.args["plan"])
            return replace(job, plan=plan, instruct=str(decision.args["instruct"]))
        verdict, reasons = Verdict.DONE, tuple[Reason, ...]()
        if decision.kind is DecisionKind.REJECT:
            # What the machine found stays among the reasons, behind the person's own.
            verdict, reasons = Verdict.REJECTED, (Reason(decision.code), *job.reasons)
        after = replace(job, verdict=verdict, reasons=reasons, finished_ms=self._clock.now_ms())
        place = self._places.choose_place(after)
        wanted = [one for one in job.outputs if _is_kept(one, verdict)]
        outputs = tuple(
            replace(
                one,
                target=os.fsencode(output_target(self._layout, job, verdict, one.file, place)),
                published_ms=None,
            )
            for one in wanted
        )
        return replace(after, filed=os.fsencode(place.original), outputs=outputs)

    def _plan(self, decision: Decision, before: Job, after: Job) -> Decision:
        was, will = to_record(before), to_record(after, decision)
        with self._database.write() as uow:
            uow.reviews.plan(decision.id, was, will)
        failpoints.reached("R1")
        return replace(decision, before=was, after=will)

    def _give_up(self, decision: Decision, outcome: Outcome) -> None:
        with self._database.write() as uow:
            self._close(uow, decision, outcome)

    def _close(self, uow: UnitOfWork, decision: Decision, outcome: Outcome) -> None:
        now_ms = self._clock.now_ms()
        uow.reviews.close(decision.id, outcome)
        uow.reviews.look_away(decision.job_id)
        facts = {"kind": decision.kind, "outcome": outcome}
        uow.history.event(decision.job_id, events.REVIEW_CARRIED_OUT, facts, now_ms)
        uow.audit.add(
            decision.by, f"review.{decision.kind}", decision.job_id, {"outcome": outcome}, now_ms
        )
        self._log.info(events.REVIEW_CARRIED_OUT, job_id=decision.job_id, **facts)

    # ── accept and reject ─────────────────────────────────────────────────────────────────

    def _end(self, decision: Decision, job: Job) -> None:
        before, after = _jobs_of(decision)
        if decision.moved_ms is None:
            try:
                after = self._brought_out(decision, before, after)
            except CandidateGoneError:
                self._undo(decision, after)
                return
            failpoints.reached("R2")
            after = self._filed(decision, before, after)
            failpoints.reached("R4")
            if not self._commit(decision, job, after):
                self._places.let_go(after)
                self._give_up(decision, Outcome.MOVED_ON)
                return
            failpoints.reached("R5")
        self._places.let_go(after)
        clear(self._layout, before, after)
        failpoints.reached("R6")
        with self._database.write() as uow:
            self._close(uow, decision, OUTCOME_OF[decision.kind])

    def _brought_out(self, decision: Decision, before: Job, after: Job) -> Job:
        """Every output under its final name; the candidate keeps its own until the end.

        Raises:
            CandidateGoneError: One that the person saw is not there any more.
        """
        sources = {(one.file.kind, one.file.name): path_of(one) for one in before.outputs}
        brought: list[PlannedOutput] = []
        for index, planned in enumerate(after.outputs):
            source, output = sources[planned.file.kind, planned.file.name], planned
            wanted = digest_of_output(output)
            if not stands(source, wanted) and not stands(path_of(output), wanted):
                if output.file.kind is OutputKind.WHY_PICTURE:
                    continue  # the reasons themselves stand in the record
                raise CandidateGoneError
            while not self._given(source, output, after):
                after = self._renamed(decision, after, index)
                output = after.outputs[index]
            brought.append(replace(output, published_ms=after.finished_ms))
        return replace(after, outputs=tuple(brought))

    def _given(self, source: Path, output: PlannedOutput, job: Job) -> bool:
        replacing = may_replace(job, output.file, overwrite=self._config.output.overwrite)
        wanted = digest_of_output(output)
        return give(source, path_of(output), job.id, wanted, replacing=replacing)

    def _undo(self, decision: Decision, after: Job) -> None:
        """Nothing is decided: take back what was brought out; the original has not moved."""
        for output in after.outputs:
            if stands(path_of(output), digest_of_output(output)):
                path_of(output).unlink()
        self._places.let_go(after)
        self._give_up(decision, Outcome.CANDIDATE_CHANGED)

    def _renamed(self, decision: Decision, after: Job, index: int) -> Job:
        """Another name for an output whose name somebody else has; recorded before the write."""
        self._log.warning(events.OUTPUT_NAME_TAKEN, job_id=after.id)
        plain, number = path_of(after.outputs[index]), 2
        while is_taken(target := numbered(plain, number)):
            number += 1
        moved = replace(after.outputs[index], target=os.fsencode(target))
        outputs = (*after.outputs[:index], moved, *after.outputs[index + 1 :])
        return self._changed(decision, replace(after, outputs=outputs))

    def _changed(self, decision: Decision, after: Job) -> Job:
        assert decision.before is not None
        with self._database.write() as uow:
            uow.reviews.plan(decision.id, decision.before, to_record(after, decision))
        return after

    def _filed(self, decision: Decision, before: Job, after: Job) -> Job:
        """What explains the original, then the original; elsewhere where its name was taken."""
        old = place_of(before)
        while True:
            new = place_of(after)
            self._explain(decision, after, new)
            failpoints.reached("R3")
            try:
                move(old.original, new.original, after.id)
            except FileExistsError:
                # Somebody put a file of that name there meanwhile: theirs stays, ours moves on.
                for path in (new.record, new.why_text):
                    path.unlink(missing_ok=True)
                place = self._places.choose_place(after)
                after = self._changed(decision, replace(after, filed=os.fsencode(place.original)))
                continue
            if not is_taken(new.original):
                self._log.error(events.JOB_SOURCE_LOST, job_id=after.id)
            move_notes(after, old, new)
            return after

    def _explain(self, decision: Decision, after: Job, place: FilingPlace) -> None:
        if after.verdict is Verdict.REJECTED:
            text = why_text(after, Verdict.REJECTED, after.reasons, decision.note)
            replace_bytes(place.why_text, after.id, text.encode("utf-8-sig", "replace"))
        replace_bytes(place.record, after.id, record_file(after, decision))

    def _commit(self, decision: Decision, job: Job, after: Job) -> bool:
        """The end, with everything that is counted and told of it, in one transaction."""
        assert after.verdict is not None
        assert after.finished_ms is not None
        with self._database.write() as uow:
            moved = uow.jobs.move(
                after.id,
                after.verdict.state,
                verdict=after.verdict,
                reasons=after.reasons,
                outputs=after.outputs,
                filed=after.filed,
                finished_ms=after.finished_ms,
            )
            if moved:
                uncount(uow, job)
                count_verdict(uow, after)
                count_ends(uow, [after])
                self._tell(uow, decision, job, after)
                uow.reviews.moved(decision.id)
        return moved

    def _tell(self, uow: UnitOfWork, decision: Decision, before: Job, after: Job) -> None:
        at_ms = after.finished_ms or self._clock.now_ms()
        facts = {
            "kind": decision.kind,
            "by": decision.by,
            "code": decision.code,
            "codes": [reason.code for reason in before.reasons],
        }
        uow.history.event(after.id, events.REVIEW_DECIDED, facts, at_ms)
        uow.history.event(after.id, events.JOB_FINISHED, {"verdict": after.verdict}, at_ms)
        small = kept_thumbnail(self._layout, after.id, MOST_THUMBNAIL + 1)
        announce_photo(uow, self._config, after, Thumbnails({after.id: small}))

    # ── redo ──────────────────────────────────────────────────────────────────────────────

    def _redo(self, decision: Decision, job: Job) -> None:
        before, after = _jobs_of(decision)
        if decision.moved_ms is None:
            self._redoing.stage(before)
            failpoints.reached("R2")
            if not self._redoing.reopen(decision, job, after):
                self._give_up(decision, Outcome.ALREADY_QUEUED)
                return
            failpoints.reached("R3")
        self._redoing.take_back(before)
        failpoints.reached("R5")
        clear(self._layout, before, None)
        failpoints.reached("R6")
        with self._database.write() as uow:
            if not is_held_by_batch(uow, before):
                uow.reviews.release(before.id)
            self._close(uow, decision, Outcome.REDONE)


def _is_kept(output: PlannedOutput, verdict: Verdict) -> bool:
    """A candidate that was turned down goes; the picture of the reasons stays."""
    return verdict is Verdict.DONE or output.file.kind is OutputKind.WHY_PICTURE


def _jobs_of(decision: Decision) -> tuple[Job, Job]:
    assert decision.before is not None
    assert decision.after is not None
    return from_record(decision.before), from_record(decision.after)
