"""Two hundred kills at random moments, under load, in four runs of fifty.

Photos are dropped all the while: by rename, by slow writes in place, by names used before.
Victims and moments come from a seed; the oracles are those of the crash windows.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from daemon.domain.job import Verdict
from tests.fakes import oracles
from tests.fakes.booth_process import BoothProcess, wait_until
from tests.fakes.photos import Drop, jpeg
from tests.fakes.watcher import Watcher

KILLS = 50
ENDS = (Verdict.DONE, Verdict.DONE, Verdict.DONE, Verdict.REJECTED, Verdict.FAILED, Verdict.REVIEW)
WEBHOOKS = [
    {
        # Nobody listens there: what matters here is what was written down to be told.
        "url": "http://127.0.0.1:9/booth",
        "allow": ["127.0.0.1:9"],
        "events": ["photo.done", "photo.rejected", "photo.review", "photo.failed"],
    }
]


class Dropper(threading.Thread):
    """Somebody who drops photos until told to stop.

    Args:
        booth: Where.
        watcher: Told of each photo, before it comes and when it is whole.
        seed: Of names, sizes, ends and pauses.
    """

    def __init__(self, booth: BoothProcess, watcher: Watcher, seed: int) -> None:
        super().__init__(name="dropper")
        self._booth = booth
        self._watcher = watcher
        self._random = random.Random(seed)
        self._seed = seed
        self._stopping = threading.Event()
        self.trouble: BaseException | None = None

    def run(self) -> None:
        number = 0
        try:
            while not self._stopping.wait(self._random.uniform(0.02, 0.3)):
                number += 1
                self._drop(number)
        except BaseException as error:  # noqa: BLE001 - raised where the thread is joined
            self.trouble = error

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        if self.trouble is not None:
            raise self.trouble

    def _drop(self, number: int) -> None:
        verdict = self._random.choice(ENDS)
        content = jpeg(self._seed * 100_000 + number, verdict, self._random.randrange(80_000))
        drop = Drop("in", self._a_name(number), content, verdict)
        self._watcher.expect(drop)
        target = self._booth.target(drop)
        if self._random.random() < 0.25 and not target.exists():
            for _ in self._booth.drop_slowly(drop):
                time.sleep(self._random.uniform(0, 0.05))
        else:
            self._booth.drop(drop)
        self._watcher.dropped(drop, target)

    def _a_name(self, number: int) -> bytes:
        """A new name, or one that was used before and is free again."""
        folder = self._random.choice([b"", b"a/", b"a/b \xff/"])
        if self._random.random() < 0.3:
            name = folder + b"scan%04d.jpg" % self._random.randrange(5)
            if not self._booth.target(Drop("in", name, b"")).exists():
                return name
        return folder + b"photo %d.jpg" % number


def kill_at_random(booth: BoothProcess, chance: random.Random) -> str:
    """Kill somebody at some moment; whoever is dead afterwards is started again."""
    victim = chance.choice(["daemon", "daemon", "worker", "worker", "both"])
    if victim == "worker" or chance.random() < 0.8:
        booth.wait_for_event("worker.started")
    time.sleep(chance.uniform(0, 0.7))
    if victim in {"worker", "both"} and not booth.kill_worker():
        wait_until(booth.kill_worker, "there is no worker")
    if victim in {"daemon", "both"}:
        booth.kill()
        booth.wait_death()
        booth.start()
    return victim


@pytest.mark.slow
@pytest.mark.timeout(480)
@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3, 4))]
)
def test_fifty_kills_under_load_lose_double_and_jam_nothing(
    make_booth: Callable[..., BoothProcess], seed: int
) -> None:
    chance = random.Random(seed)
    booth = make_booth(
        webhooks=WEBHOOKS,
        inbox={"options": {"sort": {"wait_s": 0.02}}},
        # A photo is in hand at many of so many deaths, and not to blame for any.
        queue={"lease_s": 1.0, "max_attempts": 20},
        retention={"min_free_mib": 0, "backups": 1},
    )
    with Watcher(booth.config, pause_s=0.02) as watcher:
        dropper = Dropper(booth, watcher, seed)
        dropper.start()
        try:
            booth.start()
            victims = [kill_at_random(booth, chance) for _ in range(KILLS)]
        finally:
            dropper.stop()
        booth.wait_drained(patience_s=60)
        booth.stop()
        oracles.hold(booth.config, booth.drops)
        # I10 by real starts: everything is as it was.
        before = oracles.snapshot(booth.config, has_run=True)
        for _ in range(2):
            booth.start_ready()
            booth.wait_for_event("worker.ready")
            booth.stop()
            assert oracles.snapshot(booth.config, has_run=True) == before
    oracles.swept_clean(booth.config)
    assert len(victims) == KILLS
    print(f"seed {seed}: {len(booth.drops)} photos, {KILLS} kills")
