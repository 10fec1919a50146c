"""Pictures to show the booth with, made from the one free portrait that a dependency ships.

Run as a program (``python -m daemon.imaging.samples --demo FOLDER``), because whoever wants the
pictures, the demo, must not load an array library itself.

The portrait is NASA's S93-35016 of Eileen Collins (public domain, ``skimage/data``); what
happens to it here is what happens to photos in offices: sent by messenger, scanned grey,
photographed from a screen.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]

PAIR_PX = 512

# Seeds the noise, so that every demo shows the same pictures.
SEED = 20_261_121


def sample_photo(name: str) -> Picture:
    """A picture of scikit-image's package data, ``(H, W, 3)`` uint8 sRGB RGB.

    Raises:
        FileNotFoundError: The package is not installed, or does not ship it.
    """
    spec = importlib.util.find_spec("skimage")
    places = spec.submodule_search_locations if spec is not None else None
    path = Path(next(iter(places or ["."]))) / "data" / name
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise FileNotFoundError(path)
    return np.asarray(picture, np.uint8)


def worn(picture: Picture, *, blur_px: float, shrink: int, noise: float, quality: int) -> Picture:
    """A picture as a careless chain of tools leaves it, same size.

    Args:
        picture: ``(H, W, 3)`` uint8 RGB.
        blur_px: Standard deviation of the Gaussian blur.
        shrink: Factor by which it is made smaller and stretched back.
        noise: Standard deviation of the noise, in 8-bit steps.
        quality: JPEG quality, 1..100.
    """
    height, width = picture.shape[:2]
    soft = cv2.GaussianBlur(picture, (0, 0), blur_px)
    small = cv2.resize(soft, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(SEED).normal(0, noise, small.shape)
    noisy = np.clip(small + grain, 0, 255).astype(np.uint8)
    coarse = cv2.imdecode(
        cv2.imencode(".jpg", noisy[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1],
        cv2.IMREAD_COLOR_RGB,
    )
    back = cv2.resize(np.asarray(coarse), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(back, np.uint8)


def demo_files() -> Mapping[str, bytes]:
    """File name → bytes of the demo's photos."""
    portrait = sample_photo("astronaut.png")
    sent = worn(portrait, blur_px=1.2, shrink=2, noise=4, quality=45)
    soft = worn(portrait, blur_px=2.0, shrink=2, noise=3, quality=70)
    grey = cv2.cvtColor(cv2.cvtColor(soft, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    tiny = worn(portrait, blur_px=0.8, shrink=4, noise=2, quality=60)
    whole = _jpeg(sent)
    return {
        "sent-by-messenger.jpg": whole,
        "out-of-focus.png": _png(soft),
        "grey-scan.jpg": _jpeg(np.asarray(grey, np.uint8)),
        "small-web-picture.jpg": _jpeg(tiny),
        "already-sharp.png": _png(portrait),
        "coffee-without-anyone.jpg": _jpeg(sample_photo("coffee.png")),
        "copy-interrupted.jpg": whole[: len(whole) // 2] + b"\xff\xd9",
    }


def before_and_after(before: Path, after: Path, target: Path, face: Box | None = None) -> None:
    """Put two pictures side by side into a PNG, the earlier one on the left.

    Args:
        before: The earlier picture.
        after: The later one; may be larger.
        target: Where the PNG goes.
        face: Show this face and what is around it (x0, y0, x1, y1 in pixels of ``before``);
            ``None`` shows everything.
    """
    first, second = _picture(before), _picture(after)
    shown = _around(face, first.shape[1], first.shape[0]) if face else (0.0, 0.0, 1.0, 1.0)
    gap = np.full((PAIR_PX, 8, 3), 255, np.uint8)
    sides = [_cut(picture, shown) for picture in (first, second)]
    _write(target, cv2.imencode(".png", np.hstack([sides[0], gap, sides[1]]))[1].tobytes())


def _picture(path: Path) -> Picture:
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(path)
    return np.asarray(picture, np.uint8)


def _around(face: Box, width: int, height: int) -> Box:
    """A square of three face heights around a face, as shares of the picture."""
    x, y = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
    half = min(1.5 * (face[3] - face[1]), width / 2, height / 2)
    x, y = min(max(x, half), width - half), min(max(y, half), height - half)
    return (x - half) / width, (y - half) / height, (x + half) / width, (y + half) / height


def _cut(picture: Picture, shown: Box) -> Picture:
    """The shown part, enlarged or shrunk to the height of a pair."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = (
        round(share * side) for share, side in zip(shown, (width, height) * 2, strict=True)
    )
    part = picture[y0:y1, x0:x1]
    scale = PAIR_PX / part.shape[0]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, None, fx=scale, fy=scale, interpolation=how), np.uint8)


def _jpeg(picture: Picture) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, 92]
    return bytes(cv2.imencode(".jpg", picture[..., ::-1], options)[1].tobytes())


def _png(picture: Picture) -> bytes:
    return bytes(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def bench_face_files() -> Mapping[str, bytes]:
    """The same worn portrait twice: the first warms the engines, the second is measured."""
    worn_portrait = _png(
        worn(sample_photo("astronaut.png"), blur_px=2, shrink=2, noise=4, quality=50)
    )
    return {"1-warm.png": worn_portrait, "2-measured.png": worn_portrait}


def bench_large_files() -> Mapping[str, bytes]:
    """The worn portrait stretched to 24 megapixels, as a modern camera delivers."""
    portrait = worn(sample_photo("astronaut.png"), blur_px=2, shrink=2, noise=4, quality=50)
    return {"24-megapixel.jpg": _jpeg(np.asarray(cv2.resize(portrait, (4900, 4900)), np.uint8))}


SETS = {"--face": bench_face_files, "--large": bench_large_files, "--demo": demo_files}


def main(arguments: list[str]) -> int:
    """``--demo|--face|--large FOLDER``, or ``--pair BEFORE AFTER TARGET [X0 Y0 X1 Y1]``."""
    if arguments[0] == "--pair":
        before, after, target = map(Path, arguments[1:4])
        box = tuple(map(float, arguments[4:8]))
        before_and_after(before, after, target, box if len(box) == 4 else None)
        return 0
    for name, content in SETS[arguments[0]]().items():
        _write(Path(arguments[1], name), content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
