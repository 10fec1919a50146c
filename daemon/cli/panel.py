"""``boothd panel``: the admin panel in a process of its own."""

from __future__ import annotations

import click

from daemon.cli.processes import become
from daemon.cli.session import Session, pass_session


@click.command
@pass_session
def panel(session: Session) -> None:
    assert session.config  # every mistake is told here, before the process is another one
    become(session, "admin")
