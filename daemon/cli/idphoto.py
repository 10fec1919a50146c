"""``boothd idphoto``: what an instruction means; a photo made elsewhere, measured."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from daemon.cli.idphoto_check import check
from daemon.cli.session import Session, json_option, pass_session
from daemon.domain.codes import explain
from daemon.files.safe import display_name

if TYPE_CHECKING:
    from daemon.cli.console import Console
    from daemon.domain.artifact import Reason
    from daemon.domain.idphoto.instruct import Parsed
    from daemon.domain.language import Language


@click.group
def idphoto() -> None:
    pass


idphoto.add_command(check)


@idphoto.command
@click.argument("text", nargs=-1, required=True)
@click.option("--lang", type=click.Choice(["zh", "en"]))
@json_option
@pass_session
def parse(session: Session, *, text: tuple[str, ...], lang: Language | None, as_json: bool) -> None:
    from daemon.catalogue.idphoto import book  # noqa: PLC0415 - commands load what they use
    from daemon.domain.idphoto import instruct, saying  # noqa: PLC0415 - as above

    console, known = session.console, book()
    console.language = lang or console.language
    read = instruct.parse(" ".join(text), known)
    if as_json:
        reasons = [_explained(one.reason, console.language) for one in read.warned]
        console.data({**read.as_json(), "reasons": reasons})
        return
    for label, value in saying.said_of(read.slots, known, console.language):
        console.line(f"{label}: {_shown(value)}")
    _remarks(read, console)


def _explained(reason: Reason, language: Language) -> dict[str, object]:
    message, advice = explain(reason, language)
    return {**reason.as_json(), "message": message, "advice": advice}


def _remarks(read: Parsed, console: Console) -> None:
    for piece in read.unparsed:
        console.line(f"{console.text('parse_unparsed')}: {_shown(piece)}")
    for one in read.warned:
        console.tell(_shown(" ".join(explain(one.reason, console.language))))


def _shown(words: str) -> str:
    """A person's own words, without anything that could steer a terminal."""
    return display_name(os.fsencode(words))
