"""Whatever becomes of the reader, no page leaves the house unproved: the route in real booths."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from daemon.domain.job import Job, State
from daemon.services import fsck
from tests.fakes import oracles
from tests.fakes.booth_process import BoothProcess
from tests.fakes.photos import Drop
from tests.fakes.privacy_booth_routes import NUMBER, NUMBER_BOX, Wish, page_png

MakeBooth = Callable[..., BoothProcess]
ATTEMPTS = 2
ROUTE: dict[str, Any] = {
    "inbox": {
        "plan": ["privacy"],
        "options": {"privacy": {"profile": "personal", "mask_name": True}},
    },
    "development": {"failpoints": True, "routes": "tests.fakes.privacy_booth_routes"},
    "queue": {"lease_s": 5.0, "max_attempts": ATTEMPTS},
}
# What of a reader ends a job at once, after every attempt, or after an attempt of its own.
ENDS = {
    Wish.GOOD: (State.DONE, "", 1),
    Wish.PACKAGE_ABSENT: (State.FAILED, "ENGINE_UNAVAILABLE", 1),
    Wish.WEIGHTS_CHANGED: (State.FAILED, "ENGINE_UNAVAILABLE", 1),
    Wish.RAISES: (State.FAILED, "INTERNAL_ERROR", ATTEMPTS),
    Wish.RAISES_AT_PROOF: (State.FAILED, "INTERNAL_ERROR", ATTEMPTS),
    Wish.SURPRISES: (State.FAILED, "INTERNAL_ERROR", ATTEMPTS),
    Wish.BLIND: (State.REVIEW, "PRIVACY_UNVERIFIED", 1),
    Wish.BLIND_AT_PROOF: (State.REVIEW, "PRIVACY_UNVERIFIED", 1),
}
DEATHS = {
    Wish.GOOD: (State.DONE, "", 1),
    Wish.KILLED: (State.FAILED, "WORKER_CRASHED", ATTEMPTS),
    Wish.KILLED_ONCE: (State.DONE, "", 2),
    Wish.HANGS_AT_PROOF: (State.FAILED, "WORKER_TIMEOUT", ATTEMPTS),
}


def put_through(booth: BoothProcess, wishes: dict[Wish, Any]) -> dict[Wish, Job]:
    """Drop a page for each wish; the jobs once all of them came to an end."""
    booth.start_ready()
    for wish in wishes:
        booth.drop(Drop("in", os.fsencode(f"{wish.name} {NUMBER}.png"), page_png(wish)))
    booth.wait_drained(patience_s=90.0)
    booth.stop()
    with oracles.opened(booth.config) as database:
        jobs = list(fsck.jobs_in(database, *sorted(State)))
        assert fsck.examine(booth.config, database) == []
    return {Wish[job.relative.split()[0].decode()]: job for job in jobs}


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def hold(booth: BoothProcess, jobs: dict[Wish, Job], ends: dict[Wish, Any]) -> None:
    """Every job ended as it should, its original is there, and nothing unproved went out."""
    told = {
        wish: (job.state, job.reasons[0].code if job.reasons else "", job.attempts)
        for wish, job in jobs.items()
    }
    assert told == ends
    layout = booth.config.layout
    for wish, job in jobs.items():
        assert Path(os.fsdecode(job.filed)).read_bytes() == page_png(wish), wish
    done = [wish for wish, (state, _, _) in ends.items() if state is State.DONE]
    out = files_in(layout.out("in"))
    assert len(out) == len(done)
    for path in out:
        assert_masked(path.read_bytes())
    assert not files_in(layout.staging), "an attempt left something behind"
    assert stat.S_IMODE((layout.state / "privacy.key").stat().st_mode) == 0o600
    assert jobs[Wish.GOOD].measures["privacy"]["tags"] == "made"
    assert_the_number_is_nowhere(booth)


def assert_masked(content: bytes) -> None:
    left, top, right, bottom = NUMBER_BOX
    picture = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    assert (picture[top:bottom, left:right] == 0).all()


def assert_the_number_is_nowhere(booth: BoothProcess) -> None:
    """It was read, it stood in exceptions' messages, and nobody wrote it down.

    Dropped names hold it too, and stay: in the house, not in ``out``.
    """
    for path in files_in(booth.config.layout.out("in")):
        assert NUMBER not in path.name
    for log in booth.folder.glob("log-*"):
        for line in log.read_text().splitlines():
            assert NUMBER not in line, line


@pytest.mark.timeout(150)
def test_a_reader_that_is_absent_fails_or_sees_nothing_publishes_nothing(
    make_booth: MakeBooth,
) -> None:
    booth = make_booth(**ROUTE)
    hold(booth, put_through(booth, ENDS), ENDS)


@pytest.mark.timeout(150)
def test_a_reader_that_dies_or_hangs_publishes_nothing(make_booth: MakeBooth) -> None:
    booth = make_booth(**ROUTE, worker={"step_s": 1.5})
    hold(booth, put_through(booth, DEATHS), DEATHS)
