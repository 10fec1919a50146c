"""Batches are cut into few shapes, and into smaller pieces where memory is short."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.errors import EngineBroken, GpuExhausted
from tests.fakes.torch_here import need_torch

need_torch()


class Card:
    """A GPU with room for so many faces: doubles what it is given, and writes down the shapes.

    What fails, fails as the library does it: with its own error, out of memory.
    """

    def __init__(self, room: int = 32) -> None:
        self.room = room
        self.seen: list[int] = []
        self.relieved = 0

    def run(self, faces):
        import torch

        from daemon.engines.cuda import cuda_errors

        self.seen.append(len(faces))
        with cuda_errors("fake"):
            if len(faces) > self.room:
                message = "CUDA out of memory. Tried to allocate 2.00 GiB"
                raise torch.OutOfMemoryError(message)
            return faces * 2

    def relieve(self) -> None:
        self.relieved += 1


def pieces(card, **kind):
    from daemon.engines.batches import Pieces

    return Pieces(card.run, relieve=card.relieve, **kind)


def faces_of(count):
    return np.arange(1, count + 1, dtype=np.float32)[:, None].repeat(3, axis=1)


@pytest.mark.parametrize(
    ("count", "shapes"),
    [
        (1, [1]),
        (2, [2]),
        (3, [4]),  # a quarter of it is empty
        (5, [4, 1]),
        (6, [8]),
        (7, [8]),
        (9, [8, 1]),
        (11, [8, 4]),
        (13, [16]),
        (24, [32]),
        (33, [32, 1]),
        (70, [32, 32, 8]),
    ],
)
def test_a_batch_goes_in_pieces_of_few_shapes(count, shapes) -> None:
    card = Card()
    faces = faces_of(count)
    assert np.array_equal(pieces(card).over(faces), faces * 2)
    assert card.seen == shapes


def test_every_length_comes_back_whole_and_in_order() -> None:
    for count in range(1, 68):
        for most in (1, 2, 4, 8, 16, 32):
            found = pieces(Card(), most=most).over(faces_of(count))
            assert np.array_equal(found, faces_of(count) * 2), (count, most)


def test_what_does_not_fit_is_halved_until_it_does_and_that_is_remembered() -> None:
    card = Card(room=5)
    mine = pieces(card)
    assert np.array_equal(mine.over(faces_of(32)), faces_of(32) * 2)
    assert card.seen == [32, 16, 8] + [4] * 8
    assert (mine.fitting, card.relieved) == (4, 3)
    card.seen.clear()
    mine.over(faces_of(32))
    assert card.seen == [4] * 8


def test_after_a_while_a_larger_piece_is_tried_again() -> None:
    card = Card(room=1)
    mine = pieces(card, most=4)
    mine.over(faces_of(4))
    assert mine.fitting == 1
    card.room = 32
    mine.over(faces_of(3000))
    assert mine.fitting == 4


def test_one_face_that_does_not_fit_fails_after_everything_else_was_let_go() -> None:
    card = Card(room=0)
    mine = pieces(card)
    with pytest.raises(GpuExhausted) as caught:
        mine.over(faces_of(3))
    assert caught.value.code == "GPU_RESOURCE_EXHAUSTED"
    assert card.seen == [4, 2, 1, 1]
    card.room = 1  # the next photo finds the process alive
    assert np.array_equal(mine.over(faces_of(2)), faces_of(2) * 2)


def test_after_room_was_made_for_a_face_that_did_not_fit_batches_are_whole_again() -> None:
    card = Card(room=0)
    mine = pieces(card, most=8)
    with pytest.raises(GpuExhausted):
        mine.over(faces_of(8))
    card.room = 8  # other engines were dropped
    card.seen.clear()
    mine.over(faces_of(8))
    assert card.seen == [8]


def test_a_device_that_failed_for_good_is_not_tried_again() -> None:
    import torch

    from daemon.engines.batches import Pieces
    from daemon.engines.cuda import cuda_errors

    tries = []

    def run(faces):
        tries.append(len(faces))
        with cuda_errors("fake"):
            message = "CUDA error: an illegal memory access was encountered"
            raise torch.AcceleratorError(message)

    with pytest.raises(EngineBroken):
        Pieces(run).over(faces_of(8))
    assert tries == [8]


class Road(Card):
    """A card whose results come later; writes down when each piece begins and ends."""

    def __init__(self, room: int = 32) -> None:
        super().__init__(room)
        self.steps: list[str] = []

    def start(self, faces):
        found = self.run(faces)
        self.steps.append(f"begin {len(faces)}")

        def finish():
            self.steps.append(f"end {len(faces)}")
            return found

        return finish

    def relieve(self) -> None:
        self.steps.append("relieve")


def flowing(road, **kind):
    from daemon.engines.batches import FlowingPieces

    return FlowingPieces(road.start, relieve=road.relieve, **kind)


def test_a_flowing_piece_begins_before_the_one_ahead_is_waited_for() -> None:
    road = Road()
    assert np.array_equal(flowing(road, most=4).over(faces_of(9)), faces_of(9) * 2)
    assert road.steps == ["begin 4", "begin 4", "end 4", "begin 1", "end 4", "end 1"]


def test_every_length_flows_back_whole_and_in_order() -> None:
    for count in range(1, 40):
        for room in (1, 3, 32):
            found = flowing(Road(room), most=8).over(faces_of(count))
            assert np.array_equal(found, faces_of(count) * 2), (count, room)


def test_nothing_is_on_its_way_while_memory_is_let_go() -> None:
    road = Road()
    mine = flowing(road, most=4)
    real = road.run

    def later_cramped(faces):
        if road.steps:
            road.room = 2
        return real(faces)

    road.run = later_cramped
    assert np.array_equal(mine.over(faces_of(8)), faces_of(8) * 2)
    assert road.steps[:4] == ["begin 4", "end 4", "relieve", "begin 2"]


def test_an_error_of_another_kind_stays_what_it_is() -> None:
    from daemon.engines.cuda import cuda_errors

    with pytest.raises(RuntimeError, match="shapes"), cuda_errors("fake"):
        raise RuntimeError("shapes cannot be multiplied")


def test_a_piece_has_one_of_the_known_sizes() -> None:
    with pytest.raises(ValueError, match="not 3"):
        pieces(Card(), most=3)


def test_a_face_without_a_number_is_void_throughout_and_harms_no_neighbour() -> None:
    import torch

    from daemon.engines.batches import as_crops

    images = torch.linspace(-2, 2, 4 * 3 * 8 * 8).reshape(4, 3, 8, 8)
    plain = as_crops(images).numpy()
    assert (plain.min(), plain.max(), plain.shape) == (0, 255, (4, 8, 8, 3))
    images[1, 2, 0, 0], images[3, 0, 7, 7] = torch.inf, torch.nan
    found = as_crops(images).numpy()
    assert np.isnan(found[[1, 3]]).all()
    assert np.array_equal(found[[0, 2]], plain[[0, 2]])


def test_crops_go_through_unchanged() -> None:
    import torch

    from daemon.engines.batches import as_crops, as_network
    from daemon.engines.gpen.pixels import preprocessed

    crops = np.random.default_rng(1).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    scaled = as_network(torch.tensor(crops.astype(np.float32)))
    assert np.array_equal(scaled.numpy(), preprocessed(crops))  # the rule parity is held to
    assert np.abs(as_crops(scaled).numpy() - crops).max() < 1e-4
