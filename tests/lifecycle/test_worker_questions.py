"""Questions go to a worker of their own, are answered by its engine thread, and leave nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from daemon.config.boot import WorkerBoot
from daemon.errors import WorkerLost, WorkerTimeout
from daemon.protocol import Ask
from daemon.runtime.ask_once import ask_once
from daemon.runtime.parity import run_parity
from daemon.worker.parity import NO_NETWORK
from tests.fakes.torch_here import need_parity


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_a_question_nobody_knows_is_refused_by_name() -> None:
    answer = ask_once(Ask("q1", "what_is_love"), WorkerBoot(), deadline_s=30)
    assert answer.ask_id == "q1"
    assert answer.reason is not None
    assert answer.reason.code == "OPTIONS_INVALID"
    assert "what_is_love" in str(answer.reason.facts["detail"])


def test_a_question_with_bad_arguments_is_a_refusal_too() -> None:
    answer = ask_once(Ask("q1", "parity", {}), WorkerBoot(), deadline_s=30)
    assert answer.reason is not None
    assert answer.reason.code == "INTERNAL_ERROR"
    assert answer.detail.startswith("KeyError at daemon/worker/questions.py")


def test_an_answer_that_takes_too_long_is_not_waited_for() -> None:
    with pytest.raises(WorkerTimeout):
        ask_once(Ask("q1", "parity", {"folder": "/"}), WorkerBoot(), deadline_s=0.05)


def test_a_worker_that_cannot_start_is_told_with_its_own_words() -> None:
    boot = WorkerBoot(routes="tests.fakes.no_such_module")
    with pytest.raises(WorkerLost, match="no_such_module"):
        ask_once(Ask("q1", "parity", {"folder": "/"}), boot, deadline_s=30)


# ── parity ────────────────────────────────────────────────────────────────────────────────


def test_an_empty_folder_has_nothing_to_compare(folder: Path) -> None:
    assert run_parity(folder, WorkerBoot()) == {"fixtures": [], "skipped": {}}


def test_a_damaged_fixture_fails_itself_and_not_the_others(folder: Path) -> None:
    (folder / "alignment.npz").write_bytes(b"PK\x03\x04 half a file")
    np.savez(folder / "blocks_small.npz", x=np.zeros(1))
    lines = {line["fixture"]: line for line in run_parity(folder, WorkerBoot())["fixtures"]}
    assert set(lines) == {"alignment", "blocks_small", "eqface_blocks"}
    assert not any(line["ok"] for line in lines.values())
    assert all(line["max_abs_error"] is None for line in lines.values())
    assert "cannot be run" in lines["alignment"]["why"]
    assert lines["blocks_small"]["why"] == "blocks_small.safetensors is missing beside it"


def test_fixtures_of_networks_to_come_are_named_and_not_passed(folder: Path) -> None:
    (folder / "notes.txt").write_bytes(b"")
    (folder / "faceclip").mkdir()
    found = run_parity(folder, WorkerBoot())
    assert found == {"fixtures": [], "skipped": {"faceclip": NO_NETWORK}}


def test_a_wrong_number_is_noticed(folder: Path) -> None:
    with np.load(need_parity() / "alignment.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["arcface112"] = arrays["arcface112"].copy()
    arrays["arcface112"][3, 0, 2] += 0.02
    np.savez(folder / "alignment.npz", **arrays)
    (line,) = run_parity(folder, WorkerBoot())["fixtures"]
    assert not line["ok"]
    assert line["max_abs_error"] == pytest.approx(0.02, rel=0.1)
    worst = max(line["parts"], key=line["parts"].get)
    assert worst == "arcface112"
