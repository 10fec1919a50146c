"""``boothd bench``: measure this machine against the design's targets."""

from __future__ import annotations

import click

from daemon.cli.exits import Exit
from daemon.cli.session import Session, json_option, pass_session


@click.command
@click.option("--files", type=click.IntRange(min=1), default=10_000)
@click.option("--drops", type=click.IntRange(min=1), default=200)
@click.option("--engines/--no-engines", "with_engines", default=True)
@json_option
@pass_session
def bench(session: Session, files: int, drops: int, *, with_engines: bool, as_json: bool) -> int:
    # Commands load what they use.
    from daemon.runtime.bench import measure  # noqa: PLC0415 - as above
    from daemon.runtime.bench_booth import machine  # noqa: PLC0415 - as above

    console, rows = session.console, []
    facts = machine()
    console.tell(", ".join(f"{name} {value}" for name, value in facts.items()))
    for figure in measure(files=files, drops=drops, with_engines=with_engines):
        found = figure.as_json()
        console.tell(f"{figure.what}: {found['value']} {figure.unit}")
        if as_json:
            console.data({**found, "machine": facts})
        sign = "✓" if figure.is_met else "✗"
        rows.append(
            [figure.what, found["target"], f"{found['value']:g} {figure.unit}", sign, figure.note]
        )
    if not as_json:
        keys = ("column_what", "column_target", "column_measured", "column_met", "column_note")
        console.table([console.text(key) for key in keys], rows)
    return Exit.OK
