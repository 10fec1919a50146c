from __future__ import annotations

import numpy as np
from PIL import ImageFont

from daemon.imaging.annotate import BAD, LONGEST_PX, Mark, annotated, wrapped
from daemon.imaging.geometry import Box

TEXT = {"zh": "没有找到人脸。", "en": "No face was found in this rather long sentence about it."}


def mark(box: Box) -> Mark:
    return Mark(box, np.full((5, 2), np.nan, np.float32), {"zh": "太小", "en": "small"}, BAD)


def test_a_large_picture_is_shown_on_one_screen() -> None:
    shown = annotated(np.zeros((3000, 4000, 3), np.uint8), [], TEXT, "en")
    assert shown.shape[1] == LONGEST_PX
    assert shown.dtype == np.uint8


def test_a_face_is_boxed_in_its_colour() -> None:
    picture = np.full((400, 400, 3), 255, np.uint8)
    shown = annotated(picture, [mark(Box(100, 100, 200, 200))], TEXT, "zh")
    assert (shown == np.array(BAD)).all(axis=2).sum() > 300


def test_marks_at_and_beyond_the_border_are_drawn() -> None:
    picture = np.zeros((60, 50, 3), np.uint8)
    boxes = [mark(Box(-20, -20, 30, 30)), mark(Box(40, 40, 90, 90))]
    assert annotated(picture, boxes, TEXT, "en").shape[1] == 320


def test_the_picture_itself_is_not_drawn_on() -> None:
    picture = np.zeros((300, 300, 3), np.uint8)
    annotated(picture, [mark(Box(10, 10, 90, 90))], TEXT, "en")
    assert not picture.any()


def test_long_sentences_are_broken_to_the_width_in_both_languages() -> None:
    font = ImageFont.load_default(16)
    for text in (TEXT["en"], TEXT["zh"] * 6):
        lines = wrapped(text, font, 150)
        assert len(lines) > 1
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert max(font.getlength(line) for line in lines) <= 150
