"""Where a command speaks: data to standard output, talk to standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import click

from daemon.cli.wording import text
from daemon.domain.language import Language


class Bar(Protocol):
    """A progress bar, or what stands for one where nobody looks."""

    def advance(self, label: str = "") -> None:
        """One more part is done; ``label`` says what is going on now."""
        ...

    def show(self, label: str) -> None:
        """Only say what is going on now."""
        ...


class _NoBar:
    def advance(self, label: str = "") -> None:
        pass

    def show(self, label: str) -> None:
        pass


class Console:
    """Speaks in one language.

    Args:
        language: ``zh`` or ``en``.
    """

    def __init__(self, language: Language) -> None:
        self.language = language

    def say(self, key: str, **facts: object) -> None:
        """Tell the person something (standard error)."""
        self.tell(text(key, self.language, **facts))

    def tell(self, line: str) -> None:
        """Tell the person something that is worded already (standard error)."""
        click.echo(line, err=True)

    def text(self, key: str, **facts: object) -> str:
        return text(key, self.language, **facts)

    def data(self, value: Mapping[str, Any]) -> None:
        """One JSON object a line (standard output), pure ASCII so that any pipe carries it."""
        click.echo(json.dumps(value, ensure_ascii=True, default=str))

    def line(self, content: str) -> None:
        """A line of what was asked for (standard output)."""
        click.echo(content)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """What was asked for, as a table for people (standard output)."""
        cells = [[str(cell) for cell in row] for row in [headings, *rows]]
        widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = [
                cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
            ]
            click.echo("  ".join(padded).rstrip())

    @contextlib.contextmanager
    def progress(self, key: str, total: int) -> Iterator[Bar]:
        """A progress bar on standard error while a terminal looks on; else nothing."""
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            yield _NoBar()
            return
        from daemon.cli.bar import terminal_bar  # noqa: PLC0415 - rich is for terminals only

        with terminal_bar(self.text(key), total) as bar:
            yield bar


def _width(content: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in content)


def age(ms: float, language: Language) -> str:
    """A span of time in its largest unit: ``3 min``."""
    seconds = max(0.0, ms / 1000)
    for limit, size, zh, en in (
        (90, 1, "秒", "s"),
        (5400, 60, "分钟", "min"),
        (129_600, 3600, "小时", "h"),
    ):
        if seconds < limit:
            return f"{seconds / size:.0f} {zh if language == 'zh' else en}"
    return f"{seconds / 86400:.0f} {'天' if language == 'zh' else 'd'}"
