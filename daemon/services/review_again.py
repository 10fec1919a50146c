"""How a photo in review is to be done again: other routes, options, words; judged at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from daemon.config.model import Config
from daemon.config.option_models import options_of
from daemon.config.quality import COMPLETE, with_limits
from daemon.config.route_options import mistakes_in
from daemon.domain.job import Job
from daemon.domain.route import Plan, RouteId, Step
from daemon.errors import UsageError

MOST_INSTRUCT_CHARS = 2000
_OPTION = re.compile(r"\s*([a-z]{1,20})\.([a-z_.]{1,60})\s*=\s*(.{1,500}?)\s*")
_MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class Again:
    """How a photo is to be done again; what is left empty stays as it was.

    Attributes:
        routes: The plan's routes, in order; empty for those it had.
        options: By route, laid over what it had.
        instruct: A line of instruction; ``None`` leaves it.
    """

    routes: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    instruct: str | None = None


def options_of_lines(lines: Iterable[str]) -> dict[str, dict[str, object]]:
    """Options by route from lines such as ``restore.strength = 0.4``.

    A value is a number, ``true``, ``false`` or a list as JSON has it; anything else is words.

    Raises:
        UsageError: A line is no option.
    """
    options: dict[str, dict[str, object]] = {}
    wanted = [line for line in lines if line.strip()]
    if len(wanted) > _MOST_LINES:
        refuse(f"最多 {_MOST_LINES} 个选项", f"{_MOST_LINES} options at most")
    for line in wanted:
        found = _OPTION.fullmatch(line)
        if found is None:
            shown = line.strip()[:80]
            refuse(f"{shown}:应为 步骤.选项 = 值", f"{shown}: should be route.option = value")
        route, name, value = found.groups()
        options.setdefault(route, {})[name] = _value(value)
    return options


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def plan_again(config: Config, job: Job, again: Again) -> Plan:
    """The plan that a photo is to be done again by, its options judged.

    Raises:
    UsageError: There is no such route, or an option that the worker would refuse.
    """
    known = {str(route) for route in RouteId} | {step.route for step in job.plan.steps}
    had = {step.route: step.options for step in job.plan.steps}
    inbox = config.inbox(job.inbox)
    routes = again.routes or tuple(step.route for step in job.plan.steps)
    strange = [route for route in (*routes, *again.options) if route not in known]
    if strange:
        refuse(f"没有这个步骤:{strange[0]}", f"there is no route {strange[0]}")
    if idle := [route for route in again.options if route not in routes]:
        refuse(f"{idle[0]} 不在方案里", f"{idle[0]} is not part of the plan")
    steps = tuple(
        Step(
            route,
            {**had.get(route, inbox.options.get(route, {})), **again.options.get(route, {})},
        )
        for route in routes
    )
    for step in steps:
        _refuse_mistakes(step, config)
    return with_limits(Plan(steps), config.quality)


def _refuse_mistakes(step: Step, config: Config) -> None:
    """A wrong option would fail the photo; the person who asked can mend it at once."""
    model = options_of(step.route)
    options = {name: value for name, value in step.options.items() if name != COMPLETE}
    for problem in () if model is None else mistakes_in(model, options, config.language):
        where = ".".join(map(str, (step.route, *problem.where)))
        msg = f"{where}: {problem.text}"
        raise UsageError(msg)


def one_line(text: str) -> str:
    """An instruction as one line.

    Raises:
        UsageError: It is too long.
    """
    line = printable(text)
    if len(line) > MOST_INSTRUCT_CHARS:
        refuse(
            f"要求最多 {MOST_INSTRUCT_CHARS} 字",
            f"an instruction has {MOST_INSTRUCT_CHARS} characters at most",
        )
    return line


def refuse(zh: str, en: str) -> NoReturn:
    """Say in both languages what cannot be done.

    Raises:
        UsageError: Always.
    """
    msg = f"{en} · {zh}"
    raise UsageError(msg)


def printable(text: str) -> str:
    """A person's words as one line, without what no text file should carry."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())
