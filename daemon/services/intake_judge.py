"""Looking at files and remembering earlier looks; the rules are ``domain.readiness``.

The memory here only saves time: a file without one is simply looked at for the first time.
Nothing is stranded by losing it.
"""

from __future__ import annotations

import heapq
import os
from dataclasses import dataclass, field, replace

from daemon.clock import Clock
from daemon.domain import readiness
from daemon.domain.readiness import (
    Arrival,
    Ask,
    Deep,
    Facts,
    GiveUp,
    Hindrance,
    Policy,
    Ready,
    Track,
    Waiting,
    Whole,
    Writer,
)
from daemon.files.operations import FileOperations
from daemon.files.probe import CannotLook, Obstacle, Opened, facts_of

RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to look at.

    Attributes:
        relative: Path inside the inbox.
        path: Absolute path.
        policy: What its mount and inbox ask of it.
        notes: Names of the notes beside it.
        has_marker: Whether a ``.ready`` twin lies beside it.
        has_note: Whether a person's note is among the notes.
    """

    relative: bytes
    path: bytes
    policy: Policy
    notes: tuple[bytes, ...] = ()
    has_marker: bool = False
    has_note: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a look led to.

    Attributes:
        answer: Ready, waiting or giving up; ``None`` where the file is gone.
        facts: At the last look that could open it.
        first_s: When it was first looked at (monotonic).
        changed_s: Since when it is the same (monotonic).
    """

    answer: Ready | Waiting | GiveUp | None
    facts: Facts | None = None
    first_s: float = 0.0
    changed_s: float = 0.0


@dataclass(slots=True)
class _Remembered:
    track: Track
    due_s: float
    finding: Finding


