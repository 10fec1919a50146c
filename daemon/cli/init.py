"""``boothd init``: a new booth."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

from daemon.cli.session import Session, json_option, pass_session
from daemon.domain.language import Language


@click.command
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["zh", "en"]))
@json_option
@pass_session
def init(session: Session, folder: Path, language: str | None, *, as_json: bool) -> None:
    from daemon.services.setup import found  # noqa: PLC0415 - commands load what they use

    console = session.console
    if language is not None:
        console.language = cast("Language", language)
    made = found(folder, cast("Language", language or "zh"))
    if as_json:
        console.data({"config": str(made[0]), "made": [str(path) for path in made]})
        return
    console.say("founded", folder=folder, config=made[0])
