"""``boothd compare`` and ``boothd embed``: photos shown to a worker started for the occasion."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from daemon.config.boot import WorkerBoot
from daemon.config.model import Limits
from daemon.errors import BoothError, EngineError, InputError
from daemon.protocol import Answer, Ask, Progress
from daemon.runtime.ask_once import ask_once

# Two photos take a second or two; the first question of all also loads the engines.
DEADLINE_S = 120.0


def compare_photos(first: Path, second: Path, boot: WorkerBoot, limits: Limits) -> dict[str, Any]:
    """Are these two one person?

    Returns:
        ``{"answer", "reasons", "similarity", "threshold", "photos", "engines"}``
        (docs/compare.md).

    Raises:
        InputError: A photo cannot be read; ``facts["file"]`` is the one.
        EngineError: An engine is missing or failed.
        WorkerLost: The worker cannot start, died or fell silent.
    """
    return asked("compare", {"a": first, "b": second}, boot, limits)


def embed_photo(photo: Path, boot: WorkerBoot, limits: Limits) -> dict[str, Any]:
    """The description of the largest face.

    Returns:
        ``{"vector", "dimension", "quality", "faces", "face", "codes", "engines"}``.

    Raises:
        InputError: The photo cannot be read, or shows no face.
        EngineError: An engine is missing or failed.
        WorkerLost: The worker cannot start, died or fell silent.
    """
    return asked("embed", {"a": photo}, boot, limits)


def asked(  # noqa: PLR0913 - what is asked about what, how long, and the question's own
    question: str,
    files: Mapping[str, Path],
    boot: WorkerBoot,
    limits: Limits,
    *,
    deadline_s: float = DEADLINE_S,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    **arguments: object,
) -> dict[str, Any]:
    """Put a question about photos to a worker of its own.

    Args:
        question: Its name (``daemon.worker.questions``).
        files: The photos by the name the question has for them.
        boot: The worker's settings.
        limits: Of reading.
        deadline_s: The longest it may take.
        on_progress: Told whenever it gets on.
        **arguments: What else the question wants to know, JSON values.

    Raises:
        InputError: A photo cannot be read; ``facts["file"]`` is the one.
        EngineError: An engine is missing or failed.
        WorkerLost: The worker cannot start, died or fell silent.
    """
    paths = {side: os.fspath(path.absolute()) for side, path in files.items()}
    ask = Ask(question, question, {**paths, **arguments, "limits": limits.model_dump()})
    answer = ask_once(ask, boot, deadline_s=deadline_s, on_progress=on_progress)
    if answer.reason is not None:
        raise _error_of(answer, files)
    return dict(answer.facts)


def _error_of(answer: Answer, files: Mapping[str, Path]) -> BoothError:
    assert answer.reason is not None
    facts: dict[str, Any] = dict(answer.reason.facts)
    side = facts.pop("side", None)
    if isinstance(side, str) and side in files:
        return InputError(answer.reason.code, **{**facts, "file": files[side]})
    msg = f"{answer.reason.code} ({answer.detail})"
    error = EngineError(msg, **facts)
    error.code = answer.reason.code  # type: ignore[misc]  # as InputError does
    return error
