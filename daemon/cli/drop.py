"""``boothd drop``: copy photos into an inbox, and wait for what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.exits import Exit, exit_of_state
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock

if TYPE_CHECKING:
    from daemon.domain.job import Job
    from daemon.services.drop import Dropped

POLL_S = 0.25


@click.command
@click.argument("inbox")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--instruct", default="", metavar="TEXT")
@click.option("--wait", is_flag=True)
@click.option("--timeout", "timeout_s", type=click.FloatRange(min=0), metavar="SECONDS")
@json_option
@pass_session
def drop(  # noqa: PLR0913 - one parameter for each option
    session: Session,
    inbox: str,
    files: tuple[Path, ...],
    *,
    instruct: str,
    wait: bool,
    timeout_s: float | None,
    as_json: bool,
) -> int:
    config, console = session.spoken, session.console
    from daemon.services import drop as service  # noqa: PLC0415 - commands load what they use

    since_ms = SystemClock().now_ms()
    dropped = []
    with console.progress("dropping", len(files)) as bar:
        for one in service.drop(config, inbox, files, instruct):
            dropped.append(one)
            bar.advance(one.name)
            if not wait and as_json:
                console.data({"file": str(one.source), "inbox": inbox, "path": one.name})
    if not wait:
        console.say("dropped", count=len(dropped), inbox=inbox)
        return Exit.OK
    return _follow(session, dropped, since_ms, timeout_s, as_json=as_json)


def _follow(
    session: Session,
    dropped: list[Dropped],
    since_ms: int,
    timeout_s: float | None,
    *,
    as_json: bool,
) -> int:
    from daemon.services.queries import Follower  # noqa: PLC0415 - commands load what they use

    console, clock = session.console, SystemClock()
    deadline_s = None if timeout_s is None else clock.monotonic_s() + timeout_s
    worst = Exit.OK
    with (
        Follower(session.spoken, clock, dropped, since_ms) as follower,
        console.progress("waiting", len(dropped)) as bar,
    ):
        while follower.is_waiting:
            ended = list(follower.look())
            for one, job in ended:
                worst = max(worst, exit_of_state(job.state))
                _report(session, one, job, as_json=as_json)
                bar.advance(one.name)
            if deadline_s is not None and clock.monotonic_s() >= deadline_s:
                _still_waiting(session, follower.waiting())
                return Exit.TRY_AGAIN
            if not ended:
                bar.show(follower.doing)
                time.sleep(POLL_S)
    return worst


def _report(session: Session, one: Dropped, job: Job, *, as_json: bool) -> None:
    from daemon.services.queries import job_json, reasons_text  # noqa: PLC0415 - as above

    if as_json:
        session.console.data({"file": str(one.source), **job_json(job)})
        return
    outputs = ", ".join(path for output in job.outputs if (path := _shown(output.target)))
    why = "; ".join(reasons_text(job, session.console.language))
    session.console.line(f"{one.name}  {job.state.value}  {outputs or why}")


def _shown(path: bytes) -> str:
    from daemon.files.safe import display_name  # noqa: PLC0415 - as above

    return display_name(path)


def _still_waiting(session: Session, waiting: Iterable[tuple[Dropped, str]]) -> None:
    for one, doing in waiting:
        session.console.say("still_waiting", name=one.name, doing=doing)
    session.console.say("is_it_running")
