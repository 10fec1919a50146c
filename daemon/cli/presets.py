"""``boothd presets``: the rules that ID photos are made and measured by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from daemon.cli.session import Session, json_option, pass_session
from daemon.errors import UsageError

if TYPE_CHECKING:
    from daemon.cli.console import Console
    from daemon.domain.idphoto.book import Book
    from daemon.domain.idphoto.preset import Preset


@click.command
@click.argument("key", required=False)
@click.option("--country", default="", metavar="COUNTRY")
@click.option("--search", default="", metavar="WORDS")
@json_option
@pass_session
def presets(session: Session, *, key: str | None, country: str, search: str, as_json: bool) -> None:
    from daemon.catalogue.idphoto import book  # noqa: PLC0415 - commands load what they use
    from daemon.domain.idphoto.listing import preset_as_json  # noqa: PLC0415 - as above

    known, console = book(), session.console
    if key is not None and (country or search):
        raise UsageError(console.text("key_alone"))
    found = tuple(known.search(country, search)) if key is None else (_one(known, key, console),)
    if as_json:
        for preset in found:
            console.data(preset_as_json(preset))
    elif key is None:
        _list(found, known, console)
    else:
        for label, value in _everything(found[0], known, console):
            console.line(f"{label}: {value}")


def _one(known: Book, key: str, console: Console) -> Preset:
    found = known.preset_called(key)
    if found is not None:
        return found
    near = known.nearest_preset(key)
    hint = console.text("see_presets") if near is None else console.text("did_you_mean", near=near)
    raise UsageError(console.text("no_preset", preset=key) + hint)


def _list(found: tuple[Preset, ...], known: Book, console: Console) -> None:
    from daemon.domain.idphoto.listing import COLUMNS, row_of  # noqa: PLC0415 - as above

    rows = [row_of(preset, known, console.language).cells for preset in found]
    console.table([console.text(f"column_{name}") for name in COLUMNS], rows)
    console.say("presets_footnote", count=len(rows))


def _everything(preset: Preset, known: Book, console: Console) -> Iterator[tuple[str, str]]:
    from daemon.domain.idphoto.listing import COLUMNS, range_of, row_of  # noqa: PLC0415 - as above

    row = row_of(preset, known, console.language)
    for name, cell in zip(COLUMNS, row.cells, strict=True):
        yield console.text(f"column_{name}"), cell
    further = {
        "country": preset.country,
        "px_rule": str(preset.px_rule),
        "eye_line": range_of(preset.eye_line_share, "%", scale=100),
        "top_margin": range_of(preset.top_margin_share, "%", scale=100),
        "glasses": preset.glasses,
        "format": preset.format,
        "source": preset.source,
        "notes": preset.notes,
        "uncertain": ", ".join(preset.uncertain_fields),
        "aliases": ", ".join(preset.names.aliases),
        "ambiguous": ", ".join(preset.ambiguous_with),
    }
    for name, value in further.items():
        if value:
            yield console.text(f"preset_{name}"), value
