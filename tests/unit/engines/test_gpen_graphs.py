"""Passes that are recorded on a GPU: what is replayed, and what happens where none can be.

The rules are tried on the CPU with a recording that only looks like one; tests that need a GPU
skip by name where there is none.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from tests.fakes.torch_here import need_torch

need_torch()

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("gpen")]


class Replay:
    """A recording: does again to its own memory what was done while it was made."""

    def __init__(self, run, inward) -> None:
        self._run, self._inward = run, inward
        self.outward = run(inward)
        self.is_reset = False

    def replay(self) -> None:
        self.outward.copy_(self._run(self._inward))

    def reset(self) -> None:
        self.is_reset = True


@pytest.fixture
def graphs(monkeypatch):
    """``graphs(run)``: recording without a GPU."""
    import torch

    from daemon.engines.gpen import graphs as module

    monkeypatch.setattr(torch.cuda, "Stream", lambda _device: None)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", object)

    class Recording(module.Graphs):
        warmed = 0

        def _warm(self, inward, _stream) -> None:
            self.warmed += len(inward)

        def _captured(self, inward, _stream):
            graph = Replay(self._run, inward)
            return module._Recorded(graph, inward, graph.outward)

    return lambda run: Recording(run, torch.device("cpu"))


def test_each_batch_size_is_recorded_once_and_replayed_with_what_it_is_given(graphs) -> None:
    import torch

    mine = graphs(lambda faces: faces * 2 + 1)
    for value in (1.0, 5.0, 3.0):
        for count in (1, 4):
            faces = torch.full((count, 2), value)
            assert torch.equal(mine(faces), faces * 2 + 1)
    assert mine.warmed == 5
    assert mine.refusal == ""


def test_what_was_dropped_is_recorded_anew(graphs) -> None:
    import torch

    mine = graphs(lambda faces: faces * 2)
    mine(torch.ones(2, 2))
    (kept,) = mine._recorded.values()
    mine.drop()
    assert kept.graph.is_reset
    assert torch.equal(mine(torch.ones(2, 2)), torch.full((2, 2), 2.0))
    assert mine.warmed == 4


def test_where_nothing_can_be_recorded_it_is_run_and_that_is_said(graphs, monkeypatch) -> None:
    import torch

    mine, tries = graphs(lambda faces: faces * 2), []

    def refused(inward, _stream):
        tries.append(len(inward))
        message = "CUDA error: operation not permitted when stream is capturing"
        raise torch.AcceleratorError(message)

    monkeypatch.setattr(mine, "_captured", refused)
    for _ in range(3):
        assert torch.equal(mine(torch.ones(2, 2)), torch.full((2, 2), 2.0))
    assert tries == [2]
    assert mine.refusal == "no CUDA graph could be recorded (AcceleratorError)"


@pytest.mark.parametrize("is_hidden", [False, True])
def test_a_recording_without_room_is_out_of_memory_and_no_refusal(
    graphs, monkeypatch, is_hidden
) -> None:
    import torch

    mine = graphs(lambda faces: faces * 2)

    def cramped(_inward, _stream):
        try:
            message = "CUDA out of memory"
            raise torch.OutOfMemoryError(message)
        finally:
            if is_hidden:  # as the end of a recording that was spoilt does
                message = "CUDA error: operation failed due to a previous error during capture"
                raise torch.AcceleratorError(message)

    monkeypatch.setattr(mine, "_captured", cramped)
    with pytest.raises(torch.OutOfMemoryError):
        mine(torch.ones(2, 2))
    assert mine.refusal == ""


def test_a_recording_that_finds_no_room_for_itself_is_out_of_memory_too(
    graphs, monkeypatch
) -> None:
    import torch

    mine = graphs(lambda faces: faces * 2)

    def cramped(_inward, _stream):
        error = torch.AcceleratorError("CUDA error: out of memory")
        error.error_code = 2
        raise error

    monkeypatch.setattr(mine, "_captured", cramped)
    with pytest.raises(torch.AcceleratorError):
        mine(torch.ones(2, 2))
    assert mine.refusal == ""


@pytest.fixture
def load():
    from daemon.engines.gpen.parity import recipe_network
    from daemon.engines.gpen.plan import Plan

    return partial(recipe_network, Plan(64, style_dim=128, narrow=0.0625), "gpen-small-a:")


class Arrival:
    """An event of a card that is always there already."""

    def __init__(self, *, blocking: bool) -> None:
        self.blocking = blocking

    def record(self) -> None:
        pass

    def synchronize(self) -> None:
        pass


def test_pieces_on_their_way_by_graphs_bring_each_face_back_to_its_place(
    graphs, load, monkeypatch
) -> None:
    import torch

    from daemon.engines.batches import FlowingPieces
    from daemon.engines.gpen.drawer import Drawer
    from daemon.engines.precision import proven

    here = Drawer(load, device="cpu", prove=partial(proven, ["stand-in"], "fp32", "cpu"))
    real, pinned = torch.empty, []

    def paged(*size, pin_memory=False, **kind):
        pinned.append(pin_memory)
        return real(*size, **kind)

    monkeypatch.setattr(torch, "empty", paged)
    monkeypatch.setattr(torch.cuda, "Event", Arrival)
    recorded = graphs(here._pass)
    pieces = FlowingPieces(partial(here._begun, recorded), most=4, relieve=recorded.drop)
    crops = np.random.default_rng(3).uniform(0, 255, (11, 64, 64, 3)).astype(np.float32)
    found = pieces.over(crops)
    assert sum(pinned) == 6  # three pieces, there and back
    wanted = np.concatenate([here.draw(one[None]) for one in crops])
    assert np.abs(found - wanted).max() < 1e-3
    assert set(recorded._recorded) == {4}  # the last three were drawn as four


# ── on a GPU ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gpu():
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    return "cuda:0"


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_gpu_draws_what_the_cpu_draws_by_graphs_at_every_batch_size(gpu, load, precision) -> None:
    from daemon.engines.gpen.drawer import Drawer
    from daemon.engines.precision import agreement_db, proven

    here = Drawer(load, device="cpu", prove=partial(proven, ["on a GPU"], "fp32", "cpu"))
    there = Drawer(load, device=gpu, prove=partial(proven, ["on a GPU"], precision, gpu), most=8)
    there.warm()
    assert there.precision.used == precision
    for count in (8, 5, 3, 1, 8):
        crops = np.random.default_rng(count).uniform(0, 255, (count, 64, 64, 3)).astype(np.float32)
        found, wanted = there.draw(crops), here.draw(crops)
        if precision == "fp32":
            assert np.abs(found - wanted).max() < 1e-3 * 127.5
        assert agreement_db(found, wanted) >= 45
    assert there.remark == ""
    there.relieve()
    assert np.isfinite(there.draw(crops)).all()
