"""Faults seeded into the masks, through the whole route, with the booth's own reader: who ends how.

Run by hand: ``python -m tests.privacy_faults_table [--pages=12] [--numbers=2] [--first=0]``.
Every fault (``tests.privacy_seeding``) is put into so many numbers of so many drawn pages, the file
goes through ``run()``, and what came out is compared with the page's truth. Each fault is judged
three times: as the route is; without the check by place (``bare``), so that reading again alone
decides; and once, so that masking again may mend it. A page is read once by each look; faces and
codes are not asked, a fault in text is none of theirs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from daemon.domain.privacy.page import Page
from daemon.routes.base import Context, Outcome, StagedFile
from daemon.routes.privacy import ROUTE, proof
from tests.fakes import privacy_pages
from tests.fakes.privacy_oracle import engines_with
from tests.fakes.privacy_pages import Drawn
from tests.privacy_seeding import ALWAYS, KINDS, Seed, seeded, showing

MODES = ("stays", "stays, reading alone", "once")


@dataclass
class Remembering:
    """A reader that reads no picture twice."""

    reader: Any
    pages: dict[tuple[int, bool], Page] = field(default_factory=dict)

    def read(self, srgb: NDArray[np.uint8], *, second_look: bool = False) -> Page:
        key = hash(srgb.tobytes()), second_look
        if key not in self.pages:
            self.pages[key] = self.reader.read(srgb, second_look=second_look)
        return self.pages[key]


@dataclass(frozen=True)
class Ended:
    """What became of one file.

    Attributes:
        verdict: Of the route.
        shown: Glyphs of sensitive numbers that the published file still shows.
        checks: What had doubts at the last attempt.
    """

    verdict: str
    shown: int
    checks: frozenset[str]


def put_through(drawn: Drawn, reader: Any) -> Ended:
    """One file through the whole route."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "page.png"
        Image.fromarray(drawn.srgb).save(path, compress_level=1)
        (folder / "out").mkdir()
        with engines_with(reader) as engines:
            context = Context(engines, "en", "", lambda *_: None, folder / "out", path.name)
            options = ROUTE.parse_options({"profile": "personal"})
            outcome = ROUTE.run(StagedFile(path), options, context)
        doubts = outcome.measures["proof"]["doubts"][-1]
        shown = _shown(drawn, outcome, folder / "out")
        return Ended(str(outcome.verdict), shown, frozenset(one["check"] for one in doubts))


def _shown(drawn: Drawn, outcome: Outcome, folder: Path) -> int:
    if not outcome.files:
        return 0
    with Image.open(folder / outcome.files[0].name) as image:
        after = np.asarray(image.convert("RGB"))
    spans = [one for one in drawn.truth["spans"] if one["kind"] == "sensitive"]
    return sum(showing(drawn.srgb, after, span) for span in spans)


@contextmanager
def without_places() -> Iterator[None]:
    """The proof without its check by place: what reading again sees, and nothing else."""
    with mock.patch.object(proof, "_bare_doubts", return_value=[]):
        yield


def judged(drawn: Drawn, span: dict[str, Any], kind: str, mode: str, reader: Any) -> Ended | None:
    """One fault; ``None`` where other masks hide the number all the same."""
    times = 1 if mode == "once" else ALWAYS
    with seeded(Seed(kind, span, times=times)) as seed:
        if mode.endswith("alone"):
            with without_places():
                ended = put_through(drawn, reader)
        else:
            ended = put_through(drawn, reader)
    harmless = ended.verdict == "done" and not ended.shown and not seed.bared
    return None if harmless else ended


def table(rows: list[tuple[str, str, Ended]]) -> Iterator[str]:
    """A line for each mode and kind."""
    yield f"{'fault':10s} {'mode':22s} files  review  clean  shown  last doubts"
    for mode in MODES:
        for kind in (*KINDS, "all"):
            ends = [e for m, k, e in rows if m == mode and kind in {k, "all"}]
            review = sum(e.verdict == "review" for e in ends)
            clean = sum(e.verdict == "done" and not e.shown for e in ends)
            checks = Counter(check for e in ends for check in e.checks)
            told = " ".join(f"{name} {count}" for name, count in checks.most_common())
            yield (
                f"{kind:10s} {mode:22s} {len(ends):5d}  {review:6d}  {clean:5d}  "
                f"{len(ends) - review - clean:5d}  {told}"
            )


def main(arguments: list[str]) -> None:
    told = {one.partition("=")[0]: one.partition("=")[2] for one in arguments}
    pages, first = int(told.get("--pages", 12)), int(told.get("--first", 0))
    numbers, begin_s = int(told.get("--numbers", 2)), time.perf_counter()
    from daemon.engines.rapidocr.adapter import RapidOcr

    network = RapidOcr(1)
    rows: list[tuple[str, str, Ended]] = []
    for number in range(first, first + pages):
        drawn, reader = privacy_pages.page(number), Remembering(network)
        right = put_through(drawn, reader)
        print(f"{number:3d} {drawn.name:40s} without a fault: {right}", flush=True)
        spans = [one for one in drawn.truth["spans"] if one["kind"] == "sensitive"]
        for span in spans[:numbers]:
            for kind in KINDS:
                for mode in MODES:
                    if (ended := judged(drawn, span, kind, mode, reader)) is not None:
                        rows.append((mode, kind, ended))
                        if ended.shown:
                            print(f"    {kind}, {mode}: {ended}", flush=True)
    print(*table(rows), sep="\n")
    print(f"{time.perf_counter() - begin_s:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
