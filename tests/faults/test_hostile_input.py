"""Hundreds of broken, lying and monstrous files, and good photos among them.

By real processes: each hostile file ends with a code that fits what is wrong with it, every
good photo comes out, nothing grows without bound, and nothing is left unaccounted for.
"""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from daemon.clock import SystemClock
from daemon.domain.job import LIVE, TERMINAL, Job, State
from daemon.services.fsck import examine
from daemon.store.database import Database
from tests.fakes.booth_process import BoothProcess, booths, wait_until
from tests.fakes.hostile_files import HostileFile, corpus

GOOD = 12
DAEMON_MIB = 160
WORKER_MIB = 1536
# What intake says of a file that its own look at the structure never found whole.
BY_INTAKE = {"TRUNCATED", "EMPTY"}


@pytest.fixture
def make_booth(tmp_path: Path) -> Iterator[Callable[..., BoothProcess]]:
    with booths(tmp_path) as make:
        yield make


def _good_photos(astronaut: Any) -> dict[bytes, bytes]:
    photos = {}
    for number in range(GOOD):
        picture = Image.fromarray(astronaut).resize((300 + number, 300))
        stream = io.BytesIO()
        picture.save(stream, ["JPEG", "PNG", "WEBP"][number % 3])
        photos[b"good %02d" % number] = stream.getvalue()
    return photos


def _drop_all(booth: BoothProcess, files: list[HostileFile], good: dict[bytes, bytes]) -> None:
    """Everything by rename, in random order."""
    inbox, drops = os.fsencode(booth.inbox), [(os.fsencode(f.path), f.name) for f in files]
    for name, content in good.items():
        path = booth.folder / f"outside/{name.decode()}"
        path.write_bytes(content)
        drops.append((os.fsencode(path), name))
    random.Random(5).shuffle(drops)
    for path, name in drops:
        os.rename(path, inbox + b"/" + name)  # noqa: PTH104 - names of bytes


def _mib(pid: int | None) -> float:
    try:
        return psutil.Process(pid).memory_info().rss / (1 << 20) if pid else 0.0
    except psutil.NoSuchProcess:
        return 0.0


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_every_hostile_file_ends_with_a_code_and_every_good_photo_comes_out(
    make_booth: Callable[..., BoothProcess], tmp_path: Path, astronaut: Any
) -> None:
    (tmp_path / "corpus").mkdir()
    files = corpus(tmp_path / "corpus", seed=11)
    assert len(files) >= 500
    good = _good_photos(astronaut)
    booth = make_booth(
        inbox={"plan": ["decode"]},
        development={"failpoints": True, "routes": "tests.fakes.decoding_routes"},
        intake={"incomplete_s": 1.0, "empty_s": 1.0},
    )
    booth.start_ready()
    _drop_all(booth, files, good)
    database = Database(booth.config.layout.database, SystemClock())
    try:
        sizes = [0.0], [0.0]

        def is_through() -> bool:
            sizes[0].append(_mib(booth.pid))
            sizes[1].append(_mib(booth.worker_pid()))
            with database.read() as uow:
                ended, live = uow.jobs.count(*TERMINAL), uow.jobs.count(*LIVE)
                ignored = len(uow.inboxes.ignored("in", 1000))
            return live == 0 and ended + ignored >= len(files) + len(good)

        wait_until(is_through, "some files never ended", patience_s=240)
        booth.stop()
        _judge(database, files, good)
        assert examine(booth.config, database) == []
    finally:
        database.close()
    assert max(sizes[0]) < DAEMON_MIB
    assert max(sizes[1]) < WORKER_MIB
    assert not booth.events("worker.died"), "a file killed the worker"


def _judge(database: Database, files: list[HostileFile], good: dict[bytes, bytes]) -> None:
    with database.read() as uow:
        jobs = {job.relative: job for job in uow.jobs.in_state(*TERMINAL, limit=10_000)}
        ignored = {row.relative: row.rule for row in uow.inboxes.ignored("in", 1000)}
    assert {name: jobs[name].state for name in good} == dict.fromkeys(good, State.DONE)
    for name in set(ignored) - jobs.keys():
        assert ignored[name], "left alone without a rule that says why"
    wrong = [
        (file.kind, file.name, jobs[file.name].reasons)
        for file in files
        if file.name in jobs and not _fits(file, jobs[file.name])
    ]
    assert wrong == []
    assert {file.name for file in files} <= jobs.keys() | ignored.keys()


def _fits(file: HostileFile, job: Job) -> bool:
    if job.state is State.DONE:
        return file.decodes
    codes = {reason.code for reason in job.reasons}
    return job.state in {State.FAILED, State.REJECTED} and bool(codes & (file.codes | BY_INTAKE))
