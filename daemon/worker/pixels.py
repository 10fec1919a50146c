"""The worker's door to arrays: what stages call once a plan really looks at pixels.

Imported at the first photo, not at the start, so that a worker says hello in no time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.config.boot import WorkerBoot
from daemon.config.model import Output
from daemon.engines.lanes import SharedEngines
from daemon.engines.registry import Engines
from daemon.imaging.decode import read_photo
from daemon.imaging.encode import Encoded, encode_photo, encode_picture
from daemon.imaging.limits import Limits
from daemon.imaging.photo import Photo
from daemon.imaging.thumbnail import thumbnail as small_picture


def read(path: Path, limits: Mapping[str, int]) -> Photo:
    """The staged photo.

    Raises:
        InputError: It cannot be decoded, or passes a limit.
    """
    return read_photo(path, Limits.from_message(limits))


def engines(boot: WorkerBoot, device: str) -> Engines:
    """Every engine this process may load; each loads at its first use."""
    return Engines(boot.engines, device=device, models=boot.models)


def shared_engines(boot: WorkerBoot, device: str, died: Callable[[], None]) -> SharedEngines:
    """The same for several lanes, with threads that own them.

    Args:
        boot: Settings.
        device: ``cpu`` or ``cuda:N``.
        died: Called on such a thread when it ends by itself.
    """
    return SharedEngines(engines(boot, device), boot.engines.linger_ms / 1000, died)


def encoded(photo: Photo, output: Output) -> Encoded:
    """The result as a file of the original's kind."""
    return encode_photo(photo, keep_gps=output.keep_gps, keep_thumbnail=output.keep_thumbnail)


def encoded_why(why: NDArray[np.uint8]) -> bytes:
    """An annotated picture, ``(H, W, 3)`` uint8 sRGB, as JPEG."""
    return encode_picture(why)


def thumbnail(photo: Photo) -> bytes:
    """The picture as it is now, small, as JPEG."""
    return small_picture(photo.srgb, photo.alpha)


def container_facts(photo: Photo) -> dict[str, Any]:
    """Which format was read, and what of it could not be used, for the record."""
    return _facts(photo.container.format, photo.container.extra.get("notes", ()))


def encoding_facts(written: Encoded) -> dict[str, Any]:
    """Which format was written, and what it does not carry, for the record."""
    return _facts(written.format, written.notes)


def _facts(name: str, notes: Any) -> dict[str, Any]:
    return {"name": name, **({"notes": [str(note) for note in notes]} if notes else {})}
