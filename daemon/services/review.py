"""The review desk: which photos wait for a person, who looks at which, and what they decide.

A decision is a row, committed with its audit row; the daemon carries it out
(``review_carry``). Nothing is moved here. Two people never decide the same photo twice: the
second is told who did, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import OutputKind
from daemon.domain.job import Job, State
from daemon.domain.review import (
    DECLINE_CODES,
    LOOK_MS,
    MOST_NOTE_CHARS,
    NEEDS_NOTE,
    Decision,
    DecisionKind,
    Look,
)
from daemon.errors import UsageError
from daemon.services.announce_payload import iso
from daemon.services.pictures import Side, sides_of
from daemon.services.queries import JobLine, line_of
from daemon.services.review_again import Again, one_line, plan_again, printable, refuse
from daemon.store.database import Database
from daemon.store.review import MOST_COUNTED
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

PAGE = 50


class DecidedAlready(UsageError):
    """Somebody else was quicker; ``facts`` say who and when."""

    code = "REVIEW_DECIDED"


class LooksDifferent(UsageError):
    """The photo was done again since the person saw it: they must look at what it is now."""

    code = "REVIEW_CHANGED"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A photo in the list of those that wait.

    Attributes:
        line: What lists show of its job.
        look: Who has it before them just now, if anybody.
    """

    line: JobLine
    look: Look | None

    def as_json(self) -> dict[str, Any]:
        told = self.line.as_json()
        looked = self.look and {"by": self.look.who, "until_ms": self.look.until_ms}
        return {**told, "looked_at": looked}


@dataclass(frozen=True, slots=True)
class Item:
    """A photo in review as a person sees it.

    Attributes:
        job: Its row.
        seen_ms: Which of its ends this is; a decision names it, so that nobody decides about a
            candidate they did not see.
        sides: Its pictures, each with whether a browser may show it.
        look: Who has it before them just now, if anybody.
        decisions: What was decided about it, oldest first.
        is_open: Whether it waits for a decision.
    """

    job: Job
    seen_ms: int
    sides: dict[Side, bool]
    look: Look | None
    decisions: tuple[Decision, ...]
    is_open: bool


