"""The messages that both towers speak: one JSON object a line, over the worker's pipes.

The control tower writes to the worker's standard input, the worker answers on the descriptor
that was its standard output (it moves anything else a library prints to standard error).
Pictures never travel here: a message names files in local staging.

A message is ``{"v": 1, "type": "<lower-case class name>", …fields}``. Either side refuses a
version it does not know, so a half-upgraded installation stops with a clear line.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from daemon.domain.artifact import OutputFile, OutputKind, Reason
from daemon.domain.job import Verdict
from daemon.domain.route import Plan
from daemon.errors import BoothError, FaultVerdict

VERSION = 1

# Exit statuses of the worker process, so that its parent can tell why it went.
EXIT_OK = 0
EXIT_BOOT_FAILED = 70  # could not start: restarting will not help, an administrator must act
EXIT_ENGINE_BROKEN = 71  # an engine is beyond repair in this process (sticky CUDA error)
EXIT_RECYCLED = 72  # finished its share of jobs or grew past its memory mark; start a fresh one

# Steps of every job that are no route's. A job at rest is in the worker's hands, but between two
# stages: no deadline runs for it, and it is not to blame for what happens meanwhile.
STEP_DECODE = "decode"
STEP_REST = "rest"
STEP_ENCODE = "encode"

# What ``Work.thumbnail`` asks for; it is no output and is never published.
THUMBNAIL_NAME = "thumbnail.jpg"


class ProtocolError(BoothError):
    """A line that is not a message of this version."""

    fault = FaultVerdict.RESTART_WORKER


@dataclass(frozen=True, slots=True)
class Work:
    """Parent → worker: do this job.

    Attributes:
        job_id: The job.
        attempt: Which attempt, from 1.
        input: Path of the staged photo (local, read only for the worker).
        name: The photo's original file name as text, for sidecars and messages only.
        output_dir: Empty folder for this attempt; outputs and ``result.json`` go here.
        plan: Steps with their options.
        language: ``zh`` or ``en``, for text drawn into pictures.
        limits: Decoder limits (``max_bytes``, ``max_pixels``, ``max_side_px``, ``min_side_px``).
        instruct: A person's one-line instruction, or empty.
        thumbnail: Whether to leave a small picture beside the outputs (``THUMBNAIL_NAME``) for
            those who are told about the photo.
    """

    job_id: str
    attempt: int
    input: str
    name: str
    output_dir: str
    plan: Plan
    language: str
    limits: Mapping[str, int] = field(default_factory=dict)
    instruct: str = ""
    thumbnail: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Parent → worker: answer a question; no job, nothing is written.

    ``Progress`` about it carries its id as the job's.

    Attributes:
        ask_id: Of the parent's choosing, one for each question in hand.
        question: Which (``daemon.worker.questions``).
        arguments: What it is about, JSON values.
        language: ``zh`` or ``en``, for words in the answer.
    """

    ask_id: str
    question: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    language: str = "zh"