@dataclass(slots=True)
class Judge:
    """The looks at the files of one inbox.

    Args:
        operations: How files are opened.
        clock: Monotonic time between looks.
    """

    operations: FileOperations
    clock: Clock
    _known: dict[bytes, _Remembered] = field(default_factory=dict)
    _due: list[tuple[float, bytes]] = field(default_factory=list)

    def look(self, candidate: Candidate, arrival: Arrival | None) -> Finding:
        """Look at a file, asking it no more than is needed.

        Args:
            candidate: The file.
            arrival: News of it, if any; the first look without news is ``FOUND``.

        Raises:
            OSError: Trouble with the share, or with this file alone; the caller finds out which.
        """
        try:
            with self.operations.open(candidate.path) as opened:
                notes = self._note_facts(candidate)
                track = self._observed(candidate, opened, arrival, notes)
                answer, track = self._decided(candidate, opened, track)
        except CannotLook as error:
            return self._obstructed(candidate, error.obstacle)
        return self._remember(candidate.relative, track, Finding(answer, track.facts))

    def _observed(
        self,
        candidate: Candidate,
        opened: Opened,
        arrival: Arrival | None,
        notes: tuple[tuple[bytes, int, int], ...],
    ) -> Track:
        now_s = self.clock.monotonic_s()
        known = self._known.get(candidate.relative)
        if known is None:
            return readiness.begin(opened.facts, now_s, arrival or Arrival.FOUND, notes)
        edges = opened.edges() if readiness.wants_edges(known.track, opened.facts) else None
        return readiness.observe(
            known.track, opened.facts, now_s, arrival=arrival, notes=notes, edges=edges
        )

    def _decided(
        self, candidate: Candidate, opened: Opened, track: Track
    ) -> tuple[Ready | Waiting | GiveUp, Track]:
        now_s, policy = self.clock.monotonic_s(), candidate.policy
        rest = readiness.quiet(track, now_s, policy)
        if not isinstance(rest, Ask):
            return rest, track
        track, answer = readiness.conclude(
            track,
            _asked(opened, policy),
            now_s,
            policy,
            early=rest.early,
            has_marker=candidate.has_marker,
            has_note=candidate.has_note,
        )
        return answer, track

    def _note_facts(self, candidate: Candidate) -> tuple[tuple[bytes, int, int], ...]:
        facts = []
        for name in candidate.notes:
            path = os.path.join(os.path.dirname(candidate.path), name)  # noqa: PTH118, PTH120 - bytes
            try:
                status = self.operations.status(path)
            except FileNotFoundError:
                continue
            facts.append((name, status.st_size, status.st_mtime_ns))
        return tuple(facts)

    def _obstructed(self, candidate: Candidate, obstacle: Obstacle) -> Finding:
        if obstacle is Obstacle.GONE:
            self.forget(candidate.relative)
            return Finding(None)
        hindrance = {
            Obstacle.HELD: Hindrance.HELD_BY_WRITER,
            # On SMB a file that its client still holds open may be refused this way as well.
            Obstacle.NO_PERMISSION: Hindrance.NO_PERMISSION,
            Obstacle.NOT_REGULAR: Hindrance.NOT_REGULAR,
        }[obstacle]
        wait = Waiting(hindrance, readiness.HELD_S if obstacle is Obstacle.HELD else RETRY_S)
        return self.puts_off(candidate.relative, wait)

    def puts_off(self, relative: bytes, wait: Waiting) -> Finding:
        """Let a file wait for a reason that no look at it gave."""
        known = self._known.get(relative)
        now_s = self.clock.monotonic_s()
        track = known.track if known else readiness.begin(Facts(0, 0, 0, 0), now_s, Arrival.FOUND)
        return self._remember(relative, track, Finding(wait, known.track.facts if known else None))

    def _remember(self, relative: bytes, track: Track, finding: Finding) -> Finding:
        wait_s = finding.answer.next_look_s if isinstance(finding.answer, Waiting) else 0.0
        due_s = self.clock.monotonic_s() + wait_s
        finding = replace(finding, first_s=track.first_s, changed_s=track.changed_s)
        self._known[relative] = _Remembered(track, due_s, finding)
        heapq.heappush(self._due, (due_s, relative))
        return finding

    def resting(self, candidate: Candidate) -> Finding | None:
        """The last finding about a file whose next look is not due and which looks the same.

        A plain stat may be stale on a share; it can only make a look come sooner.
        """
        known = self._known.get(candidate.relative)
        if known is None or known.due_s <= self.clock.monotonic_s():
            return None
        if known.finding.facts is not None and known.track.notes_named != candidate.notes:
            return None
        if known.finding.facts is not None:
            try:
                now = facts_of(self.operations.status(candidate.path))
            except FileNotFoundError:
                return None
            before = known.finding.facts
            if (now.size, now.mtime_ns) != (before.size, before.mtime_ns):
                return None
        return known.finding

    def knows(self, relative: bytes) -> bool:
        """Whether the file was looked at before."""
        return relative in self._known

    def due(self) -> list[bytes]:
        """Known files whose next look has come, each once."""
        now_s, found = self.clock.monotonic_s(), dict[bytes, None]()
        while self._due and self._due[0][0] <= now_s:
            due_s, relative = heapq.heappop(self._due)
            known = self._known.get(relative)
            # A file looked at again since has a later entry of its own.
            if known is not None and known.due_s == due_s:
                found[relative] = None
        return list(found)

    def next_due_s(self) -> float | None:
        """Seconds until the next look that is due, or ``None``."""
        while self._due:
            due_s, relative = self._due[0]
            known = self._known.get(relative)
            if known is not None and known.due_s == due_s:
                return max(0.0, due_s - self.clock.monotonic_s())
            heapq.heappop(self._due)
        return None

    def forget(self, relative: bytes) -> None:
        """The file is gone or taken in."""
        self._known.pop(relative, None)

    def forget_others(self, present: set[bytes]) -> None:
        """Drop what a full scan has not seen."""
        for relative in self._known.keys() - present:
            del self._known[relative]

    def __len__(self) -> int:
        return len(self._known)


def _asked(opened: Opened, policy: Policy) -> Deep:
    """Ask the cheap question first, and the other only where it can matter."""
    writer = opened.writer() if policy.local else Writer.UNKNOWN
    if writer is Writer.HELD:
        return Deep(writer, Whole.PARTIAL)
    return Deep(writer, opened.structure().whole)
