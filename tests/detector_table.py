"""RetinaFace beside the embedded detector: prints what both find on every photo of ../shared.

    .venv/bin/python -m tests.detector_table [--weights FILE] [--threads N]

A row for each photo: how many faces each detector finds, how many are the same, and how far their
five landmarks lie apart on the average, in distances of the eyes: for the photo's worst face and
over all its faces. The last two columns hold each detector's eyes against those of a third (dlib),
where that one finds the face too. Ends with 0 where every photo has the same faces, a portrait's
landmarks lie within 12 % and a crowd's do on the average; 0 with a note where photos or weights
are missing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daemon.engines.base import Face, FaceFinder
from daemon.imaging.decode import read_photo
from daemon.imaging.limits import Limits
from daemon.worker import parity_detectors
from daemon.worker.parity_detectors import MOST_APART, apart, distances, off, pairs, same

SHARED = Path(__file__).resolve().parents[2] / "shared"
PHOTOS = SHARED / "photos"
WEIGHTS = SHARED / "weights" / parity_detectors.WEIGHTS
FACES = {"solvay1927.png": 29, "pair.jpg": 2, "fence.jpg": 2}  # every other photo has one


class NoJudge:
    """A third detector that finds nothing, where its opinion is not asked."""

    def find(self, _srgb: NDArray[np.uint8], *, view_px: int | None = None) -> list[Face]:
        del view_px
        return []


@dataclass(frozen=True)
class Row:
    """What was found on one photo.

    Attributes:
        name: Folder and file.
        people: How many there are.
        found: Faces of RetinaFace.
        embedded: Faces of the embedded detector.
        same: Faces of both.
        apart: For each of those, the landmarks' mean distance in distances of the eyes.
        third: Mean distance of RetinaFace's and of the embedded detector's eyes from dlib's.
        spent_s: RetinaFace's time.
    """

    name: str
    people: int
    found: int
    embedded: int
    same: int
    apart: tuple[float, ...]
    third: tuple[float, float] | None
    spent_s: float

    @property
    def has_same_faces(self) -> bool:
        return self.found == self.embedded == self.same == self.people

    @property
    def is_near(self) -> bool:
        return bool(self.apart) and off(self.apart) <= MOST_APART

    def line(self) -> str:
        third = "–      –" if self.third is None else f"{self.third[0]:.3f}  {self.third[1]:.3f}"
        worst, mean = max(self.apart, default=np.nan), np.mean(self.apart or (np.nan,))
        return (
            f"{self.name:26} {self.people:6} {self.found:5} {self.embedded:8} {self.same:4}"
            f"  {worst:.3f}  {mean:.3f}  {third}  {self.spent_s:5.2f}"
        )


HEAD = f"{'photo':26} people retina embedded same  worst   mean  eyes: r    e        s"


def rows(
    finder: FaceFinder, embedded: FaceFinder, judge: FaceFinder, photos: Path = PHOTOS
) -> Iterator[Row]:
    """A row for every photo in a folder, by name."""
    for path in sorted(photos.rglob("*")):
        if path.suffix not in {".png", ".jpg"}:
            continue
        srgb = read_photo(path, Limits()).srgb
        begin_s = time.perf_counter()
        ours = finder.find(srgb)
        spent_s = time.perf_counter() - begin_s
        theirs = embedded.find(srgb)
        both = pairs(ours, theirs)
        name = f"{path.parent.name}/{path.name}"
        yield Row(
            name,
            FACES.get(path.name, 1),
            len(ours),
            len(theirs),
            len(both),
            tuple(apart(mine, other) for mine, other in both),
            _third(both[0], judge.find(srgb)) if len(both) == 1 else None,
            spent_s,
        )


def _third(pair: tuple[Face, Face], judged: list[Face]) -> tuple[float, float] | None:
    seen = next((one for one in judged if same(one, pair[0])), None)
    if seen is None:
        return None
    mine, other = (float(distances(face.landmarks[:2], seen.landmarks[:2]).mean()) for face in pair)
    return mine, other


def main() -> int:
    """Print the table; 0 where it is as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    if not (asked.weights.is_file() and PHOTOS.is_dir()):
        print("nothing to do: ../shared/photos or the weights are not on this machine")
        return 0
    from daemon.engines.centerface.adapter import CenterFace
    from daemon.engines.dlib_face.adapter import DlibFinder
    from daemon.engines.facexlib.retinaface import RetinaFace
    from daemon.engines.offers import Setup

    trunk = "resnet50" if "Resnet50" in asked.weights.name else "mobile"
    finder = RetinaFace(asked.weights, trunk, Setup("cpu", "fp32", asked.threads))
    print(HEAD)
    good = True
    for row in rows(finder, CenterFace(asked.threads), DlibFinder()):
        good &= row.has_same_faces and row.is_near
        print(row.line(), "" if row.has_same_faces and row.is_near else "  <--", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