@dataclass(frozen=True, slots=True)
class Answer:
    """Worker → parent: what a question came to.

    Attributes:
        ask_id: The question's.
        facts: The answer, JSON values; empty where there is none.
        reason: Why there is none: code and facts.
        detail: For the log: exception type and place.
    """

    ask_id: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Parent → worker: finish what is in hand, then exit 0."""


@dataclass(frozen=True, slots=True)
class Hello:
    """Worker → parent: started; engines load at first use.

    Attributes:
        pid: The worker's process id.
        device: ``cpu`` or ``cuda:0`` and the like.
        engines: Engine name → version or weights digest, for what can be used here.
    """

    pid: int
    device: str
    engines: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Worker → parent, from a thread of its own: the process lives.

    It says nothing about getting on: a hung call still beats. ``Progress`` does.

    Attributes:
        rss_mib: Its resident memory.
        jobs_done: Jobs it has finished.
        gpu_mib: Memory it holds on the GPU; ``None`` where it uses none.
    """

    rss_mib: int
    jobs_done: int
    gpu_mib: int | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """Worker → parent: takes no more work, finishes what it has begun, then exits.

    Work that was sent but never begun is untouched; the parent gives it to the next worker.

    Attributes:
        exit_status: The status it will exit with (``EXIT_RECYCLED``, ``EXIT_ENGINE_BROKEN`` …).
    """

    exit_status: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Worker → parent: a job got on.

    Attributes:
        job_id: The job.
        step: What has begun: ``decode``, a route's name with its part (``restore.detect``),
            ``encode``, or ``rest`` (waiting for the next stage).
        done: Parts finished.
        total: Parts in all, 0 where unknown.
    """

    job_id: str
    step: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """Worker → parent, and ``result.json``: the plan ran; this is the verdict.

    ``result.json`` is written last, by rename, so its presence says that every output file
    named here is complete.

    Attributes:
        job_id: The job.
        attempt: The attempt this is the result of.
        verdict: How the job ends.
        reasons: Codes with facts; empty for a plain ``done``.
        outputs: Files in the attempt's folder.
        measures: Route name → what it measured (JSON values).
        engines: Task → ``{"name", "version", "weights"}``.
        timings_ms: Step → milliseconds.
    """

    job_id: str
    attempt: int
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    outputs: tuple[OutputFile, ...] = ()
    measures: Mapping[str, Any] = field(default_factory=dict)
    engines: Mapping[str, Any] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Worker → parent: the plan could not run to a verdict.

    Attributes:
        job_id: The job.
        attempt: The attempt.
        reason: The code and its facts (never a traceback, never a person's name).
        fault: What it means for the job.
        detail: For the log: exception type and place.
    """

    job_id: str
    attempt: int
    reason: Reason
    fault: FaultVerdict
    detail: str = ""


Message: TypeAlias = (
    Work | Ask | Stop | Hello | Heartbeat | Leaving | Progress | Result | Answer | Fault
)

_TYPES: dict[str, type[Any]] = {
    cls.__name__.lower(): cls
    for cls in (Work, Ask, Stop, Hello, Heartbeat, Leaving, Progress, Result, Answer, Fault)
}
# Found out once: every photo is several messages.
_NAMES: dict[type[Any], tuple[str, ...]] = {
    cls: tuple(entry.name for entry in dataclasses.fields(cls)) for cls in _TYPES.values()
}


def encode(message: Message) -> bytes:
    """One line of JSON, newline included."""
    body: dict[str, Any] = {"v": VERSION, "type": type(message).__name__.lower()}
    for name in _NAMES[type(message)]:
        body[name] = _to_json(getattr(message, name))
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes | str) -> Message:
    """The message in a line.

    Raises:
        ProtocolError: Not JSON, another version, an unknown type, or wrong fields.
    """
    try:
        body = json.loads(line)
        version, kind = body.pop("v"), body.pop("type")
    except (ValueError, KeyError, AttributeError) as error:
        msg = f"not a message: {line[:80]!r}"
        raise ProtocolError(msg) from error
    if version != VERSION:
        msg = f"the other side speaks protocol {version}, this one {VERSION}: restart the service"
        raise ProtocolError(msg)
    try:
        return _from_json(_TYPES[kind], body)
    except (KeyError, TypeError, ValueError) as error:
        msg = f"bad {kind!r} message: {error}"
        raise ProtocolError(msg) from error


def _to_json(value: Any) -> Any:
    if value is None or type(value) in {str, int, float, bool}:
        return value
    if isinstance(value, Plan | Reason):
        return value.as_json()
    if isinstance(value, OutputFile):
        return dataclasses.asdict(value)
    if isinstance(value, tuple):
        return [_to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _to_json(item) for key, item in value.items()}
    return value


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "plan": Plan.from_json,
    "reason": lambda item: None if item is None else Reason.from_json(item),
    "reasons": lambda items: tuple(Reason.from_json(item) for item in items),
    "outputs": lambda items: tuple(
        OutputFile(**{**item, "kind": OutputKind(item["kind"])}) for item in items
    ),
    "verdict": Verdict,
    "fault": FaultVerdict,
}


def _from_json(cls: type[Any], body: dict[str, Any]) -> Message:
    known = _NAMES[cls]
    values = {
        name: _CONVERT[name](value) if name in _CONVERT else value
        for name, value in body.items()
        if name in known
    }
    message: Message = cls(**values)
    return message
