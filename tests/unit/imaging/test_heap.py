"""Freed memory goes back to the system."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from daemon.imaging.heap import give_back

BLOCK, COUNT = 4000, 20_000  # too large for Python's own pools, too small for a mapping each


def _rss_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_what_was_freed_below_something_that_stays_goes_back() -> None:
    if not give_back():
        pytest.skip("this C library has no such call")
    blocks = [bytes(BLOCK) for _ in range(COUNT)]
    last = blocks[-1]  # the heap cannot shrink below it by itself
    blocks.clear()
    before = _rss_bytes()
    give_back()
    assert before - _rss_bytes() > BLOCK * COUNT / 2
    assert len(last) == BLOCK


def test_a_c_library_without_the_call_is_left_alone() -> None:
    assert not give_back(SimpleNamespace())
