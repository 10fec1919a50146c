"""The boothd command: thin callers of services.

One module a command, imported only when it is called, so that ``boothd --help`` answers at
once. May import everything of the control tower; must never import an array library, nor
decide anything that a service should.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status (see ``daemon.cli.exits``)."""
    from daemon.cli.entry import run_command  # noqa: PLC0415 - importing the package stays free

    return run_command(arguments)
