"""How well pages are covered: sequences, glyphs, labels, seconds, per page and policy.

Run by hand, ``python -m tests.privacy_table`` and:

- ``[--proof] [--show=FOLDER] [FILE …]``: the samples of ``../shared/privacy``;
- ``--fresh=40 [--seed=1000]``: so many pages of our own making instead, from a seed on; read once
  for both policies;
- ``--faults=12``: so many seeded faults a page instead of scores (``privacy_faults``);
- ``--eyes``: what Tesseract and RapidOCR's own code read on masked pages (``privacy_other_eyes``);
- ``--time [CASE …]``: seconds and memory of the whole route (``privacy_times``);
- ``--profile=NAME``: one policy of the two.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from daemon.engines.abreast import Ask
from tests.privacy_scores import Score, score

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "privacy" / "samples"
PROFILES = (("all_digits", True), ("personal", False))

__all__ = ("SAMPLES", "Score", "score")


def pages(names: list[str], fresh: int, first: int) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Name, truth and clean page of each sample that is asked for, or of our own pages."""
    from daemon.imaging.clean import CleanPage, Tone, open_clean
    from daemon.imaging.limits import Limits
    from tests.fakes.privacy_fresh import fresh as drawn_by

    if not fresh and SAMPLES.is_dir():
        truths = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["images"]
        for truth in truths:
            if not names or any(name in truth["file"] for name in names):
                with open_clean(SAMPLES / truth["file"], Limits()) as source:
                    yield f"{truth['file']} {truth['page']}", truth, source.page(truth["page"])
    for seed in range(first, first + fresh):
        drawn = drawn_by(seed)
        page = CleanPage(0, drawn.srgb, None, None, Tone.COLOUR, is_lossy=False)
        yield f"{seed:02d} {drawn.name}", drawn.truth, page


class Remembering:
    """Engines that look at a picture once, however many policies ask."""

    def __init__(self, engines: Any) -> None:
        self._engines = engines
        self._seen: dict[Any, Any] = {}

    def forget(self) -> None:
        self._seen.clear()

    def at_once(self, *asked: Ask[Any]) -> list[Any]:
        def remembering(one: Ask[Any]) -> Ask[Any]:
            return replace(one, call=lambda at: one.call(_Remembered(at, one.task, self._seen)))

        return self._engines.at_once(*map(remembering, asked))


class _Remembered:
    def __init__(self, engine: Any, task: str, seen: dict[Any, Any]) -> None:
        self._engine, self._task, self._seen = engine, task, seen

    def __getattr__(self, name: str) -> Any:
        def ask(srgb: NDArray[np.uint8], **how: Any) -> Any:
            key = (self._task, name, hash(srgb.tobytes()), *sorted(how.items()))
            if key not in self._seen:
                self._seen[key] = getattr(self._engine, name)(srgb, **how)
            return self._seen[key]

        return ask


def judged(page: Any, eyes: Any, *, proof: bool) -> tuple[Any, Any, NDArray[np.uint8], list[Any]]:
    """Cover a page as the route does; what was seen and painted, the picture, what is left."""
    from daemon.routes.privacy.covering import cover_for, painted
    from daemon.routes.privacy.looking import look_at
    from daemon.routes.privacy.proof import Claimed, page_doubts

    seen = look_at(page, eyes)
    cover = cover_for(page, seen.places, eyes.options, eyes.finder, language="zh")
    out = painted(page, cover)
    left = page_doubts(Claimed(page, seen, cover, exact=True), out, eyes) if proof else []
    return seen, cover, out, left


def seed_faults(names: list[str], fresh: int, first: int, eyes: Any, count: int) -> None:
    """How many of so many seeded faults a page the proof sees, by kind."""
    from daemon.routes.privacy.covering import cover_for
    from daemon.routes.privacy.looking import look_at
    from tests.privacy_faults import judged_faults, table

    rows: list[tuple[str, bool, bool]] = []
    for number, (name, _truth, page) in enumerate(pages(names, fresh, first)):
        seen = look_at(page, eyes)
        cover = cover_for(page, seen.places, eyes.options, eyes.finder, language="zh")
        made = judged_faults(page, seen, cover, eyes, count=count, seed=number)
        rows += made
        missed = [kind for kind, told, _ in made if not told]
        print(f"{name:34s} {len(made) - len(missed)} of {len(made)} {missed}", flush=True)
    print(*table(rows), sep="\n")


