"""Plates grow to their coloured rectangle; signatures and seals by place and colour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from daemon.imaging.plates import plate_area
from daemon.imaging.signing import seals, signatures

GROUNDS = {"blue": (20, 60, 170), "yellow": (240, 190, 30), "green": (60, 190, 120),
           "white": (235, 235, 235), "black": (25, 25, 30)}  # fmt: skip


def _car(
    ground: tuple[int, int, int], degrees: float, *, seed: int = 3
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """A plate on a grey-red car: the picture, the text's quad and the plate's."""
    picture = np.full((400, 640, 3), (120, 60, 62), np.uint8)
    letters = (20, 20, 20) if sum(ground) > 400 else (250, 250, 250)
    cv2.rectangle(picture, (220, 160), (460, 240), letters, -1)
    cv2.rectangle(picture, (224, 164), (456, 236), ground, -1)
    cv2.putText(picture, "B.1S365", (245, 218), cv2.FONT_HERSHEY_SIMPLEX, 1.5, letters, 4)
    text = np.array([(246, 182), (436, 182), (436, 220), (246, 220)], np.float32)
    plate = np.array([(220, 160), (460, 160), (460, 240), (220, 240)], np.float32)
    move = cv2.getRotationMatrix2D((340, 200), degrees, 1.0)
    picture = cv2.warpAffine(picture, move, (640, 400), borderMode=cv2.BORDER_REPLICATE)
    noise = np.random.default_rng(seed).normal(0, 5, picture.shape)
    picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    turn = [cv2.transform(quad[None], move)[0].astype(np.float32) for quad in (text, plate)]
    return picture, turn[0], turn[1]


def _shares(one: NDArray[np.float32], truth: NDArray[np.float32]) -> tuple[float, float]:
    """How much of the truth is covered, and how large the cover is against it."""
    masks = []
    for quad in (one, truth):
        mask = np.zeros((400, 640), np.uint8)
        cv2.fillPoly(mask, [np.rint(quad).astype(np.int32)], 1)
        masks.append(mask)
    return float((masks[0] & masks[1]).sum() / masks[1].sum()), float(
        masks[0].sum() / masks[1].sum()
    )


@pytest.mark.parametrize("colour", sorted(GROUNDS))
@pytest.mark.parametrize("degrees", [0.0, 7.0, -12.0])
def test_a_plate_is_covered_to_its_rim_and_not_much_further(colour: str, degrees: float) -> None:
    picture, text, plate = _car(GROUNDS[colour], degrees)
    covered, size = _shares(plate_area(picture, text), plate)
    assert covered >= 0.99
    assert size <= 1.35


def test_without_a_rectangle_the_text_itself_is_grown() -> None:
    picture = np.full((400, 640, 3), 200, np.uint8)
    cv2.putText(picture, "B.1S365", (245, 218), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0, 0, 0), 4)
    text = np.array([(246, 182), (436, 182), (436, 220), (246, 220)], np.float32)
    quad = plate_area(picture, text)
    assert quad[:, 0].min() == pytest.approx(246 - 19, abs=1)
    assert quad[:, 1].max() == pytest.approx(220 + 17, abs=1)


def test_a_plate_number_in_a_paragraph_leaves_its_neighbours() -> None:
    picture = np.full((400, 900, 3), 250, np.uint8)
    for row in range(4):
        at = (20, 150 + 42 * row)
        cv2.putText(picture, "one B.1S365 two three four", at, 0, 1.0, (0, 0, 0), 2)
    text = np.array([(90, 170), (240, 170), (240, 208), (90, 208)], np.float32)
    quad = plate_area(picture, text)
    assert quad[:, 1].min() >= 152  # the line above ends there
    assert quad[:, 1].max() <= 211  # and the one below begins


def _letter() -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """A label, a printed line under it, and a stroke right of the label."""
    picture = np.full((600, 900, 3), 250, np.uint8)
    cv2.putText(picture, "Signature:", (100, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    cv2.putText(picture, "Date 2025", (100, 250), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    cv2.line(picture, (260, 210), (600, 210), (90, 90, 90), 1)  # the rule to sign on
    label = np.array([(100, 175), (245, 175), (245, 205), (100, 205)], np.float32)
    date = np.array([(100, 225), (250, 225), (250, 258), (100, 258)], np.float32)
    return picture, label, date


def _sign(picture: NDArray[np.uint8]) -> NDArray[np.int32]:
    x = np.linspace(290, 480, 60)
    points = np.column_stack([x, 190 + 18 * np.sin(x / 9)]).astype(np.int32)
    cv2.polylines(picture, [points], isClosed=False, color=(20, 20, 90), thickness=2)
    return points


def test_a_signature_right_of_its_label_is_found_whole() -> None:
    picture, label, date = _letter()
    points = _sign(picture)
    (area,) = signatures(picture, [label], [label, date])
    low, high = area.quad.min(axis=0), area.quad.max(axis=0)
    assert (low <= points.min(axis=0)).all()
    assert (high >= points.max(axis=0)).all()
    assert (high - low <= np.ptp(points, axis=0) + 40).all()
    assert low[0] > label[:, 0].max()


def test_a_rule_and_printed_text_are_no_signature() -> None:
    picture, label, date = _letter()
    assert signatures(picture, [label], [label, date]) == []


def _stamped(picture: NDArray[np.uint8]) -> None:
    cv2.circle(picture, (600, 400), 70, (200, 40, 40), 4)
    cv2.putText(picture, "11019903", (545, 440), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (200, 40, 40), 2)


def test_a_red_seal_is_found_and_grown() -> None:
    picture, _, _ = _letter()
    _stamped(picture)
    (area,) = seals(picture)
    assert area.quad.min(axis=0) == pytest.approx([600 - 76, 400 - 76], abs=4)
    assert area.quad.max(axis=0) == pytest.approx([600 + 76, 400 + 76], abs=4)


@pytest.mark.parametrize("what", ["grey", "red block", "red line", "face"])
def test_what_is_no_seal_is_left(what: str, astronaut: NDArray[np.uint8]) -> None:
    picture, _, _ = _letter()
    if what == "grey":
        _stamped(picture)
        picture = np.repeat(picture.min(axis=2)[:, :, None], 3, axis=2)
    elif what == "red block":
        picture[300:420, 300:420] = (200, 30, 30)
    elif what == "red line":
        picture[300:306, 100:500] = (200, 30, 30)
    else:
        picture[300:500, 300:500] = astronaut[20:220, 130:330]
    assert seals(picture) == []
