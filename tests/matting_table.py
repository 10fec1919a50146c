"""Acceptance of the embedded matter: prints how far it is from mattes that are known.

    .venv/bin/python tests/matting_table.py [--pictures DIR] [--only WORD] [--photos]

Drawn people (``tests/composites.py``) and the astronaut, before five backgrounds each. With
``--photos`` the portraits of ../shared too: their mattes on the plain background they were taken
against are taken for the truth and composed before the other backgrounds. Exit 0 when the bars
of acceptance hold.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from daemon.engines.base import Face, Matte  # noqa: E402
from daemon.engines.registry import Engines  # noqa: E402
from daemon.imaging.decode import read_photo  # noqa: E402
from daemon.imaging.head_frame import HeadFrame  # noqa: E402
from daemon.imaging.limits import Limits  # noqa: E402
from tests.alpha_metrics import (  # noqa: E402
    AlphaError,
    EdgeError,
    alpha_error,
    composed,
    edge_error,
)
from tests.composites import LOOKS, CutOut, backgrounds, drawn  # noqa: E402

PHOTOS = REPO.parent / "shared" / "photos"
NEW_BACKGROUND = (0x43, 0x8E, 0xDB)
BARS = {"mse": 0.005, "mad": 0.010, "mean dE": 6.0, "p95 dE": 15.0, "contamination": 0.10}


def judged(person: CutOut, behind: NDArray[np.uint8], found: Matte) -> tuple[AlphaError, EdgeError]:
    """Both errors of a matte of that person before that background."""
    new = np.empty_like(behind)
    new[:] = NEW_BACKGROUND
    truth = composed(person.foreground, person.alpha, new)
    ours = composed(found.foreground, found.alpha, new)
    line = behind.astype(np.float64) - person.foreground
    return alpha_error(found.alpha, person.alpha), edge_error(ours, truth, person.alpha, line)


def taken(engines: Engines, srgb: NDArray[np.uint8], name: str) -> CutOut:
    """A cut-out whose matte is what the engine makes of an easy background."""
    found = engines.finder.find(srgb)[0]
    window = HeadFrame.of(found.landmarks).portrait_window(srgb.shape[1::-1])
    piece = np.ascontiguousarray(srgb[window.slices])
    moved = found.landmarks - np.array((window.left, window.top), np.float32)
    face = Face(found.box, moved.astype(np.float32), found.score)
    matte = engines.matter().cut(piece, face)
    return CutOut(name, matte.foreground, matte.alpha, face)


def people(engines: Engines, *, photos: bool) -> Iterator[CutOut]:
    from skimage import data

    for number, look in enumerate(LOOKS):
        yield drawn(look, seed=number)
    yield taken(engines, data.astronaut(), "astronaut")
    if photos:
        for name in ("person0", "person4", "elder"):
            path = PHOTOS / "portrait" / f"{name}.jpg"
            yield taken(engines, read_photo(path, Limits()).srgb, name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pictures", type=Path, help="folder for what was seen and made")
    parser.add_argument("--only", default="", help="only rows that have this in their name")
    parser.add_argument("--photos", action="store_true", help="portraits of ../shared too")
    chosen = parser.parse_args()
    print(
        f"{'person':<12}{'before':<10}{'SAD':>8}{'MSE':>9}{'MAD':>9}{'Grad':>8}{'Conn':>8}"
        f"{'dE':>7}{'dE p95':>8}{'contam.':>9}{'conf.':>7}{'s':>6}"
    )
    rows = []
    with Engines() as engines:
        for person in people(engines, photos=chosen.photos and PHOTOS.is_dir()):
            for name, behind in backgrounds(person):
                if chosen.only not in f"{person.name} {name}":
                    continue
                seen = composed(person.foreground, person.alpha, behind)
                began = time.perf_counter()
                found = engines.matter().cut(seen, person.face)
                took = time.perf_counter() - began
                error, edge = judged(person, behind, found)
                rows.append((name, *astuple(error), *astuple(edge), found.confidence, took))
                print(f"{person.name:<12}" + line_of(rows[-1]), flush=True)
                if chosen.pictures:
                    save(chosen.pictures, f"{person.name} {name}", seen, found)
    return summary(rows)


def line_of(row: tuple) -> str:
    name, sad, mse, mad, grad, conn, de, p95, contamination, confidence, took = row
    return (
        f"{name:<10}{sad:>8.2f}{mse:>9.5f}{mad:>9.5f}{grad:>8.2f}{conn:>8.2f}{de:>7.2f}"
        f"{p95:>8.2f}{contamination:>9.3f}{confidence:>7.2f}{took:>6.2f}"
    )


def summary(rows: list[tuple]) -> int:
    for name in dict.fromkeys(row[0] for row in rows):
        part = [row[1:] for row in rows if row[0] == name]
        print(f"{'mean':<12}" + line_of((name, *np.mean(part, axis=0))))
    whole = np.mean([row[1:] for row in rows], axis=0)
    print(f"{'mean':<12}" + line_of(("all", *whole)))
    reached = dict(zip(BARS, (whole[1], whole[2], whole[5], whole[6], whole[7]), strict=True))
    missed = [f"{k} {v:.4f} > {BARS[k]}" for k, v in reached.items() if v > BARS[k]]
    print("every bar holds" if not missed else "MISSED: " + ", ".join(missed))
    return 1 if missed else 0


def save(folder: Path, name: str, seen: NDArray[np.uint8], found: Matte) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    new = np.empty_like(seen)
    new[:] = NEW_BACKGROUND
    alpha = np.repeat(np.rint(found.alpha * 255).astype(np.uint8)[..., None], 3, axis=2)
    sheet = np.hstack([seen, alpha, composed(found.foreground, found.alpha, new)])
    cv2.imwrite(str(folder / f"{name.replace(' ', '_')}.png"), sheet[:, :, ::-1])


if __name__ == "__main__":
    sys.exit(main())
