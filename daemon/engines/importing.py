"""A library that is installed and cannot be loaded, said with what mends it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from daemon.errors import EngineUnavailable

GPU_EXTRA: Final[str] = "the gpu extra"
PACKAGES: Final[str] = "the booth's packages"


@contextlib.contextmanager
def importing(engine: str, library: str, source: str = GPU_EXTRA) -> Iterator[None]:
    """Stand around an import, and what it needs of its library at once.

    Args:
        engine: Who needs it.
        library: What would be missing.
        source: What to install again.

    Raises:
        EngineUnavailable: It cannot be imported, or a file of its own cannot be opened.
    """
    try:
        yield
    except (ImportError, OSError) as error:
        message = f"{library} cannot be loaded: install {source} again"
        raise EngineUnavailable(message, engine=engine) from error
