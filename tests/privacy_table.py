"""How well pages are covered: sequences, glyphs, labels, seconds, per page and policy.

Run by hand: ``python tests/privacy_table.py [--proof] [--show=FOLDER] [FILE …]`` for the samples
of ``../shared/privacy``, ``--fresh=40`` for so many pages of our own making instead,
``--faults=12`` for so many seeded faults a page instead of scores (``privacy_faults``),
``--profile=NAME`` for one policy of the two.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "privacy" / "samples"
PROFILES = (("all_digits", True), ("personal", False))
GLYPH_SHARE = 0.95
KEEP_SHARE = 0.10


@dataclass
class Score:
    """What of a page's truth was covered.

    Attributes:
        sequences: Sequences that must be covered.
        covered: Of them, with every glyph covered.
        glyphs: Their glyphs.
        glyphs_covered: Covered to 95 % of their box.
        keeps: Labels and running text.
        damaged: Of them, changed on more than 10 % of their box.
        missed: Type of each sequence that was not covered.
    """

    sequences: int = 0
    covered: int = 0
    glyphs: int = 0
    glyphs_covered: int = 0
    keeps: int = 0
    damaged: int = 0
    missed: list[str] = field(default_factory=list)
    by_type: dict[str, list[int]] = field(default_factory=dict)

    def add(self, other: Score) -> None:
        for name in ("sequences", "covered", "glyphs", "glyphs_covered", "keeps", "damaged"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.missed += other.missed
        for kind, (all_, done) in other.by_type.items():
            row = self.by_type.setdefault(kind, [0, 0])
            row[0] += all_
            row[1] += done

    def __str__(self) -> str:
        return (
            f"sequences {self.covered}/{self.sequences} glyphs {self.glyphs_covered}/"
            f"{self.glyphs} labels damaged {self.damaged}/{self.keeps} {self.missed[:20]}"
        )


def score(truth: dict[str, Any], mask: NDArray[np.bool_], *, numeric: bool) -> Score:
    """Compare a mask with the truth of a page.

    Args:
        truth: One of ``images`` of ``truth.json``.
        mask: ``(H, W)``, true where the page was covered.
        numeric: Whether dates, amounts and references count as to be covered.
    """
    made = Score()
    for span in truth["spans"]:
        if span["kind"] == "keep":
            made.keeps += 1
            if (share := _share(mask, span["poly"])) > KEEP_SHARE:
                made.damaged += 1
                made.missed.append(f"keep {share:.2f} {span['text']}")
        elif span["kind"] == "sensitive" or numeric:
            shares = [_share(mask, glyph["poly"]) for glyph in span["chars"]]
            done = sum(share >= GLYPH_SHARE for share in shares)
            made.sequences += 1
            made.glyphs += len(shares)
            made.glyphs_covered += done
            made.covered += done == len(shares)
            row = made.by_type.setdefault(span["type"] or "none", [0, 0])
            row[0] += 1
            row[1] += done == len(shares)
            if done < len(shares):
                made.missed.append(f"{span['type']} {done}/{len(shares)} {span['text']}")
    for kind in ("faces", "codes"):
        for number, one in enumerate(truth[kind]):
            share = _share(mask, one["poly"])
            made.sequences += 1
            made.covered += share >= 0.97
            if share < 0.97:
                made.missed.append(f"{kind} {number} {share:.2f}")
    return made


def _share(mask: NDArray[np.bool_], poly: list[list[float]]) -> float:
    corners = np.array(poly, np.float64)
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.ceil(corners.max(axis=0)).astype(int) + 1
    part = mask[low[1] : high[1], low[0] : high[0]]
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(corners - low - 0.5).astype(np.int32)], 1)
    return float(part[inside > 0].mean()) if inside.any() else 0.0


def pages(names: list[str], fresh: int) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Name, truth and clean page of each sample that is asked for, then of our own pages."""
    from daemon.imaging.clean import CleanPage, Tone, open_clean
    from daemon.imaging.limits import Limits
    from tests.fakes import privacy_pages

    if not fresh and SAMPLES.is_dir():
        truths = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["images"]
        for truth in truths:
            if not names or any(name in truth["file"] for name in names):
                with open_clean(SAMPLES / truth["file"], Limits()) as source:
                    yield f"{truth['file']} {truth['page']}", truth, source.page(truth["page"])
    for seed in range(fresh):
        drawn = privacy_pages.page(seed)
        page = CleanPage(0, drawn.srgb, None, None, Tone.COLOUR, is_lossy=False)
        yield f"{seed:02d} {drawn.name}", drawn.truth, page


