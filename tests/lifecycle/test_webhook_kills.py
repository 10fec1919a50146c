"""Real daemons, a real receiver: whoever dies where, every event arrives, under one id."""

from __future__ import annotations

import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.domain.job import Verdict
from tests.fakes.booth_process import BoothProcess, wait_until
from tests.fakes.photos import Drop, jpeg
from tests.fakes.receiver import KEY, Receiver, silence

ALL = ["photo.done", "photo.rejected", "photo.review", "photo.failed"]
ENDS = (Verdict.DONE, Verdict.REJECTED, Verdict.DONE, Verdict.FAILED)

MakeBooth = Callable[..., BoothProcess]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(KEY)
    return path


def drop_all(booth: BoothProcess) -> None:
    for number, verdict in enumerate(ENDS):
        content = jpeg(number, verdict, 3000)
        booth.drop(Drop("in", b"photo %d.jpg" % number, content, verdict))


def pending(booth: BoothProcess) -> int:
    return len(booth.query("SELECT 1 FROM deliveries WHERE state <> 'delivered'"))


def wait_told(booth: BoothProcess) -> None:
    booth.wait_drained()
    wait_until(
        lambda: booth.query("SELECT 1 FROM deliveries") and not pending(booth),
        lambda: f"not all is delivered:\n{booth.log_tail()}",
    )


def hold(booth: BoothProcess, receiver: Receiver) -> dict[tuple[str, str], set[str]]:
    """Every event of every job came, each under the one id that is written down; no other did."""
    came: dict[tuple[str, str], set[str]] = defaultdict(set)
    for request in receiver.requests:
        told = request.verified()
        came[told["data"]["job"], told["type"]].add(request.id)
    written = booth.query("SELECT subject, event, message_id FROM outbox")
    assert dict(came) == {(subject, event): {name} for subject, event, name in written}
    ended = booth.query("SELECT id, 'photo.' || state FROM jobs")
    assert sorted(ended) == sorted(came)
    assert len(ended) == len(ENDS)
    return came


# W19 stands before the commit that ends a photo, W20 right behind it, W21 behind an answer.
@pytest.mark.parametrize(
    "failpoint", ["W19:daemon:2", "W20:daemon:1", "W21:daemon:1", "W21:daemon:3"]
)
def test_a_kill_around_a_delivery_loses_nothing_and_invents_nothing(
    make_booth: MakeBooth, receiver: Receiver, secret: Path, failpoint: str
) -> None:
    booth = make_booth(webhooks=[receiver.section(events=ALL, secret_file=secret)])
    drop_all(booth)
    booth.start(failpoint)
    assert booth.wait_death() == -signal.SIGKILL, booth.log_tail()
    before = set(receiver.ids())
    booth.start()
    wait_told(booth)
    booth.stop()
    hold(booth, receiver)
    if failpoint.startswith("W21"):
        again = [name for name in before if receiver.ids().count(name) > 1]
        assert again, "what was answered and not recorded is sent once more"


def test_a_receiver_that_says_nothing_keeps_up_no_photo_and_no_other_receiver(
    make_booth: MakeBooth, receiver: Receiver, secret: Path
) -> None:
    with Receiver(otherwise=silence) as silent:
        sections: list[dict[str, Any]] = [
            silent.section(name="silent", events=ALL, concurrency=4, timeout_s=60),
            receiver.section(name="hr", events=ALL, secret_file=secret),
        ]
        booth = make_booth(webhooks=sections)
        drop_all(booth)
        booth.start_ready()
        booth.wait_drained()
        wait_until(lambda: len(receiver.requests) == len(ENDS), "the other receiver waits")
        assert silent.requests
        begun = time.monotonic()
        booth.stop()
        assert time.monotonic() - begun < 20
    waiting = booth.query("SELECT attempts FROM deliveries WHERE endpoint='silent'")
    assert waiting == [(0,)] * len(ENDS), "what was under way is due still"
