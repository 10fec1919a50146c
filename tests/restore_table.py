"""Acceptance of the route ``restore``: prints what it does to every photo of ../shared.

    .venv/bin/python tests/restore_table.py [--pictures DIR] [--only WORD]

First table: every shared photo as ``boothd once restore`` sees it. Second: photos with a known
clean original (two real pairs; five clean faces, damaged by ``tests/degrade.py``, restored both
in place and four times enlarged): PSNR and identity distance to the original, against bicubic.
Exit 0 when every limit of the acceptance holds; 0 with a note where the photos are missing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from daemon.engines.registry import Engines  # noqa: E402
from daemon.imaging.align import align  # noqa: E402
from daemon.imaging.decode import read_photo  # noqa: E402
from daemon.imaging.limits import Limits  # noqa: E402
from daemon.imaging.mask import inner_face  # noqa: E402
from daemon.imaging.photo import Container, Photo  # noqa: E402
from daemon.routes.base import Context, Outcome  # noqa: E402
from daemon.routes.restore import ROUTE  # noqa: E402
from tests.degrade import degraded  # noqa: E402

PHOTOS = REPO.parent / "shared" / "photos"
FACES = {"solvay1927.png": 29, "pair.jpg": 2, "fence.jpg": 2}  # every other photo has one
WANTED_ABOVE_BICUBIC = 0.9


@dataclass(frozen=True)
class Case:
    """A damaged photo, its clean original, and how it is restored."""

    name: str
    damaged: np.ndarray
    clean: np.ndarray
    upscale: int


def photo_of(srgb: np.ndarray) -> Photo:
    return Photo(srgb, srgb, None, Container("PNG"))


def run(photo: Photo, engines: Engines, **options: Any) -> tuple[Outcome, float]:
    context = Context(engines, "en", "", lambda _part, _done, _total: None)
    begin = time.perf_counter()
    outcome = ROUTE.run(photo, ROUTE.parse_options(options), context)
    return outcome, time.perf_counter() - begin


def cases() -> Iterator[Case]:
    for i in range(2):
        damaged, clean = (
            read_photo(PHOTOS / "pairs" / f"{i}_{kind}.png", Limits()).srgb for kind in ("lq", "hq")
        )
        yield Case(f"pairs/{i}", damaged, clean, 1)
    for i in range(5):
        clean = read_photo(PHOTOS / "hq" / f"face{i}.png", Limits()).srgb
        small = degraded(clean, seed=i)
        yield Case(f"hq/face{i} x4", small, clean, 4)
        large = cv2.resize(small, clean.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        yield Case(f"hq/face{i} in place", large, clean, 1)


def fitted(srgb: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Bicubic up, averaged down, to the size of the clean original."""
    how = cv2.INTER_CUBIC if srgb.shape[0] < like.shape[0] else cv2.INTER_AREA
    return cv2.resize(srgb, like.shape[1::-1], interpolation=how)


def face_psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.mean((one[inner_face()] - other[inner_face()]) ** 2)
    return float(10 * np.log10(255**2 / error))


def compare(case: Case, engines: Engines, pictures: Path | None) -> dict[str, float]:
    outcome, seconds = run(photo_of(case.damaged), engines, upscale=case.upscale)
    plain = fitted(case.damaged, case.clean)
    after = fitted(outcome.photo.srgb, case.clean)
    face = align(engines.finder.find(case.clean)[0].landmarks)
    assert face is not None
    crops = [face.crop(picture) for picture in (plain, after, case.clean)]
    described = [engines.recogniser.embed(p, face) for p in (plain, after, case.clean)]
    if pictures:
        save(pictures, case.name, np.hstack([plain, after, case.clean]))
    return {
        "seconds": seconds,
        "bicubic": face_psnr(crops[0], crops[2]),
        "restored": face_psnr(crops[1], crops[2]),
        "distance_before": float(np.linalg.norm(described[0] - described[2])),
        "distance_after": float(np.linalg.norm(described[1] - described[2])),
        "guard": outcome.measures["faces"][0]["identity"]["distance"],
        "quality": outcome.measures["quality_score"],
    }


