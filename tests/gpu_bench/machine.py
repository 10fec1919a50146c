"""The machine under the bench: what it is, the most it computes, how busy its card is."""

from __future__ import annotations

import platform
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata

import psutil
import torch

_SAMPLE_MS = 200
# The driver's figure looks back over up to a second; so many samples tell of what was before.
_BEFORE = 5
_SIDE = {"cpu": 1024, "cuda": 8192}  # of the matrices whose product gives the peak
_PEAK_S = 2.0
_STRETCH = 4  # products between two looks at the clock
KINDS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def clock_of(device: str) -> Callable[[], float]:
    """Seconds: wall time for a card; on the CPU those of the processor, all threads together.

    Other work on the machine would otherwise be measured, too.
    """
    return time.process_time if device == "cpu" else time.perf_counter


def facts_of(device: str) -> dict[str, str]:
    """The machine and the versions, as they stand above a table."""
    cores, memory_gib = psutil.cpu_count(), psutil.virtual_memory().total / (1 << 30)
    found = {"CPU cores": str(cores), "memory": f"{memory_gib:.0f} GiB"}
    if device != "cpu":
        card = torch.cuda.get_device_properties(device)
        found["GPU"] = f"{card.name}, {card.total_memory / (1 << 30):.0f} GiB"
        found["driver"] = _driver() or "?"
        found["CUDA"], found["cuDNN"] = str(torch.version.cuda), str(torch.backends.cudnn.version())
    load = psutil.getloadavg()[0]
    found |= {"torch": metadata.version("torch"), "Python": platform.python_version()}
    return {**found, "system": platform.platform(terse=True), "load at the start": f"{load:.1f}"}


def _driver() -> str:
    asked = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    if shutil.which(asked[0]) is None:
        return ""
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split("\n")[0]


def peak_gflops(device: str, precision: str) -> float:
    """The most that a product of large matrices reaches here: the roof the networks stand under.

    The best of several short stretches: whatever else ran on the machine only lowers them.
    """
    side = _SIDE[device.partition(":")[0]]
    one = torch.randn(side, side, device=device).to(KINDS[precision])
    clock, best = clock_of(device), 0.0
    until_s = clock() + _PEAK_S
    while clock() < until_s or not best:
        _settle(device)
        begin_s = clock()
        for _ in range(_STRETCH):
            one @ one
        _settle(device)
        best = max(best, 2 * side**3 * _STRETCH / (clock() - begin_s) / 1e9)
    return best


def _settle(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize(device)


@dataclass(slots=True)
class Busy:
    """Samples of a card while something ran.

    Attributes:
        shares: Percent of each sample's time in which a kernel ran.
        used_mib: Memory in use by all processes.
    """

    shares: list[float] = field(default_factory=list)
    used_mib: list[float] = field(default_factory=list)

    def told(self) -> str:
        """In words; empty where there is no sample."""
        if not self.shares:
            return ""
        shares = self.shares[_BEFORE:] if len(self.shares) > 2 * _BEFORE else self.shares
        return f"GPU busy {statistics.mean(shares):.0f} %, {max(self.used_mib):.0f} MiB"


@contextmanager
def watched(device: str) -> Iterator[Busy]:
    """Sample a card as long as the block runs; without ``nvidia-smi`` there are no samples."""
    busy = Busy()
    if device == "cpu" or shutil.which("nvidia-smi") is None:
        yield busy
        return
    command = ["nvidia-smi", "-i", _card_of(device), "--query-gpu=utilization.gpu,memory.used"]
    command += ["--format=csv,noheader,nounits", "-lms", str(_SAMPLE_MS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sampler:
        reader = threading.Thread(target=_read, args=(sampler, busy))
        reader.start()
        try:
            yield busy
        finally:
            sampler.terminate()
            reader.join()


def _card_of(device: str) -> str:
    """How ``nvidia-smi`` calls a card: it counts all there are, PyTorch those it may see."""
    if torch.cuda.is_available():
        return f"GPU-{torch.cuda.get_device_properties(device).uuid}"
    return device.partition(":")[2] or "0"


def _read(sampler: subprocess.Popen[str], busy: Busy) -> None:
    assert sampler.stdout is not None
    for line in sampler.stdout:
        share, _, used = line.partition(",")
        if share.strip().isdigit() and used.strip().isdigit():
            busy.shares.append(float(share))
            busy.used_mib.append(float(used))
