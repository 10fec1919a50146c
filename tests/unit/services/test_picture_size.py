"""Width and height from a header alone: what pictures say, and what rubbish says."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from daemon.services.picture_size import size_px


def encoded(kind: str, size=(37, 21), **more) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind, **more)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_the_header_says_how_large_a_picture_is(kind):
    assert size_px(io.BytesIO(encoded(kind))) == (37, 21)


def test_a_progressive_picture_is_as_large():
    assert size_px(io.BytesIO(encoded("JPEG", progressive=True))) == (37, 21)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_picture_is_told_upright(turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    found = size_px(io.BytesIO(encoded("JPEG", exif=exif.tobytes())))
    assert found == ((21, 37) if turn >= 5 else (37, 21))


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", b"II*\0", b"\x89PNG\r\n\x1a\n", b"x" * 99]
)
def test_what_is_no_picture_of_these_kinds_has_no_size(content):
    assert size_px(io.BytesIO(content)) is None


def test_no_rubbish_raises():
    chance = random.Random(7)
    whole = encoded("JPEG", exif=Image.Exif().tobytes())
    for _ in range(3000):
        torn = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(chance.randrange(6)):
            if torn:
                torn[chance.randrange(len(torn))] = chance.randrange(256)
        found = size_px(io.BytesIO(bytes(torn)))
        assert found is None or min(found) > 0