def eyes_of(profile: str, engines: Any) -> Any:
    """What a page is looked at with under a profile."""
    from daemon.routes.privacy.looking import Eyes
    from daemon.routes.privacy.options import parse
    from daemon.routes.privacy.policy import finder_for, policy_for

    options = parse({"profile": profile})
    return Eyes(options, policy_for(options).profile, finder_for(options, b""), engines)


def other_eyes(one: tuple[str, dict[str, Any], Any], profile: str, eyes: Any) -> int:
    """How many numbers other readers still read on a page, printed by type."""
    from tests.privacy_other_eyes import given_away, has_tesseract, in_turns, rapidocr, tesseract

    name, truth, page = one
    numeric = dict(PROFILES)[profile]
    _, _, out, _ = judged(page, eyes, proof=False)
    turned = truth.get("rotation", 0) not in {0, 5, -5}
    turns = (0, 1, 2, 3) if turned else (0,)
    left = 0
    for reader in (tesseract, rapidocr) if has_tesseract() else (rapidocr,):
        told = []
        for srgb in (page.srgb, out):
            read = "\n".join(reader(view) for view in in_turns(srgb, turns))
            told.append(given_away(truth, read, numeric=numeric))
        left += len(told[1])
        print(
            f"{profile:10s} {name:34s} {reader.__name__:10s} read {len(told[0]):2d} before, "
            f"{len(told[1])} after {told[1]}",
            flush=True,
        )
    return left


def scored(
    one: tuple[str, dict[str, Any], Any], profile: str, eyes: Any, told: dict[str, str]
) -> Score:
    """One page under one policy, printed."""
    from daemon.routes.privacy.covering import touched_by

    name, truth, page = one
    begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
    seen, cover, out, left = judged(page, eyes, proof="--proof" in told)
    spent_s, cpu_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
    numeric = dict(PROFILES)[profile]
    made = score(truth, touched_by(cover, page.size), numeric=numeric, places=seen.places)
    doubts = [f"{doubt.check} {doubt.detail}" for doubt in left]
    print(
        f"{profile:10s} {name:34s} {spent_s:5.2f} s {cpu_s:5.2f} CPU-s {made} {doubts}", flush=True
    )
    if told.get("--show"):
        file = Path(told["--show"]) / f"{profile} {name}.png".replace(" ", "_")
        cv2.imwrite(str(file), out[:, :, ::-1])
    return made


def main(arguments: list[str]) -> None:
    from daemon.engines.registry import Engines
    from tests.privacy_times import CASES, times

    told = {one.partition("=")[0]: one.partition("=")[2] for one in arguments if one[:2] == "--"}
    fresh, first = int(told.get("--fresh", 0)), int(told.get("--seed", 0))
    names = [one for one in arguments if not one.startswith("--")]
    if "--time" in told:
        times(tuple(names) or CASES, told.get("--profile", "all_digits"))
        return
    profiles = [name for name, _ in PROFILES if told.get("--profile", name) == name]
    engines = Remembering(Engines())
    eyes = {profile: eyes_of(profile, engines) for profile in profiles}
    if "--faults" in told:
        for profile in profiles:
            whole = replace(eyes[profile], engines=Engines())
            seed_faults(names, fresh, first, whole, int(told["--faults"]))
        return
    if "--eyes" in told:
        left = sum(
            other_eyes(one, profile, eyes[profile])
            for one in pages(names, fresh, first)
            for profile in profiles
        )
        print(f"numbers that other readers still read: {left}")
        return
    totals = {profile: Score() for profile in profiles}
    for one in pages(names, fresh, first):
        for profile in profiles:
            totals[profile].add(scored(one, profile, eyes[profile], told))
        engines.forget()
    for profile, total in totals.items():
        print(f"{profile}: {total}", *total.tables(), sep="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    main(sys.argv[1:])
