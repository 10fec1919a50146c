"""Acceptance of the ID photos' self-check: prints which seeded defects are caught.

    .venv/bin/python tests/idphoto_table.py [--sheet FILE.png] [--only WORD]
    .venv/bin/python tests/idphoto_table.py --time

Portraits of ../shared by seven rules. Every good file gets each defect of
``tests/fakes/idphoto_defects.py``, and copies in which nothing is wrong. ``maker`` is the check
of what was just made, ``own`` whether the row that measures the defect told it, ``elsewhere`` the
check of a file about which nothing is known. Exit 0 when the bars of acceptance 6.7 hold.
``--time``: a photo of 12 megapixels through the route, ten times.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from daemon.engines.registry import Engines  # noqa: E402
from daemon.imaging.decode import read_photo  # noqa: E402
from daemon.imaging.limits import Limits  # noqa: E402
from daemon.routes.base import Context  # noqa: E402
from daemon.routes.idphoto import ROUTE, elsewhere  # noqa: E402
from daemon.routes.idphoto.rows import Severity  # noqa: E402
from daemon.routes.idphoto.selfcheck import examine  # noqa: E402
from daemon.routes.quality.trial import as_photo  # noqa: E402
from tests.fakes.engines import NoProgress  # noqa: E402
from tests.fakes.idphoto_defects import DEFECTS, Defect  # noqa: E402
from tests.fakes.idphoto_good import (  # noqa: E402
    Good,
    Remembering,
    clean_copies,
    cut,
    good_photo,
    target_named,
)

PORTRAITS = REPO.parent / "shared" / "photos" / "portrait"
RULES: tuple[tuple[str, str | None], ...] = (
    ("cn_1in", "white"), ("cn_1in", "id_blue"), ("cn_1in", "red"), ("cn_2in", None),
    ("us_visa", None), ("schengen_visa", None), ("cn_visa", None),
)  # fmt: skip
CAUGHT, FALSE_ALARMS = 0.98, 0.03
FILE_DEFECTS = frozenset({
    "a tenth fewer pixels", "a row short", "tagged 96 dpi", "too many bytes", "too few bytes",
    "bytes behind the end",
})  # fmt: skip
_HEAD_PX = 450.0
_TELLS = {Severity.FAIL.value, Severity.WARN.value}


@dataclass
class Count:
    """Of one defect over all photos and rules."""

    seeded: int = 0
    maker: int = 0
    breaking: int = 0
    own: int = 0
    elsewhere: int = 0
    missed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Checker:
    """Both checks of one file."""

    folder: Path
    engines: Any

    def maker(self, good: Good, content: bytes) -> tuple[set[str], set[str]]:
        """Names of rows that fail, and of rows that say anything."""
        path = self._written(content)
        report = examine(path, path.name, good.target, good.meant, self.engines)
        fails = {row.name for row in report.failing}
        return fails, fails | {row.name for row in report.warning}

    def elsewhere(self, good: Good, content: bytes) -> tuple[set[str], set[str]]:
        """The same of a check that knows the rule and the background only."""
        assert good.target.preset is not None
        key = good.target.preset.key
        path, ground = self._written(content), good.target.label.removeprefix(f"{key}_")
        found = elsewhere.check(path, key, ground, Limits(), self.engines)
        told = {row["name"]: row["verdict"] for row in found["rows"]}
        fails = {name for name, verdict in told.items() if verdict == Severity.FAIL.value}
        return fails, {name for name, verdict in told.items() if verdict in _TELLS}

    def _written(self, content: bytes) -> Path:
        path = self.folder / "seeded.jpg"
        path.write_bytes(content)
        return path


def goods(engines: Engines, only: str, folder: Path) -> Iterator[tuple[str, Good]]:
    for path in sorted(PORTRAITS.glob("person*")):
        srgb = read_photo(path, Limits()).srgb
        portrait = cut(srgb, engines, _HEAD_PX)
        for preset, background in RULES:
            target = target_named(preset, background)
            name = f"{path.stem} {target.label}"
            if only in name:
                yield name, good_photo(srgb, portrait, target, folder, engines)


def seed(good: Good, name: str, checker: Checker, counts: dict[str, Count]) -> None:
    """Every defect into one good photo."""
    for defect in DEFECTS:
        content = defect.spoil(good)
        if content is not None:
            one(good, f"{name} {defect.name}", defect, content, checker, counts[defect.name])


def one(
    good: Good, name: str, defect: Defect, content: bytes, checker: Checker, count: Count
) -> None:
    fails, told = checker.maker(good, content)
    count.seeded += 1
    count.maker += bool(fails)
    if not fails:
        count.missed.append(f"{name}: maker")
    if not defect.breaks(good):
        return
    count.breaking += 1
    count.own += bool(told & defect.rows)
    if not told & defect.rows:
        count.missed.append(f"{name}: own row")
    if defect.is_seen_elsewhere:
        fails, told = checker.elsewhere(good, content)
        count.elsewhere += bool(fails or told & defect.rows)
        if not fails and not told & defect.rows:
            count.missed.append(f"{name}: elsewhere")


def alarms(good: Good, name: str, checker: Checker) -> list[tuple[str, bool, bool]]:
    """Of each copy in which nothing is wrong: its name, and whether either check refuses it."""
    out = []
    for copy, content in clean_copies(good).items():
        maker, other = checker.maker(good, content)[0], checker.elsewhere(good, content)[0]
        out.append((f"{name} {copy}: maker {sorted(maker)}, elsewhere {sorted(other)}",
                    bool(maker), bool(other)))  # fmt: skip
    return out


def share(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else "-"


def table(engines: Engines, only: str, sheet: Path | None) -> bool:
    counts = {defect.name: Count() for defect in DEFECTS}
    clean: list[tuple[str, bool, bool]] = []
    pictures: list[tuple[str, NDArray[np.uint8]]] = []
    with tempfile.TemporaryDirectory() as place:
        checker = Checker(Path(place), Remembering.of(engines))
        for name, good in goods(engines, only, Path(place)):
            failing = [row.name for row in good.made.report.failing]
            pictures.append((name, good.rgb))
            if failing:
                print(f"{name}: not good, {', '.join(failing)}")
                continue
            clean += alarms(good, name, checker)
            seed(good, name, checker, counts)
            print(f"{name}: done", file=sys.stderr, flush=True)
    if sheet is not None:
        cv2.imwrite(str(sheet), contact_sheet(pictures)[..., ::-1])
    return printed(counts, clean)


def printed(counts: dict[str, Count], clean: list[tuple[str, bool, bool]]) -> bool:
    print(f"{'defect':28} {'maker':>9} {'own row':>9} {'elsewhere':>9}")
    for defect in DEFECTS:
        count = counts[defect.name]
        seen = share(count.elsewhere, count.breaking) if defect.is_seen_elsewhere else "unseen"
        print(f"{defect.name:28} {share(count.maker, count.seeded):>9} "
              f"{share(count.own, count.breaking):>9} {seen:>9}")  # fmt: skip
    for count in counts.values():
        for missed in count.missed:
            print("missed:", missed)
    for text, maker, other in clean:
        if maker or other:
            print("alarm:", text)
    seeded = sum(count.seeded for count in counts.values())
    caught = sum(count.maker for count in counts.values())
    files = [counts[name] for name in FILE_DEFECTS]
    by_maker = sum(maker for _, maker, _ in clean)
    by_other = sum(other for _, _, other in clean)
    print(f"caught {caught} of {seeded} ({caught / max(seeded, 1):.1%}, bar {CAUGHT:.0%})")
    print(f"refused of {len(clean)} clean files: maker {by_maker}, elsewhere {by_other} "
          f"(bar {FALSE_ALARMS:.0%})")  # fmt: skip
    return (
        caught >= CAUGHT * seeded
        and all(count.maker == count.seeded for count in files)
        and by_maker <= FALSE_ALARMS * len(clean)
    )


def contact_sheet(pictures: list[tuple[str, NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """All outputs at their own proportions, each with its name."""
    wide, tall, across = 260, 320, len(RULES)
    down = -(-len(pictures) // across)
    out = np.full((down * tall, across * wide, 3), 128, np.uint8)
    for number, (name, rgb) in enumerate(pictures):
        by = min((wide - 10) / rgb.shape[1], (tall - 40) / rgb.shape[0])
        small = cv2.resize(rgb, None, fx=by, fy=by, interpolation=cv2.INTER_AREA)
        top, left = number // across * tall, number % across * wide
        out[top + 30 : top + 30 + small.shape[0], left + 5 : left + 5 + small.shape[1]] = small
        cv2.putText(out, name, (left + 5, top + 20), cv2.FONT_HERSHEY_SIMPLEX, 0.42,
                    (255, 255, 255), 1, cv2.LINE_AA)  # fmt: skip
    return out


def timed(engines: Engines, runs: int = 10) -> None:
    """One 12 megapixel photo through the route, again and again."""
    srgb = read_photo(PORTRAITS / "person0.jpg", Limits()).srgb
    by = (12e6 / (srgb.shape[0] * srgb.shape[1])) ** 0.5
    large = cv2.resize(srgb, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC)
    photo = as_photo(np.asarray(large, np.uint8))
    spent: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as place:
        context = Context(engines, "zh", "", NoProgress, Path(place))
        options = ROUTE.parse_options({"preset": "cn_1in", "background": "white"})
        for _ in range(runs + 1):
            began, cpu = time.perf_counter(), time.process_time()
            outcome = ROUTE.run(photo, options, context)
            spent.append((time.perf_counter() - began, time.process_time() - cpu))
    first, *rest = spent
    walls, cpus = (sorted(one[i] for one in rest) for i in (0, 1))
    worst = -max(1, round(runs / 10))
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{photo.size[0]} x {photo.size[1]}, cn_1in white, {outcome.verdict.value}; {runs} runs")
    print(f"first, with loading: {first[0]:.2f} s wall, {first[1]:.2f} s CPU")
    print(f"wall: median {statistics.median(walls):.2f} s, worst decile {walls[worst]:.2f} s")
    print(f"CPU: median {statistics.median(cpus):.2f} s, worst decile {cpus[worst]:.2f} s")
    print(f"peak {peak_mib:.0f} MiB; load average {os.getloadavg()}, {os.cpu_count()} CPUs")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sheet", type=Path, help="a PNG of all outputs, outside the repository")
    parser.add_argument("--only", default="")
    parser.add_argument("--time", action="store_true")
    chosen = parser.parse_args()
    if not PORTRAITS.is_dir():
        print("../shared/photos is not on this machine; nothing to show")
        return 0
    with Engines() as engines:
        if chosen.time:
            timed(engines)
            return 0
        return 0 if table(engines, chosen.only, chosen.sheet) else 1


if __name__ == "__main__":
    sys.exit(main())
