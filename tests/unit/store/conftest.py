"""A database for each test, copied from one that was built once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.clock import ManualClock
from daemon.store import schema
from daemon.store.database import Database


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "boothd.db"
    schema.upgrade(path)
    return path


@pytest.fixture
def path(built: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "state" / "boothd.db"
    copy.parent.mkdir(mode=0o700)
    shutil.copy(built, copy)
    return copy


@pytest.fixture
def database(path: Path, manual_clock: ManualClock) -> Iterator[Database]:
    opened = Database(path, manual_clock)
    yield opened
    opened.close()
