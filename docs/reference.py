# noqa: INP001 - a script, no package
"""Writes the reference pages from the program itself; a test compares what is kept.

``python docs/reference.py`` rewrites ``settings.md``, ``codes.md``, ``commands.md`` and
``privacy-entities.md`` in this folder. ``events.md`` is written by hand; the test only looks for a
row for each event.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import click

from daemon.catalogue.privacy import book
from daemon.catalogue.privacy.listing import entity_cells, profile_cells
from daemon.cli.entry import boothd, word
from daemon.cli.exits import Exit
from daemon.cli.route_options import options_of
from daemon.config.describe import options_table, reference
from daemon.domain.codes import CODES
from daemon.domain.route import RouteId

HERE = Path(__file__).resolve().parent


def settings() -> str:
    """Every setting, and every option of every route."""
    lines = [
        reference(),
        "## Options of routes",
        "",
        "Given under `options` of an inbox or a rule, or with `boothd once --set`.",
    ]
    for route in RouteId:
        model = options_of(route)
        assert model is not None
        lines += ["", f"### {route}", ""]
        lines += options_table(route, model) if model.model_fields else ["Takes no options."]
    return "\n".join(lines) + "\n"


def codes() -> str:
    """Every code with its verdict, HTTP status, message and advice in both languages."""
    lines = [
        "# Codes",
        "",
        "Why a photo did not simply come out, or a command did not simply work.",
        "The same words stand in the record, the note beside the photo, webhooks, API and panel.",
        "`{…}` is filled in with what was measured.",
        "Written by `python docs/reference.py`; a test compares.",
        "",
        "| code | ends as | HTTP | message and advice |",
        "|---|---|---|---|",
    ]
    for name, code in CODES.items():
        said = [f"{code.message[lang]} {code.advice[lang]}" for lang in ("en", "zh")]
        row = (f"`{name}`", code.verdict.value, code.http_status, "<br>".join(said))
        lines.append("| " + " | ".join(str(cell) for cell in row) + " |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Every command with its options and examples."""
    with _english():
        word(boothd, "boothd")
        context = click.Context(boothd, info_name="boothd")
        lines = [
            "# Commands",
            "",
            "Written by `python docs/reference.py`; a test compares.",
            "Every command's `--help` says the same, in Chinese or English by locale.",
            "Data goes to standard output, talk to standard error.",
            "",
            *_options(boothd),
            "| exit status | name |",
            "|---|---|",
            *(f"| {status.value} | {status.name} |" for status in Exit),
        ]
        for name in boothd.list_commands(context):
            command = boothd.get_command(context, name)
            assert command is not None
            lines += ["", *_command(command, f"boothd {name}")]
            if isinstance(command, click.Group):
                for inner, sub in command.commands.items():
                    lines += ["", *_command(sub, f"boothd {name} {inner}")]
    return "\n".join(lines) + "\n"


def entities() -> str:
    """Every type of number that privacy masking knows, and every profile."""
    known = book()
    lines = [
        "# Types of numbers that privacy masking knows",
        "",
        "Written by `python docs/reference.py` from the booth's data; a test compares.",
        "`boothd privacy entities` lists the same. Examples and sources stand in",
        "`daemon/catalogue/privacy/entities.yaml`. Profiles of your own, types turned on or off,",
        "own numbers that stay and types of your own: `privacy.profiles` in `settings.md`.",
        "",
        "## Profiles",
        "",
        "| profile | covers classes | also | not | runs of digits | codes | zones | faces |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for profile in known.profiles.values():
        row = [f"`{profile.name}`<br>{profile.zh}", *profile_cells(profile)]
        lines.append("| " + " | ".join(row) + " |")
    lines += [
        "",
        "## Types",
        "",
        "What a hit needs: *nothing more* (its pattern, or its check digit where the pattern alone",
        "says little), *a word* (a context word on its line, above it, in the cell to its left or",
        "at the head of its column), or that a profile *names* it.",
        "A wrong check digit beside a word is taken for a misreading and covered.",
        "",
        "| type | name | class | needs | check digit | other checks | covered by |",
        "|---|---|---|---|---|---|---|",
    ]
    for entity in known.entities.values():
        cells = [f"`{entity.id}`", f"{entity.en}<br>{entity.zh}", *entity_cells(entity, known)]
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join(lines) + "\n"


def _command(command: click.Command, called: str) -> Iterator[str]:

    context = click.Context(command, info_name=called)
    usage = " ".join([called, *command.collect_usage_pieces(context)])
    yield from (f"## {called}", "", f"`{usage}`", "", command.help or "", "")
    if not isinstance(command, click.Group):
        yield from _options(command)
    examples = [line for line in (command.epilog or "").splitlines() if line.strip("\b ")]
    if examples:
        yield from ("```", *examples, "```")


def _options(command: click.Command) -> Iterator[str]:

    context = click.Context(command)
    rows = [
        record
        for parameter in command.params
        if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context))
    ]
    yield from ("| option | meaning |", "|---|---|")
    for option, meaning in rows:
        yield f"| `{_cell(option)}` | {_cell(meaning)} |"
    yield ""


def _cell(content: str) -> str:
    return content.replace("|", "\\|")


@contextlib.contextmanager
def _english() -> Iterator[None]:
    before = os.environ.get("LC_ALL")
    os.environ["LC_ALL"] = "en"
    try:
        yield
    finally:
        os.environ.pop("LC_ALL")
        if before is not None:
            os.environ["LC_ALL"] = before


PAGES = {
    "settings.md": settings,
    "codes.md": codes,
    "commands.md": commands,
    "privacy-entities.md": entities,
}


def main() -> None:
    """Rewrite the pages."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
