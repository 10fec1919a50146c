"""Handing jobs to the worker and taking its answers, with the claim's token on every write.

Three ways a claim ends: the worker's result is committed; a fault sends the job back or fails
it; the claim was lost (a lease that lapsed, a process that died) and is taken over by ``sweep``.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.job import Claim, Job
from daemon.domain.retry import BASE_S, decide
from daemon.errors import DiskFull, FaultVerdict
from daemon.files.digest import digest_of
from daemon.files.safe import display_name
from daemon.protocol import Fault, ProtocolError, Result, Work, decode
from daemon.services.filing import attempt_dir, staged_photo
from daemon.services.verdicts import commit_failure, commit_result
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events, failpoints
from daemon.telemetry.logging import get_logger

RESULT_MARKER = "result.json"


@dataclass(frozen=True, slots=True)
class Handed:
    """A claimed job and the message that hands it to the worker."""

    claim: Claim
    work: Work


class Dispatch:
    """The queue's side of the worker.

    Args:
        config: The whole configuration.
        database: Where jobs live.
        clock: Time for leases and back-off.
        owner: Names this daemon instance in its claims.
    """

    def __init__(self, config: Config, database: Database, clock: Clock, owner: str) -> None:
        self._config = config
        self._layout = config.layout
        self._database = database
        self._clock = clock
        self._owner = owner
        self._limits = config.limits.model_dump()
        self._owed: list[Claim] = []
        self._log = get_logger("dispatch")

    def turn(
        self, answers: Sequence[tuple[Claim, Result]], room: int, *, alone: bool
    ) -> list[Claim]:
        """Commit results and claim what may follow them, in one transaction.

        Args:
            answers: What the worker found; a claim that was lost meanwhile has its work thrown
                away.
            room: How many more jobs the worker has room for.
            alone: That it has nothing else in hand.

        Returns:
            At most ``room`` claims; a single one, if that job was in hand when a worker died.
        """
        self._pay_back()
        if answers:
            failpoints.reached("W11")
        now_ms = self._clock.now_ms()
        with self._database.write() as uow:
            mine = [commit_result(uow, claim, result, now_ms) for claim, result in answers]
            claims = self._claim(uow, room, alone=alone)
        if answers:
            failpoints.reached("W12")
        if claims:
            failpoints.reached("W8")
        for (claim, _), is_mine in zip(answers, mine, strict=True):
            if not is_mine:
                self._log.warning(events.JOB_RESULT_DISCARDED, job_id=claim.job.id)
        return claims

    def prepare(self, claims: Sequence[Claim]) -> list[Handed]:
        """Make the attempts' folders and the messages that hand the jobs over.

        Raises:
            DiskFull: No room for a folder; all the attempts are given back.
        """
        self._owed += claims
        handed = [Handed(claim, self._work_for(claim.job)) for claim in claims]
        self._owed.clear()
        return handed

    def next_work(self, room: int, *, alone: bool) -> list[Handed]:
        """Claim the next jobs and prepare them."""
        return self.prepare(self.turn((), room, alone=alone))

    def _claim(self, uow: UnitOfWork, room: int, *, alone: bool) -> list[Claim]:
        claims: list[Claim] = []
        while len(claims) < room:
            claim = uow.queue.claim(
                self._owner, self._config.queue.lease_s, alone=alone and not claims
            )
            if claim is None:
                break
            claims.append(claim)
            if claim.job.crashes:
                break
        return claims

    def _pay_back(self) -> None:
        """Give claims back that never became work; kept in mind until the database takes it."""
        while self._owed:
            with self._database.write() as uow:
                not_before_ms = self._clock.now_ms() + round(BASE_S * 1000)
                uow.queue.release(self._owed[0], not_before_ms=not_before_ms, refund=True)
            self._owed.pop(0)

    def _work_for(self, job: Job) -> Work:
        self._log.info(events.JOB_CLAIMED, job_id=job.id, attempt=job.attempts)
        folder = attempt_dir(self._layout, job.id, job.attempts)
        try:
            _make_empty(folder)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise DiskFull from error
            raise
        return Work(
            job_id=job.id,
            attempt=job.attempts,
            input=os.fspath(staged_photo(self._layout, job.id)),
            name=display_name(job.relative.rsplit(b"/", 1)[-1]),
            output_dir=os.fspath(folder),
            plan=job.plan,
            language=job.language,
            limits=self._limits,
            instruct=job.instruct,
            # For the panel's lists; receivers who want one get the same.
            thumbnail=True,
        )

    def heartbeat(self, claims: Iterable[Claim]) -> frozenset[str]:
        """Renew the leases; returns the tokens that are no longer ours."""
        with self._database.write() as uow:
            return frozenset(
                claim.token
                for claim in claims
                if not uow.queue.heartbeat(claim, self._config.queue.lease_s)
            )

    def finish(self, claim: Claim, result: Result) -> None:
        """Commit a single result; a lost claim has its work thrown away."""
        self.turn([(claim, result)], 0, alone=True)

    def fault(self, claim: Claim, fault: Fault) -> FaultVerdict:
        """Send a job back, or fail it, after the worker could not bring it to a verdict."""
        self._log.warning(
            events.JOB_FAULTED,
            job_id=claim.job.id,
            code=fault.reason.code,
            fault=fault.fault,
            detail=fault.detail,
        )
        self._again_or_fail(claim, fault.fault, fault.reason, crashed=False)
        return fault.fault

    def lost(self, claims: Iterable[Claim], code: str) -> None:
        """The worker died or hung with these jobs in hand.

        The attempt stays counted; each runs alone next time, so that the one that kills the
        worker is found and its neighbours go free.
        """
        for claim in claims:
            self._again_or_fail(claim, FaultVerdict.RESTART_WORKER, Reason(code), crashed=True)

    def give_up(self, claim: Claim, reason: Reason) -> bool:
        """Fail a claimed job for a reason of ours; what the worker still makes is discarded."""
        with self._database.write() as uow:
            return commit_failure(uow, claim, (reason,), self._clock.now_ms())

    def returned(self, claims: Iterable[Claim]) -> None:
        """Give jobs back that the worker never began; their attempt does not count."""
        with self._database.write() as uow:
            for claim in claims:
                uow.queue.release(claim, refund=True)

    def _again_or_fail(
        self, claim: Claim, fault: FaultVerdict, reason: Reason, *, crashed: bool
    ) -> None:
        job, now_ms = claim.job, self._clock.now_ms()
        decision = decide(fault, job.attempts, self._config.queue.max_attempts)
        with self._database.write() as uow:
            if decision.again:
                done = uow.queue.release(
                    claim,
                    not_before_ms=now_ms + round(decision.wait_s * 1000),
                    refund=decision.refund,
                    crashed=crashed,
                )
                uow.history.event(
                    job.id, events.JOB_RELEASED, {"code": reason.code, **reason.facts}, now_ms
                )
            else:
                done = commit_failure(uow, claim, (reason,), now_ms)
        if not done:
            self._log.warning(events.JOB_RESULT_DISCARDED, job_id=job.id)

    # ── recovery ──────────────────────────────────────────────────────────────────────────

    def sweep(self, held: frozenset[str], *, everyone: bool = False) -> int:
        """Take over claims that nobody works on, and settle each.

        Args:
            held: Tokens of the claims this process knows to be in the worker's hands.
            everyone: At start-up, when no other daemon can be alive (it holds the lock).

        Returns:
            How many were taken over.
        """
        with self._database.write() as uow:
            claims = uow.queue.sweep(self._owner, held=held, everyone=everyone)
        for claim in claims:
            self._log.info(events.JOB_RECOVERED, job_id=claim.job.id, attempt=claim.job.attempts)
            self._settle(claim)
        return len(claims)

    def _settle(self, claim: Claim) -> None:
        result = self._left_behind(claim.job)
        if result is not None:
            self._log.info(events.JOB_RESULT_ADOPTED, job_id=claim.job.id)
            self.finish(claim, result)
            return
        job = claim.job
        if job.attempts > self._config.queue.max_attempts:
            self._again_or_fail(
                claim, FaultVerdict.RESTART_WORKER, Reason("WORKER_CRASHED"), crashed=True
            )
            return
        # The daemon's own death is no verdict on the photo: one attempt past the limit is
        # granted, alone, before it is given up.
        with self._database.write() as uow:
            uow.queue.release(claim, crashed=job.attempts >= self._config.queue.max_attempts)

    def _left_behind(self, job: Job) -> Result | None:
        """The complete result of the last attempt, if its worker finished it."""
        folder = attempt_dir(self._layout, job.id, job.attempts)
        try:
            message = decode((folder / RESULT_MARKER).read_bytes())
        except (OSError, ProtocolError):
            return None
        if not isinstance(message, Result) or message.attempt != job.attempts:
            return None
        for output in message.outputs:
            path = folder / output.name
            if not path.is_file() or digest_of(path).sha256 != output.sha256:
                return None
        return message


def _make_empty(folder: Path) -> None:
    """An attempt starts empty: leftovers of one that was refunded, or died, go."""
    with contextlib.suppress(FileNotFoundError):
        if not os.listdir(folder):  # noqa: PTH208 - made with the photo's copy, as a rule
            return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
