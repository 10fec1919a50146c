"""``boothd parity DIR``: do the networks here compute what the reference computes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session


@click.command
@click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@json_option
@pass_session
def parity(session: Session, folder: Path, *, as_json: bool) -> int:
    from daemon.runtime.parity import run_parity  # noqa: PLC0415 - commands load what they use

    console = session.console
    boot = _boot(session)
    with console.progress("comparing", 0) as bar:
        found = run_parity(folder, boot, on_progress=bar.show)
    lines: list[dict[str, Any]] = found["fixtures"]
    if as_json:
        for line in lines:
            console.data(line)
    else:
        _show(session, lines)
    for name, why in found["skipped"].items():
        console.say("parity_skipped", name=name, why=console.text(f"parity_{why}"))
    failed = sum(not line["ok"] for line in lines)
    if not lines:
        console.say("parity_none", folder=folder)
    else:
        console.say("parity_summary", good=len(lines) - failed, failed=failed)
    return Exit.ERROR if failed or not lines else Exit.OK


def _boot(session: Session) -> Any:
    from daemon.config.boot import WorkerBoot  # noqa: PLC0415 - commands load what they use

    return WorkerBoot.from_config(session.config) if session.has_config else WorkerBoot()


def _show(session: Session, lines: list[dict[str, Any]]) -> None:
    if not lines:
        return
    console = session.console
    keys = ("column_what", "column_measured", "column_limit", "column_met", "column_note")
    heads = [console.text(key) for key in keys]
    console.table(heads, [_row(line) for line in lines])
    for line in lines:
        if "table" in line:
            console.table(heads, [_part_row(line, row) for row in line["table"]])


def _row(line: Mapping[str, Any]) -> list[str]:
    error = line["max_abs_error"]
    measured = "–" if error is None else f"{error:.3g}"
    sign = "✓" if line["ok"] else "✗"
    note = line.get("why") or _worst(line["parts"])
    return [line["fixture"], measured, f"{line['limit']:g}", sign, note]


def _part_row(line: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """A photo on which two detectors were compared."""
    error, limit = line["parts"][row["photo"]], line["limit"]
    measured = "–" if error is None else f"{error:.3f}"
    sign = "✓" if error is not None and error <= limit else "✗"
    counts = ", ".join(f"{key} {row[key]}" for key in ("retinaface", "centerface", "same"))
    return [row["photo"], measured, f"{limit:g}", sign, counts]


def _worst(parts: Mapping[str, float | None]) -> str:
    """The part with the largest error, where there are several."""
    if len(parts) < 2:
        return ""
    return max(parts, key=lambda name: float("inf") if parts[name] is None else parts[name] or 0.0)
