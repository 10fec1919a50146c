"""A network inside a zip, read without unpacking it."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import PurePosixPath

from daemon.domain.sayings import say
from daemon.engines.weights import StoredWeights, unfit

_MOST_BYTES = 64 * 2**20  # the published detector has 17 MB
# What the library raises of a damaged, locked or strange member.
_FAILURES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def packed(weights: StoredWeights, name: str, title: str) -> bytes:
    """A file's content out of a zip.

    Args:
        weights: The zip.
        name: The file's, in whatever folder of the zip.
        title: Of the engine that wants it; named in errors.

    Raises:
        EngineUnavailable: The zip cannot be read, or holds no such file, or several, or too long a
            one.
    """
    try:
        with zipfile.ZipFile(weights.path) as package:
            found = [one for one in package.infolist() if PurePosixPath(one.filename).name == name]
            if len(found) != 1 or found[0].is_dir():
                why = say("not_one_file", found=len(found), name=name)
                raise unfit(weights.path, title, why)
            with package.open(found[0]) as member:
                content = member.read(_MOST_BYTES + 1)
    except _FAILURES as error:
        why = say("not_unpacked", name=name, error=type(error).__name__)
        raise unfit(weights.path, title, why) from error
    if len(content) > _MOST_BYTES:
        raise unfit(weights.path, title, say("too_long", name=name))
    return content
