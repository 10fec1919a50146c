"""An HR batch as acceptance has it: N photos in a zip, the daemon killed on the way, the report.

    .venv/bin/python -m tests.hr_batch FOLDER [--photos 127] [--kills 3] [--pixels 12]

FOLDER holds portraits; they are repeated with jitter (scale, tone, quality) and enlarged to the
given megapixels. Prints the time, the worker's largest memory, and whether the report accounts
for everybody.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image, ImageEnhance

LOOK_S = 0.5


def main() -> int:
    """Run the batch; 0 where everybody is accounted for."""
    options = _options()
    portraits = sorted(options.folder.glob("*.jpg"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "inbox" / "hr").mkdir(parents=True)
        config = folder / "boothd.yaml"
        config.write_text(
            "root: .\ninboxes:\n  - {name: hr, plan: [idphoto], batches: true}\n"
            "logging: {format: json}\n",
            "utf-8",
        )
        packed = folder / "batch.zip"
        _pack(packed, portraits, options.photos, options.pixels)
        print(f"{options.photos} photos, {packed.stat().st_size / 2**20:.0f} MiB packed")
        packed.rename(folder / "inbox" / "hr" / "batch.zip")
        begun_s = time.monotonic()
        peak = _run(config, options.photos, options.kills)
        spent_s = time.monotonic() - begun_s
        print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"finished after {spent_s:.0f} s with {options.kills} kills")
        print(f"largest memory of the booth's processes: {peak / 2**20:.0f} MiB")
        return _told(config, folder / "out" / "hr" / "batch", options.photos)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=127)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--pixels", type=float, default=2.0, help="megapixels of each photo")
    return parser.parse_args()


def _pack(target: Path, portraits: Sequence[Path], count: int, megapixels: float) -> None:
    """A zip with a table of people; every photo differs from every other."""
    random = np.random.default_rng(7)
    rows = ["工号,姓名,规格,背景"]
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(count):
            source = Image.open(portraits[number % len(portraits)]).convert("RGB")
            by = (megapixels * 1e6 / (source.width * source.height)) ** 0.5
            by *= random.uniform(0.95, 1.05)
            size = round(source.width * by), round(source.height * by)
            photo = source.resize(size, Image.Resampling.BICUBIC)
            photo = ImageEnhance.Brightness(photo).enhance(random.uniform(0.95, 1.05))
            buffer = io.BytesIO()
            photo.save(buffer, "JPEG", quality=int(random.integers(85, 96)))
            archive.writestr(f"E{number:03}.jpg", buffer.getvalue())
            rows.append(f"E{number:03},人{number:03},cn_1in,{('white', 'blue', 'red')[number % 3]}")
        archive.writestr("名单.csv", "\r\n".join(rows).encode("utf-8-sig"))


def _run(config: Path, count: int, kills: int) -> int:
    """Until the batch is finished; returns the largest memory seen, bytes."""
    peak, killed = 0, 0
    child = _start(config)
    try:
        while True:
            time.sleep(LOOK_S)
            peak = max(peak, _memory(child.pid))
            batch = _batch(config)
            if batch and batch["state"] == "finished":
                return peak
            left = batch["photos"]["left"] if batch else count
            if killed < kills and count - left >= count * (killed + 1) // (kills + 1):
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                killed += 1
                child = _start(config)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=60)


def _start(config: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "daemon.cli", "--config", str(config), "run", "--no-panel"]
    log = (config.parent / "log").open("ab")
    return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def _memory(pid: int) -> int:
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        return sum(one.memory_info().rss for one in [parent, *parent.children(recursive=True)])
    return 0


def _batch(config: Path) -> dict[str, Any] | None:
    found = list(_asked(config, "batches", "list", "--json"))
    return found[0] if found else None


def _asked(config: Path, *words: str) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "daemon.cli", "--config", str(config), *words]
    said = subprocess.run(command, capture_output=True, check=False)
    for line in said.stdout.splitlines():
        yield json.loads(line)


def _told(config: Path, out: Path, count: int) -> int:
    """Whether everybody stands in the report once, and every result lies in the zip."""
    (shown,) = _asked(config, "batches", "show", _batch_id(config), "--json")
    print(json.dumps(shown["totals"], ensure_ascii=False))
    page = (out / "report.html").read_text("utf-8")
    named = sum(f"E{number:03}" in page for number in range(count))
    with zipfile.ZipFile(out / "results.zip") as archive:
        packed = [name for name in archive.namelist() if name.endswith((".jpg", ".png"))]
    lying = [path for path in out.iterdir() if path.suffix in {".jpg", ".png"}]
    print(f"in the report {named}, results in the zip {len(packed)}, in the folder {len(lying)}")
    return 0 if named == count and len(packed) == len(lying) else 1


def _batch_id(config: Path) -> str:
    batch = _batch(config)
    assert batch is not None
    return str(batch["batch"])


if __name__ == "__main__":
    sys.exit(main())
