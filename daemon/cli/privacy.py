"""``boothd privacy``: what privacy masking knows, and what it would cover."""

from __future__ import annotations

import click

from daemon.cli.privacy_entities import entities
from daemon.cli.privacy_scan import scan


@click.group
def privacy() -> None:
    pass


privacy.add_command(entities)
privacy.add_command(scan)
