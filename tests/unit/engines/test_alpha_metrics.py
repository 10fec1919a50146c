"""The measures themselves, on mattes whose error is known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.alpha_metrics import alpha_error, composed, edge_error


@pytest.fixture
def square():
    alpha = np.zeros((60, 60), np.float32)
    alpha[20:40, 20:40] = 1
    return alpha


def test_the_truth_is_without_error(square) -> None:
    error = alpha_error(square, square)
    assert (error.sad, error.mse, error.mad, error.grad, error.conn) == (0, 0, 0, 0, 0)


def test_a_missing_row_costs_its_pixels(square) -> None:
    found = square.copy()
    found[20] = 0
    error = alpha_error(found, square)
    assert error.sad == pytest.approx(20 / 1000)
    assert error.mad == pytest.approx(20 / 3600)
    assert error.mse == pytest.approx(20 / 3600)
    assert error.grad > 0


def test_half_alpha_costs_half_and_a_quarter(square) -> None:
    error = alpha_error(square * 0.5, square)
    assert error.mad == pytest.approx(200 / 3600)
    assert error.mse == pytest.approx(100 / 3600)


def test_a_loose_piece_is_a_connectivity_error(square) -> None:
    found = square.copy()
    found[2:6, 2:6] = 1
    assert alpha_error(found, square).conn == pytest.approx(16 / 1000)


def test_small_haze_is_no_connectivity_error(square) -> None:
    """Theta 0.15 forgives what the eye does not see."""
    found = np.clip(square + 0.1, 0, 1).astype(np.float32)
    assert alpha_error(found, square).conn < 0.01 * found.size / 1000


def test_the_old_background_in_the_edge_is_contamination() -> None:
    alpha = np.full((8, 8), 0.5, np.float32)
    person = np.full((8, 8, 3), 40, np.uint8)
    old, new = np.full((8, 8, 3), 200, np.uint8), np.full((8, 8, 3), 100, np.uint8)
    truth = composed(person, alpha, new)
    line = old.astype(np.float64) - person
    clean = edge_error(truth, truth, alpha, line)
    assert (clean.mean_de, clean.contamination) == (0, 0)
    glowing = composed(composed(person, alpha, old), alpha, new)  # the photo's pixels, not F
    assert edge_error(glowing, truth, alpha, line).contamination == pytest.approx(0.25, abs=0.01)