class ReviewDesk:
    """Questions and decisions; safe from several threads and processes.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one.
        clock: Time.
    """

    def __init__(self, config: Config, database: Callable[[], Database], clock: Clock) -> None:
        self._config = config
        self._database = database
        self._clock = clock

    # ── looking ───────────────────────────────────────────────────────────────────────────

    def _inboxes(self, inbox: str) -> list[str]:
        # An inbox that is no longer configured has no folders that we know of.
        return [one.name for one in self._config.inboxes if inbox in {"", one.name}]

    def count(self, inbox: str = "", code: str = "") -> tuple[int, bool]:
        """How many wait, and whether there are more than were counted."""
        with self._database().read() as uow:
            found = uow.reviews.count(self._inboxes(inbox), code)
        return min(found, MOST_COUNTED), found > MOST_COUNTED

    def waiting(
        self, inbox: str = "", code: str = "", *, after_id: str = "", limit: int = PAGE
    ) -> list[Waiting]:
        """Photos that wait, oldest first; the last one's id asks for the next page."""
        with self._database().read() as uow:
            ids = uow.reviews.waiting(
                self._inboxes(inbox), code=code, after_id=after_id, limit=limit
            )
            looks = uow.reviews.looks(ids)
            jobs = uow.jobs.of_ids(ids)
        return [Waiting(line_of(job), looks.get(job.id)) for job in jobs]

    def next(self, who: str, inbox: str = "", code: str = "", *, after_id: str = "") -> str | None:
        """Hand somebody the next photo that nobody else looks at; ``None``: there is none.

        Behind the last one it begins at the oldest again.
        """
        with self._database().write() as uow:
            for behind in dict.fromkeys((after_id, "")):
                found = uow.reviews.waiting(
                    self._inboxes(inbox),
                    code=code,
                    after_id=behind,
                    limit=1,
                    not_looked_at_but_by=who,
                )
                if found:
                    uow.reviews.look(found[0], who, self._clock.now_ms() + LOOK_MS)
                    return str(found[0])
        return None

    def look_away(self, job_id: str, who: str) -> None:
        """Somebody goes on without deciding; others may have the photo."""
        with self._database().write() as uow:
            uow.reviews.look_away(job_id, who)

    def item(self, job_id: str, who: str | None = None) -> Item | None:
        """A photo that is or was in review; ``None`` where there is none of that id.

        Args:
            job_id: The photo's job.
            who: Who has it before them from now on; ``None`` for somebody who may not decide.
        """
        with self._database().read() as uow:
            job = uow.jobs.get(job_id)
            if job is None:
                return None
            decisions = tuple(uow.reviews.of(job_id))
            look = uow.reviews.looks([job_id]).get(job_id)
        is_open = _is_open(job, decisions)
        if is_open and who is not None and (look is None or look.who == who):
            with self._database().write() as uow:
                look = uow.reviews.look(job_id, who, self._clock.now_ms() + LOOK_MS)
        is_known = job.inbox in self._inboxes("")
        sides = sides_of(self._config.layout, job) if is_known else {}
        return Item(job, job.finished_ms or 0, sides, look, decisions, is_open)

    # ── deciding ──────────────────────────────────────────────────────────────────────────

    def accept(self, job_id: str, *, by: str, seen_ms: int | None = None) -> Decision:
        """The candidate becomes the result, the original goes to the archive.

        Args:
            job_id: The photo's job.
            by: Who decides.
            seen_ms: Which of the job's ends they saw; ``None``: whatever it is now.

        Raises:
            DecidedAlready: Somebody was quicker.
            LooksDifferent: It was done again since.
            UsageError: There is no such photo in review, or it has no candidate.
        """

        def ready(job: Job) -> None:
            if not any(one.file.kind is OutputKind.RESULT for one in job.outputs):
                refuse(f"没有候选结果 {job_id}", f"job {job_id} has no candidate to accept")

        return self._decide(job_id, DecisionKind.ACCEPT, by=by, seen_ms=seen_ms, ready=ready)

    def reject(
        self, job_id: str, *, by: str, code: str, note: str = "", seen_ms: int | None = None
    ) -> Decision:
        """The photo goes back to its owner with a person's reason.

        Args:
            job_id: The photo's job.
            by: Who decides.
            code: One of ``DECLINE_CODES``.
            note: In their own words; needed with ``NEEDS_NOTE``.
            seen_ms: See ``accept``.

        Raises:
            DecidedAlready: Somebody was quicker.
            LooksDifferent: It was done again since.
            UsageError: There is no such photo in review, or no such reason.
        """
        if code not in DECLINE_CODES:
            known = ", ".join(DECLINE_CODES)
            refuse(f"原因必须是其中之一:{known}", f"the reason must be one of {known}")
        note = printable(note)
        if len(note) > MOST_NOTE_CHARS:
            refuse(
                f"备注最多 {MOST_NOTE_CHARS} 字", f"a note has {MOST_NOTE_CHARS} characters at most"
            )
        if code == NEEDS_NOTE and not note:
            refuse("选择其他原因时请填写备注", "with this reason, the note must say why")
        return self._decide(
            job_id, DecisionKind.REJECT, by=by, seen_ms=seen_ms, code=code, note=note
        )

    def redo(self, job_id: str, again: Again, *, by: str, seen_ms: int | None = None) -> Decision:
        """The original is worked on once more, otherwise; the candidate goes.

        Args:
            job_id: The photo's job.
            again: What is to be different.
            by: Who decides.
            seen_ms: See ``accept``.

        Raises:
            DecidedAlready: Somebody was quicker.
            LooksDifferent: It was done again since.
            UsageError: There is no such photo in review, or no such plan.
        """
        args: dict[str, Any] = {}

        def ready(job: Job) -> None:
            plan = plan_again(self._config, job, again)
            instruct = job.instruct if again.instruct is None else one_line(again.instruct)
            args.update(plan=plan.as_json(), instruct=instruct)

        return self._decide(
            job_id, DecisionKind.REDO, by=by, seen_ms=seen_ms, args=args, ready=ready
        )

    def _decide(  # noqa: PLR0913 - the columns of a decision
        self,
        job_id: str,
        kind: DecisionKind,
        *,
        by: str,
        seen_ms: int | None,
        code: str = "",
        note: str = "",
        args: dict[str, Any] | None = None,
        ready: Callable[[Job], None] | None = None,
    ) -> Decision:
        with self._database().write() as uow:
            job = self._undecided(uow, job_id, seen_ms)
            if ready is not None:
                ready(job)
            number = uow.reviews.decide(job_id, kind, by, code=code, note=note, args=args)
            decisions = uow.reviews.of(job_id)
            if number is None:
                _refuse_decided(decisions[-1])
            facts = {"code": code} if code else {}
            uow.audit.add(by, f"review.{kind}", job_id, facts, self._clock.now_ms())
            uow.reviews.look_away(job_id)
        get_logger("review").info(events.REVIEW_DECIDED, job_id=job_id, kind=kind)
        return decisions[-1]

    def _undecided(self, uow: UnitOfWork, job_id: str, seen_ms: int | None) -> Job:
        """The job, if somebody may decide about it now."""
        job = uow.jobs.get(job_id)
        if job is None or job.inbox not in self._inboxes(""):
            refuse(f"没有任务 {job_id}", f"no job {job_id}")
        decisions = uow.reviews.of(job_id)
        if not _is_open(job, decisions):
            last = decisions[-1] if decisions else None
            if last is not None and (last.outcome is None or last.outcome.is_done):
                _refuse_decided(last)
            state = job.state.value
            refuse(f"任务 {job_id} 是 {state}", f"job {job_id} is {state}, not in review")
        if any(order.job_id == job_id for order in uow.control.pending()):
            refuse(f"任务 {job_id} 正在重新处理", f"job {job_id} is about to be run again")
        if seen_ms is not None and seen_ms != job.finished_ms:
            msg = (
                f"photo {job_id} was done again since: look at it as it is now · "
                f"照片 {job_id} 已重新处理,请查看新的结果"
            )
            raise LooksDifferent(msg, job=job_id)
        return job


def _is_open(job: Job, decisions: Iterable[Decision]) -> bool:
    pending = any(one.closed_ms is None for one in decisions)
    return job.state is State.REVIEW and job.filed is not None and not pending


def _refuse_decided(decision: Decision) -> NoReturn:
    at = iso(decision.decided_ms)
    msg = (
        f"photo {decision.job_id} was already decided: {decision.kind} by {decision.by} at {at} · "
        f"照片 {decision.job_id} 已由 {decision.by} 于 {at} 决定({decision.kind})"
    )
    raise DecidedAlready(msg, by=decision.by, at_ms=decision.decided_ms, kind=decision.kind.value)
