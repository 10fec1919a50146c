"""Measuring the booth on this machine, against the targets of the design.

Every figure comes from the program as it is installed: a daemon of its own in a temporary
folder, real files in its inbox, verdicts read from its database. The route ``copy`` stands for
a pipeline without engine work.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from daemon.clock import SystemClock
from daemon.config.model import Config
from daemon.domain.job import LIVE, State
from daemon.errors import BoothError
from daemon.services.health import read_status
from daemon.store.database import Database

START_S = 60.0
LOOK_S = 0.05
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside its target.

    Attributes:
        what: What was measured.
        value: The measured value.
        unit: Of value and limit.
        limit: The target.
        at_most: Whether the target is an upper limit (else a lower one).
        note: How, and how many.
    """

    what: str
    value: float
    unit: str
    limit: float
    at_most: bool = True
    note: str = ""

    @property
    def is_met(self) -> bool:
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "value": round(self.value, 3),
            "unit": self.unit,
            "target": f"{'<=' if self.at_most else '>='} {self.limit:g}",
            "met": self.is_met,
            "note": self.note,
        }


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(psutil.virtual_memory().total / (1 << 30), 1),
        "processor": platform.machine(),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


class Booth:
    """A daemon of its own in a temporary folder."""

    def __init__(self, folder: Path, plan: tuple[str, ...]) -> None:
        settings = {
            "root": os.fspath(folder / "booth"),
            "language": "en",
            "inboxes": [{"name": "in", "plan": list(plan)}],
            "retention": {"min_free_mib": 0},
            "intake": {"max_ahead": 20_000},
            "logging": {"level": "warning"},
        }
        self._file = folder / "boothd.yaml"
        # JSON is YAML.
        self._file.write_text(json.dumps(settings), "utf-8")
        self.config = Config.model_validate(settings)
        self.inbox = self.config.layout.inbox("in")
        self.inbox.mkdir(parents=True)
        self.started_s = 0.0
        self._log = folder / "boothd.log"
        self._child: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator[psutil.Process]:
        """The daemon, ready; how long that took is ``started_s``."""
        command = [sys.executable, "-m", "daemon.cli", "--config", os.fspath(self._file)]
        begun_s = time.monotonic()
        with self._log.open("ab") as log:
            child = subprocess.Popen([*command, "run", "--no-panel"], stdout=log, stderr=log)
        try:
            while (status := read_status(self.config.layout)) is None or status.pid != child.pid:
                if child.poll() is not None or time.monotonic() - begun_s > START_S:
                    msg = f"the daemon did not start: {self._log.read_text()[-500:]}"
                    raise BoothError(msg)
                time.sleep(0.002)
            self.started_s = time.monotonic() - begun_s
            yield psutil.Process(child.pid)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(START_S)

    @contextlib.contextmanager
    def database(self) -> Iterator[Database]:
        database = Database(self.config.layout.database, SystemClock())
        try:
            yield database
        finally:
            database.close()


def wait_for(database: Database, count: int, each: Callable[[], None], limit_s: float) -> float:
    """Seconds until so many jobs have ended; ``each`` is called at every look."""
    begun_s = time.monotonic()
    while True:
        with database.read() as uow:
            done, live = uow.jobs.count(State.DONE), uow.jobs.count(*LIVE)
        if done >= count and live == 0:
            return time.monotonic() - begun_s
        if time.monotonic() - begun_s > limit_s:
            msg = f"{done} of {count} photos were through after {limit_s:.0f} s"
            raise BoothError(msg)
        each()
        time.sleep(LOOK_S)


def control_process(folder: Path) -> list[Figure]:
    """How fast the daemon is up, how large it is, and that it has no array library."""
    booth, sizes, starts = Booth(folder, ("copy",)), [], []
    for _ in range(5):
        with booth.running() as daemon:
            starts.append(booth.started_s)
            sizes.append(daemon.memory_info().rss / MIB)
            maps = Path(f"/proc/{daemon.pid}/maps").read_text("utf-8")
    arrays = sum(name in maps for name in ("numpy", "onnxruntime", "torch", "cv2"))
    first, *later = starts
    return [
        Figure("control process ready", statistics.median(later), "s", 1.0,
               note=f"median of {len(later)}; the first, which makes the database: {first:.2f} s"),
        Figure("control process memory", statistics.median(sizes), "MiB", 120),
        Figure("array libraries in the control process", arrays, "", 0),
    ]  # fmt: skip


