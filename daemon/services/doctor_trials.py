"""What the doctor tries things with, and how it says what it found."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from daemon.config.webhook_address import Allowed, Target
from daemon.domain.delivery import Failure
from daemon.files.inotify import instance_limit, watch_limit
from daemon.files.mounts import MountTable
from daemon.files.share import ShareFacts, probe_share
from daemon.net.posting import refusal_of
from daemon.services.doctor_wording import sentence
from daemon.services.space import free_bytes

# How long to wait for the name of a receiver.
LOOKUP_S = 5.0


class Level(enum.StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried.

    Attributes:
        level: How bad it is.
        key: What was tried, stable: ``inbox.rename``, ``disk.free`` …
        message: A sentence in the booth's language.
        facts: What the sentence names, for saying it in another language.
    """

    level: Level
    key: str
    message: str
    facts: Mapping[str, str] = field(default_factory=dict)


def _reach(target: Target, allowed: tuple[Allowed, ...]) -> tuple[Failure, str] | None:
    return refusal_of(target, allowed, LOOKUP_S)


@dataclass(frozen=True, slots=True)
class Trials:
    """What the doctor tries things with; tests pass their own.

    Attributes:
        mounts: Reads the mount table.
        probe: Tries a folder out.
        free: Free bytes where a path lies.
        watches: The kernel's limit of watches.
        instances: The kernel's limit of inotify instances.
        sqlite_version: Of the library in use.
        reach: Says why an address would not be connected to, or ``None``.
    """

    mounts: Callable[[], MountTable] = MountTable.read
    probe: Callable[[Path], ShareFacts] = probe_share
    free: Callable[[Path], int] = free_bytes
    watches: Callable[[], int] = watch_limit
    instances: Callable[[], int] = instance_limit
    sqlite_version: tuple[int, ...] = sqlite.sqlite_version_info
    reach: Callable[[Target, tuple[Allowed, ...]], tuple[Failure, str] | None] = _reach


def said(language: str, level: Level, key: str, **facts: object) -> Finding:
    """A finding with its sentence."""
    message = sentence(key, language, level.value, **facts)
    return Finding(level, key, message, {name: str(fact) for name, fact in facts.items()})
