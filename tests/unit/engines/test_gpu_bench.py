"""The parts of ``make bench-gpu`` that a machine without a GPU can try."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.torch_here import need_torch
from tests.gpu_bench.report import Row, Sheet

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.slow]


def test_the_page_has_every_figure_and_names_what_was_left_out() -> None:
    sheet = Sheet({"GPU": "none"})
    sheet.add(Row("Faces", "batch 1", "2.0 /s", "2 ×"))
    sheet.skip("the card's memory", "no GPU")
    page = sheet.markdown()
    assert "| batch 1 | 2.0 /s | 2 × |" in page
    assert "- the card's memory: no GPU" in page


def test_a_card_is_sampled_while_something_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.gpu_bench.machine import watched

    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        "#!/bin/sh\necho '80, 1000'\necho '100, 3000'\necho '[N/A], 1'\nexec sleep 30\n"
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with watched("cuda:0") as busy:
        until_s = time.monotonic() + 10
        while len(busy.shares) < 2 and time.monotonic() < until_s:
            time.sleep(0.01)
    assert busy.told() == "GPU busy 90 %, 3000 MiB"
    with watched("cpu") as idle:
        pass
    assert idle.told() == ""


def test_the_first_second_of_the_samples_tells_of_what_was_before() -> None:
    from tests.gpu_bench.machine import Busy

    assert Busy([0.0] * 5 + [100.0] * 6, [9.0]).told() == "GPU busy 100 %, 9 MiB"


def test_what_was_not_measured_is_named_with_its_reason() -> None:
    from tests.gpu_bench.__main__ import PARTS, _name_the_rest

    sheet = Sheet({})
    _name_the_rest(sheet, PARTS, on_card=False, photos=0)
    reasons = ["no GPU", "no GPU", "no GPU; --photos N"]
    assert list(sheet.skipped.values()) == reasons
    assert next(iter(sheet.skipped)).startswith("gpen-bfr-512 at batch 1, 4, 8, 16, 32")
    sheet = Sheet({})
    _name_the_rest(sheet, ["folder"], on_card=True, photos=1000)
    assert list(sheet.skipped.values()) == ["--parts"] * 3


def test_loop_and_engine_are_measured_in_one_run(
    stocked: Callable[..., Path], tmp_path: Path
) -> None:
    from tests.fakes.official_layouts import random_checkpoint
    from tests.gpu_bench.faces import Plan, measure_faces

    path = stocked(tmp_path, "gpen-bfr-256", random_checkpoint("gpen-bfr-256")[0])
    sheet = Sheet({})
    measure_faces(sheet, tmp_path, "cpu", Plan("gpen-bfr-256", (1,), ("fp32",), 0.0))
    path.unlink()
    loop, ours = sheet.rows
    assert loop.note.startswith("1 ×")
    assert ours.what == "fp32, batch 1"
    assert float(ours.value.split()[0]) > 0
