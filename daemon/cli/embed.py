"""``boothd embed FILE``: the description of a face, as numbers."""

from __future__ import annotations

from pathlib import Path

import click

from daemon.cli.compare import refuse_missing, say_unreadable, settings_of
from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session
from daemon.errors import InputError


@click.command
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@json_option
@pass_session
def embed(session: Session, file: Path, *, as_json: bool) -> int:
    from daemon.runtime.identity import embed_photo  # noqa: PLC0415 - commands load what they use

    boot, limits = settings_of(session)
    refuse_missing(session, file)
    try:
        found = embed_photo(file, boot, limits)
    except InputError as error:
        return say_unreadable(session, error, as_json=as_json)
    console = session.console
    if as_json:
        console.data({"file": str(file), **found})
    else:
        console.line(
            console.text(
                "embed_summary",
                dimension=found["dimension"],
                quality=f"{found['quality']['score']:.2f}",
                faces=found["faces"],
            )
        )
        console.line(" ".join(f"{value:g}" for value in found["vector"]))
    return Exit.OK
