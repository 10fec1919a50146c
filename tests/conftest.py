"""Guards and fixtures for every test.

A test that leaves a thread behind or raises a warning fails. Variables of the booth's own are
taken out of the environment, so that a developer's shell does not change what is tested.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from daemon.clock import ManualClock
from daemon.config.model import Config

REPO = Path(__file__).resolve().parent.parent
PHOTOS = REPO.parent / "shared" / "photos"
THREAD_GRACE_S = 2.0
READABLE = 60  # characters of a parameter in a test's name


@pytest.hookimpl(tryfirst=True)  # the runner reads the groups in this hook, too
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file that loads engines run in one process, so that it loads them once."""
    for item in items:
        where = item.path.relative_to(REPO).as_posix()
        loads = where.startswith("tests/pixels/") or item.get_closest_marker("engines")
        if loads and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(where))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Files are no part of a test's name: an archive made at import holds the time, and workers
    that do not collect the same names run nothing."""
    return argname if isinstance(val, (str, bytes)) and len(val) > READABLE else None


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    """Whoever starts a thread joins it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_GRACE_S
    # A thread that was told to stop may need a moment to notice.
    for thread in set(threading.enumerate()) - before:
        thread.join(max(0.0, deadline - time.monotonic()))
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert not left, f"threads left behind: {left}"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("BOOTHD_") and not name.startswith("BOOTHD_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A test that configures the log leaves none behind that writes to its captured stream."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def one_torch_thread() -> Iterator[None]:
    """Sums of one thread come out the same on every machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return REPO


@pytest.fixture(scope="session")
def shared_photos() -> Callable[[str], Path]:
    """``shared_photos("hq/a.png")``: a photo beside the repository; skips where it is missing."""

    def find(name: str) -> Path:
        path = PHOTOS / name
        if not path.exists():
            pytest.skip(f"../shared/photos/{name} is not on this machine")
        return path

    return find


@pytest.fixture(scope="session")
def astronaut() -> Any:
    """``(512, 512, 3)`` uint8 sRGB: one frontal face (public domain, ships with scikit-image)."""
    data = pytest.importorskip("skimage.data")
    return data.astronaut()


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def booth(tmp_path: Path) -> Callable[..., Config]:
    """A factory of small booths on disk: ``booth(inboxes=[…], queue={…})``.

    Without inboxes there is one, ``in``, with the plan ``[copy]``. Inbox folders exist, the
    others do not, as after ``boothd init`` and a hand that tidied up.
    """

    def make(**sections: Any) -> Config:
        sections.setdefault("root", tmp_path / "booth")
        sections.setdefault("inboxes", [{"name": "in", "plan": ["copy"]}])
        config = Config.model_validate(sections)
        for inbox in config.inboxes:
            config.layout.inbox(inbox.name).mkdir(parents=True, exist_ok=True)
        config.layout.state.mkdir(parents=True, exist_ok=True)
        return config

    return make


@pytest.fixture
def stocked() -> Iterator[Callable[..., Path]]:
    """``stocked(store, key, state)``: a checkpoint in a model store, with a sum that fits."""
    # Here, because the guards' own test runs a copy of this file far from the other folders.
    from tests.fakes.model_store import stocking

    with stocking() as put:
        yield put
