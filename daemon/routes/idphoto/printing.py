"""Print sheets of what was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from daemon.domain.artifact import Reason
from daemon.routes.base import ReadyFile
from daemon.routes.idphoto.rows import Row


@dataclass(frozen=True)
class Sheets:
    """What was laid out, written and measured."""

    drawn: tuple[Any, ...] = ()
    files: tuple[ReadyFile, ...] = ()
    failing: tuple[Row, ...] = ()
    remarks: tuple[Reason, ...] = ()


def print_sheets(results: Any, slots: Any, folder: Any) -> Sheets:  # noqa: ARG001 - laid out next
    return Sheets()
