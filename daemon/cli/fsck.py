"""``boothd fsck``: do folders and database agree; rows written again from the folders."""

from __future__ import annotations

import click

from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session
from daemon.clock import SystemClock


@click.command
@click.option("--rebuild", is_flag=True)
@json_option
@pass_session
def fsck(session: Session, *, rebuild: bool, as_json: bool) -> int:
    config, console, clock = session.spoken, session.console, SystemClock()
    from daemon.services import fsck as service  # noqa: PLC0415 - commands load what they use
    from daemon.services.database import open_existing, upgrade  # noqa: PLC0415 - as above

    if rebuild:
        upgrade(config)  # a database that is lost starts anew
    with open_existing(config, clock) as database:
        rebuilt = service.rebuild(config, database) if rebuild else None
        found = service.examine(config, database)
    if as_json:
        console.data(
            {
                "ok": not found,
                "rebuilt": None
                if rebuilt is None
                else {
                    "added": rebuilt.added,
                    "known": rebuilt.known,
                    "unreadable": rebuilt.unreadable,
                },
                "disagreements": [
                    {"kind": one.kind, "what": one.what, "detail": one.detail} for one in found
                ],
            }
        )
        return Exit.ERROR if found else Exit.OK
    if rebuilt is not None:
        console.say(
            "rebuilt", added=rebuilt.added, known=rebuilt.known, unreadable=rebuilt.unreadable
        )
    for one in found:
        console.line(console.text("disagreement", kind=one.kind, what=one.what, detail=one.detail))
    console.say("fsck_bad" if found else "fsck_good", count=len(found))
    return Exit.ERROR if found else Exit.OK
