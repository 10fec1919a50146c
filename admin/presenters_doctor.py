"""The doctor's answer made ready: in the language of the page, the gravest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin.times import span
from admin.wording import WORDS
from daemon.services.checkup import Examined, Standing, spoken
from daemon.services.doctor_trials import Level

_GRAVEST_FIRST = (Level.ERROR, Level.WARN, Level.OK)


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: what was tried, how it is, in words."""

    level: str
    label: str
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The page.

    Attributes:
        at_ms: When somebody last looked; ``None`` where nobody did.
        age: How long ago, in words.
        took: How long it took, in words.
        running: For how long the doctor has been looking, in words; empty where he is not.
        is_cut: He was stopped.
        counts: How many of each level, in words, with the level.
        lines: What is wrong, then what is worth a look.
        good: What is in order.
        problems: Mistakes in the configuration file.
    """

    at_ms: int | None
    age: str
    took: str
    running: str
    is_cut: bool
    counts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    good: tuple[Line, ...]
    problems: tuple[str, ...]


def present_doctor(standing: Standing, language: str, now_ms: int) -> Shown:
    """What is known, in words of a language."""
    words, last = WORDS[language], standing.last
    running = ""
    if standing.running_ms is not None:
        running = span(max(0, now_ms - standing.running_ms) / 1000)
    if last is None:
        return Shown(None, "", "", running, False, (), (), (), ())
    lines = _lines(last, language)
    bad = tuple(line for line in lines if line.level != Level.OK.value)
    good = tuple(line for line in lines if line.level == Level.OK.value)
    return Shown(
        at_ms=last.at_ms,
        age=words["ago"].format(span=span(max(0, now_ms - last.at_ms) / 1000)),
        took=words["doctor_took"].format(span=span(last.took_ms / 1000)),
        running=running,
        is_cut=last.is_cut,
        counts=_counts(lines, len(last.problems), words),
        lines=bad,
        good=good,
        problems=last.problems,
    )


def _lines(last: Examined, language: str) -> list[Line]:
    words = WORDS[language]
    lines = [
        Line(one.level.value, words[f"level_{one.level}"], one.key, spoken(one, language))
        for one in last.findings
    ]
    if last.database is not None:
        lines.append(_database(last.database, words))
    order = [level.value for level in _GRAVEST_FIRST]
    return sorted(lines, key=lambda line: order.index(line.level))


def _database(found: Mapping[str, Any], words: Mapping[str, str]) -> Line:
    level, message = Level.OK, words["db_current"].format(revision=found["revision"])
    if found["code"]:
        level, message = Level.ERROR, f"{found['code']}: {found['detail']}"
    elif not found["exists"]:
        level, message = Level.WARN, words["db_none"]
    elif found["revision"] != found["head"]:
        level = Level.WARN
        message = words["db_old"].format(revision=found["revision"], head=found["head"])
    return Line(level.value, words[f"level_{level}"], "database", message)


def _counts(
    lines: list[Line], problems: int, words: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    found = {level: sum(line.level == level.value for line in lines) for level in _GRAVEST_FIRST}
    found[Level.ERROR] += problems
    named = {
        Level.ERROR: "doctor_errors",
        Level.WARN: "doctor_warnings",
        Level.OK: "doctor_good",
    }
    return tuple(
        (level.value, words[named[level]].format(n=found[level]))
        for level in _GRAVEST_FIRST
        if found[level]
    )
