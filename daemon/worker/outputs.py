"""The files of one attempt: written, fsynced, then vouched for by ``result.json``."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from daemon.domain.artifact import OutputFile, OutputKind
from daemon.files.atomic import replace_bytes
from daemon.files.digest import CHUNK
from daemon.protocol import Result, encode

MARKER = "result.json"
# An ending that any share accepts; another is left off rather than repaired.
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


class Outputs:
    """Writes into one attempt's folder, which is empty and belongs to this attempt alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: list[OutputFile] = []

    @property
    def written(self) -> tuple[OutputFile, ...]:
        """What was written so far, complete and on disk."""
        return tuple(self._written)

    def add_result(self, content: bytes, suffix: str) -> None:
        """Write the picture that the person asked for, encoded already."""
        self._write(OutputKind.RESULT, "result", suffix, [content])

    def add_why(self, content: bytes) -> None:
        """Write the annotated JPEG that shows the reasons."""
        self._write(OutputKind.WHY_PICTURE, "why", ".jpg", [content])

    def copy(self, source: Path, suffix: str) -> None:
        """Hand a file through byte for byte."""
        kept = suffix if _SUFFIX.fullmatch(suffix) else ""
        with source.open("rb") as reader:
            chunks = iter(lambda: reader.read(CHUNK), b"")
            self._write(OutputKind.RESULT, "result", kept, chunks)

    def vouch(self, result: Result) -> None:
        """Put ``result.json`` in place, last, by rename.

        Raises:
            TypeError: A measure is not a JSON value.
        """
        replace_bytes(self._folder / MARKER, result.job_id, encode(result))

    def _write(self, kind: OutputKind, stem: str, suffix: str, chunks: Iterable[bytes]) -> None:
        name, hasher, size = stem + suffix, hashlib.sha256(), 0
        with (self._folder / name).open("wb") as writer:
            for chunk in chunks:
                writer.write(chunk)
                hasher.update(chunk)
                size += len(chunk)
            writer.flush()
            os.fsync(writer.fileno())
        self._written.append(OutputFile(kind, name, suffix, hasher.hexdigest(), size))
