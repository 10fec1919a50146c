"""The two languages the booth speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Language = Literal["zh", "en"]


def language_of(environ: Mapping[str, str]) -> Language:
    """The language that a locale asks for; ``zh`` where it asks for none.

    Args:
        environ: The environment, of which ``LC_ALL``, ``LC_MESSAGES`` and ``LANG`` count.
    """
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        spoken = environ.get(name, "").partition(".")[0].partition("_")[0].lower()
        if spoken:
            return "zh" if spoken in {"zh", "c", "posix"} else "en"
    return "zh"
