"""A whole booth in one thread, turned by hand: the daemon's services, and a worker's work.

What the loops of ``daemon.runtime`` survive is survived here too, and nothing else: an
unexpected error ends the test.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daemon import protocol
from daemon.bootstrap import build, prepare
from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.artifact import OutputFile, OutputKind, Reason
from daemon.domain.job import LIVE, Claim, Job, Verdict
from daemon.errors import BoothError, FaultVerdict
from daemon.services.dispatch import Handed
from daemon.services.filing import attempt_dir, staged_photo
from tests.fakes.booth_routes import CODES
from tests.fakes.oracles import photos_in
from tests.fakes.photos import wish_of

ROUND_S = 3.0
ROUNDS = 60
WHY = b"\xff\xd8 why \xff\xd9"


class HandBooth:
    """A booth that does something only when asked to.

    Args:
        config: Of one inbox, ``in``.
        clock: Moves on with every round.
    """

    def __init__(self, config: Config, clock: ManualClock) -> None:
        prepare(config)
        self.config = config
        self.clock = clock
        self.booth = build(config, wake=lambda: None, clock=clock)
        self._in_hand: list[Handed] = []
        self.troubles: list[Exception] = []

    def close(self) -> None:
        self.booth.close()

    def start(self) -> None:
        """What a start does before the loops turn."""
        self.booth.dispatch.sweep(frozenset(), everyone=True)

    def round(self) -> None:
        """A turn of each loop, each on its own as in the daemon."""
        for loop in (self.take_in, self.hand_out, self.work, self.publish):
            try:
                loop()
            except (BoothError, OSError) as error:
                self.troubles.append(error)
        self.clock.advance(ROUND_S)

    def run_to_rest(self) -> None:
        """Turn until nothing is on its way; in bounded time (I8)."""
        for _ in range(ROUNDS):
            self.round()
            if self.rests():
                return
        raise AssertionError(f"does not come to rest: {self.jobs()}; {self.troubles}")

    def rests(self) -> bool:
        """Whether no photo waits and no job is on its way."""
        photos = photos_in(self.config.layout.inbox("in"))
        with self.booth.database.read() as uow:
            return not photos and uow.jobs.count(*LIVE) == 0

    def jobs(self) -> list[tuple[str, str, int]]:
        with self.booth.database.read() as uow:
            return [(job.id, job.state.value, job.attempts) for job in uow.jobs.in_state(*LIVE)]

    # ── the loops ─────────────────────────────────────────────────────────────────────────

    def take_in(self) -> None:
        self.booth.intake.scan_once("in")

    def hand_out(self) -> None:
        if not self._in_hand:
            self._in_hand = self.booth.dispatch.next_work(8, alone=True)
        claims = [handed.claim for handed in self._in_hand]
        stale = self.booth.dispatch.heartbeat(claims)
        self._in_hand = [one for one in self._in_hand if one.claim.token not in stale]
        self.booth.dispatch.sweep(frozenset(claim.token for claim in claims))

    def work(self) -> None:
        while self._in_hand:
            claim = self._in_hand[0].claim
            try:
                result = work_like_sort(self.config, claim)
            except OSError as error:
                is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
                verdict = FaultVerdict.HOLD_QUEUE if is_full else FaultVerdict.RETRY
                code = "DISK_FULL" if is_full else "INTERNAL_ERROR"
                fault = protocol.Fault(claim.job.id, claim.job.attempts, Reason(code), verdict)
                self.booth.dispatch.fault(claim, fault)
            else:
                self.booth.dispatch.finish(claim, result)
            self._in_hand.pop(0)

    def publish(self) -> None:
        publisher = self.booth.publisher
        ends = publisher.bring_out(publisher.place(publisher.pending()))
        self.troubles += [end for end in ends if isinstance(end, OSError)]
        ended = [end for end in ends if isinstance(end, Job)]
        publisher.end(ended)
        for job in ended:
            publisher.clear(job)


@contextmanager
def hand_booth(config: Config, clock: ManualClock) -> Iterator[HandBooth]:
    """A started booth that is closed at the end."""
    booth = HandBooth(config, clock)
    try:
        booth.start()
        yield booth
    finally:
        booth.close()


def work_like_sort(config: Config, claim: Claim) -> protocol.Result:
    """What a worker with the one route ``sort`` leaves and says; its files are not fsynced."""
    job = claim.job
    folder = attempt_dir(config.layout, job.id, job.attempts)
    content = staged_photo(config.layout, job.id).read_bytes()
    verdict = wish_of(content)
    outputs, reasons = _written(folder, job, content, verdict), ()
    if verdict is not Verdict.DONE:
        reasons = (Reason(CODES.get(verdict, "INVALID_IMAGE")),)
    result = protocol.Result(job.id, job.attempts, verdict, reasons, outputs, {"sort": {}})
    part = folder / "result.json.part"
    part.write_bytes(protocol.encode(result))
    part.rename(folder / "result.json")
    return result


def _written(folder: Path, job: Job, content: bytes, verdict: Verdict) -> tuple[OutputFile, ...]:
    wanted = []
    if verdict in {Verdict.DONE, Verdict.REVIEW}:
        suffix = os.path.splitext(os.fsdecode(job.relative))[1]  # noqa: PTH122 - bytes before
        wanted.append((OutputKind.RESULT, f"result{suffix}", suffix, content))
    if verdict is Verdict.REVIEW:
        wanted.append((OutputKind.WHY_PICTURE, "why.jpg", ".jpg", WHY))
    for _, name, _, bytes_ in wanted:
        (folder / name).write_bytes(bytes_)
    return tuple(
        OutputFile(kind, name, suffix, hashlib.sha256(bytes_).hexdigest(), len(bytes_))
        for kind, name, suffix, bytes_ in wanted
    )
