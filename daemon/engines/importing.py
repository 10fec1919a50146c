"""A library that is installed and cannot be loaded, said with what mends it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from daemon.domain.sayings import Saying, say, unavailable

GPU_EXTRA: Final[Saying] = say("gpu_extra")
PACKAGES: Final[Saying] = say("packages")


@contextlib.contextmanager
def importing(engine: str, library: str, source: Saying = GPU_EXTRA) -> Iterator[None]:
    """Stand around an import, and what it needs of its library at once.

    Args:
        engine: Who needs it.
        library: What would be missing; a stroke between several.
        source: What to install again.

    Raises:
        EngineUnavailable: It cannot be imported, or a file of its own cannot be opened.
    """
    try:
        yield
    except (ImportError, OSError) as error:
        unloadable = say("library_unloadable", library=library, source=source)
        raise unavailable(unloadable, engine=engine) from error
