"""Folders that must not lie in one another: a result taken in again would go round for ever."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from daemon.config.model import Config, Inbox
from daemon.config.real_path import RealPaths
from daemon.config.source import Problem
from daemon.config.wording import sentence
from daemon.domain.language import Language


def overlaps(
    config: Config, inboxes: list[tuple[int, Inbox]], language: Language
) -> Iterator[Problem]:
    """Every pair of folders that overlaps, links resolved.

    Args:
        config: With absolute paths.
        inboxes: The inboxes to look at, with their places in the file.
        language: Of the complaints.
    """
    real = RealPaths().of
    for (_, one), (index, other) in itertools.combinations(inboxes, 2):
        here, there = real(config.layout.inbox(one.name)), real(config.layout.inbox(other.name))
        if _overlap(here, there) and one.name.casefold() != other.name.casefold():
            facts = {"value": other.name, "other": one.name, "path": there}
            yield Problem(_place(index, other), sentence("inbox_in_inbox", language, **facts))
    for index, inbox in inboxes:
        yield from _with_outputs(config, (index, inbox), [i for _, i in inboxes], language, real)
        yield from _with_state(config, (index, inbox), language, real)


def _with_outputs(
    config: Config,
    placed: tuple[int, Inbox],
    others: list[Inbox],
    language: Language,
    real: Callable[[Path], Path],
) -> Iterator[Problem]:
    index, inbox = placed
    here = real(config.layout.inbox(inbox.name))
    clashes = [
        (other.name, folder)
        for other in others
        for folder in map(real, config.layout.output_dirs(other.name))
        if _overlap(here, folder)
    ]
    if clashes:
        other_name, path = clashes[0]
        facts = {"value": inbox.name, "other": other_name, "path": path}
        more = f" (+{len(clashes) - 1})" if len(clashes) > 1 else ""
        yield Problem(_place(index, inbox), sentence("inbox_and_output", language, **facts) + more)


def _with_state(
    config: Config,
    placed: tuple[int, Inbox],
    language: Language,
    real: Callable[[Path], Path],
) -> Iterator[Problem]:
    index, inbox = placed
    state, here = real(config.layout.state), real(config.layout.inbox(inbox.name))
    # The inbox's own .boothd is never scanned, so the state may hide there.
    hidden = state.is_relative_to(here / ".boothd")
    if _overlap(state, here) and not hidden:
        text = sentence("inbox_and_state", language, value=inbox.name, path=state)
        yield Problem(_place(index, inbox), text)
    for folder in config.layout.output_dirs(inbox.name):
        if real(folder).is_relative_to(state):
            facts = {"value": inbox.name, "path": real(folder)}
            yield Problem(("inboxes", index), sentence("output_in_state", language, **facts))


def _place(index: int, inbox: Inbox) -> tuple[str | int, ...]:
    return ("inboxes", index, "path") if inbox.path else ("inboxes", index)


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)