def table_of_gains(engines: Engines, pictures: Path | None, only: str) -> bool:
    print(
        f"\n{'photo':<22}{'bicubic':>9}{'restored':>9}{'gain dB':>9}"
        f"{'id before':>11}{'id after':>10}{'guard':>8}{'quality':>9}{'s':>6}"
    )
    rows = []
    for case in cases():
        if only not in case.name:
            continue
        row = compare(case, engines, pictures)
        rows.append(row)
        print(
            f"{case.name:<22}{row['bicubic']:>9.2f}{row['restored']:>9.2f}"
            f"{row['restored'] - row['bicubic']:>+9.2f}{row['distance_before']:>11.3f}"
            f"{row['distance_after']:>10.3f}{row['guard']:>8.3f}{row['quality']:>9.3f}"
            f"{row['seconds']:>6.1f}",
            flush=True,
        )
    above = sum(row["restored"] > row["bicubic"] for row in rows)
    before, after = (
        np.mean([row[k] for row in rows]) for k in ("distance_before", "distance_after")
    )
    print(
        f"above bicubic: {above} of {len(rows)}; mean identity distance to the clean photo "
        f"{before:.3f} → {after:.3f}"
    )
    return above >= WANTED_ABOVE_BICUBIC * len(rows) and bool(after < before)


def table_of_photos(engines: Engines, pictures: Path | None, only: str) -> bool:
    print(
        f"{'photo':<26}{'faces':>6}{'restored':>9}{'alone':>6}{'kept':>5}"
        f"{'verdict':>9}{'quality':>9}{'outside':>8}{'s':>6}  codes, reasons"
    )
    good = True
    for path in sorted(PHOTOS.glob("*/*.*")):
        name = str(path.relative_to(PHOTOS))
        if only not in name:
            continue
        photo = read_photo(path, Limits())
        outcome, seconds = run(photo, engines)
        faces = outcome.measures["faces"]
        ends = [face["outcome"] for face in faces]
        right = len(faces) == FACES.get(path.name, 1)
        good = good and right and outcome.measures["outside"]["equal"]
        said = sorted({r.code for r in outcome.reasons} | {face["reason"] for face in faces})
        print(
            f"{name:<26}{len(faces):>6}{ends.count('restored'):>9}{ends.count('left_alone'):>6}"
            f"{ends.count('kept_original'):>5}{outcome.verdict:>9}"
            f"{outcome.measures['quality_score']:>9.3f}"
            f"{outcome.measures['outside']['equal']!s:>8}{seconds:>6.1f}  {' '.join(said)}"
            f"{'' if right else '  << WRONG NUMBER OF FACES'}",
            flush=True,
        )
        if pictures:
            save(pictures, name, np.hstack([photo.srgb, outcome.photo.srgb]))
            if outcome.why is not None:
                save(pictures, f"{name} why", outcome.why)
    return good


def save(folder: Path, name: str, srgb: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (name.replace("/", "_").replace(" ", "_") + ".png")
    written, content = cv2.imencode(".png", np.ascontiguousarray(srgb[:, :, ::-1]))
    assert written
    path.write_bytes(content.tobytes())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pictures", type=Path, help="folder for before/after pictures")
    parser.add_argument("--only", default="", help="only photos whose name has this in it")
    chosen = parser.parse_args()
    if not PHOTOS.is_dir():
        print("skipped: ../shared/photos is not on this machine")
        return 0
    with Engines() as engines:
        photos = table_of_photos(engines, chosen.pictures, chosen.only)
        gains = table_of_gains(engines, chosen.pictures, chosen.only)
    print("every limit holds" if photos and gains else "A LIMIT IS MISSED")
    return 0 if photos and gains else 1


if __name__ == "__main__":
    sys.exit(main())
