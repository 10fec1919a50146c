"""``boothd idphoto check``: does a photo made elsewhere meet a rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daemon.cli.compare import refuse_missing, say_unreadable, settings_of
from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.errors import InputError, UsageError

if TYPE_CHECKING:
    from daemon.cli.console import Console

_COLUMNS = ("what", "measured", "limit", "met")
_MARKS = {"pass": "✓", "fail": "✗", "warn": "!", "info": ""}


@click.command
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--preset", required=True, metavar="KEY")
@click.option("--background", metavar="COLOUR")
@json_option
@pass_session
def check(
    session: Session, *, file: Path, preset: str, background: str | None, as_json: bool
) -> int:
    from daemon.runtime.idphoto_check import check_photo  # noqa: PLC0415 - commands load what they use

    boot, limits = settings_of(session)
    key = _key(session.console, preset)
    refuse_missing(session, file)
    try:
        found = check_photo(file, key, background, boot, limits)
    except InputError as error:
        return say_unreadable(session, error, as_json=as_json)
    if as_json:
        session.console.data({"file": str(file), **found})
    else:
        _show(session.console, found)
    return Exit.OK if found["passed"] else Exit.NOT_DONE


def _key(console: Console, preset: str) -> str:
    from daemon.catalogue.idphoto import book  # noqa: PLC0415 - as above

    known = book()
    found = known.preset_called(preset)
    if found is not None:
        return found.key
    near = known.nearest_preset(preset)
    hint = console.text("see_presets") if near is None else console.text("did_you_mean", near=near)
    raise UsageError(console.text("no_preset", preset=preset) + hint)


def _show(console: Console, found: dict[str, Any]) -> None:
    from daemon.domain.idphoto.measures import spoken  # noqa: PLC0415 - as above

    rows = [
        (
            spoken(row["name"], console.language),
            "?" if row["value"] is None else f"{row['value']:g} {row['unit']}".strip(),
            _limit(row["low"], row["high"]),
            _MARKS[row["verdict"]],
        )
        for row in found["rows"]
    ]
    console.table([console.text(f"column_{name}") for name in _COLUMNS], rows)
    for given in found["reasons"]:
        reason = Reason.from_json(given)
        message, advice = explain(reason, console.language)
        console.line(f"{reason.code}: {message} {advice}")
    key = "check_passed" if found["passed"] else "check_failed"
    console.line(console.text(key, preset=found["preset"], source=found["source"]))


def _limit(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{low:g} – {high:g}"
    if low is None and high is None:
        return ""
    return f"≥ {low:g}" if low is not None else f"≤ {high:g}"
