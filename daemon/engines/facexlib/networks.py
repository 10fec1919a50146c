"""Network classes out of facexlib's files, without facexlib's own import.

Whatever part of ``facexlib`` is imported, Python runs the package's ``__init__`` first, and that
imports all of it: the tracker, whose SORT is under the GPL-3.0, and loaders that download. Here a
bare package of another name gets facexlib's folders for its path; then the one file that defines
a network is imported alone. ``facexlib`` itself never appears in ``sys.modules``.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any, Final

from daemon.domain.sayings import say, unavailable

_DISTRIBUTION: Final = "facexlib"
_ALIAS: Final = "_facexlib_networks"

# The files with networks, and nothing else of theirs is ever run: MIT, BSD and Apache-2.0, as
# facexlib's README lists them; none of them imports another folder.
FILES: Final = frozenset(
    {
        "detection.retinaface_net",
        "parsing.bisenet",
        "parsing.parsenet",
        "matting.modnet",
        "recognition.arcface_arch",
    }
)


def network_file(name: str) -> Any:
    """A module of network classes.

    Args:
        name: One of ``FILES``.

    Raises:
        EngineUnavailable: facexlib is not installed, or this version of it has no such file.
    """
    if name not in FILES:
        message = f"{name} is none of the files with networks"
        raise ValueError(message)
    root = _folder()
    _bare(_ALIAS, root)
    part, _, _ = name.partition(".")
    _bare(f"{_ALIAS}.{part}", root / part)
    try:
        return importlib.import_module(f"{_ALIAS}.{name}")
    except (ImportError, OSError, SyntaxError) as error:
        raise unavailable(say("facexlib_unloadable", part=name), engine=_DISTRIBUTION) from error


def _folder() -> Path:
    """Where facexlib is installed; looking for it runs nothing of it."""
    spec = importlib.util.find_spec(_DISTRIBUTION)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        return Path(folder)
    raise unavailable(say("facexlib_missing"), engine=_DISTRIBUTION)


def _bare(name: str, folder: Path) -> None:
    """A package without an ``__init__``, so that importing from it runs none."""
    if name in sys.modules:
        return
    package = types.ModuleType(name, "facexlib's folder; see daemon.engines.facexlib.networks")
    package.__path__ = [str(folder)]
    sys.modules[name] = package
