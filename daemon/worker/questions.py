"""Questions that are no job: asked, answered, and nothing is written.

They pass through the same stages as photos, so that the engines keep their one owner thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from daemon.errors import UsageError
from daemon.protocol import STEP_REST, Answer, Ask, Progress

if TYPE_CHECKING:
    from daemon.engines.registry import Engines

# The question, the engines, and what to tell of getting on (part, done, total) → facts.
Answering: TypeAlias = Callable[
    [Ask, "Engines", Callable[[str, int, int], None]], Mapping[str, Any]
]


@dataclass(slots=True)
class Question:
    """A question on its way through the stages.

    Attributes:
        ask: The message.
        report: Sends progress.
        facts: The answer, once the engine stage has it.
    """

    ask: Ask
    report: Callable[[Progress], None]
    facts: Mapping[str, Any] = field(default_factory=dict)
    _step: str = ""

    def put_to(self, engines: Engines) -> None:
        """Find the answer.

        Raises:
            UsageError: Nobody here knows the question.
        """
        name = self.ask.question
        if name not in QUESTIONS:
            msg = f"there is no question {name!r}; there are {', '.join(sorted(QUESTIONS))}"
            raise UsageError(msg)
        self.facts = QUESTIONS[name](self.ask, engines, self._got_on)

    def rests(self) -> None:
        """Tell the parent that it waits for others."""
        self.report(Progress(self.ask.ask_id, STEP_REST))

    def goes_on(self) -> None:
        """Tell the parent that it goes on."""
        self.report(Progress(self.ask.ask_id, self._step or self.ask.question))

    def answer(self) -> Answer:
        return Answer(self.ask.ask_id, self.facts)

    def _got_on(self, part: str, done: int, total: int) -> None:
        self._step = f"{self.ask.question}.{part}"
        self.report(Progress(self.ask.ask_id, self._step, done, total))


def _parity(
    ask: Ask, engines: Engines, progress: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    from daemon.worker.parity import run_all  # noqa: PLC0415 - array libraries load with need

    folder = Path(ask.arguments["folder"])
    # Its networks are its own, on the same card.
    return engines.alone(lambda: run_all(folder, engines.device, progress))


def _compare(
    ask: Ask, engines: Engines, progress: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    from daemon.worker.identity import answer_compare  # noqa: PLC0415 - as above

    return answer_compare(ask, engines, progress)


def _embed(
    ask: Ask, engines: Engines, progress: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    from daemon.worker.identity import answer_embed  # noqa: PLC0415 - as above

    return answer_embed(ask, engines, progress)


def _idphoto_check(
    ask: Ask, engines: Engines, progress: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    from daemon.worker.idphoto_check import answer_check  # noqa: PLC0415 - as above

    return answer_check(ask, engines, progress)


def _privacy_scan(
    ask: Ask, engines: Engines, progress: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    from daemon.worker.privacy_scan import answer_scan  # noqa: PLC0415 - as above

    return answer_scan(ask, engines, progress)


def _engines(
    ask: Ask, engines: Engines, progress: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    from daemon.worker.engine_room import answer_engines  # noqa: PLC0415 - as above

    return answer_engines(ask, engines, progress)


def _quality(
    ask: Ask, engines: Engines, progress: Callable[[str, int, int], None]
) -> Mapping[str, Any]:
    from daemon.worker.quality import answer_quality  # noqa: PLC0415 - as above

    return answer_quality(ask, engines, progress)


QUESTIONS: Mapping[str, Answering] = {
    "parity": _parity,
    "compare": _compare,
    "embed": _embed,
    "idphoto_check": _idphoto_check,
    "privacy_scan": _privacy_scan,
    "quality": _quality,
    "engines": _engines,
}
