"""Faces a second: the engine at several batches and precisions against the loop, in one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.catalogue.models.load import model_book
from daemon.engines.checkpoint import entries
from daemon.engines.cuda import free_cached, full_float32
from daemon.engines.precision import settled
from daemon.engines.weights import obtain
from tests.gpu_bench.loop import Loop
from tests.gpu_bench.machine import clock_of, peak_gflops, watched
from tests.gpu_bench.report import Row, Sheet
from tests.gpu_bench.store import SIZES_PX, engines_of

ENGINE = "gpen"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        key: The model.
        batches: Faces handed over at once.
        precisions: As the settings have them.
        least_s: How long each is measured at least.
    """

    key: str
    batches: tuple[int, ...]
    precisions: tuple[str, ...]
    least_s: float

    def section(self, device: str) -> str:
        """The heading; says which clock."""
        second = "second of the processor" if device == "cpu" else "second"
        return f"Faces a {second}, {self.key}"


def measure_faces(sheet: Sheet, store: Path, device: str, plan: Plan) -> None:
    """The loop first, then the engine at every precision and batch."""
    crops = _crops(max(plan.batches), SIZES_PX[plan.key])
    loop = _measure_loop(sheet, store, device, plan, crops)
    for precision in plan.precisions:
        _measure_engine(sheet, store, device, plan, _Asked(precision, crops, loop))


@dataclass(frozen=True, slots=True)
class _Asked:
    precision: str
    crops: NDArray[np.float32]
    loop: float


def _measure_engine(sheet: Sheet, store: Path, device: str, plan: Plan, asked: _Asked) -> None:
    with engines_of(store, device, asked.precision) as engines:
        restorer = engines.restorer(ENGINE)
        assert restorer is not None
        restorer.restore(asked.crops[:1])  # which proves the precision, too
        # Of this size: the record tells of all that the store has, proven or not.
        weights = obtain(store, plan.key, allow_noncommercial=True)
        used = settled([weights.sha256], asked.precision, device).used
        what = used if used == asked.precision else f"{asked.precision} asked for, {used} used"
        peak = _peak(device, used)
        for batch in plan.batches:
            run = partial(restorer.restore, asked.crops[:batch])
            rate, busy = _rate(run, batch, plan.least_s, device)
            notes = [f"{rate / asked.loop:.1f} ×", _share(plan, rate, peak), busy]
            note = "; ".join(filter(None, notes))
            sheet.add(Row(plan.section(device), f"{what}, batch {batch}", f"{rate:.2f} /s", note))


def _measure_loop(
    sheet: Sheet, store: Path, device: str, plan: Plan, crops: NDArray[np.float32]
) -> float:
    """Faces a second of the yardstick: the loop with the settings that its scripts leave alone.

    Those let convolutions on a card compute in TF32, which is quicker than the full float32 that
    the engine's ``fp32`` means; so on a card the loop is measured in both.
    """
    weights = obtain(store, plan.key, allow_noncommercial=True)
    loop = Loop(entries(weights.path, "GPEN"), device)
    run, count = partial(loop.restore, crops[:4].astype(np.uint8)), len(crops[:4])
    section, what = plan.section(device), "the loop: face by face"
    with full_float32():
        exact, exact_busy = _rate(run, count, plan.least_s, device)
    share = _share(plan, exact, _peak(device, "fp32"))
    if device == "cpu":
        sheet.add(Row(section, f"{what}, fp32", f"{exact:.2f} /s", f"1 ×; {share}"))
        return exact
    usual, usual_busy = _rate(run, count, plan.least_s, device)
    note = "; ".join(filter(None, ["1 ×", usual_busy]))
    sheet.add(Row(section, f"{what}, as published (TF32)", f"{usual:.2f} /s", note))
    note = "; ".join(filter(None, [f"{exact / usual:.1f} ×", share, exact_busy]))
    sheet.add(Row(section, f"{what}, fp32", f"{exact:.2f} /s", note))
    return usual


def _rate(run: Callable[[], object], faces: int, least_s: float, device: str) -> tuple[float, str]:
    """Faces a second after a first round that does not count, and how busy the card was."""
    run()
    clock = clock_of(device)
    rounds, begin_s = 0, clock()
    with watched(device) as busy:
        while not rounds or clock() - begin_s < least_s:
            run()
            rounds += 1
        spent_s = clock() - begin_s
    return faces * rounds / spent_s, busy.told()


def _peak(device: str, precision: str) -> float:
    with full_float32():
        return peak_gflops(device, precision)


def _share(plan: Plan, rate: float, peak: float) -> str:
    """How much of the most that a matrix product reaches here, by the catalogue's arithmetic."""
    gflop = model_book().models[plan.key].figures.get("gflop_per_face")
    return "" if gflop is None else f"{rate * gflop / peak:.1%} of {peak / 1000:.3g} TFLOP/s"


def _crops(count: int, size_px: int) -> NDArray[np.float32]:
    """``(N, S, S, 3)`` float32 of 0..255; what they show costs nothing."""
    noise = np.random.default_rng(0).uniform(0, 255, (count, size_px, size_px, 3))
    return noise.astype(np.float32)


def measure_memory(sheet: Sheet, store: Path, device: str, keys: list[str]) -> None:
    """Memory that is held for one face and for eight on the card, by size.

    What is held once the ways of computing were tried: weights, recorded graphs, faces in and
    out. The trying itself may take more, for a moment.
    """
    for key in keys:
        with engines_of(store, device, "bf16") as engines:
            restorer = engines.restorer(ENGINE)
            assert restorer is not None
            for batch in (1, 8):
                torch.cuda.reset_peak_memory_stats(device)
                restorer.restore(_crops(batch, SIZES_PX[key]))
                most = torch.cuda.max_memory_reserved(device) >> 20
                free_cached()
                restorer.restore(_crops(batch, SIZES_PX[key]))
                held = torch.cuda.memory_reserved(device) >> 20
                what, note = f"{key}, batch {batch}", f"{most} MiB while ways were tried"
                sheet.add(Row("Memory on the card", what, f"{held} MiB", note))
