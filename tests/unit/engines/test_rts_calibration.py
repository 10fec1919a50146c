"""Which way an unknown number points is decided by the self-test, or not at all."""

from __future__ import annotations

import dataclasses
import json
import math

import cv2
import numpy as np
import pytest

from daemon.engines.rts.calibration import (
    GOOD_SCORE,
    MIN_GAP,
    Basis,
    Calibration,
    Direction,
    Refusal,
    calibrated,
    judged,
    keep,
    kept,
)
from daemon.engines.rts.selftest import LEVELS, VARIANTS, pictures

BASIS = Basis("a" * 64, "fp32", "cpu")
# The figures that articles quote for good, half blurred and mosaic.
QUOTED = np.log([[0.91, 0.53, 0.21]] * 3)


def strayed(crops):
    """How far each crop is from the clean one of its variant."""
    clean = np.repeat(crops[:: len(LEVELS)], len(LEVELS), axis=0)
    return np.abs(crops.astype(np.float32) - clean).mean(axis=(1, 2, 3)) / 10


def edges(crops):
    """How much fine detail each crop has; the edges of a mosaic count as detail."""
    return np.array([np.abs(cv2.Laplacian(crop, cv2.CV_32F)).mean() for crop in crops], np.float32)


def test_the_pictures_are_one_face_three_times_in_three_states() -> None:
    made = pictures()
    assert made.shape == (len(VARIANTS), len(LEVELS), 112, 112, 3)
    clean, blurred, mosaic = made[0]
    assert np.array_equal(made[1, 0], clean[:, ::-1])
    assert blurred.std() < clean.std()
    assert all((mosaic[8 * i : 8 * i + 8, :8] == mosaic[8 * i, 0]).all() for i in range(14))
    assert np.array_equal(made, pictures())


@pytest.mark.parametrize(
    ("sign", "direction"), [(1, Direction.HIGHER_IS_BETTER), (-1, Direction.LOWER_IS_BETTER)]
)
def test_either_direction_is_found_and_the_clean_face_scores_best(sign, direction) -> None:
    found = judged(BASIS, sign * QUOTED)
    assert found.state == "accepted"
    assert found.direction is direction
    scores = [found.score(log) for log in sign * QUOTED[0]]
    assert scores == pytest.approx([0.9, 0.642, 0.2], abs=0.01)
    assert found.gap == pytest.approx(0.7)


def test_a_number_that_grows_with_the_damage_is_accepted_from_the_pictures() -> None:
    found = calibrated(BASIS, strayed)
    assert found.direction is Direction.LOWER_IS_BETTER
    assert found.gap > MIN_GAP
    turned = calibrated(BASIS, lambda crops: -strayed(crops))
    assert turned.direction is Direction.HIGHER_IS_BETTER


def test_a_number_that_takes_the_mosaic_for_sharp_is_refused() -> None:
    assert calibrated(BASIS, edges).refusal is Refusal.ORDER


def test_a_constant_is_refused() -> None:
    found = calibrated(BASIS, lambda crops: np.zeros(len(crops), np.float32))
    assert found.refusal is Refusal.ORDER
    assert found.raw == {"clean": 1.0, "blurred": 1.0, "mosaic": 1.0}
    assert found.score(0.0) is None
    assert found.name == "refused"


def test_a_blurred_face_that_comes_out_worst_is_refused() -> None:
    found = judged(BASIS, np.array([[0.0, -1.0, -0.5]] * 3))
    assert found.refusal is Refusal.ORDER
    assert found.raw == pytest.approx({"clean": 1, "blurred": 0.367879, "mosaic": 0.606531})


def test_one_variant_that_runs_the_other_way_is_enough_to_refuse() -> None:
    logs = QUOTED.copy()
    logs[1] = logs[1, ::-1]
    assert judged(BASIS, logs).refusal is Refusal.ORDER


def test_a_number_that_hardly_moves_is_not_blown_up_into_a_score() -> None:
    logs = np.array([[0.0, -0.05, -0.1]] * 3)
    found = judged(BASIS, logs)
    assert found.refusal is Refusal.GAP
    assert 0 < found.gap < MIN_GAP


