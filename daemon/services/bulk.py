"""Orders about many jobs at once: one row, carried out a slice at a time.

The row keeps the filter, how far it is and how many it met; each slice writes the single orders
(or the priorities) and moves the row's place on in one transaction, so that a kill between two
slices leaves nothing out and does nothing twice. Jobs admitted after the order are not meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from daemon.clock import Clock
from daemon.domain.job import Job, State
from daemon.errors import UsageError
from daemon.services.control import BULK, CANCEL, CANCELLABLE, RETRY, RETRYABLE
from daemon.store.control import Order
from daemon.store.database import Database
from daemon.store.uow import UnitOfWork
from daemon.store.views import JobFilter

PRIORITY = "priority"
# Before the worker has it, a job's priority still matters.
PRIORITISABLE = frozenset({State.ADMITTED, State.TAKEN, State.QUEUED})
ALLOWED = {RETRY: RETRYABLE, CANCEL: CANCELLABLE, PRIORITY: PRIORITISABLE}
# One order is about so many jobs at most: what a person can mean, and a day's photos.
MOST_JOBS = 5000
SLICE = 100
# Single orders wait for their turn; so many are enough to keep the daemon at work.
MOST_WAITING = 200
_PAGE = 1000
# A person waits for the count: a text that hardly any name has is looked for among the latest
# names only (``views.MOST_SEARCHED``).
_MOST_PAGES, _MOST_PAGES_OF_TEXT = 8, 1


@dataclass(frozen=True, slots=True)
class Meant:
    """How many jobs an order would be about.

    Attributes:
        jobs: In a state that allows it, ``MOST_JOBS`` at most.
        is_more: Whether there are more.
    """

    jobs: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class Going:
    """An order about many, as lists show it.

    Attributes:
        what: ``retry``, ``cancel`` or ``priority``.
        by: Who gave it.
        placed_ms: When.
        done: Jobs that it met so far.
        total: Jobs that it was about when it was given.
        is_over: Whether the last slice is written.
    """

    what: str
    by: str
    placed_ms: int
    done: int
    total: int
    is_over: bool


def meant(database: Database, chosen: JobFilter, what: str) -> Meant:
    """Count what an order would be about.

    Raises:
        UsageError: There is no such order.
    """
    wanted, jobs = _allowed(chosen, what), 0
    before: str | None = None
    if wanted is None:
        return Meant(0, is_more=False)
    for _ in range(_MOST_PAGES_OF_TEXT if wanted.text else _MOST_PAGES):
        with database.read() as uow:
            ids, before = uow.views.ids(wanted, before_id=before, limit=_PAGE)
        jobs += len(ids)
        if before is None or jobs > MOST_JOBS:
            break
    return Meant(min(jobs, MOST_JOBS), is_more=before is not None)


def place(  # noqa: PLR0913 - what, about which, by whom
    database: Database,
    clock: Clock,
    chosen: JobFilter,
    what: str,
    *,
    by: str,
    total: int,
    priority: int = 0,
) -> int:
    """Give an order about every job of a filter; the daemon begins on its next step.

    Args:
        database: Where orders lie.
        clock: Time.
        chosen: The filter.
        what: ``retry``, ``cancel`` or ``priority``.
        by: Who orders.
        total: How many jobs the person was told of; never more are met.
        priority: With ``priority``, the one to set.

    Returns:
        Number of the order.

    Raises:
        UsageError: There is no such order, or no job is in a state that allows it.
    """
    if _allowed(chosen, what) is None or total < 1:
        msg = "no job is in a state that allows this · 没有任务的状态允许这样做"
        raise UsageError(msg)
    args = {
        "what": what,
        "filter": _as_json(chosen),
        # Ids begin with the time: nothing that comes later is meant.
        "before": f"{clock.now_ms() + 1:012x}",
        "done": 0,
        "total": min(total, MOST_JOBS),
        "priority": priority,
    }
    facts = {name: args[name] for name in ("filter", "total", "priority")}
    with database.write() as uow:
        number = uow.control.order(BULK, None, by, args)
        uow.audit.add(by, f"jobs.{what}", "", facts, clock.now_ms())
    return int(number)


def going(database: Database, limit: int = 5) -> list[Going]:
    """The latest orders about many, newest first."""
    with database.read() as uow:
        found = uow.control.latest(BULK, limit)
    return [
        Going(
            what=str(order.args["what"]),
            by=order.by,
            placed_ms=order.placed_ms,
            done=int(order.args["done"]),
            total=int(order.args["total"]),
            is_over=is_over,
        )
        for order, is_over in found
    ]


def carry_on(database: Database, clock: Clock, order: Order) -> None:
    """Write the next slice of an order about many; the last one closes it."""
    with database.write() as uow:
        if len(uow.control.pending(MOST_WAITING + 1)) > MOST_WAITING:
            return
        args = dict(order.args)
        wanted = _allowed(_filter_of(args["filter"]), args["what"])
        left = args["total"] - args["done"]
        before: str | None = None
        if wanted is not None and left > 0:
            page = uow.views.page(wanted, before_id=args["before"], limit=min(SLICE, left))
            for job in page.jobs:
                _order_one(uow, job, order, args)
            args["done"] += len(page.jobs)
            before = page.before_id
        args["before"] = before
        uow.control.progress(order.id, args)
        if before is None or args["done"] >= args["total"]:
            uow.control.close(order.id, "done")
            facts = {"outcome": "done", "jobs": args["done"]}
            uow.audit.add(order.by, f"jobs.{args['what']}", "", facts, clock.now_ms())


def _order_one(uow: UnitOfWork, job: Job, order: Order, args: Mapping[str, Any]) -> None:
    if args["what"] == PRIORITY:
        uow.jobs.update(job.id, priority=int(args["priority"]))
    else:
        uow.control.order(args["what"], job.id, order.by)


def _allowed(chosen: JobFilter, what: str) -> JobFilter | None:
    """The filter, narrowed to states that allow the order; ``None``: none is left."""
    if what not in ALLOWED:
        msg = f"no such order: {what[:40]} · 没有这种操作"
        raise UsageError(msg)
    states = ALLOWED[what].intersection(chosen.states or ALLOWED[what])
    if not states:
        return None
    return _filter_of({**_as_json(chosen), "states": sorted(states)})


def _as_json(chosen: JobFilter) -> dict[str, Any]:
    return {name: value for name, value in asdict(chosen).items() if value not in ((), "", None)}


def _filter_of(told: Mapping[str, Any]) -> JobFilter:
    facts = dict(told)
    facts["states"] = tuple(State(state) for state in facts.get("states", ()))
    facts["inboxes"] = tuple(facts.get("inboxes", ()))
    if facts.get("scores") is not None:
        facts["scores"] = tuple(facts["scores"])
    return JobFilter(**facts)
