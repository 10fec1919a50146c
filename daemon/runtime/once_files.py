"""Files of a run without a daemon: private copies in, results out, originals never touched."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.job import Job, Verdict
from daemon.errors import DiskFull, InputError, UsageError
from daemon.files.atomic import copy_part, rename_noreplace, write_part
from daemon.files.digest import Digest
from daemon.files.safe import output_name
from daemon.files.syncing import fsync_dir
from daemon.protocol import Result
from daemon.services.published_name import published_relative
from daemon.services.why import why_text

_MAX_NUMBER = 10_000
_NOT_REGULAR_FILE, _EMPTY, _IMAGE_TOO_LARGE = "NOT_REGULAR_FILE", "EMPTY", "IMAGE_TOO_LARGE"


def stage(source: Path, target: Path, max_bytes: int) -> None:
    """Copy a photo to a private place, whatever its name leads to.

    Raises:
        InputError: ``NOT_REGULAR_FILE`` (missing, a link, a device …), ``EMPTY`` or
            ``IMAGE_TOO_LARGE``.
        DiskFull: No room for the copy.
    """
    target.parent.mkdir(parents=True)
    try:
        # Non-blocking, or a fifo would keep us here until somebody writes.
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InputError(_NOT_REGULAR_FILE, detail=os.strerror(error.errno or 0)) from error
    try:
        _check(os.fstat(handle), max_bytes)
        _copy(handle, target)
    finally:
        os.close(handle)


def _check(found: os.stat_result, max_bytes: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise InputError(_NOT_REGULAR_FILE)
    if found.st_size == 0:
        raise InputError(_EMPTY)
    if found.st_size > max_bytes:
        actual, limit = f"{found.st_size >> 20} MiB", f"{max_bytes >> 20} MiB"
        raise InputError(_IMAGE_TOO_LARGE, actual=actual, limit=limit)


def _copy(handle: int, target: Path) -> None:
    try:
        with os.fdopen(handle, "rb", closefd=False) as reader, target.open("xb") as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
    except OSError as error:
        raise _explained(error, target.parent) from error


@dataclass(frozen=True, slots=True)
class _Piece:
    ending: str
    put: Callable[[Path], Path]  # writes a part file beside the target it is given


class OutFolder:
    """Where results go; nothing there is ever replaced.

    Raises:
        UsageError: The folder cannot be made or written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _explained(error, folder) from error

    def publish(self, job: Job, result: Result, attempt_dir: Path) -> tuple[Path, ...]:
        """Put a job's outputs, and its why.txt where it is not done, under their names.

        With ``mask_name`` in its plan neither a name nor that text says the file's own.

        Returns:
            Where they are, result first.
        """
        job = replace(job, relative=published_relative(job))
        pieces = [
            _Piece(
                ".why.jpg" if output.kind is OutputKind.WHY_PICTURE else output.suffix,
                _copier(attempt_dir / output.name, job.id, Digest(output.size, output.sha256)),
            )
            for output in result.outputs
        ]
        if result.verdict is not Verdict.DONE:
            text = why_text(job, result.verdict, result.reasons)
            pieces.append(_Piece(".why.txt", _writer(text.encode("utf-8-sig"), job.id)))
        stem = Path(output_name(job.relative)).stem
        try:
            return self._publish(stem, pieces)
        except OSError as error:
            raise _explained(error, self._folder) from error

    def _publish(self, stem: str, pieces: list[_Piece]) -> tuple[Path, ...]:
        number = self._free_number(stem, [piece.ending for piece in pieces])
        placed = tuple(self._place(piece, stem, number) for piece in pieces)
        fsync_dir(self._folder)
        return placed

    def _free_number(self, stem: str, endings: Iterable[str]) -> int:
        """The first number under which none of a photo's files would meet another."""
        wanted = tuple(endings)
        for number in range(1, _MAX_NUMBER):
            if not any(os.path.lexists(self._target(stem, number, e)) for e in wanted):
                return number
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self._folder))

    def _place(self, piece: _Piece, stem: str, number: int) -> Path:
        part = piece.put(self._target(stem, number, piece.ending))
        while True:
            target = self._target(stem, number, piece.ending)
            try:
                rename_noreplace(part, target)
            except FileExistsError:
                # Somebody else took the name since; the next number is as good.
                number += 1
                continue
            return target

    def _target(self, stem: str, number: int, ending: str) -> Path:
        return self._folder / (f"{stem}{ending}" if number == 1 else f"{stem} ({number}){ending}")


def _copier(source: Path, tag: str, expected: Digest) -> Callable[[Path], Path]:
    return lambda target: copy_part(source, target, tag, expected)


def _writer(content: bytes, tag: str) -> Callable[[Path], Path]:
    def write(handle: int) -> None:
        with os.fdopen(handle, "wb", closefd=False) as writer:
            writer.write(content)

    return lambda target: write_part(target, tag, write)


def _explained(error: OSError, folder: Path) -> DiskFull | UsageError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull(f"no space left in {folder}: free some and run the command again")
    return UsageError(f"cannot write to {folder}: {error.strerror}")


def refusal(error: InputError) -> tuple[Reason, ...]:
    """The reason why a file was not even staged."""
    return (Reason(error.code, dict(error.facts)),)
