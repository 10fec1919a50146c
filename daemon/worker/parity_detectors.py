"""RetinaFace's real weights beside the embedded detector, on the photos of a folder."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daemon.catalogue.models.load import model_book
from daemon.engines.base import Face, FaceFinder
from daemon.engines.parity import Checked
from daemon.errors import BoothError
from daemon.files.digest import digest_of
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits

NAME = "retinaface"
MODEL = "detection-mobilenet025"
WEIGHTS = "detection_mobilenet0.25_Final.pth"
IN_FOLDER = "weights"
"""Where the file lies in a folder that has photos beside it."""
# Source: the weights' page and the issue of these engines: in distances of the eyes.
MOST_APART = 0.12
SAME_FACE = 0.5
_CROWD = 3  # faces, from which on they are small
_PHOTOS, _SUFFIXES = "photos", frozenset({".jpg", ".jpeg", ".png"})


@dataclass(frozen=True, slots=True)
class Compared:
    """One photo.

    Attributes:
        photo: Folder and file.
        found: Faces of RetinaFace.
        embedded: Faces of the embedded detector.
        apart: For each face of both, how far the landmarks are apart, in distances of the eyes.
    """

    photo: str
    found: int
    embedded: int
    apart: tuple[float, ...]

    @property
    def off(self) -> float:
        """How far landmarks are apart; not a number where the detectors find other faces."""
        is_same = self.found == self.embedded == len(self.apart)
        return off(self.apart) if is_same and self.apart else math.nan

    def as_json(self) -> dict[str, Any]:
        return {
            "photo": self.photo,
            "retinaface": self.found,
            "centerface": self.embedded,
            "same": len(self.apart),
            "apart": [round(each, 4) for each in self.apart],
        }


def retinaface(folder: Path, device: str) -> Checked:
    """Whether both find the same faces, and their landmarks.

    Args:
        folder: Holds the weights, or a folder of them; photos lie in ``photos`` there or beside.
        device: ``cpu`` or ``cuda:N``; the embedded detector computes on the CPU.
    """
    weights = next(p for p in (folder / WEIGHTS, folder / IN_FOLDER / WEIGHTS) if p.is_file())
    places = (folder / _PHOTOS, folder.resolve().parent / _PHOTOS)
    photos = next((place for place in places if place.is_dir()), None)
    if photos is None:
        return Checked(NAME, MOST_APART, why="there is no folder photos in it or beside it")
    if digest_of(weights).sha256 != model_book().models[MODEL].sha256:
        return Checked(NAME, MOST_APART, why=f"{WEIGHTS} is not the published file")
    try:
        rows = tuple(_compared(photos, weights, device))
    except BoothError as error:
        return Checked(NAME, MOST_APART, why=str(error))
    if not rows:
        return Checked(NAME, MOST_APART, why=f"there are no photos in {photos}")
    parts = {row.photo: row.off for row in rows}
    return Checked(NAME, MOST_APART, parts, table=tuple(row.as_json() for row in rows))


def _compared(photos: Path, weights: Path, device: str) -> Iterator[Compared]:
    # ruff: noqa: PLC0415 - torch takes seconds to import
    from daemon.engines.centerface.adapter import CenterFace
    from daemon.engines.facexlib.retinaface import RetinaFace
    from daemon.engines.offers import Setup

    finder: FaceFinder = RetinaFace(weights, "mobile", Setup(device, "fp32", 0))
    embedded: FaceFinder = CenterFace()
    for path in sorted(photos.rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file():
            srgb = read_photo(path, Limits()).srgb
            ours, theirs = finder.find(srgb), embedded.find(srgb)
            yield compared(str(path.relative_to(photos)), ours, theirs)


def compared(photo: str, ours: list[Face], theirs: list[Face]) -> Compared:
    """Two detectors' faces of a photo.

    Args:
        photo: Its name.
        ours: Of the one that is looked at.
        theirs: Of the one that it is held against; their eyes give the measure.
    """
    found = tuple(apart(mine, other) for mine, other in pairs(ours, theirs))
    return Compared(photo, len(ours), len(theirs), found)


def pairs(ours: list[Face], theirs: list[Face]) -> list[tuple[Face, Face]]:
    """Faces that both found, ours and theirs; each stands in one pair at most."""
    left, found = list(ours), []
    for other in theirs:
        mine = next((one for one in left if same(one, other)), None)
        if mine is not None:
            left = [one for one in left if one is not mine]
            found.append((mine, other))
    return found


def off(each: Sequence[float]) -> float:
    """What counts of a photo's faces: the worst of a few, the mean of a crowd.

    A face of 15 pixels between the eyes is off by one pixel at 7 %.

    Args:
        each: At least one distance.
    """
    return float(max(each) if len(each) < _CROWD else np.mean(each))


def same(one: Face, other: Face) -> bool:
    """Whether two boxes are of one face."""
    return one.box.share_of_smaller(other.box) > SAME_FACE


def apart(one: Face, other: Face) -> float:
    """Mean distance of five landmarks, in distances of the second's eyes."""
    return float(distances(one.landmarks, other.landmarks).mean())


def distances(points: NDArray[np.float32], against: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far each point lies from its other, in distances of the second's eyes.

    Args:
        points: ``(N, 2)`` x and y.
        against: As ``points``; the first two are eyes.
    """
    eyes = np.hypot(*(against[1] - against[0]))
    return np.asarray(np.hypot(*(points - against).T) / eyes, np.float32)