def latency(folder: Path, count: int) -> list[Figure]:
    """From a photo appearing in the inbox to its claim, by rename and by ordinary writing."""
    booth = Booth(folder, ("copy",))
    figures: list[Figure] = []
    with booth.running(), booth.database() as database:
        for how, p50_ms, p99_ms in (("renamed in", 50, 250), ("written", 500, 500)):
            dropped: dict[bytes, int] = {}
            for number in range(count):
                name = f"{how.split()[0]}{number:04}.jpg"
                if how == "renamed in":
                    outside = folder / name
                    outside.write_bytes(_tiny_jpeg(number))
                    outside.rename(booth.inbox / name)
                else:
                    (booth.inbox / name).write_bytes(_tiny_jpeg(number))
                dropped[name.encode()] = time.time_ns() // 1_000_000
                time.sleep(0.05)
            wait_for(database, count * (1 + len(figures) // 2), lambda: None, 120)
            waits = sorted(_claim_waits(database, dropped))
            note = f"{count} files, local disk, {how}"
            figures += [
                Figure(f"file closed → job claimed, {label}", waits[place], "ms", limit, note=note)
                for label, place, limit in (
                    ("p50", len(waits) // 2, p50_ms),
                    ("p99", int(len(waits) * 0.99), p99_ms),
                )
            ]
    return figures


def _claim_waits(database: Database, dropped: Mapping[bytes, int]) -> Iterator[float]:
    with database.read() as uow:
        for job in uow.jobs.in_state(State.DONE, limit=100_000):
            if job.relative in dropped and job.started_ms is not None:
                yield float(job.started_ms - dropped[job.relative])


def throughput(folder: Path, count: int) -> list[Figure]:
    """Many files dropped at once through a plan without engine work."""
    booth, sizes = Booth(folder, ("copy",)), []
    with booth.running() as daemon, booth.database() as database:
        before = daemon.memory_info().rss / MIB
        begun_s = time.monotonic()
        for number in range(count):
            (booth.inbox / f"{number:06}.jpg").write_bytes(_tiny_jpeg(number))
        wrote_s = time.monotonic() - begun_s
        wait_for(
            database, count, lambda: sizes.append(daemon.memory_info().rss / MIB), 60 + count / 20
        )
        took_s = time.monotonic() - begun_s
    rate = count / took_s
    note = (
        f"{count} files, {took_s:.1f} s from the first write ({wrote_s:.1f} s) to the last verdict"
    )
    return [
        Figure("files through the pipeline", rate, "files/s", 200, at_most=False, note=note),
        Figure("pipeline cost a file", 1000 / rate, "ms", 5, note="the inverse"),
        Figure("growth of the control process", max(sizes) - before, "MiB", 60,
               note=f"{before:.0f} MiB before, {max(sizes):.0f} MiB at most"),
    ]  # fmt: skip


def restoring(folder: Path) -> list[Figure]:
    """Embedded restoration: seconds a face, and the peak of a 24-megapixel photo."""
    figures: list[Figure] = []
    face = _once(folder, "face")
    faces = [f for f in face["measures"]["restore"]["faces"] if f["outcome"] == "restored"]
    seconds = face["timings_ms"]["restore"] / 1000 / max(1, len(faces))
    figures.append(
        Figure("restore, embedded, a face", seconds, "s", 3.0,
               note=f"{len(faces)} face, detection and identity check included, engines loaded")
    )  # fmt: skip
    large = _once(folder, "large")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures.append(
        Figure("restore, 24-megapixel input, peak memory", peak, "MiB", 2048,
               note=f"the largest child process; verdict {large['verdict']}")
    )  # fmt: skip
    return figures


def gating(folder: Path) -> list[Figure]:
    """The quality gate: milliseconds a photo after decoding, and how its score answers damage."""
    result = _once(folder, "face", plan="quality")
    figures = [
        Figure("quality gate, embedded, a photo", result["timings_ms"]["quality"], "ms", 150,
               note=f"finding the face included, engines loaded; verdict {result['verdict']}")
    ]  # fmt: skip
    for answer in _trial():
        means = " ".join(f"{mean:.2f}" for mean in answer["means"])
        note = f"{answer['photos']} photos, clean and six severities: {means}"
        if answer["photos"] == 1:
            note += "; one portrait that comes with the installation"
        what = f"quality score under {answer['damage']}"
        figures += [
            Figure(f"{what}, Spearman", answer["spearman"], "", -0.9, note=note),
            Figure(f"{what}, rise between neighbours", answer["rise"], "", 0.03),
            Figure(f"{what}, ROC-AUC", answer["auc"], "", 0.97, at_most=False),
        ]
    return figures


def _trial() -> list[dict[str, Any]]:
    shared = Path(__file__).resolve().parents[3] / "shared" / "photos"
    where = [os.fspath(shared)] if shared.is_dir() else []
    done = subprocess.run(
        [sys.executable, "-m", "daemon.routes.quality.trial", *where],
        capture_output=True, check=False,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if not lines:
        msg = f"the trial of the quality score gave no figures: {done.stderr[-500:]!r}"
        raise BoothError(msg)
    return lines


def _once(folder: Path, kind: str, plan: str = "restore") -> dict[str, Any]:
    """Run a plan by ``boothd once`` twice on a sample in one worker; the second, warm, result."""
    photos, out = folder / f"{kind}-photos", folder / f"{kind}-out"
    subprocess.run(
        [sys.executable, "-m", "daemon.imaging.samples", f"--{kind}", os.fspath(photos)], check=True
    )
    files = sorted(map(os.fspath, photos.iterdir()))
    done = subprocess.run(
        [sys.executable, "-m", "daemon.cli", "once", plan, *files, "--out", os.fspath(out),
         "--json"],
        capture_output=True, check=False,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if not lines:
        msg = f"boothd once gave no result: {done.stderr[-500:]!r}"
        raise BoothError(msg)
    result: dict[str, Any] = max(lines, key=lambda line: str(line["file"]))
    return result


def _tiny_jpeg(number: int) -> bytes:
    """A structurally whole JPEG of 2 KB, different for each number; ``copy`` never decodes it."""
    comment = f"{number:>2000}".encode()
    size = (len(comment) + 2).to_bytes(2, "big")
    return b"\xff\xd8\xff\xfe" + size + comment + b"\xff\xda\x00\x02\x00\xff\xd9"


def measure(*, files: int, drops: int, with_engines: bool) -> Iterator[Figure]:
    """Every figure, one part of the bench after the other, each in a folder of its own."""
    parts: list[Callable[[Path], list[Figure]]] = [
        control_process,
        lambda folder: latency(folder, drops),
        lambda folder: throughput(folder, files),
    ]
    if with_engines:
        parts += [restoring, gating]
    for part in parts:
        folder = Path(tempfile.mkdtemp(prefix="boothd-bench-"))
        try:
            yield from part(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
