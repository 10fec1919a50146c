"""The progress bar on a terminal."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class TerminalBar:
    """One line of progress on standard error."""

    def __init__(self, progress: Progress, title: str, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total, label="")

    def advance(self, label: str = "") -> None:
        self._progress.update(self._task, advance=1, label=label)

    def show(self, label: str) -> None:
        self._progress.update(self._task, label=label)


@contextlib.contextmanager
def terminal_bar(title: str, total: int) -> Iterator[TerminalBar]:
    """Show a bar while the block runs."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        # File names are a person's words: never read as markup.
        TextColumn("{task.fields[label]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield TerminalBar(progress, title, total)


@contextlib.contextmanager
def bytes_bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show a bar of bytes while the block runs; it is told how many are here, and of how many."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
