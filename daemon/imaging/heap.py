"""Memory that was freed, back to the system."""

from __future__ import annotations

import ctypes
from typing import Any

_LIBC = ctypes.CDLL(None)


def give_back(libc: Any = _LIBC) -> bool:
    """Have the C library give back what was freed; it keeps a heap for each thread it has seen.

    Takes some ten milliseconds: meant for the end of a page, not of a row.

    Args:
        libc: The C library.

    Returns:
        Whether this C library can; others than glibc keep less, and have no such call.
    """
    trim = getattr(libc, "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True
