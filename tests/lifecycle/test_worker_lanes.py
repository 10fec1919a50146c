"""Several photos around one owner of the engines, in a real worker process."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from daemon.config.boot import WorkerBoot
from daemon.config.model import Engines
from daemon.engines.tasks import RESTORE
from daemon.errors import FaultVerdict
from daemon.protocol import EXIT_ENGINE_BROKEN, Fault, Progress, Result
from daemon.runtime.worker_handle import Event, Lost
from tests.fakes.booth_process import BoothProcess
from tests.fakes.lane_engines import (
    BREAKS,
    EXITS,
    HANGS,
    KILLS,
    POISON,
    TOO_LARGE,
    RowRestorer,
)
from tests.fakes.photos import Drop
from tests.fakes.workers import Desk, boot, collect, of, running, until_answered, until_lost

LANES = 4
# A pass goes as soon as every lane waits for it; this only says that it waits until then.
LINGER_MS = 1000.0
ROUTES = "tests.fakes.lane_routes"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def picture(first: float, seed: int = 0) -> bytes:
    noise = np.random.default_rng(seed).integers(20, 250, (16, 16, 3), dtype=np.uint8)
    noise[0, 0, 0] = first
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG")
    return buffer.getvalue()


def lanes(count: int = LANES, **worker: object) -> WorkerBoot:
    engines = Engines(lanes=count, linger_ms=LINGER_MS)
    # Four threads that load array libraries at once may stop the heartbeat for seconds.
    settings = boot(routes=ROUTES, heartbeat_s=5.0, **worker)
    return settings.model_copy(update={"engines": engines})


def digest_of(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as image:
        row = np.asarray(image)[None, :8, :8].astype(np.float32)
    return hashlib.sha256(RowRestorer().restore(row).tobytes()).hexdigest()


def submit(
    handle: object, desk: Desk, first: dict[str, float], **options: object
) -> dict[str, bytes]:
    """Hand photos over, by name and first value; returns them."""
    photos = {name: picture(value, seed) for seed, (name, value) in enumerate(first.items())}
    for name, content in photos.items():
        work = desk.work(name, "rows", content=content, options={"rows": options})
        handle.submit(work)  # type: ignore[attr-defined]
    return photos


def test_photos_share_a_pass_and_get_what_each_gets_alone(desk: Desk) -> None:
    names = {f"photo{number}": 50.0 for number in range(LANES)}
    with running(lanes()) as handle:
        photos = submit(handle, desk, names, together=LANES)
        answers = until_answered(handle, LANES)
    for name, content in photos.items():
        result = answers[name]
        assert isinstance(result, Result)
        assert result.measures["rows"]["digest"] == digest_of(content)
        assert result.engines[RESTORE]["batches"] == [LANES]
        assert result.engines[RESTORE]["spent_ms"] > 0
        assert list(result.timings_ms) == ["decode", "rows", "rows.rows", "encode"]
        assert result.timings_ms["rows.rows"] <= result.timings_ms["rows"]


def test_with_one_lane_the_record_is_as_ever(desk: Desk) -> None:
    with running(lanes(1)) as handle:
        photos = submit(handle, desk, {"a": 50.0, "b": 50.0})
        answers = until_answered(handle, 2)
    for name, content in photos.items():
        result = answers[name]
        assert isinstance(result, Result)
        assert result.measures["rows"]["digest"] == digest_of(content)
        assert set(result.engines[RESTORE]) == {"name", "version", "weights", "device"}


@pytest.mark.parametrize(
    ("value", "code"), [(POISON, "INTERNAL_ERROR"), (TOO_LARGE, "GPU_RESOURCE_EXHAUSTED")]
)
def test_a_photo_that_fails_its_pass_harms_no_neighbour_and_the_worker_lives_on(
    desk: Desk, value: float, code: str
) -> None:
    first = {"bad": value, "b": 50.0, "c": 50.0, "d": 50.0}
    with running(lanes()) as handle:
        photos = submit(handle, desk, first, together=LANES)
        answers = until_answered(handle, LANES)
        pid = handle.pid
        submit(handle, desk, {"later": 50.0})
        assert isinstance(until_answered(handle, 1)["later"], Result)
        assert (handle.pid, handle.restarts) == (pid, 0)
    fault = answers.pop("bad")
    assert isinstance(fault, Fault)
    assert (fault.reason.code, fault.fault) == (code, FaultVerdict.RETRY)
    for name, result in answers.items():
        assert isinstance(result, Result)
        assert result.measures["rows"]["digest"] == digest_of(photos[name])


def test_a_kill_in_the_midst_of_a_pass_names_every_photo_in_it(desk: Desk) -> None:
    first = {"a": 50.0, "b": KILLS, "c": 50.0, "d": 50.0}
    with running(lanes()) as handle:
        submit(handle, desk, first, together=LANES)
        lost = until_lost(handle)
    assert (lost.cause, lost.signal) == ("crashed", 9)
    assert {work.job_id for work in lost.works} == set(first)


def test_an_owner_thread_that_a_library_ends_ends_the_worker_at_once(desk: Desk) -> None:
    first = {"a": 50.0, "b": EXITS, "c": 50.0, "d": 50.0}
    with running(lanes()) as handle:
        submit(handle, desk, first, together=LANES)
        lost = until_lost(handle)
    assert (lost.cause, lost.exit_status) == ("crashed", EXIT_ENGINE_BROKEN)
    assert {work.job_id for work in lost.works} == set(first)


def test_a_pass_that_hangs_makes_suspects_of_all_in_it_and_of_nobody_else(desk: Desk) -> None:
    first = {"a": 50.0, "b": HANGS, "c": 50.0, "d": 50.0}
    with running(lanes(step_s=6.0)) as handle:
        submit(handle, desk, first, together=LANES)
        collect(handle, until=lambda seen: len(at_rows(seen)) == LANES)
        submit(handle, desk, {"later": 50.0})
        pair = of(Lost, collect(handle, until=lambda seen: len(of(Lost, seen)) == 2))
    assert [lost.cause for lost in pair] == ["timeout", "innocent"]
    assert {work.job_id for work in pair[0].works} == set(first)
    assert {work.job_id for work in pair[1].works} == {"later"}


def at_rows(seen: list[Event]) -> set[str]:
    return {p.job_id for p in of(Progress, seen) if p.step == "rows.rows"}


def test_a_broken_engine_ends_the_worker_and_photos_outside_its_pass_run_in_the_next(
    desk: Desk, tmp_path: Path
) -> None:
    once = str(tmp_path / "once")
    first = {"a": 50.0, "b": BREAKS, "c": 50.0, "d": 50.0}
    more = {f"later{number}": 50.0 for number in range(3)}
    with running(lanes()) as handle:
        submit(handle, desk, first, together=LANES, only_once=once)
        submit(handle, desk, more)
        seen = collect(handle, until=lambda seen: len(of(Result, seen)) == len(more))
    faults = {fault.job_id: fault.fault for fault in of(Fault, seen)}
    # Two decode at once, so that one of the later photos may have been in the pass.
    assert len(faults) == LANES
    assert "b" in faults
    assert set(faults.values()) == {FaultVerdict.RESTART_WORKER}
    assert {result.job_id for result in of(Result, seen)} == {*first, *more} - set(faults)
    lost = of(Lost, seen)[0]
    assert (lost.cause, lost.exit_status, lost.works) == ("crashed", EXIT_ENGINE_BROKEN, ())


def test_photos_beyond_the_lanes_are_not_begun(desk: Desk) -> None:
    names = {f"photo{number}": 50.0 for number in range(3 * LANES)}
    with running(lanes()) as handle:
        photos = submit(handle, desk, names, together=LANES)
        seen = collect(handle, until=lambda seen: len(of(Result, seen)) == len(photos))
    at_work: set[str] = set()
    most = 0
    for event in seen:
        if isinstance(event, Progress) and event.step.startswith("rows"):
            at_work.add(event.job_id)
        elif isinstance(event, Progress | Result):
            at_work.discard(event.job_id)
        most = max(most, len(at_work))
    assert most == LANES


def test_a_stop_finishes_what_the_lanes_have(desk: Desk) -> None:
    names = {f"photo{number}": 50.0 for number in range(LANES)}
    with running(lanes()) as handle:
        submit(handle, desk, names, together=LANES)
        collect(handle, until=lambda seen: len(of(Progress, seen)) >= LANES)
        stopped = handle.stop(20.0)
    done = {result.job_id for result in of(Result, stopped)}
    assert of(Lost, stopped)[-1].exit_status == 0
    returned = {work.job_id for lost in of(Lost, stopped) for work in lost.works}
    assert done | returned == set(names)


# ── the whole booth ───────────────────────────────────────────────────────────────────────


def test_a_kill_in_the_midst_of_a_pass_loses_no_photo_and_counts_one_attempt_each(
    make_booth: Callable[..., BoothProcess], tmp_path: Path
) -> None:
    booth = make_booth(
        inbox={
            "plan": ["rows"],
            "options": {"rows": {"together": LANES, "only_once": str(tmp_path / "once")}},
        },
        engines={"lanes": LANES, "linger_ms": LINGER_MS},
        worker={"heartbeat_s": 5.0, "restart_max_s": 0.1, "breaker_crashes": 1000},
        development={"failpoints": True, "routes": ROUTES},
    )
    booth.start_ready()
    for number, first in enumerate((50.0, KILLS, 50.0, 50.0)):
        booth.drop(Drop("in", b"%d.png" % number, picture(first, number)))
    booth.wait_drained()
    jobs = booth.query("SELECT state, verdict, attempts, crashes FROM jobs")
    booth.stop()
    assert jobs == [("done", "done", 2, 1)] * LANES
    (died,) = [event for event in events_of(booth) if event["event"] == "worker.died"]
    assert (died["signal"], died["jobs"]) == (9, LANES)


def events_of(booth: BoothProcess) -> list[dict[str, object]]:
    return booth.events("worker.")
