"""At every single file operation of a photo's life: an error, a kill, a power cut.

The windows of docs/durability.md are the instants that somebody thought of; these are all the
others. One photo, with a note, runs from its inbox to its end in one thread
(``tests.fakes.hand_booth``); the n-th operation on any of the booth's folders fails, or is the
last one, for every n. Then the booth goes on, or is started again, and all oracles must hold.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy, rmtree

import pytest

from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.job import Verdict
from daemon.store import schema
from tests.fakes import oracles
from tests.fakes.hand_booth import hand_booth
from tests.fakes.interposer import Disk, Interposer
from tests.fakes.photos import Drop, jpeg
from tests.fakes.statements import compiled_once

KILLED = 77
ENOUGH = 2000
Roots = Callable[[], Path]


@pytest.fixture(scope="module", autouse=True)
def _cheap_lives() -> Iterator[None]:
    """Thousands of booths live here, for a tenth of a second each: what they have in common is
    made once. What lies in memory already need not be looked through for rubbish, nor copied
    into each child for that.
    """
    gc.collect()
    gc.freeze()
    with compiled_once():
        yield
    gc.unfreeze()


@pytest.fixture
def fresh() -> Iterator[Roots]:
    """A new folder for each booth, in memory where there is such a disk: fsync is free there."""
    memory = Path("/dev/shm")
    where = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    top = Path(tempfile.mkdtemp(dir=where))
    # Made once, because that takes longer than a life.
    schema.upgrade(top / "empty.db")
    made = iter(range(sys.maxsize))

    def make() -> Path:
        folder = top / str(next(made))
        folder.mkdir()
        return folder

    yield make
    rmtree(top)


def booth_in(folder: Path, verdict: Verdict, share: Path | None = None) -> tuple[Config, Drop]:
    """A booth with one photo and its note in the inbox, which may lie on another disk."""
    inbox = {"name": "in", "plan": ["copy"], "settle_s": 0, "sidecar_s": 0.1, "path": share}
    config = Config.model_validate(
        {
            "root": folder / "booth",
            "language": "en",
            "inboxes": [inbox],
            "retention": {"min_free_mib": 0},
            "webhooks": [{"url": "https://hooks.example.org", "events": ["photo.done"]}],
        }
    )
    drop = Drop("in", b"day/photo.jpg", jpeg(1, verdict, 2000), verdict)
    config.layout.state.mkdir(parents=True)
    copy(folder.parent / "empty.db", config.layout.database)
    target = config.layout.inbox("in") / "day"
    target.mkdir(parents=True)
    (target / "photo.jpg").write_bytes(drop.content)
    (target / "photo.jpg.txt").write_bytes(b"keep the frame")
    return config, drop


def live(config: Config, clock: ManualClock, interposer: Interposer) -> list[Exception]:
    """A whole life under the interposer's eyes; returns the errors that loops survived."""
    with hand_booth(config, clock) as booth, interposer.watching():
        booth.run_to_rest()
        return booth.troubles


def hold(config: Config, drop: Drop, at: int = 0) -> None:
    """All oracles, and the note lies beside its photo."""
    jobs = oracles.hold(config, [drop])
    original = Path(os.fsdecode(jobs[0].filed or b""))
    note = original.with_name(original.name + ".txt")
    assert note.read_bytes() == b"keep the frame"
    assert len(list(original.parent.glob("*.txt"))) == 1 + (drop.verdict is not Verdict.DONE)
    if at % 4 == 0:  # I10 costs as much as all the others together
        oracles.resting_again(config)
    oracles.swept_clean(config)


def count(fresh: Roots, verdict: Verdict) -> int:
    """How many operations an undisturbed life takes."""
    folder = fresh()
    config, drop = booth_in(folder, verdict)
    interposer = Interposer((folder / "booth",))
    assert live(config, ManualClock(), interposer) == []
    hold(config, drop)
    assert 50 < len(interposer.calls) < ENOUGH
    return len(interposer.calls)


# ── an error ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "verdict", [Verdict.DONE, pytest.param(Verdict.REVIEW, marks=pytest.mark.long)]
)
@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.ENOSPC, errno.EHOSTDOWN])
def test_an_error_at_any_call_costs_nothing(fresh: Roots, number: int, verdict: Verdict) -> None:
    # One in three of the two that are taken like EIO.
    stride = 3 if number in {errno.ESTALE, errno.EHOSTDOWN} else 1
    for at in range(1, count(fresh, verdict) + 1, stride):
        folder = fresh()
        config, drop = booth_in(folder, verdict)

        def fail(name: str, path: str) -> None:
            raise OSError(number, os.strerror(number), path)

        interposer = Interposer((folder / "booth",), at=at, meet=fail)
        try:
            live(config, ManualClock(), interposer)
            hold(config, drop, at)
        except BaseException as error:
            error.add_note(f"call {at}, {interposer.calls[at - 1]}, met {errno.errorcode[number]}")
            raise
        rmtree(folder)


