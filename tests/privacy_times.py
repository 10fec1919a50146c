"""What the route costs: seconds by the clock and of the CPU, with and without proof, and memory.

For ``python -m tests.privacy_table --time [CASE …]``: each case runs in a process of its own,
engines loaded before the clock starts, all cores, through the route as the worker calls it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.fakes.privacy_sheet import Sheet

CASES = ("a4_150", "a4_150_clean", "a4_300", "tiff_50")
_A4_IN = (8.27, 11.69)


@dataclass
class _Clock:
    """Told by the route where it is."""

    begin: float = field(default_factory=time.perf_counter)
    begin_cpu: float = field(default_factory=time.process_time)
    covered: tuple[float, float] = (0.0, 0.0)
    rss_mib: list[float] = field(default_factory=list)

    def spent(self) -> tuple[float, float]:
        return time.perf_counter() - self.begin, time.process_time() - self.begin_cpu

    def __call__(self, part: str, done: int, _all: int) -> None:
        self.rss_mib.append(_rss_mib())
        if part == "prove" and not done and not self.covered[0]:
            self.covered = self.spent()


def _rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _a4(dpi: int, seed: int = 0) -> Sheet:
    """A full page of text and numbers, the same whatever the resolution."""
    from tests.fakes.privacy_layouts import full_page

    return full_page(round(_A4_IN[0] * dpi), round(_A4_IN[1] * dpi), seed)


def _one_page(dpi: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        _a4(dpi).image.save(path.with_suffix(".png"), dpi=(dpi, dpi))

    return write


def _sample(path: Path) -> None:
    from tests.privacy_table import SAMPLES

    path.with_suffix(".png").write_bytes((SAMPLES / "dev_01_contract.png").read_bytes())


def _many(count: int, path: Path) -> None:
    first, *rest = [_a4(100, seed).image.convert("L") for seed in range(count)]
    first.save(path.with_suffix(".tif"), save_all=True, append_images=rest, dpi=(100, 100))


_WRITE: dict[str, Callable[[Path], None]] = {
    "a4_150": _sample,
    "a4_150_clean": _one_page(150),
    "a4_300": _one_page(300),
}
_PAGES = "tiff_"  # and how many


def _written(case: str, path: Path) -> None:
    if case.startswith(_PAGES):
        _many(int(case.removeprefix(_PAGES)), path)
    else:
        _WRITE[case](path)


def measured(case: str, profile: str) -> dict[str, Any]:
    """One case in this process."""
    from daemon.engines.registry import Engines
    from daemon.routes.base import Context, StagedFile
    from daemon.routes.privacy import ROUTE

    with tempfile.TemporaryDirectory() as folder, Engines() as engines:
        warm = np.full((640, 640, 3), 255, np.uint8)
        for load in (engines.reader.read, engines.sweeper.sweep, engines.resweeper.sweep,
                     engines.codes.find):  # fmt: skip
            load(warm)
        options = ROUTE.parse_options({"profile": profile})
        _written(case, Path(folder) / "page")
        (path,) = Path(folder).iterdir()
        (out := Path(folder) / "out").mkdir()
        before_mib = _rss_mib()
        clock = _Clock()
        context = Context(engines, "en", "", clock, out, path.name)
        outcome = ROUTE.run(StagedFile(path), options, context)
        wall, cpu = clock.spent()
    measures = outcome.measures.get("privacy", outcome.measures)
    cover = clock.rss_mib[: len(clock.rss_mib) // 2 or 1]
    return {
        "case": case, "verdict": str(outcome.verdict), "attempts": measures["attempts"],
        "wall_s": wall, "cpu_s": cpu, "wall_no_proof_s": clock.covered[0],
        "cpu_no_proof_s": clock.covered[1], "loaded_mib": before_mib,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "early_mib": max(cover[:6]), "late_mib": max(clock.rss_mib[-6:]),
    }  # fmt: skip


def times(cases: tuple[str, ...], profile: str) -> None:
    """Print a row for each case."""
    print(f"{'case':14s} {'verdict':8s} tries  wall s (no proof)  CPU s (no proof)  "
          "peak MiB  loaded, early, late MiB")  # fmt: skip
    for case in cases:
        command = [sys.executable, "-m", "tests.privacy_times", case, profile]
        repo = Path(__file__).resolve().parents[1]
        run = subprocess.run(command, cwd=repo, check=True, stdout=subprocess.PIPE, text=True)
        one = json.loads(run.stdout.splitlines()[-1])
        print(
            f"{one['case']:14s} {one['verdict']:8s} {one['attempts']:5d}  {one['wall_s']:6.2f} "
            f"({one['wall_no_proof_s']:6.2f})    {one['cpu_s']:6.2f} ({one['cpu_no_proof_s']:6.2f})"
            f"    {one['peak_mib']:7.0f}  {one['loaded_mib']:.0f}, {one['early_mib']:.0f}, "
            f"{one['late_mib']:.0f}",
            flush=True,
        )


if __name__ == "__main__":
    # Images are drawn before the clock starts; what they took stays in the peak.
    Image.MAX_IMAGE_PIXELS = None
    print(json.dumps(measured(sys.argv[1], sys.argv[2])))
