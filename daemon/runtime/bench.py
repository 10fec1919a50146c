"""Measuring the booth on this machine, against the targets of the design.

Every figure comes from the program as it is installed: a daemon of its own in a temporary
folder, real files in its inbox, verdicts read from its database. The route ``copy`` stands for
a pipeline without engine work.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from daemon.domain.job import State
from daemon.errors import BoothError
from daemon.runtime.bench_booth import MIB, Booth, Figure, tiny_jpeg, wait_for
from daemon.runtime.bench_load import api_load
from daemon.store.database import Database


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
                    outside.write_bytes(tiny_jpeg(number))
                    outside.rename(booth.inbox / name)
                else:
                    (booth.inbox / name).write_bytes(tiny_jpeg(number))
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
            (booth.inbox / f"{number:06}.jpg").write_bytes(tiny_jpeg(number))
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


def measure(*, files: int, drops: int, with_engines: bool) -> Iterator[Figure]:
    """Every figure, one part of the bench after the other, each in a folder of its own."""
    parts: list[Callable[[Path], list[Figure]]] = [
        control_process,
        lambda folder: latency(folder, drops),
        lambda folder: throughput(folder, files),
        api_load,
    ]
    if with_engines:
        parts += [restoring, gating]
    for part in parts:
        folder = Path(tempfile.mkdtemp(prefix="boothd-bench-"))
        try:
            yield from part(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
