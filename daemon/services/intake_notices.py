"""What one inbox tells people of files that do not come in: put up, and reported once if need be.

The rows lie on the board; here is what goes on it, and when it is written.
"""

from __future__ import annotations

import errno

from daemon.domain.readiness import Hindrance, Waiting
from daemon.services.intake_board import Board
from daemon.services.intake_judge import Finding
from daemon.services.intake_online import SHARE_ERRNOS
from daemon.services.intake_place import Place
from daemon.services.intake_report import Tools
from daemon.services.intake_walk import Passed, TooDeep, Unreadable
from daemon.store.inbox import WaitingFile
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

_TEMPORARY_S = 60.0
_NO_ROOM = frozenset({Hindrance.QUEUE_FULL, Hindrance.DISK_LOW, Hindrance.IN_LINE})
_FOLDER_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})


class Notices:
    """The notices of one inbox; to be used by one thread at a time.

    Args:
        inbox: Its name.
        tools: What take-in works with.
    """

    def __init__(self, inbox: str, tools: Tools) -> None:
        self.board = Board(inbox)
        self._inbox = inbox
        self._tools = tools
        self._alarmed: set[bytes] = set()
        self._log = get_logger("intake").bind(inbox=inbox)

    def forget_others(self, present: set[bytes]) -> None:
        """Files that are gone may be reported again should they come back."""
        self._alarmed &= present

    def put_up(self, relative: bytes, finding: Finding) -> bool:
        """Show a photo that waits; True where it waits for room, so that looking on is no use."""
        answer = finding.answer
        if not isinstance(answer, Waiting):
            return False
        now_ms, now_s = self._tools.clock.now_ms(), self._tools.clock.monotonic_s()
        row = WaitingFile(
            self._inbox,
            relative,
            answer.hindrance.value,
            since_ms=_moment(now_ms, now_s, finding.first_s),
            changed_ms=_moment(now_ms, now_s, finding.changed_s),
            next_look_ms=now_ms + round(answer.next_look_s * 1000),
            size=finding.facts.size if finding.facts else 0,
        )
        self.board.waits(row, answer.hindrance)
        self._alarm(relative, now_ms)
        return answer.hindrance in _NO_ROOM

    def _alarm(self, relative: bytes, now_ms: int) -> None:
        """Report, once, a file that waits longer than is usual; it keeps waiting."""
        row = self.board.waiting.get(relative)
        limit_ms = self._tools.config.intake.max_wait_s * 1000
        if row is None or now_ms - row.since_ms < limit_ms or relative in self._alarmed:
            return
        self._alarmed.add(relative)
        age_s = (now_ms - row.since_ms) // 1000
        self._log.warning(events.FILE_WAITED_LONG, reason=row.reason, age_s=age_s)

    def note(self, found: Passed | TooDeep | Unreadable) -> None:
        """Show what a walk met besides photos.

        Raises:
            OSError: The share itself is in trouble.
        """
        now_ms = self._tools.clock.now_ms()
        if isinstance(found, Passed) and not found.temporary:
            self.board.passes_over(found.relative, found.rule, now_ms)
            return
        if isinstance(found, Unreadable):
            if found.error.errno in _FOLDER_GONE:
                return
            if found.error.errno in SHARE_ERRNOS:
                raise found.error
        hindrance = Hindrance.TEMP_NAME
        if isinstance(found, TooDeep):
            hindrance = Hindrance.TOO_DEEP
        elif isinstance(found, Unreadable):
            hindrance = Hindrance.NO_PERMISSION
        row = WaitingFile(
            self._inbox, found.relative, hindrance.value, now_ms,
            next_look_ms=now_ms + round(_TEMPORARY_S * 1000),
        )  # fmt: skip
        self.board.waits(row, hindrance)

    def store(self, place: Place, *, paused: bool, full: bool) -> None:
        """Write what is shown, if it changed or the whole inbox was walked."""
        if not full and not self.board.changed:
            return
        board, clock = self.board, self._tools.clock
        with self._tools.database.write() as uow:
            board.store(uow)
            uow.inboxes.seen(
                self._inbox,
                device=place.device,
                mode=place.mode,
                state="paused" if paused else "online",
                scanned_ms=clock.now_ms(),
                files=board.files,
                waiting=sum(board.counts.values()),
            )
        board.stored()


def _moment(now_ms: int, now_s: float, then_s: float) -> int:
    """A monotonic moment as wall time."""
    return now_ms - round((now_s - then_s) * 1000)
