"""A picture enlarged in pieces is the picture enlarged at once."""

from __future__ import annotations

import numpy as np
import pytest

from daemon.engines.realesrgan.tiled import Tiling, enlarged
from daemon.errors import GpuExhausted

REACH_PX = 5  # what the network below sees around a pixel


def network(factor: int):
    """Sees REACH_PX around every pixel, takes nothing for what lies outside, and enlarges."""

    def forward(rgb):
        padded = np.pad(rgb, ((REACH_PX, REACH_PX), (REACH_PX, REACH_PX), (0, 0)))
        views = np.lib.stride_tricks.sliding_window_view(padded, (2 * REACH_PX + 1,) * 2, (0, 1))
        weights = np.random.default_rng(3).random((2 * REACH_PX + 1,) * 2)
        mixed = np.einsum("hwcyx,yx->hwc", views, weights).astype(np.float32)
        return mixed.repeat(factor, 0).repeat(factor, 1)

    return forward


def parts(forward):
    """A network as the tiling wants it: asked for a part of what it gives, in its own array."""
    return lambda rgb, wanted: forward(rgb)[wanted].copy()


def tiling(factor: int = 2, **changed) -> Tiling:
    facts = {"side_px": 16, "smallest_px": 8, "fade_px": 2, "look_px": REACH_PX, "step_px": 1}
    return Tiling(factor, **{**facts, **changed})


def picture(height: int, width: int):
    return np.random.default_rng(height * width).random((height, width, 3)).astype(np.float32)


@pytest.mark.parametrize("size", [(1, 1), (7, 40), (16, 16), (17, 33), (61, 50)])
@pytest.mark.parametrize("factor", [2, 4])
def test_pieces_that_see_enough_make_the_whole_picture(size, factor) -> None:
    rgb, forward = picture(*size), network(factor)
    found = enlarged(rgb, parts(forward), tiling(factor))
    np.testing.assert_allclose(found, forward(rgb), rtol=1e-5)


def test_without_a_fade_every_pixel_is_one_pieces_own() -> None:
    rgb, forward = picture(40, 37), network(2)
    found = enlarged(rgb, parts(forward), tiling(fade_px=0))
    assert np.array_equal(found, forward(rgb))


@pytest.mark.parametrize("size", [(30, 31), (64, 9), (33, 70)])
def test_fades_add_up_to_one_everywhere(size) -> None:
    white = np.ones((*size, 3), np.float32)
    found = enlarged(
        white, parts(lambda rgb: np.ones((2 * len(rgb), 2 * rgb.shape[1], 3))), tiling()
    )
    np.testing.assert_allclose(found, 1, atol=1e-6)


def test_pieces_that_disagree_meet_without_a_step() -> None:
    """Every piece in a grey of its own: across a seam the picture climbs, and never jumps."""
    greys = iter(range(100))

    def forward(rgb):
        return np.full((2 * len(rgb), 2 * rgb.shape[1], 3), float(next(greys)), np.float32)

    found = enlarged(np.zeros((16, 48, 3), np.float32), parts(forward), tiling(fade_px=2))
    steps = np.abs(np.diff(found[:, :, 0], axis=1))
    assert found[0, 0, 0] == 0
    assert found[0, -1, 0] == 2
    assert steps.max() == pytest.approx(1 / 8)  # two fades of 2 px, enlarged twice


def test_a_piece_reads_no_more_than_it_needs() -> None:
    seen = []

    def forward(rgb):
        seen.append(rgb.shape[:2])
        return np.zeros((2 * len(rgb), 2 * rgb.shape[1], 3), np.float32)

    enlarged(np.zeros((64, 64, 3), np.float32), parts(forward), tiling())
    assert len(seen) == 16
    assert max(max(shape) for shape in seen) == 16 + 2 * (2 + REACH_PX)


@pytest.mark.parametrize("size", [(33, 35), (34, 34), (1, 3)])
def test_pieces_of_a_network_that_folds_pixels_begin_at_its_steps(size) -> None:
    """A network that sees whole steps, whatever their place: an odd start would shift them."""

    def forward(rgb):
        assert len(rgb) % 4 == 0
        assert rgb.shape[1] % 4 == 0
        folded = rgb.reshape(len(rgb) // 4, 4, -1, 4, 3).mean((1, 3))
        return folded.repeat(8, 0).repeat(8, 1)

    rgb = picture(*size)
    padded = np.pad(rgb, ((0, -size[0] % 4), (0, -size[1] % 4), (0, 0)), mode="edge")
    whole = forward(padded)[: 2 * size[0], : 2 * size[1]]
    found = enlarged(rgb, parts(forward), tiling(step_px=4, look_px=4))
    np.testing.assert_allclose(found, whole, rtol=1e-5)


# ── memory ────────────────────────────────────────────────────────────────────────────────


def limited(forward, most_px: int, sizes: list[int]):
    """A network on a card with room for so many pixels."""

    def tried(rgb):
        sizes.append(rgb.shape[0] * rgb.shape[1])
        if sizes[-1] > most_px:
            raise GpuExhausted
        return forward(rgb)

    return tried


@pytest.mark.parametrize("most_px", [29 * 29, 25 * 25, 22 * 22])
def test_a_piece_that_finds_no_memory_is_divided(most_px) -> None:
    rgb, forward = picture(48, 64), network(2)
    sizes: list[int] = []
    relieved: list[int] = []
    found = enlarged(
        rgb, parts(limited(forward, most_px, sizes)), tiling(), None, lambda: relieved.append(1)
    )
    np.testing.assert_allclose(found, forward(rgb), rtol=1e-5)
    assert len(relieved) == sum(size > most_px for size in sizes) <= 1


def test_memory_that_goes_in_the_middle_leaves_no_seam() -> None:
    """Large pieces are done, then there is room for small ones only: both kinds stand together."""
    rgb, forward, sizes = picture(64, 64), network(2), []

    def tried(piece):
        room = 30 * 30 if len(sizes) < 5 else 22 * 22
        return limited(forward, room, sizes)(piece)

    np.testing.assert_allclose(enlarged(rgb, parts(tried), tiling()), forward(rgb), rtol=1e-5)
    assert max(sizes) > 22 * 22


def test_a_card_without_room_for_the_smallest_piece_fails_the_picture() -> None:
    sizes: list[int] = []
    with pytest.raises(GpuExhausted):
        enlarged(picture(40, 40), parts(limited(network(2), 100, sizes)), tiling())
    assert len(sizes) < 4  # halves, and no endless tries


def test_progress_ends_with_all_pieces_done() -> None:
    told: list[tuple[int, int]] = []
    sizes: list[int] = []
    forward = parts(limited(network(2), 22 * 22, sizes))
    enlarged(picture(32, 32), forward, tiling(), lambda done, total: told.append((done, total)))
    assert told[-1] == (16, 16)
    assert all(done <= total for done, total in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
