"""Small disks that can be filled, made read-only and taken away: tmpfs and bind mounts.

Mounting takes root. Where that is not given, tests skip by name; where root and ``CI=true``
promise it, a refusal is a failure.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(point: Path, size: str) -> Iterator[Path]:
    """A tmpfs of the given size (``2m``)."""
    point.mkdir(parents=True)
    _mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", os.fspath(point))
    try:
        yield point
    finally:
        unmount(point)


def bind(source: Path, point: Path) -> None:
    """Show a folder at another place, as a mounted share does."""
    point.mkdir(parents=True, exist_ok=True)
    _mount("--bind", os.fspath(source), os.fspath(point))


def remount(point: Path, how: str) -> None:
    """``ro`` or ``rw``."""
    _mount("-o", f"remount,{how}", os.fspath(point))


def unmount(point: Path) -> None:
    """Take it away at once, whoever uses it, as a network does."""
    subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail(f"mount {' '.join(arguments)}: {said}")
        pytest.skip(f"mounting needs root ({said})")


def fill(folder: Path, *, but: int = 0) -> Path:
    """Write a file until no space is left, then give ``but`` bytes back; returns the file."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as writer:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    writer.write(b"\0" * size)
            except OSError:
                continue
        writer.truncate(max(0, writer.tell() - but))
    return filler
