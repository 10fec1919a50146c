"""A batch whose daemon is killed again and again: the report is complete and right."""

from __future__ import annotations

import random
import signal
import time
import zipfile
from collections import Counter
from collections.abc import Callable

import pytest
from python_calamine import CalamineWorkbook

from daemon.domain.job import Verdict
from tests.fakes import oracles
from tests.fakes.archives import table, zipped
from tests.fakes.booth_process import BoothProcess, wait_until
from tests.fakes.photos import Drop, jpeg

ENDS = (Verdict.DONE, Verdict.DONE, Verdict.REJECTED, Verdict.DONE, Verdict.FAILED, Verdict.REVIEW)
PHOTOS = 16
STATUS = {"done": "done", "rejected": "rejected", "failed": "failed", "review": "for review"}


class Batch:
    """Photos, and a list of two people more than sent one; an archive, or a folder.

    Args:
        folder: Whether they come as a folder.
    """

    def __init__(self, *, folder: bool = False) -> None:
        self.ids = [str(1000 + number) for number in range(PHOTOS)]
        self.ends = {one: ENDS[at % len(ENDS)] for at, one in enumerate(self.ids)}
        files = {f"{one}.jpg": jpeg(int(one), self.ends[one], 3000) for one in self.ids}
        rows = [("employee id", "name"), *((one, f"P{one}") for one in [*self.ids, "2000", "2001"])]
        self.files = {"manifest.csv": table(*rows), **files}
        content = zipped(self.files)
        brought = Drop("in", b"joiners.zip", content)
        if folder:
            brought = Drop("in", b"joiners/manifest.csv", self.files["manifest.csv"])
        self.drops = [brought]
        for one in self.ids:
            relative = f"joiners/{one}_P{one}.jpg".encode()
            self.drops.append(Drop("in", relative, files[f"{one}.jpg"], self.ends[one]))

    def holds(self, booth: BoothProcess) -> None:
        """Whatever happened: everything is there once, and the report says so."""
        oracles.hold(booth.config, self.drops)
        oracles.resting_again(booth.config)
        oracles.swept_clean(booth.config)
        out = booth.config.layout.out("in") / "joiners"
        done = {f"{one}_P{one}.jpg" for one in self.ids if self.ends[one] is Verdict.DONE}
        files = {"contact-sheet.pdf", "report.html", "report.xlsx", "results.zip"}
        assert {path.name for path in out.iterdir()} == done | files
        with zipfile.ZipFile(out / "results.zip") as results:
            assert set(results.namelist()) == done
            assert results.testzip() is None
        book = CalamineWorkbook.from_path(str(out / "report.xlsx"))
        told = {row[1]: row[3] for row in book.get_sheet_by_index(1).to_python()[1:]}
        assert told == {
            **{one: STATUS[end.value] for one, end in self.ends.items()},
            "2000": "missing",
            "2001": "missing",
        }
        totals = {row[0]: row[1] for row in book.get_sheet_by_index(0).to_python()}
        wanted = Counter(end.value for end in self.ends.values())
        assert (totals["People"], totals["Photos"]) == (PHOTOS + 2, PHOTOS)
        assert {name: totals[STATUS[name]] for name in wanted} == wanted


def dropped(
    make_booth: Callable[..., BoothProcess], *, folder: bool = False
) -> tuple[BoothProcess, Batch]:
    options = {"sort": {"wait_s": 0.02}}
    booth = make_booth(
        inbox={"batches": True, "batch_quiet_s": 1.0, "options": options},
        queue={"lease_s": 1.0, "max_attempts": 20},
        retention={"min_free_mib": 0, "backups": 1},
    )
    batch = Batch(folder=folder)
    if folder:
        (booth.folder / "joiners").mkdir()
        for name, content in batch.files.items():
            (booth.folder / "joiners" / name).write_bytes(content)
        (booth.folder / "joiners").rename(booth.inbox / "joiners")
    else:
        (booth.folder / "joiners").write_bytes(batch.drops[0].content)
        (booth.folder / "joiners").rename(booth.inbox / "joiners.zip")
    return booth, batch


def wait_over(booth: BoothProcess) -> None:
    wait_until(
        lambda: booth.query("SELECT 1 FROM batches WHERE finished_ms IS NOT NULL"),
        lambda: f"not over: {booth.states()}\n{booth.log_tail()}",
    )


# Unpacked but not recorded; recorded; in the middle of the photos; built; published.
@pytest.mark.parametrize(
    ("folder", "windows"),
    [
        (False, ("B1", "W10:daemon:4", "B3")),
        (False, ("B2", "W15:both:5", "B4")),
        (True, ("W7", "B1", "W19:daemon:5", "B4")),
    ],
)
def test_killed_in_the_middle(
    make_booth: Callable[..., BoothProcess], *, folder: bool, windows: tuple[str, ...]
) -> None:
    booth, batch = dropped(make_booth, folder=folder)
    for window in windows:
        booth.start(window if ":" in window else f"{window}:daemon:1")
        assert booth.wait_death() == -signal.SIGKILL, booth.log_tail()
    booth.start()
    wait_over(booth)
    booth.stop()
    batch.holds(booth)


def test_killed_at_random_moments(make_booth: Callable[..., BoothProcess]) -> None:
    chance = random.Random(1)
    booth, batch = dropped(make_booth)
    for _ in range(3):
        booth.start()
        booth.wait_for_event("worker.ready")
        time.sleep(chance.uniform(0, 1.2))
        booth.kill()
        booth.wait_death()
    booth.start()
    wait_over(booth)
    booth.stop()
    batch.holds(booth)
