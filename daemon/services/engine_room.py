"""Which engines the running worker has: asked of the worker itself, and kept for a while.

Loading a page never waits for the worker: the question is put, and the page that comes next has
the answer. What the model store holds is looked up here; it lies on a local disk.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.clock import Clock
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.engines.rts.files import OFFICIAL, find_weights, kept_calibration
from daemon.errors import BoothError, ModelError
from daemon.services.engine_facts import ASKED, TASKS_OF
from daemon.services.model_shelf import Shelved, shelf_of
from daemon.services.questions import QuestionGone, Questions

# Engines come and go with photos; this is how old an answer may be when a page is loaded.
FRESH_MS = 60_000
PATIENCE_MS = 120_000


@dataclass(frozen=True, slots=True)
class Brought:
    """Weights that people bring themselves.

    Attributes:
        name: The engine.
        belongs: Where the file belongs.
        found: Where one lies; ``None`` where none does.
        calibration: State of the calibration beside it, or empty.
    """

    name: str
    belongs: Path
    found: Path | None
    calibration: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """What is known of the engines.

    Attributes:
        asked_ms: When the answer was found; ``None`` without one.
        is_waiting: A newer answer is on its way.
        said: What the worker said (``daemon.worker.engine_room``); empty without an answer.
        reason: Why there is none.
        users: Task → inboxes whose plan, or a rule's, asks for it; ``""`` stands for questions.
        brought: Weights that people bring themselves.
        shelf: What the model store holds for engines; empty where its memory is damaged.
        shelf_reason: Why nothing is known of the store.
    """

    asked_ms: int | None
    is_waiting: bool
    said: Mapping[str, Any] = field(default_factory=dict)
    reason: Reason | None = None
    users: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    brought: tuple[Brought, ...] = ()
    shelf: tuple[Shelved, ...] = ()
    shelf_reason: Reason | None = None


class EngineRoom:
    """Asks and remembers; safe from several threads.

    Args:
        config: The whole configuration.
        questions: Asks the worker.
        clock: Time.
    """

    def __init__(self, config: Config, questions: Questions, clock: Clock) -> None:
        self._config = config
        self._questions = questions
        self._clock = clock
        self._lock = threading.Lock()
        self._question_id: str | None = None
        self._put_ms = 0
        self._said: Mapping[str, Any] = {}
        self._said_ms: int | None = None
        self._reason: Reason | None = None

    def look(self) -> Room:
        """What is known now; puts the question where that is too old."""
        shelf, shelf_reason = self._shelf()
        with self._lock:
            self._collect()
            age_ms = None if self._said_ms is None else self._clock.now_ms() - self._said_ms
            if self._question_id is None and (age_ms is None or age_ms > FRESH_MS):
                self._ask()
            return Room(
                asked_ms=self._said_ms,
                is_waiting=self._question_id is not None,
                said=self._said,
                reason=self._reason,
                users=self._users(),
                brought=(self._rts(),),
                shelf=shelf,
                shelf_reason=shelf_reason,
            )

    def _shelf(self) -> tuple[tuple[Shelved, ...], Reason | None]:
        try:
            return tuple(shelf_of(self._config)), None
        except ModelError as error:
            return (), Reason(error.code, {name: str(fact) for name, fact in error.facts.items()})

    def _ask(self) -> None:
        try:
            self._question_id = self._questions.ask("engines", ())
        except BoothError as error:
            self._reason = Reason(error.code, dict(error.facts))
            return
        self._put_ms, self._reason = self._clock.now_ms(), None

    def _collect(self) -> None:
        if self._question_id is None:
            return
        try:
            answered = self._questions.answer(self._question_id, 0)
        except QuestionGone:
            self._question_id, self._reason = None, Reason("SERVICE_BUSY")
            return
        if answered is not None:
            self._question_id, self._reason = None, answered.reason
            if answered.reason is None:
                self._said, self._said_ms = answered.facts, self._clock.now_ms()
        elif self._clock.now_ms() - self._put_ms > PATIENCE_MS:
            self._questions.drop(self._question_id)
            self._question_id, self._reason = None, Reason("SERVICE_BUSY")

    def _users(self) -> Mapping[str, tuple[str, ...]]:
        plans = [(inbox.name, inbox.plan) for inbox in self._config.inboxes]
        plans += [(rule.inbox, rule.plan) for rule in self._config.rules if rule.plan]
        users: dict[str, dict[str, None]] = {task: {"": None} for task in ASKED}
        for name, plan in plans:
            for route in plan:
                for task in TASKS_OF.get(route, ()):
                    users.setdefault(task, {})[name] = None
        return {task: tuple(names) for task, names in users.items()}

    def _rts(self) -> Brought:
        models = self._config.layout.models
        found = find_weights(models)
        kept = None if found is None else kept_calibration(found)
        return Brought("rts-512", models / OFFICIAL, found, "" if kept is None else kept[1])
