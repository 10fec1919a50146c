"""The files of one attempt: written, then vouched for by ``result.json``.

Nothing is fsynced here. Whoever publishes an output compares it with its digest first and makes
it durable; what a power cut took from staging is made again from the photo. ``result.json`` is
renamed into place last, so that a dead process never leaves one which vouches for half a file;
a torn one is no message and is not believed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from daemon.domain.artifact import OutputFile, OutputKind
from daemon.files.digest import CHUNK, digest_of
from daemon.protocol import Result, encode
from daemon.routes.base import ReadyFile

MARKER = "result.json"
# The filesystem knows no hard links, or no more of them.
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EACCES})
# An ending that any share accepts; another is left off rather than repaired.
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


class Outputs:
    """Writes into one attempt's folder, which is empty and belongs to this attempt alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: list[OutputFile] = []

    @property
    def written(self) -> tuple[OutputFile, ...]:
        """What was written so far, complete."""
        return tuple(self._written)

    def add_result(self, content: bytes, suffix: str) -> None:
        """Write the picture that the person asked for, encoded already."""
        self._write(OutputKind.RESULT, "result", suffix, [content])

    def add_why(self, content: bytes) -> None:
        """Write the annotated JPEG that shows the reasons."""
        self._write(OutputKind.WHY_PICTURE, "why", ".jpg", [content])

    def copy(self, source: Path, suffix: str) -> None:
        """Hand a file through byte for byte; nobody writes to it, so a hard link will do."""
        kept = suffix if _SUFFIX.fullmatch(suffix) else ""
        name = f"result{kept}"
        try:
            os.link(source, self._folder / name)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            with source.open("rb") as reader:
                chunks = iter(lambda: reader.read(CHUNK), b"")
                self._write(OutputKind.RESULT, "result", kept, chunks)
            return
        digest = digest_of(self._folder / name)
        self._written.append(OutputFile(OutputKind.RESULT, name, kept, digest.sha256, digest.size))

    def adopt(self, file: ReadyFile) -> None:
        """Take over a file that a route wrote into this folder.

        Raises:
            OSError: It is not there.
        """
        digest = digest_of(self._folder / file.name)
        self._written.append(
            OutputFile(file.kind, file.name, file.suffix, digest.sha256, digest.size)
        )

    def leave(self, name: str, content: bytes) -> None:
        """Write what is no output: whoever knows of it looks for it, nobody publishes it."""
        (self._folder / name).write_bytes(content)

    def vouch(self, result: Result) -> None:
        """Put ``result.json`` in place, last, by rename.

        Raises:
            TypeError: A measure is not a JSON value.
        """
        part = self._folder / f"{MARKER}.part"
        part.write_bytes(encode(result))
        part.rename(self._folder / MARKER)

    def _write(self, kind: OutputKind, stem: str, suffix: str, chunks: Iterable[bytes]) -> None:
        name, hasher, size = stem + suffix, hashlib.sha256(), 0
        with (self._folder / name).open("wb") as writer:
            for chunk in chunks:
                writer.write(chunk)
                hasher.update(chunk)
                size += len(chunk)
        self._written.append(OutputFile(kind, name, suffix, hasher.hexdigest(), size))