def judged(page: Any, eyes: Any, *, proof: bool) -> tuple[Any, NDArray[np.uint8], list[Any]]:
    """Cover a page as the route does; what was painted, the picture, and what is left."""
    from daemon.routes.privacy.covering import cover_for, painted
    from daemon.routes.privacy.looking import look_at
    from daemon.routes.privacy.proof import Claimed, page_doubts

    seen = look_at(page, eyes)
    cover = cover_for(page, seen.places, eyes.options, eyes.finder, language="zh")
    out = painted(page, cover)
    left = page_doubts(Claimed(page, seen, cover, exact=True), out, eyes) if proof else []
    return cover, out, left


def seed_faults(names: list[str], fresh: int, eyes: Any, count: int) -> None:
    """How many of so many seeded faults a page the proof sees, by kind."""
    from daemon.routes.privacy.covering import cover_for
    from daemon.routes.privacy.looking import look_at
    from tests.privacy_faults import judged_faults, table

    rows: list[tuple[str, bool, bool]] = []
    for number, (name, _truth, page) in enumerate(pages(names, fresh)):
        seen = look_at(page, eyes)
        cover = cover_for(page, seen.places, eyes.options, eyes.finder, language="zh")
        made = judged_faults(page, seen, cover, eyes, count=count, seed=number)
        rows += made
        missed = [kind for kind, told, _ in made if not told]
        print(f"{name:34s} {len(made) - len(missed)} of {len(made)} {missed}", flush=True)
    print(*table(rows), sep="\n")


def main(arguments: list[str]) -> None:
    from daemon.engines.registry import Engines
    from daemon.routes.privacy.covering import touched_by
    from daemon.routes.privacy.looking import Eyes
    from daemon.routes.privacy.options import parse
    from daemon.routes.privacy.policy import finder_for, policy_for

    told = {one.partition("=")[0]: one.partition("=")[2] for one in arguments if one[:2] == "--"}
    proof, shown, fresh = "--proof" in told, told.get("--show", ""), int(told.get("--fresh", 0))
    names = [one for one in arguments if not one.startswith("--")]
    engines = Engines()
    for profile, numeric in PROFILES:
        if told.get("--profile", profile) != profile:
            continue
        options = parse({"profile": profile})
        eyes = Eyes(options, policy_for(options).profile, finder_for(options, b""), engines)
        if "--faults" in told:
            seed_faults(names, fresh, eyes, int(told["--faults"]))
            continue
        total = Score()
        for name, truth, page in pages(names, fresh):
            begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
            cover, out, left = judged(page, eyes, proof=proof)
            spent_s = time.perf_counter() - begin_s
            cpu_s = time.process_time() - begin_cpu_s
            made = score(truth, touched_by(cover, page.size), numeric=numeric)
            total.add(made)
            doubts = [f"{one.check} {one.detail}" for one in left]
            print(f"{profile:10s} {name:34s} {spent_s:5.2f} s {cpu_s:5.2f} CPU-s {made} {doubts}")
            if shown:
                file = Path(shown) / f"{profile} {name}.png".replace(" ", "_")
                cv2.imwrite(str(file), out[:, :, ::-1])
        print(f"{profile}: {total}")
        for kind, (all_, done) in sorted(total.by_type.items()):
            print(f"    {kind:24s} {done}/{all_}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main(sys.argv[1:])
