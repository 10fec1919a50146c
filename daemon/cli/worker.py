"""``boothd worker``: the worker process on its own, speaking its protocol over the pipes.

For looking at what a worker says; ``boothd run`` starts its own.
"""

from __future__ import annotations

import click

from daemon.cli.processes import become
from daemon.cli.session import Session, pass_session


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="…")
@pass_session
def worker(session: Session, arguments: tuple[str, ...]) -> None:
    assert session.config  # every mistake is told here, before the process is another one
    become(session, "daemon.worker", arguments)
