"""One question, one worker: started for the occasion, ended with the answer.

For commands that have no daemon beside them. A worker that dies or falls silent is an error here,
not a reason to start another: a person waits, and may ask again.
"""

from __future__ import annotations

import queue
import signal
from collections.abc import Callable
from typing import Any

from daemon.clock import Clock, SystemClock
from daemon.config.boot import WorkerBoot
from daemon.errors import WorkerLost, WorkerTimeout
from daemon.protocol import Answer, Ask, Hello, Message, Progress, ProtocolError, Stop
from daemon.runtime.worker_guards import MISSED_HEARTBEATS
from daemon.runtime.worker_process import (
    Closed,
    Inbox,
    WorkerProcess,
    command_for,
    environment_for,
)


def ask_once(
    ask: Ask,
    boot: WorkerBoot,
    *,
    deadline_s: float,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    clock: Clock | None = None,
) -> Answer:
    """Start a worker, put a question to it, and end it.

    Args:
        ask: The question.
        boot: The worker's settings.
        deadline_s: The longest it may take to answer.
        on_progress: Told whenever it gets on.
        clock: Time, for tests.

    Returns:
        The answer, which may be a refusal (``reason``).

    Raises:
        WorkerLost: It cannot start, died, or does not speak the protocol.
        WorkerTimeout: It fell silent, or did not answer in time.
    """
    inbox: Inbox = queue.SimpleQueue()
    environment = environment_for(boot.engines.threads, first=True)
    try:
        process = WorkerProcess(command_for(boot), environment, inbox)
    except OSError as error:
        msg = f"the worker cannot be started: {error}"
        raise WorkerLost(msg) from error
    conversation = _Conversation(process, inbox, boot, clock or SystemClock())
    is_over = False
    try:
        answer = conversation.run(ask, deadline_s, on_progress)
        process.send(Stop())
        is_over = True
    finally:
        if not is_over:
            process.signal(signal.SIGKILL)
        process.end()
    return answer


class _Conversation:
    def __init__(
        self, process: WorkerProcess, inbox: Inbox, boot: WorkerBoot, clock: Clock
    ) -> None:
        self._process = process
        self._inbox = inbox
        self._clock = clock
        self._boot_s = boot.worker.boot_s
        self._silence_s = MISSED_HEARTBEATS * boot.worker.heartbeat_s

    def run(self, ask: Ask, deadline_s: float, on_progress: Callable[[Progress], None]) -> Answer:
        until_s = self._clock.monotonic_s() + deadline_s
        patience_s = self._boot_s
        while True:
            message = self._next(min(patience_s, until_s - self._clock.monotonic_s()))
            if isinstance(message, Hello):
                patience_s = self._silence_s
                self._process.send(ask)
            elif isinstance(message, Progress):
                on_progress(message)
            elif isinstance(message, Answer) and message.ask_id == ask.ask_id:
                return message

    def _next(self, patience_s: float) -> Message:
        item: Any = None
        try:
            arrival = self._inbox.get(timeout=max(0.0, patience_s))
            item = arrival.item if arrival else None
        except queue.Empty as error:
            msg = "the worker did not answer in time"
            raise WorkerTimeout(msg) from error
        if isinstance(item, Closed):
            self._process.end()  # its last words are read to the end first
            msg = f"the worker ended without an answer: {self._process.last_line}"
            raise WorkerLost(msg)
        if isinstance(item, ProtocolError) or item is None:
            msg = f"the worker does not speak the protocol: {item}"
            raise WorkerLost(msg)
        message: Message = item
        return message
