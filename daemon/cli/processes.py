"""``boothd panel`` and ``boothd worker``: the other two processes, started by command.

They replace this process: importing them here would pull the web and the array libraries into
the control tower.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from daemon.cli.session import Session
from daemon.config.load import VARIABLE


def become(session: Session, module: str, arguments: Sequence[str] = ()) -> None:
    """Become ``python -m module``, told by environment where the configuration is."""
    environ = {**session.environ, VARIABLE: str(session.path.absolute())}
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environ)  # noqa: S606 - our own module