# ── a kill, a power cut ───────────────────────────────────────────────────────────────────


def die_at(folders: tuple[Path, ...], config: Config, at: int, disk: Disk | None) -> bool:
    """Live in a child process that ends at a call; False where it came to rest before."""
    child = os.fork()
    if child == 0:
        status = 1
        try:

            def die(name: str, path: str) -> None:
                if disk is not None:
                    disk.cut_power()
                os._exit(KILLED)

            live(config, ManualClock(), Interposer(folders, at=at, meet=die, disk=disk))
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in {0, KILLED}, f"call {at}: the child ended with {ended}"
    return ended == KILLED


def die_everywhere(
    fresh: Roots,
    verdict: Verdict,
    disk: Callable[[], Disk | None] = lambda: None,
    share: Path | None = None,
) -> int:
    """Die at every call in turn, start again, and ask the oracles; returns how often."""
    count(fresh, verdict)  # what it compiles, every child finds
    for at in range(1, ENOUGH):
        folder = fresh()
        inbox = share / str(at) if share else None
        config, drop = booth_in(folder, verdict, inbox)
        folders = (folder / "booth", *([inbox] if inbox else []))
        if not die_at(folders, config, at, disk()):
            return at - 1
        try:
            clock = ManualClock()
            clock.advance(3600)
            with hand_booth(config, clock) as booth:
                booth.run_to_rest()
            hold(config, drop, at)
        except BaseException as error:
            error.add_note(f"died at call {at}")
            raise
        rmtree(folder)
    raise AssertionError("it never comes to rest")


# What goes to review makes a call or two more than what is done, and the same ones before.
BOTH = pytest.mark.parametrize(
    "verdict", [Verdict.DONE, pytest.param(Verdict.REVIEW, marks=pytest.mark.long)]
)


@pytest.mark.slow
@pytest.mark.timeout(240)
@BOTH
def test_a_kill_at_any_call_costs_nothing(fresh: Roots, verdict: Verdict) -> None:
    assert die_everywhere(fresh, verdict) > 100


@pytest.mark.slow
@pytest.mark.timeout(240)
@BOTH
@pytest.mark.parametrize("model", [pytest.param("journal", marks=pytest.mark.long), "strict"])
def test_a_power_cut_at_any_call_costs_nothing(fresh: Roots, model: str, verdict: Verdict) -> None:
    assert die_everywhere(fresh, verdict, lambda: Disk(is_strict=model == "strict")) > 100


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("how", [pytest.param("kill", marks=pytest.mark.long), "power cut"])
def test_so_does_a_death_between_two_disks(fresh: Roots, tmp_path: Path, how: str) -> None:
    """The inbox is another disk than the booth: what was a rename is a copy."""
    if tmp_path.stat().st_dev == fresh().stat().st_dev:
        pytest.skip("there is no second filesystem (/dev/shm) to write to")
    disk = (lambda: Disk(is_strict=True)) if how == "power cut" else (lambda: None)
    assert die_everywhere(fresh, Verdict.DONE, disk, tmp_path) > 100


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("first", range(2))
def test_a_power_cut_among_several_costs_none_of_them(fresh: Roots, first: int) -> None:
    """Photos of a batch share the syncs of their folders; the order of each still holds."""
    stride = 8
    for at in range(1 + 4 * first, 4 * ENOUGH, stride):
        folder = fresh()
        config, drop = booth_in(folder, Verdict.DONE)
        drops = [drop]
        for number, verdict in enumerate((Verdict.REVIEW, Verdict.DONE, Verdict.REJECTED), 2):
            other = Drop("in", b"day/%d.jpg" % number, jpeg(number, verdict, 2000), verdict)
            (config.layout.inbox("in") / os.fsdecode(other.relative)).write_bytes(other.content)
            drops.append(other)
        if not die_at((folder / "booth",), config, at, Disk(is_strict=True)):
            assert at > 200
            return
        clock = ManualClock()
        clock.advance(3600)
        with hand_booth(config, clock) as booth:
            booth.run_to_rest()
        try:
            oracles.hold(config, drops)
            oracles.swept_clean(config)
        except BaseException as error:
            error.add_note(f"died at call {at}")
            raise
        rmtree(folder)
    raise AssertionError("it never comes to rest")
