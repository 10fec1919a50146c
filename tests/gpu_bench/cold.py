"""How long the first face of a fresh process takes: ``python -m tests.gpu_bench.cold STORE …``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import REPO
from tests.gpu_bench.report import Row, Sheet

_LIMIT_S = 600.0


def measure_cold(sheet: Sheet, store: Path, device: str, key: str) -> None:
    """One process that loads everything anew; files are in the system's cache by now."""
    command = [sys.executable, "-m", "tests.gpu_bench.cold", os.fspath(store), device, key]
    begin_s = time.perf_counter()
    done = subprocess.run(command, cwd=REPO, stdout=subprocess.PIPE, timeout=_LIMIT_S, check=True)
    whole_s = time.perf_counter() - begin_s
    found = json.loads(done.stdout.splitlines()[-1])
    note = ", ".join(f"{name} {value:.2f} s" for name, value in found.items())
    section = f"Cold start, {key}"
    sheet.add(Row(section, "a process from nothing to its second face", f"{whole_s:.1f} s", note))


def main() -> None:
    store, device, key = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    begin_s = time.perf_counter()
    import numpy as np
    import torch  # noqa: F401 - what is timed

    import tests.fakes.stocked_routes  # noqa: F401 - the sums of a store that the bench made
    from tests.gpu_bench.store import SIZES_PX, engines_of

    told = {"import": time.perf_counter() - begin_s}
    crop = np.zeros((1, SIZES_PX[key], SIZES_PX[key], 3), np.float32)
    with engines_of(store, device, "bf16") as engines:
        begin_s = time.perf_counter()
        restorer = engines.restorer("gpen")
        assert restorer is not None
        told["load"] = time.perf_counter() - begin_s
        for name in ("first face", "second face"):
            begin_s = time.perf_counter()
            restorer.restore(crop)
            told[name] = time.perf_counter() - begin_s
    print(json.dumps(told))


if __name__ == "__main__":
    main()
