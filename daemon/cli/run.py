"""``boothd run``: the daemon."""

from __future__ import annotations

import click

from daemon.cli.session import Session, pass_session


@click.command
@click.option("--panel/--no-panel", default=True)
@pass_session
def run(session: Session, *, panel: bool) -> int:
    config = session.config
    from daemon.runtime.app import serve  # noqa: PLC0415 - after the settings are known to be sound

    return serve(config, panel=panel, config_path=session.path.absolute())
