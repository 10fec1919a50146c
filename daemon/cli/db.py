"""``boothd db``: the database's schema and backups."""

from __future__ import annotations

import click

from daemon.cli.session import Session, json_option, pass_session


@click.group
def db() -> None:
    pass


@db.command
@json_option
@pass_session
def upgrade(session: Session, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import database  # noqa: PLC0415 - commands load what they use

    before = database.standing(config)
    after = database.upgrade(config)
    if as_json:
        session.console.data(
            {"database": str(after.path), "from": before.revision, "to": after.revision}
        )
    else:
        key = "db_upgraded" if before.revision != after.revision else "db_current"
        session.console.say(key, path=after.path, revision=after.revision)


@db.command
@json_option
@pass_session
def backup(session: Session, *, as_json: bool) -> None:
    config = session.spoken
    from daemon.services import database  # noqa: PLC0415 - commands load what they use

    path = database.back_up(config)
    if as_json:
        session.console.data({"backup": str(path), "bytes": path.stat().st_size})
    else:
        session.console.line(str(path))
