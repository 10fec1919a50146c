"""Orders from people: rows that the daemon reads on its next step, each with who gave it."""

from __future__ import annotations

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.job import TERMINAL, Job, State
from daemon.errors import UsageError
from daemon.services.announce import announce_hold
from daemon.store.database import Database

QUEUE = "queue"
RETRY, CANCEL = "retry", "cancel"
# About every job of a filter (``services.bulk``).
BULK = "bulk"
SCAN = "scan"

# What may still be called off, and what may be run once more.
CANCELLABLE = frozenset({State.ADMITTED, State.TAKEN, State.QUEUED, State.WORKING})
RETRYABLE = TERMINAL - {State.WITHDRAWN}


def scope_of(config: Config, inbox: str | None) -> str:
    """The scope of a hold: the whole queue, or one inbox.

    Raises:
        UsageError: There is no such inbox.
    """
    if inbox is None:
        return QUEUE
    if inbox not in {entry.name for entry in config.inboxes}:
        msg = f"没有收件夹 {inbox}" if config.language == "zh" else f"there is no inbox {inbox}"
        raise UsageError(msg)
    return f"inbox:{inbox}"


def pause(  # noqa: PLR0913 - what, who, why and how long
    config: Config,
    database: Database,
    clock: Clock,
    scope: str,
    *,
    by: str,
    why: str,
    hold_s: float | None,
) -> None:
    """Hand out no more jobs of a scope; what is being worked on is finished."""
    until_ms = None if hold_s is None else clock.now_ms() + round(hold_s * 1000)
    with database.write() as uow:
        uow.control.hold(scope, by, why, until_ms)
        announce_hold(uow, config, scope, who=by, why=why, until_ms=until_ms)
        uow.audit.add(by, "queue.pause", scope, {"why": why}, clock.now_ms())


def resume(database: Database, clock: Clock, scope: str, *, by: str) -> bool:
    """Hand out jobs of a scope again; False if it was not held."""
    with database.write() as uow:
        lifted = uow.control.lift(scope)
        uow.audit.add(by, "queue.resume", scope, {"lifted": lifted}, clock.now_ms())
    return bool(lifted)


def rescan(config: Config, database: Database, clock: Clock, inbox: str, *, by: str) -> None:
    """Have the daemon look at a whole inbox on its next step.

    Raises:
        UsageError: There is no such inbox.
    """
    target = scope_of(config, inbox)
    with database.write() as uow:
        # One look finds everything: asked for again and again it would only take turns.
        if not any(
            one.kind == SCAN and one.args.get("inbox") == inbox for one in uow.control.pending()
        ):
            uow.control.order(SCAN, None, by, {"inbox": inbox})
        uow.audit.add(by, "inbox.scan", target.removeprefix("inbox:"), {}, clock.now_ms())


def order(database: Database, clock: Clock, kind: str, job_id: str, *, by: str) -> Job:
    """Order a job to be run again or called off; the daemon acts on its next step.

    Returns:
        The job as it stands now.

    Raises:
        UsageError: There is no such job, or its state does not allow that.
    """
    with database.write() as uow:
        job: Job | None = uow.jobs.get(job_id)
        if job is None:
            msg = f"no job {job_id} · 没有任务 {job_id}"
            raise UsageError(msg)
        if job.state not in (RETRYABLE if kind == RETRY else CANCELLABLE):
            msg = (
                f"{kind}: job {job_id} is {job.state.value} · 任务 {job_id} 已是 {job.state.value}"
            )
            raise UsageError(msg)
        uow.control.order(kind, job_id, by)
        uow.audit.add(by, f"job.{kind}", job_id, {}, clock.now_ms())
    return job