def test_a_face_that_scores_otherwise_when_mirrored_is_refused() -> None:
    logs = QUOTED.copy()
    logs[1] -= 1.0
    assert judged(BASIS, logs).refusal is Refusal.UNSTEADY


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_and_kept_as_json_can_say_it(tmp_path, bad) -> None:
    logs = QUOTED.copy()
    logs[0, 1] = bad
    found = judged(BASIS, logs)
    assert found.refusal is Refusal.NO_NUMBER
    assert found.raw == {"clean": 0.91, "blurred": None, "mosaic": 0.21}
    json.dumps(found.as_json(), allow_nan=False)
    weights = tmp_path / "pytorch_model.pt"
    assert keep(weights, found)
    assert kept(weights, BASIS) == found


def test_no_number_on_a_mirrored_face_is_refused_too() -> None:
    logs = QUOTED.copy()
    logs[1, 0] = math.nan
    assert judged(BASIS, logs).refusal is Refusal.NO_NUMBER


@pytest.mark.parametrize("sign", [1, -1])
def test_the_score_is_monotone_and_stays_within_its_range(sign) -> None:
    found = judged(BASIS, sign * QUOTED)
    logs = sign * np.linspace(-6, 6, 400)
    scores = [found.score(log) for log in logs]
    assert all(0 <= score <= 1 for score in scores)
    assert (np.diff(scores) >= 0).all()
    assert scores[0] == 0
    assert scores[-1] == 1
    assert found.score(math.nan) is None


# ── kept beside the weights ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("logs", [QUOTED, -QUOTED, np.zeros((3, 3))])
def test_what_is_kept_is_read_back_the_same(tmp_path, logs) -> None:
    weights, made = tmp_path / "pytorch_model.pt", judged(BASIS, logs)
    assert kept(weights, BASIS) is None
    assert keep(weights, made)
    assert kept(weights, BASIS) == made
    assert json.loads(weights.with_name("pytorch_model.pt.calibration.json").read_bytes()) == (
        json.loads(json.dumps(made.as_json()))
    )


@pytest.mark.parametrize(
    "other",
    [
        {"weights_sha256": "b" * 64},
        {"precision": "fp16"},
        {"device": "cuda"},
        {"pictures": BASIS.pictures + 1},
    ],
)
def test_a_calibration_of_anything_else_is_not_taken(tmp_path, other) -> None:
    weights = tmp_path / "pytorch_model.pt"
    keep(weights, judged(BASIS, QUOTED))
    assert kept(weights, dataclasses.replace(BASIS, **other)) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found | {"direction": "lower_is_better"},
        lambda found: found | {"refusal": "order"},
        lambda found: found | {"anchors": [[0, 0.9], [1, 0.1]]},
        lambda found: found | {"basis": {"weights_sha256": "x"}},
        lambda found: found | {"anchors": 3},
        lambda _found: [],
        lambda _found: None,
    ],
)
def test_a_calibration_that_was_changed_by_hand_is_made_again(tmp_path, change) -> None:
    weights = tmp_path / "pytorch_model.pt"
    keep(weights, judged(BASIS, QUOTED))
    file = tmp_path / "pytorch_model.pt.calibration.json"
    file.write_text(json.dumps(change(json.loads(file.read_bytes()))))
    assert kept(weights, BASIS) is None


def test_a_folder_that_takes_no_file_is_no_error(tmp_path) -> None:
    (tmp_path / "models").write_text("a file where a folder should be")
    assert not keep(tmp_path / "models" / "pytorch_model.pt", judged(BASIS, QUOTED))


def test_two_calibrations_share_an_id_only_if_they_are_the_same() -> None:
    ids = {
        judged(BASIS, QUOTED).id,
        judged(BASIS, -QUOTED).id,
        judged(BASIS, QUOTED * 1.5).id,
        judged(dataclasses.replace(BASIS, precision="fp16"), QUOTED).id,
    }
    assert len(ids) == 4
    assert judged(BASIS, QUOTED).id == judged(BASIS, QUOTED.copy()).id


def test_the_clean_face_is_anchored_where_articles_put_it() -> None:
    found: Calibration = judged(BASIS, QUOTED)
    assert found.anchors[0][1] == GOOD_SCORE
