"""Booths that run as processes, and are gone at the end of the test whatever happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.booth_process import BoothProcess, booths


@pytest.fixture
def make_booth(tmp_path: Path) -> Iterator[Callable[..., BoothProcess]]:
    """``make_booth(inbox={…}, queue={…})``: a folder and its daemon, not yet started."""
    with booths(tmp_path) as make:
        yield make
