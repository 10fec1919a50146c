"""Booths that run as processes, and are gone at the end of the test whatever happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.booth_process import BoothProcess


@pytest.fixture
def make_booth(tmp_path: Path) -> Iterator[Callable[..., BoothProcess]]:
    """``make_booth(inbox={…}, queue={…})``: a folder and its daemon, not yet started."""
    made: list[BoothProcess] = []

    def make(**sections: Any) -> BoothProcess:
        made.append(BoothProcess(tmp_path / f"booth-{len(made)}", **sections))
        return made[-1]

    yield make
    for booth in made:
        booth.end()
