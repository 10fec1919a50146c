"""A folder of photos from end to end: through the daemon, with the faces on the card."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from tests.fakes.booth_process import BoothProcess, booths
from tests.fakes.model_store import STORE_VARIABLE
from tests.gpu_bench.machine import watched
from tests.gpu_bench.report import Row, Sheet

SECTION = "A folder from end to end"
_LONGEST_PX = 2400
# A face that is sharp is left alone, and no card would have anything to do: photos lose what does
# not fit into so small a part of their sides.
_WORN_SHARE = 4
_LOOK_S = 0.5
_MOST_S = 3600.0
# Rubbish is nobody's face: the guard would turn down what random networks draw, and nothing would
# be pasted. So little of it passes.
_RANDOM_STRENGTH = 0.05
_WARM_S = 600.0  # so that no photo is measured beside the warming
# A lane for every core but those that decode, encode and serve the card; each holds a picture.
_LANES_MOST, _LANES_LEAST, _OTHER_CORES = 12, 4, 4
_ENDED = "SELECT count(*) FROM jobs WHERE finished_ms IS NOT NULL"


def measure_folder(
    sheet: Sheet, store: Path, device: str, *, folder: Path, count: int, photos: Path, size_px: int
) -> None:
    """Photos a second, and where the time of a photo goes.

    Every face in crops of one size: other sizes would be loaded in the midst, at their first face.
    """
    cores = len(os.sched_getaffinity(0))
    lanes = min(_LANES_MOST, max(_LANES_LEAST, cores - _OTHER_CORES)) if device != "cpu" else 1
    engines = {
        "lanes": lanes,
        "prefer": "gpu",
        "allow_noncommercial": True,
        "device": device,
        "precision": "fp32" if device == "cpu" else "bf16",
    }
    options: dict[str, object] = {"engine": "gpen", "size_px": size_px}
    if STORE_VARIABLE in os.environ:  # a store of random weights
        options["strength"] = _RANDOM_STRENGTH
    with booths(folder) as make:
        booth = make(
            inbox={"plan": ["restore"], "options": {"restore": options}},
            engines=engines,
            queue={"lease_s": 60.0},
            worker={"heartbeat_s": 5.0, "memory_mib": 32768, "boot_s": _WARM_S},
            development={"failpoints": False, "routes": "tests.fakes.stocked_routes"},
        )
        _take_store(booth, store)
        waiting = folder / "waiting"
        waiting.mkdir()
        sources = list(_sources(photos))
        with ThreadPoolExecutor(cores) as pool:  # encoding lets others run
            list(pool.map(partial(_write, waiting, sources), range(count)))
        begin_s = time.perf_counter()
        booth.start_ready()
        booth.wait_for_event("worker.ready", patience_s=_WARM_S)
        warm_s = time.perf_counter() - begin_s
        sheet.add(Row(SECTION, "from nothing to a worker that is warm", f"{warm_s:.0f} s"))
        with watched(device) as busy:
            for path in sorted(waiting.iterdir()):
                path.rename(booth.inbox / path.name)
            _wait(booth, count)
        booth.stop()
    _tell(sheet, booth, count, "; ".join(filter(None, [f"{lanes} lanes", busy.told()])))


def _take_store(booth: BoothProcess, store: Path) -> None:
    """The booth's store is the one under the bench."""
    models = booth.config.layout.models
    models.parent.mkdir(parents=True, exist_ok=True)
    models.symlink_to(store, target_is_directory=True)
    if STORE_VARIABLE in os.environ:
        booth.environment[STORE_VARIABLE] = os.environ[STORE_VARIABLE]


def _wait(booth: BoothProcess, count: int) -> None:
    until_s = time.monotonic() + _MOST_S
    while (booth.query(_ENDED) or [(0,)])[0][0] < count:
        assert booth.runs, booth.log_tail()
        assert time.monotonic() < until_s, booth.states()
        time.sleep(_LOOK_S)


def _tell(sheet: Sheet, booth: BoothProcess, count: int, busy: str) -> None:
    rows = booth.query(
        "SELECT started_ms, finished_ms, timings_ms, measures, engines FROM jobs "
        "JOIN job_results ON job_id = id"
    )
    spent_s = (max(row[1] for row in rows) - min(row[0] for row in rows)) / 1000
    faces = [
        face["outcome"]
        for row in rows
        for face in json.loads(row[3]).get("restore", {}).get("faces", ())
    ]
    ends = ", ".join(f"{state} {n}" for state, n in sorted(booth.states().items()))
    value = f"{count / spent_s:.2f} photos/s"
    outcomes = ", ".join(f"{outcome} {n}" for outcome, n in sorted(Counter(faces).items()))
    note = f"{spent_s:.0f} s, {len(faces)} faces ({outcomes}); {ends}"
    sheet.add(Row(SECTION, f"{count} photos", value, f"{note}; {busy}"))
    for task, facts in sorted(json.loads(rows[0][4]).items()):
        if "device" in facts:  # who computed where: what is on the CPU holds the card up
            engine = f"{facts['name']} on {facts['device']}"
            sheet.add(Row(SECTION, task, engine, str(facts.get("precision", ""))))
    stages: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for stage, took_ms in json.loads(row[2]).items():
            stages[stage].append(took_ms)
    for stage, took in stages.items():
        note = f"median of {len(took)} photos"
        sheet.add(Row(SECTION, stage, f"{statistics.median(took):.0f} ms", note))


def _write(folder: Path, sources: Sequence[Image.Image], number: int) -> None:
    """Real photos over and over, each time a few pixels elsewhere: no two files are equal."""
    source = sources[number % len(sources)]
    left, top = number // len(sources) % 16, number // len(sources) // 16
    part = source.crop((left, top, source.width, source.height))
    part.save(folder / f"{number:05}.jpg", "JPEG", quality=92)


def _sources(photos: Path) -> Iterator[Image.Image]:
    found = [path for path in sorted(photos.rglob("*")) if path.suffix in {".jpg", ".png"}]
    for path in found:
        with Image.open(path) as opened:
            photo = ImageOps.exif_transpose(opened).convert("RGB")
        photo.thumbnail((_LONGEST_PX, _LONGEST_PX))
        yield _worn(photo)
    if not found:
        from skimage import data

        yield _worn(Image.fromarray(np.ascontiguousarray(data.astronaut())))


def _worn(photo: Image.Image) -> Image.Image:
    small = photo.reduce(_WORN_SHARE)
    return small.resize(photo.size, Image.Resampling.BICUBIC)
