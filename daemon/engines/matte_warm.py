"""Brings ``pymatting`` up, which compiles itself where nobody has done so before.

Its kernels are compiled by numba at the first import (41 s on two idle cores) and kept in a cache,
which makes every later import take about a second. ``make install`` runs this file. numba keeps
its cache in ``NUMBA_CACHE_DIR``, else beside the package, else in the user's cache folder,
whichever can be written; the service has a folder of its own for it (``systemd/boothd.service``)
and compiles once, at the first job that wants it.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from daemon.domain.sayings import say, unavailable
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

_PACKAGE, _DISTRIBUTION = "pymatting", "pymatting"
# One kernel that every version has; its index file tells whether the cache is filled.
_SIGN = "cf_laplacian._cf_laplacian-*.nbi"


def warm() -> float:
    """Import the library, compiling it if need be, and say so in the log before it takes long.

    Returns:
        Seconds it took.

    Raises:
        EngineUnavailable: It is not installed, or does not compile here.
    """
    began = time.monotonic()
    package = _package()
    log = get_logger("engines")
    cold = not is_compiled(package)
    if cold:
        log.info(events.ENGINE_COMPILING, engine=_PACKAGE, expected_s=45)
    _keep_somewhere(package, log)
    try:
        import pymatting  # noqa: F401, PLC0415 - here it compiles, and only where it is wanted
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        # A library missing, a cache that cannot be written, LLVM that does not know this machine.
        stuck = say("matting_unstartable", package=_PACKAGE, error=error)
        raise unavailable(stuck, engine=_DISTRIBUTION) from error
    took = time.monotonic() - began
    if cold:
        log.info(events.ENGINE_COMPILED, engine=_PACKAGE, seconds=round(took, 1))
    return took


def is_compiled(package: Path | None = None) -> bool:
    """Whether the kernels lie in a cache that numba will look into; nothing is imported."""
    here = package or _package()
    # numba uses the first place that can be written, whatever lies in the others.
    place = next((p for p in _caches(here) if _writable(p)), None)
    return place is not None and place.is_dir() and any(place.rglob(_SIGN))


def _package() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        return Path(folder)
    raise unavailable(say("matting_missing", distribution=_DISTRIBUTION), engine=_DISTRIBUTION)


def _caches(package: Path) -> list[Path]:
    """Where numba keeps compiled kernels, in its order. Source: numba 0.68, core/caching.py."""
    told = os.environ.get("NUMBA_CACHE_DIR")
    users = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba"
    return [*([Path(told)] if told else []), package, users]


def _writable(folder: Path) -> bool:
    """Whether it, or the first of its parents that exists, can be written."""
    there = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    return os.access(there, os.W_OK | os.X_OK)


def _keep_somewhere(package: Path, log: Any) -> None:
    """Without any place for its cache numba refuses to work at all; a temporary one will do."""
    if any(_writable(place) for place in _caches(package)):
        return
    from numba.core import config  # noqa: PLC0415 - takes a second, and only here

    vars(config)["CACHE_DIR"] = tempfile.mkdtemp(prefix="boothd-numba-")
    log.warning(
        events.ENGINE_UNCACHED,
        engine=_PACKAGE,
        hint="set NUMBA_CACHE_DIR to a folder that can be written, or every start compiles anew",
    )


if __name__ == "__main__":
    print(f"matting kernels are ready ({warm():.0f} s)")  # noqa: T201 - said to who installs
