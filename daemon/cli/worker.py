"""``boothd worker``: the worker process on its own, speaking its protocol over the pipes.

For looking at what a worker says; ``boothd run`` starts its own.
"""

from __future__ import annotations

import click

from daemon.cli.processes import become
from daemon.cli.session import Session, pass_session
from daemon.config.boot import WorkerBoot


@click.command
@pass_session
def worker(session: Session) -> None:
    boot = WorkerBoot.from_config(session.config)
    become(session, "daemon.worker", ["--config-json", boot.model_dump_json()])
