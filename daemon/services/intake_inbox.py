"""Take-in for one inbox: what a step does, in order.

A step takes up what an earlier one or a crash left (admitted, taken), looks at what events
named and what is due, and from time to time walks the whole inbox. Directory minus database is
the truth; the memory of looks only saves waiting.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable

from daemon.config.model import Inbox
from daemon.domain.job import State
from daemon.domain.readiness import Arrival, Facts, GiveUp, Hindrance, Waiting
from daemon.services.intake_admit import Accepted
from daemon.services.intake_canary import Canary
from daemon.services.intake_judge import RETRY_S, Candidate, Finding, Judge
from daemon.services.intake_notices import Notices
from daemon.services.intake_online import SHARE_ERRNOS, answers, errno_name
from daemon.services.intake_passage import Passage
from daemon.services.intake_place import Place
from daemon.services.intake_recover import adopt, restage
from daemon.services.intake_report import Hint, ScanReport, Tally, Tools
from daemon.services.intake_walk import (
    Folder,
    Passed,
    Region,
    Unreadable,
    owner_of,
)
from daemon.services.space import MIB
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

LONGEST_SCAN_S = 60.0
_SLOWER = 1.5
# A scan may take up a twentieth of the time.
_SCAN_SHARE = 20.0


class InboxIntake:
    """One inbox; to be used by one thread at a time.

    Args:
        inbox: Its settings.
        tools: What to work with.
    """

    def __init__(self, inbox: Inbox, tools: Tools) -> None:
        self.inbox = inbox
        self._tools = tools
        self._layout = tools.config.layout
        self._place = Place(inbox, tools)
        self._passage = Passage(inbox, tools, self._place)
        self._judge = Judge(tools.operations, tools.clock)
        self._notices = Notices(inbox.name, tools)
        self._board = self._notices.board
        self._canary = Canary(inbox, self._place, tools)
        # Photos that stay in their place and were seen to before: path and generation.
        self._filed: set[tuple[bytes, str]] = set()
        self._folders: tuple[bytes, ...] = ()
        self._fresh = True
        self._interval_s = inbox.scan_s
        self._next_full_s = 0.0
        self._log = get_logger("intake").bind(inbox=inbox.name)

    # ── a step ────────────────────────────────────────────────────────────────────────────

    def step(
        self,
        hints: Iterable[Hint] = (),
        *,
        everything: bool = False,
        slice_s: float = math.inf,
    ) -> ScanReport:
        """Do what there is to do now.

        Args:
            hints: Paths that events named.
            everything: Walk the whole inbox, whether or not that is due.
            slice_s: Stop taking in after this long and ask to be called again at once, so that
                a folder with 20,000 photos does not keep fresh events waiting.

        Raises:
            InboxAway: The folder is not the inbox.
            OSError: The share is in trouble.
        """
        if self._place.make_sure():
            self._recover()
        tally = self._allowance()
        now_s = self._now_s()
        tally.until_s = now_s + slice_s
        is_full = everything or now_s >= self._next_full_s
        if is_full or self._passage.retry_is_due:
            self._passage.take_up(tally)
        self._passage.settle_again(tally)
        if not self.inbox.paused:
            self._look_at_known(hints, tally)
            if is_full:
                self._walk_all(tally)
            self._flush(tally)
            self._canary.step()
        self._notices.store(self._place, paused=self.inbox.paused, full=is_full)
        if tally.queued or tally.ended:
            self._tools.wake()
        return self._report(tally, full=is_full)

    def lost(self) -> None:
        """The inbox went away: what was known of it must be found out again."""
        self._place.leave()
        self._next_full_s = 0.0

    def _now_s(self) -> float:
        return self._tools.clock.monotonic_s()

    # ── what was left behind ──────────────────────────────────────────────────────────────

    def _recover(self) -> None:
        claimed = os.fsencode(self._layout.claimed(self.inbox.name))
        tools, local = self._tools, self._place.top.policy.local
        with tools.database.read() as uow:
            self._board.load(uow)
        adopted = adopt(claimed, tools.database, tools.operations, self._passage.new_job)
        restaged = restage(self.inbox.name, tools, local=local)
        if adopted or restaged:
            self._log.warning(events.JOB_RECOVERED, adopted=adopted, restaged=restaged)
        self._passage.forget()
        self._canary.arrive()
        self._fresh, self._next_full_s = True, 0.0

    # ── looking ───────────────────────────────────────────────────────────────────────────

    def _look_at_known(self, hints: Iterable[Hint], tally: Tally) -> None:
        named = {hint.relative: hint.arrival for hint in hints}
        for relative, arrival in named.items():
            self._look_at(relative, arrival, tally)
        for relative in self._judge.due():
            if relative not in named:
                self._look_at(relative, None, tally)

    def _look_at(self, relative: bytes, arrival: Arrival | None, tally: Tally) -> None:
        owner = owner_of(relative)
        if owner is not None:
            relative, arrival = owner, None
        try:
            found = self._place.walk.candidate_at(relative)
        except (FileNotFoundError, NotADirectoryError):
            self._judge.forget(relative)
            return
        if found is None or isinstance(found, Passed):
            return
        candidate, region = found
        self._consider(candidate, region, arrival, tally)

    def _consider(
        self, candidate: Candidate, region: Region, arrival: Arrival | None, tally: Tally
    ) -> Finding | None:
        """Look at one photo; ``None`` where it is on its way, done before, or gone."""
        if candidate.relative in tally.chosen:
            return None
        if self._now_s() >= tally.until_s:
            tally.room, tally.block = 0, Hindrance.IN_LINE
        if len(tally.batch) >= tally.room:
            self._judge.forget(candidate.relative)
            return Finding(Waiting(tally.block, self._interval_s))
        finding = self._looked(candidate, arrival)
        facts = finding.facts
        if facts is not None and self._is_filed(candidate, region, facts):
            self._judge.forget(candidate.relative)
            return None
        if isinstance(finding.answer, Waiting):
            return finding
        if finding.answer is None or facts is None or self._is_canary(candidate):
            return None
        code = finding.answer.code if isinstance(finding.answer, GiveUp) else ""
        tally.chosen.add(candidate.relative)
        tally.batch.append(Accepted(candidate, region, facts, code))
        if len(tally.batch) >= self._tools.config.intake.batch:
            self._flush(tally)
        return None

    def _is_canary(self, candidate: Candidate) -> bool:
        is_caught = self._canary.catches(candidate.relative, candidate.path)
        if is_caught:
            self._judge.forget(candidate.relative)
        return is_caught

    def _looked(self, candidate: Candidate, arrival: Arrival | None) -> Finding:
        try:
            return self._judge.look(candidate, arrival)
        except OSError as error:
            if error.errno in SHARE_ERRNOS and not answers(
                self._place.root, self._tools.operations
            ):
                raise
            self._log.warning(events.FILE_UNREADABLE, errno=errno_name(error))
            return self._judge.puts_off(
                candidate.relative, Waiting(Hindrance.UNREADABLE, 6 * RETRY_S)
            )

    def _is_filed(self, candidate: Candidate, region: Region, facts: Facts) -> bool:
        key = (candidate.relative, facts.generation(local=region.policy.local))
        return key in self._filed

    def _walk_all(self, tally: Tally) -> None:
        began_s = self._now_s()
        self._place.check_mounts()
        self._board.wipe()
        present, folders, is_cut = set[bytes](), [], False
        for found in self._place.walk:
            if not isinstance(found, Folder):
                is_cut = is_cut or isinstance(found, Unreadable)
                self._notices.note(found)
                continue
            if found.relative and b"/" not in found.relative:
                folders.append(found.relative)
            is_cut = self._walk_folder(found, present, tally) or is_cut
        self._folders = tuple(folders)
        if not is_cut:
            # What was not seen is gone; where a folder could not be read nothing is concluded.
            self._judge.forget_others(present)
            self._notices.forget_others(present)
            self._fresh = False
        self._pace(tally, self._now_s() - began_s - tally.took_s)

    def _walk_folder(self, folder: Folder, present: set[bytes], tally: Tally) -> bool:
        """Look at a folder's photos; True where some could not be looked at for want of room."""
        is_cut = False
        for name in folder.photos:
            candidate = self._place.walk.candidate(folder, name)
            self._board.files += 1
            finding = self._judge.resting(candidate)
            if finding is None:
                fresh = self._fresh and folder.region.policy.local
                arrival = None
                if fresh and not self._judge.knows(candidate.relative):
                    arrival = Arrival.STARTUP
                finding = self._consider(candidate, folder.region, arrival, tally)
            if finding is None:
                continue
            present.add(candidate.relative)
            is_cut = self._notices.put_up(candidate.relative, finding) or is_cut
        return is_cut

    # ── taking in ─────────────────────────────────────────────────────────────────────────

    def _allowance(self) -> Tally:
        """How many photos this step may take in, and why not more.

        An inbox always gets its share of ``max_ahead``, so that a folder with 20,000 photos
        does not keep the others out.
        """
        if self.inbox.paused:
            return Tally()
        config, ahead = self._tools.config, (State.ADMITTED, State.TAKEN, State.QUEUED)
        layout = config.layout
        layout.staging.mkdir(parents=True, exist_ok=True)
        if self._tools.free(layout.staging) < config.retention.min_free_mib * MIB:
            return Tally(block=Hindrance.DISK_LOW)
        with self._tools.database.read() as uow:
            # A paused batch must not keep everybody else's photos out.
            total = uow.jobs.count(*ahead) - uow.batches.held_count()
            own = uow.jobs.count(*ahead, inbox=self.inbox.name)
            own -= uow.batches.held_count(self.inbox.name)
        share = max(1, config.intake.max_ahead // len(config.inboxes))
        return Tally(room=max(0, config.intake.max_ahead - total, share - own))

    def _flush(self, tally: Tally) -> None:
        """Take in what is ready so far."""
        accepted, tally.batch = tally.batch, []
        if not accepted:
            return
        began_s = self._now_s()
        admitted = self._passage.take_in(accepted, tally)
        tally.room -= admitted.added
        known = {candidate.relative for candidate in admitted.known}
        for entry in accepted:
            relative = entry.candidate.relative
            if relative not in known:
                self._judge.forget(relative)
                continue
            # The same content of the same name is on its way: this one waits for its end.
            wait = Waiting(Hindrance.ALREADY_QUEUED, RETRY_S)
            self._notices.put_up(relative, self._judge.puts_off(relative, wait))
        self._filed |= admitted.filed
        self._board.taken_in([job.relative for job in admitted.taken])
        tally.took_s += self._now_s() - began_s

    # ── telling ───────────────────────────────────────────────────────────────────────────

    def _pace(self, tally: Tally, took_s: float) -> None:
        """When to walk again: soon while something goes on, ever later while nothing does."""
        is_busy = bool(tally.admitted or tally.batch or len(self._judge))
        slower_s = self._interval_s * _SLOWER if self._place.wants_events else self.inbox.scan_s
        wanted_s = self.inbox.scan_s if is_busy else slower_s
        wanted_s = max(wanted_s, took_s * _SCAN_SHARE, self.inbox.scan_s)
        self._interval_s = min(max(LONGEST_SCAN_S, self.inbox.scan_s), wanted_s)
        self._next_full_s = self._now_s() + self._interval_s
        if tally.block is Hindrance.IN_LINE:
            self._next_full_s = self._now_s()

    def _report(self, tally: Tally, *, full: bool) -> ScanReport:
        waits = [self._next_full_s - self._now_s(), self._judge.next_due_s()]
        waits.append(self._passage.next_due_s())
        place = self._place
        return ScanReport(
            self.inbox.name,
            state="paused" if self.inbox.paused else "online",
            mode=place.mode,
            next_scan_s=max(0.0, min(wait for wait in waits if wait is not None)),
            full=full,
            files=self._board.files,
            admitted=tally.admitted,
            queued=tally.queued,
            ended=tally.ended,
            withdrawn=tally.withdrawn,
            waiting=dict(self._board.counts),
            ignored=self._board.ignored_count,
            folders=self._folders,
            wants_events=place.wants_events,
        )
