"""The error tree: what went wrong, and what the booth does about it.

    BoothError
    ├── ConfigError          the administrator must act; exit status 78
    ├── UsageError           the command was called wrongly; exit status 2
    ├── StoreError           the database cannot be used
    │   ├── SchemaTooNew     written by a newer boothd
    │   └── StoreBusy        locked for too long: try again
    ├── InputError           this photo cannot be processed as it is
    ├── EngineError          a model failed
    │   ├── EngineUnavailable
    │   ├── EngineBroken     the device failed for good in this process
    │   │   └── EngineGone   and so it did before this photo's turn
    │   └── GpuExhausted
    ├── ModelError           a weight file is missing, wrong, or not allowed
    │   └── ModelNotNow      no room, no mirror, somebody else at it: try again
    ├── DiskFull             hold the queue; the photo is not to blame
    ├── WorkerLost           the worker process died or hung
    ├── ServiceBusy          too much waits already: try again
    └── DaemonAway           nobody is there to do it

Every leaf fixes a stable ``code`` (explained in ``daemon.domain.codes``), a process exit
status and a *fault verdict* which tells the dispatcher what to do with the job.
"""

from __future__ import annotations

import enum
from typing import ClassVar


class FaultVerdict(enum.StrEnum):
    """What a fault means for the job that met it."""

    FAIL = "fail"
    RETRY = "retry"
    RESTART_WORKER = "restart_worker"
    HOLD_QUEUE = "hold_queue"


class BoothError(Exception):
    """Base of every error that the booth explains itself.

    Args:
        message: One sentence that says what happened and what to do next.
        facts: Values behind the sentence (limits, measured values), kept for the record.
    """

    code: ClassVar[str] = "INTERNAL_ERROR"
    exit_status: ClassVar[int] = 1
    fault: ClassVar[FaultVerdict] = FaultVerdict.FAIL

    def __init__(self, message: str = "", **facts: object) -> None:
        super().__init__(message or self.code)
        self.facts = facts


class ConfigError(BoothError):
    """The configuration cannot be used; ``problems`` lists every mistake found."""

    code = "CONFIG_INVALID"
    exit_status = 78

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(BoothError):
    """A command or API call that makes no sense."""

    code = "USAGE"
    exit_status = 2


class StoreError(BoothError):
    """The database cannot be used."""

    code = "STORE_UNAVAILABLE"
    exit_status = 74


class SchemaTooNew(StoreError):
    """The database was written by a newer boothd."""

    code = "SCHEMA_TOO_NEW"
    exit_status = 78


class StoreBusy(StoreError):
    """The database stayed locked past the busy timeout."""

    code = "SERVICE_BUSY"
    fault = FaultVerdict.RETRY


class InputError(BoothError):
    """The photo itself is the reason.

    The code varies with what is wrong with the photo, so it is given by the raiser.
    """

    code = "INVALID_IMAGE"

    def __init__(self, code: str, message: str = "", **facts: object) -> None:
        super().__init__(message or code, **facts)
        self.code = code  # type: ignore[misc]


class EngineError(BoothError):
    """A model failed on this photo."""

    code = "INTERNAL_ERROR"
    fault = FaultVerdict.RETRY


class EngineUnavailable(EngineError):
    """The engine or its weights are not here."""

    code = "ENGINE_UNAVAILABLE"
    fault = FaultVerdict.FAIL


class EngineBroken(EngineError):
    """The device failed in a way that every later call in this process meets too."""

    fault = FaultVerdict.RESTART_WORKER


class EngineGone(EngineBroken):
    """Another photo met the failure first: this one is untouched, and not to blame."""


class GpuExhausted(EngineError):
    """The accelerator ran out of memory even for the smallest piece.

    It is as good as before for smaller photos, and for this one once others need less of it: the
    worker lives on, and the photo is tried again later, as often as attempts allow.
    """

    code = "GPU_RESOURCE_EXHAUSTED"
    fault = FaultVerdict.RETRY


class ModelError(BoothError):
    """A weight file is missing, not what it should be, or may not be fetched.

    The code varies with what is the matter, so it is given by the raiser; so are the file and
    the command that mends it, as facts.
    """

    code = "MODEL_MISSING"

    def __init__(self, code: str, message: str = "", /, **facts: object) -> None:
        super().__init__(message or code, **facts)
        self.code = code  # type: ignore[misc]


class ModelNotNow(ModelError):
    """A weight file cannot be had at the moment."""

    code = "MODEL_UNREACHABLE"
    exit_status = 75


class DiskFull(BoothError):
    """No space left: the queue is held, the photo keeps its attempt."""

    code = "DISK_FULL"
    exit_status = 75
    fault = FaultVerdict.HOLD_QUEUE


class WorkerLost(BoothError):
    """The worker process died (``WORKER_CRASHED``) or hung (``WORKER_TIMEOUT``)."""

    code = "WORKER_CRASHED"
    fault = FaultVerdict.RESTART_WORKER


class WorkerTimeout(WorkerLost):
    """The worker passed a deadline and was killed."""

    code = "WORKER_TIMEOUT"


class ServiceBusy(BoothError):
    """Too many wait for the same already; nothing was taken on."""

    code = "SERVICE_BUSY"
    exit_status = 75


class DaemonAway(BoothError):
    """The daemon does not run here, or its worker cannot; nothing was taken on."""

    code = "DAEMON_AWAY"
    exit_status = 75
