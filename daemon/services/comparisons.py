"""Two photos compared on the panel: the question, its pictures, and the answer while it is shown.

The worker answers as it does for ``boothd compare`` and the API. What was uploaded lies in the
panel's memory for ten minutes, so that the page can show it beside the answer, and on disk only
until the worker has answered (``services.questions``); nothing is kept after that. The audit says
that somebody compared, and which jobs; never what came out.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.errors import InputError
from daemon.services.desk import Desk
from daemon.services.pictures import Side, kind_of_picture
from daemon.services.questions import Answered, QuestionGone, Questions
from daemon.store.database import Database

SIDES = ("a", "b")
# So long a comparison is shown; the pictures are in memory, so there are few at a time.
KEPT_MS, MOST_KEPT, MOST_BYTES_KEPT = 600_000, 12, 256 << 20
# A worker that has not come to it by then has a long queue of its own.
PATIENCE_MS = 180_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of the two photos: sent along, or a job's.

    Attributes:
        content: What was sent; empty for a job's.
        job_id: Whose picture.
        side: Which of the job's pictures.
    """

    content: bytes = field(default=b"", repr=False)
    job_id: str = ""
    side: Side = Side.BEFORE


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, for its page.

    Attributes:
        is_waiting: The worker has not answered yet.
        asked_ms: When it was asked.
        facts: The answer (docs/compare.md); empty without one.
        reason: Why there is none.
        job_ids: Whose pictures, by side; empty for what was sent.
        shown: Whether a browser can show the picture, by side.
    """

    is_waiting: bool
    asked_ms: int
    facts: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reason: Reason | None = None
    job_ids: tuple[str, ...] = ("", "")
    shown: tuple[bool, ...] = (False, False)


@dataclass(slots=True)
class _Kept:
    question_id: str
    by: str
    asked_ms: int
    pictures: tuple[bytes, ...]
    job_ids: tuple[str, ...]
    answered: Answered | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        return sum(map(len, self.pictures))


class NoPicture(InputError):
    """A job has no such picture (any more), or there is no such job."""


class Comparisons:
    """Puts comparisons to the worker; safe from several threads.

    Args:
        config: The whole configuration.
        questions: Asks the worker.
        desk: Hands out pictures of jobs.
        database: For the audit.
        clock: Time.
    """

    def __init__(
        self,
        config: Config,
        questions: Questions,
        desk: Desk,
        database: Callable[[], Database],
        clock: Clock,
    ) -> None:
        self.most_bytes = min(config.api.max_bytes, config.limits.max_bytes)
        self._questions = questions
        self._desk = desk
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept] = {}

    def ask(self, photos: Sequence[Chosen], *, by: str, language: str) -> str:
        """Put the question.

        Returns:
            The number of its page, for the other calls.

        Raises:
            InputError: A photo is empty or too large (``facts["side"]``), or a job has none.
            DaemonAway: No daemon would see the question.
            ServiceBusy: Too many wait already.
            DiskFull: There is no room for the pictures.
        """
        pictures = tuple(
            self._content(photo, side) for photo, side in zip(photos, SIDES, strict=True)
        )
        question_id = self._questions.ask("compare", pictures, language=language)
        job_ids = tuple(photo.job_id for photo in photos)
        now_ms, number = self._clock.now_ms(), secrets.token_hex(16)
        with self._database().write() as uow:
            facts = {"jobs": [job_id for job_id in job_ids if job_id]}
            uow.audit.add(by, "photos.compare", "", facts, now_ms)
        with self._lock:
            self._kept[number] = _Kept(question_id, by, now_ms, pictures, job_ids)
            old = self._surplus(now_ms)
        self._drop(old)
        return number

    def look(self, number: str, *, by: str) -> Compared | None:
        """How a comparison stands; ``None`` where it is not theirs, or forgotten."""
        kept = self._of(number, by)
        if kept is None:
            return None
        with kept.lock:
            if kept.answered is None:
                kept.answered = self._answer(kept)
        answered = kept.answered
        return Compared(
            is_waiting=answered is None,
            asked_ms=kept.asked_ms,
            facts={} if answered is None else answered.facts,
            reason=None if answered is None else answered.reason,
            job_ids=kept.job_ids,
            shown=tuple(kind_of_picture(picture) is not None for picture in kept.pictures),
        )

    def picture(self, number: str, side: str, *, by: str) -> tuple[bytes, str] | None:
        """One of the two as bytes and media type; ``None`` where a browser may not show it."""
        kept = self._of(number, by)
        if kept is None or side not in SIDES:
            return None
        content = kept.pictures[SIDES.index(side)]
        mime = kind_of_picture(content)
        return None if mime is None else (content, mime)

    def forget(self, number: str, *, by: str) -> bool:
        """Let go of a comparison now; False where it is not theirs, or gone already."""
        if self._of(number, by) is None:
            return False
        with self._lock:
            kept = self._kept.pop(number, None)
        self._drop([] if kept is None else [kept])
        return kept is not None

    def _content(self, photo: Chosen, side: str) -> bytes:
        content = self._of_job(photo, side) if photo.job_id else photo.content
        if not content:
            code = "EMPTY"
            raise InputError(code, side=side)
        if len(content) > self.most_bytes:
            code = "IMAGE_TOO_LARGE"
            limit = f"{self.most_bytes} bytes"
            raise InputError(code, side=side, actual=f"{len(content)} bytes", limit=limit)
        return content

    def _of_job(self, photo: Chosen, side: str) -> bytes:
        picture = self._desk.picture(photo.job_id, photo.side)
        if picture is None:
            code = "INVALID_IMAGE"
            raise NoPicture(code, side=side)
        with picture.content:
            return picture.content.read(self.most_bytes + 1)

    def _of(self, number: str, by: str) -> _Kept | None:
        with self._lock:
            old = self._surplus(self._clock.now_ms())
            kept = self._kept.get(number)
        self._drop(old)
        return kept if kept is not None and kept.by == by else None

    def _answer(self, kept: _Kept) -> Answered | None:
        try:
            answered = self._questions.answer(kept.question_id, 0)
        except QuestionGone:
            return Answered({}, Reason("SERVICE_BUSY"))
        if answered is None and self._clock.now_ms() - kept.asked_ms > PATIENCE_MS:
            self._questions.drop(kept.question_id)
            return Answered({}, Reason("SERVICE_BUSY"))
        return answered

    def _surplus(self, now_ms: int) -> list[_Kept]:
        """Take out what is too old or too much; for the caller to drop outside the lock."""
        size, left, old = sum(kept.size for kept in self._kept.values()), len(self._kept), []
        for number, kept in self._kept.items():  # the oldest first
            is_too_much = left > MOST_KEPT or (size > MOST_BYTES_KEPT and left > 1)
            if is_too_much or now_ms - kept.asked_ms > KEPT_MS:
                size, left = size - kept.size, left - 1
                old.append(number)
        return [self._kept.pop(number) for number in old]

    def _drop(self, old: Sequence[_Kept]) -> None:
        for kept in old:
            if kept.answered is None:
                self._questions.drop(kept.question_id)
