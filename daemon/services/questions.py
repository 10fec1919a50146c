"""Putting a question to the daemon's worker from another process, and waiting for the answer.

The question is a row, its pictures lie in a folder of their own in the state folder; both are
gone once the answer was read. Answers hold personal data (descriptions of faces): they are
never logged, and an answer that nobody reads is forgotten after ten minutes.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.clock import Clock
from daemon.config.model import Config, Layout
from daemon.domain.artifact import Reason
from daemon.domain.job import new_job_id
from daemon.domain.question import QuestionRow
from daemon.errors import BoothError, DaemonAway, DiskFull, InputError, ServiceBusy, UsageError
from daemon.services.health import STATUS_STALE_MS, read_status
from daemon.store.database import Database
from daemon.store.questions import MAX_WAITING
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

FOLDER = "questions"
# Under these names a question's arguments name its pictures, in their order.
SIDES = ("a", "b", "c", "d")
# How often the row is looked at while somebody waits: the daemon looks as often.
LOOK_EVERY_S = 0.1
# What the worker is doing when it will not answer for a while.
_WORKER_AWAY = frozenset({"broken", "stopped"})


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a question.

    Attributes:
        facts: The answer, JSON values; empty where there is none.
        reason: Why there is none.
    """

    facts: Mapping[str, Any]
    reason: Reason | None = None


class QuestionGone(UsageError):
    """There is no such question: never asked, its answer read already, or forgotten."""


class Questions:
    """The asker's side; safe from several threads and processes.

    Args:
        config: The whole configuration.
        database: Opens the database, or gives the one that is open.
        clock: Time.
        sleep: Waits, for tests.
    """

    def __init__(
        self,
        config: Config,
        database: Callable[[], Database],
        clock: Clock,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._config = config
        self._database = database
        self._clock = clock
        self._sleep = sleep

    def ask(
        self,
        kind: str,
        files: Sequence[bytes | Path],
        options: Mapping[str, Any] | None = None,
        *,
        language: str | None = None,
    ) -> str:
        """Put a question; the pictures are copied.

        Args:
            kind: Which question (``compare``, ``embed`` …).
            files: Its pictures, as content or as paths; the question knows them as ``a``, ``b`` …
            options: Its other arguments, JSON values.
            language: ``zh`` or ``en``, for words in the answer; else the configured one.

        Returns:
            The question's id, for ``answer`` and ``drop``.

        Raises:
            DaemonAway: No daemon would see it, or its worker cannot run.
            ServiceBusy: Too many wait already.
            InputError: A picture has more bytes than ``limits.max_bytes``, or none.
            DiskFull: There is no room for the pictures.
        """
        self._need_daemon()
        self._need_room()
        question_id = new_job_id(self._clock.now_ms())
        try:
            paths = self._store(question_id, files)
            row = QuestionRow(
                id=question_id,
                kind=kind,
                arguments={**(options or {}), **paths},
                language=language or self._config.language,
                placed_ms=self._clock.now_ms(),
            )
            with self._database().write() as uow:
                uow.questions.add(row)
        except BaseException:
            remove_pictures(self._config.layout, question_id)
            raise
        return question_id

    def answer(self, question_id: str, wait_s: float) -> Answered | None:
        """Wait for the answer and take it: it can be read once.

        Args:
            question_id: Which.
            wait_s: The longest to wait; 0 looks once.

        Returns:
            ``None`` where there is none yet; ask again, or ``drop`` it.

        Raises:
            QuestionGone: There is no such question (any more).
        """
        until_s = self._clock.monotonic_s() + wait_s
        while True:
            found = self._collect(question_id)
            left_s = until_s - self._clock.monotonic_s()
            if found is not None or left_s <= 0:
                return found
            self._sleep(min(LOOK_EVERY_S, left_s))

    def drop(self, question_id: str) -> None:
        """Nobody waits any more: forget the question, its pictures and its answer."""
        with self._database().write() as uow:
            is_known = uow.questions.drop(question_id)
        if is_known:
            remove_pictures(self._config.layout, question_id)

    def _collect(self, question_id: str) -> Answered | None:
        # Looking must not stand in the way of the daemon's writes: most looks find nothing.
        with self._database().read() as uow:
            row = uow.questions.get(question_id)
        if row is None:
            msg = f"there is no question {question_id}; its answer can be read once"
            raise QuestionGone(msg)
        if row.answered_ms is None:
            return None
        with self._database().write() as uow:
            answered = uow.questions.collect(question_id)
        if answered is None:
            msg = f"the answer to {question_id} was read by somebody else"
            raise QuestionGone(msg)
        return Answered(answered.facts, answered.reason)

    def _need_daemon(self) -> None:
        status = read_status(self._config.layout)
        if status is None or self._clock.now_ms() - status.at_ms > STATUS_STALE_MS:
            msg = "the daemon is not running: start it with `boothd run`"
            raise DaemonAway(msg)
        if status.worker in _WORKER_AWAY:
            msg = f"the daemon's worker is {status.worker}: run `boothd check`"
            raise DaemonAway(msg, worker=status.worker)

    def _need_room(self) -> None:
        # Before the pictures are written; ``add`` decides.
        with self._database().read() as uow:
            waiting = uow.questions.count_waiting()
        if waiting >= MAX_WAITING:
            msg = f"{waiting} questions wait already; try again in a moment"
            raise ServiceBusy(msg, waiting=waiting)

    def _store(self, question_id: str, files: Sequence[bytes | Path]) -> dict[str, str]:
        if len(files) > len(SIDES):
            msg = f"a question has {len(SIDES)} pictures at most"
            raise UsageError(msg)
        folder = pictures_dir(self._config.layout, question_id)
        try:
            if files:
                folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.mkdir(mode=0o700)
            return {
                side: os.fspath(self._copy(content, folder / side, side))
                for side, content in zip(SIDES, files, strict=False)
            }
        except OSError as error:
            raise _explained(error) from error

    def _copy(self, content: bytes | Path, target: Path, side: str) -> Path:
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if size == 0:
            code = "EMPTY"
            raise InputError(code, side=side)
        if size > self._config.limits.max_bytes:
            code = "IMAGE_TOO_LARGE"
            limit = self._config.limits.max_bytes
            raise InputError(code, side=side, actual=size, limit=limit)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as sink:  # noqa: PTH123 - a descriptor, for its mode
            if isinstance(content, bytes):
                sink.write(content)
            else:
                with content.open("rb") as source:
                    shutil.copyfileobj(source, sink, 1 << 20)
        return target


def pictures_dir(layout: Layout, question_id: str) -> Path:
    """Where a question's pictures lie until it is answered."""
    return layout.state / FOLDER / question_id


def remove_pictures(layout: Layout, question_id: str) -> None:
    """Delete a question's pictures, if there are any.

    What cannot be deleted is logged, and tried again by the daemon later on.
    """
    try:
        shutil.rmtree(pictures_dir(layout, question_id))
    except FileNotFoundError:
        return
    except OSError as error:
        get_logger("questions").warning(
            events.QUESTION_UNCLEARED, question_id=question_id, errno=error.errno
        )


def _explained(error: OSError) -> BoothError | OSError:
    is_full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return DiskFull() if is_full else error
