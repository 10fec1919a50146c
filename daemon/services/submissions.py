"""Photos that come by the API: each is put into an inbox like any other, and becomes a job.

The row comes first, then the note, then the picture under its name by one rename; a process
that dies in between leaves a submission without a file, which the caller's next try with the
same key completes. The task's id is part of the file's name, so that its job is found.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.clock import Clock
from daemon.config.model import Config, Inbox
from daemon.config.webhook_address import AddressError
from daemon.config.wording import sentence
from daemon.domain.job import State, new_job_id
from daemon.domain.language import Language
from daemon.domain.submission import Submission
from daemon.errors import BoothError, DiskFull, InputError, ServiceBusy, UsageError
from daemon.files import atomic
from daemon.files.dimensions import Dimensions, dimensions_of
from daemon.services.sidecars import INSTRUCT_KEY, MAX_INSTRUCT_CHARS
from daemon.services.submission_options import judge_options
from daemon.store.database import Database
from daemon.store.submissions import PREFIX

_WAITING = (State.ADMITTED, State.TAKEN, State.QUEUED, State.WORKING)
# A file that intake did not see for so long lies in an inbox that is away or paused.
_UNSEEN_MS = 3_600_000
# So long a submission without a file is taken for one that is being written at this moment.
_BEING_WRITTEN_MS = 30_000
MOST_KEY_CHARS = 255


class CallbackRefused(UsageError):
    """The callback address is none that ``api.callbacks`` allows this caller."""

    code = "CALLBACK_REFUSED"


class KeyTaken(UsageError):
    """The idempotency key stands for another photo, or for other wishes."""

    code = "IDEMPOTENCY_CONFLICT"


@dataclass(frozen=True, slots=True)
class Wish:
    """A photo and what is to be done with it.

    Attributes:
        content: The picture file.
        caller: Who submits it.
        inbox: Name of the inbox; empty for the API's own.
        plan: Route names that the inbox must have; empty for any.
        options: Options as in a note: by route name, or bare where the plan has one route.
        instruct: A person's words, one line.
        key: ``Idempotency-Key``, or ``None``.
        max_side_px: Refuse a picture that is known to be larger; ``None`` for the limits alone.
        callback: Where the caller wants to be told how it ended; empty: nowhere.
        language: ``zh`` or ``en``, for what is wrong with the options.
    """

    content: bytes = field(repr=False)
    caller: str
    inbox: str = ""
    plan: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    instruct: str = ""
    key: str | None = None
    max_side_px: int | None = None
    callback: str = ""
    language: Language = "en"


class Submissions:
    """Takes photos in; safe from several threads.

    Args:
        config: The whole configuration.
        database: Opens the database, or hands out the open one.
        clock: Time.
    """

    def __init__(self, config: Config, database: Callable[[], Database], clock: Clock) -> None:
        self._config = config
        self._database = database
        self._clock = clock

    def submit(self, wish: Wish) -> Submission:
        """Put a photo into its inbox.

        Returns:
            The submission: a new one, or that of the same key.

        Raises:
            InputError: It is no picture, or too large a one.
            UsageError: There is no such inbox, or the words cannot be a note.
            CallbackRefused: The callback address is not allowed.
            BadOption: An option is unknown, or its value is not one it may have.
            KeyTaken: The key was used for something else.
            ServiceBusy: Too many wait already, or the same key is being served right now.
            DiskFull: There is no room.
        """
        shape = self._examined(wish)
        inbox = self._inbox_of(wish)
        _refuse_words(wish)
        note = _note(wish)
        self._refuse_callback(wish)
        judge_options(
            self._config,
            inbox,
            f"{PREFIX}{new_job_id(0)}{shape.suffix}",
            len(wish.content),
            wish.options,
            has_note=bool(wish.options or wish.instruct),
            language=wish.language,
        )
        submission, is_new = self._register(wish, inbox, shape)
        if not is_new and not self._is_left_over(submission):
            return submission
        try:
            self._place(submission, wish, note)
        except OSError as error:
            if is_new:
                with self._database().write() as uow:
                    uow.submissions.drop(submission.id)
            raise _explained(error) from error
        with self._database().write() as uow:
            uow.submissions.placed(submission.id, self._clock.now_ms())
        return submission

    def _examined(self, wish: Wish) -> Dimensions:
        size, most = len(wish.content), self._config.api.max_bytes
        most = min(most, self._config.limits.max_bytes)
        if size > most:
            code = "IMAGE_TOO_LARGE"
            raise InputError(code, actual=f"{size} bytes", limit=f"{most} bytes")
        shape = dimensions_of(wish.content)
        if shape is None:
            code = "INVALID_IMAGE" if wish.content else "EMPTY"
            raise InputError(code)
        side = min(wish.max_side_px or shape.side_px, self._config.limits.max_side_px)
        pixels = (shape.width_px or 0) * (shape.height_px or 0)
        if shape.side_px > side or pixels > self._config.limits.max_pixels:
            code = "IMAGE_TOO_LARGE"
            actual = f"{shape.width_px} x {shape.height_px} px"
            raise InputError(code, actual=actual, limit=f"{side} px")
        return shape

    def _inbox_of(self, wish: Wish) -> Inbox:
        inboxes = self._config.inboxes
        name = wish.inbox or (self._config.api.inbox if not wish.plan else "")
        if name:
            inboxes = tuple(inbox for inbox in inboxes if inbox.name == name)
            if not inboxes:
                msg = f"there is no inbox {name}"
                raise UsageError(msg)
        if wish.plan:
            inboxes = tuple(inbox for inbox in inboxes if inbox.plan == wish.plan)
            if not inboxes:
                msg = f"no inbox has the plan {' '.join(wish.plan)}"
                raise UsageError(msg)
        return inboxes[0]

    def _register(self, wish: Wish, inbox: Inbox, shape: Dimensions) -> tuple[Submission, bool]:
        now_ms = self._clock.now_ms()
        new_id = new_job_id(now_ms)
        new = Submission(
            id=new_id,
            inbox=inbox.name,
            name=f"{PREFIX}{new_id}{shape.suffix}",
            caller=wish.caller,
            key=wish.key,
            digest=_digest(wish, inbox),
            created_ms=now_ms,
            callback=wish.callback or None,
        )
        with self._database().write() as uow:
            known = uow.submissions.of_key(wish.caller, wish.key) if wish.key else None
            if known is not None:
                if known.digest != new.digest:
                    raise KeyTaken
                return known, False
            waiting = uow.jobs.count(*_WAITING)
            waiting += uow.submissions.count_without_job(now_ms - _UNSEEN_MS)
            if waiting >= self._config.api.queue_limit:
                raise ServiceBusy(waiting=waiting)
            uow.submissions.add(new)
        return new, True

    def _refuse_callback(self, wish: Wish) -> None:
        if not wish.callback:
            return
        try:
            receiver = self._config.api.callback_receiver(wish.caller, wish.callback)
        except AddressError as error:
            raise CallbackRefused(sentence(error.key, "en", value="callback")) from error
        if receiver is None:
            msg = "its scheme, host and port are not among api.callbacks for this caller"
            raise CallbackRefused(msg)

    def _is_left_over(self, submission: Submission) -> bool:
        """Whether an earlier try died before its file had its name."""
        if submission.placed_ms is not None:
            return False
        with self._database().read() as uow:
            if uow.submissions.job_id(submission) is not None:
                return False
        if self._clock.now_ms() - submission.created_ms < _BEING_WRITTEN_MS:
            raise ServiceBusy
        return True

    def _place(self, submission: Submission, wish: Wish, note: bytes) -> None:
        inbox = self._config.inbox(submission.inbox)
        folder = inbox_folder(self._config, inbox)
        target = folder / submission.name
        if note:
            atomic.write_bytes(folder / f"{submission.name}.yaml", submission.id, note)
        if inbox.ready_marker:
            atomic.write_bytes(folder / f"{submission.name}.ready", submission.id, b"")
        atomic.write_bytes(target, submission.id, wish.content)


def inbox_folder(config: Config, inbox: Inbox) -> Path:
    """The folder of an inbox, made if it is ours to make.

    Raises:
        OSError: It is away, or cannot be made.
    """
    folder = config.layout.inbox(inbox.name)
    if inbox.path is not None and not folder.is_dir():
        # A share that is away must not be stood in for by a local folder.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def refuse_key(key: str | None) -> None:
    """Refuse a key that is none.

    Raises:
        UsageError: It is empty, too long, or not plain.
    """
    if key is not None and not (0 < len(key) <= MOST_KEY_CHARS and key.isascii()):
        msg = f"an Idempotency-Key has 1 to {MOST_KEY_CHARS} plain characters"
        raise UsageError(msg)


def _note(wish: Wish) -> bytes:
    # JSON is YAML.
    wanted = dict(wish.options) | ({INSTRUCT_KEY: wish.instruct} if wish.instruct else {})
    try:
        return json.dumps(wanted, ensure_ascii=False).encode() if wanted else b""
    except UnicodeEncodeError:
        msg = "options and instruction hold half a character (a lone surrogate)"
        raise UsageError(msg) from None


def _digest(wish: Wish, inbox: Inbox) -> str:
    stated = [inbox.name, dict(wish.options), wish.instruct]
    words = json.dumps(stated + [wish.callback] * bool(wish.callback), sort_keys=True)
    return hashlib.sha256(words.encode() + b"\0" + wish.content).hexdigest()


def _refuse_words(wish: Wish) -> None:
    if len(wish.instruct) > MAX_INSTRUCT_CHARS or any(ord(char) < 32 for char in wish.instruct):
        msg = f"the instruction is one line of at most {MAX_INSTRUCT_CHARS} characters"
        raise UsageError(msg)
    refuse_key(wish.key)


def _explained(error: OSError) -> BoothError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DiskFull()
    return ServiceBusy(f"the inbox cannot be written to: {os.strerror(error.errno or 0)}")
