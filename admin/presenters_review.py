"""The review made ready: a photo with what speaks for and against it, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from admin.presenters_decisions import DecisionLine, present_decisions
from admin.presenters_jobs import flat, pictures_of
from admin.presenters_measures import Measure, failing_of
from admin.presenters_overlay import Tile, heat_of
from admin.wording import WORDS
from daemon.domain.assessment import QUALITY
from daemon.domain.codes import CODES, explain
from daemon.domain.job import Job
from daemon.domain.review import DECLINE_CODES, NEEDS_NOTE
from daemon.domain.withheld import shown
from daemon.services.queries import JobLine, line_of
from daemon.services.review import Item

_MOST_OPTIONS = 60


@dataclass(frozen=True, slots=True)
class ShownItem:
    """What the review shows of a photo.

    Attributes:
        line: What lists show of it.
        job: Its row.
        seen_ms: Which of its ends this is.
        reasons: Code, message and advice of each.
        pictures: Side, label, and whether a browser may show it.
        heat: Its heat map.
        failing: Measures that did not pass.
        routes: Its plan, as the form takes it.
        options: Its options: ``route.option`` and value.
        looks: Who else has it before them, or empty.
        decisions: What was decided about it.
        is_open: Whether it waits for a decision.
    """

    line: JobLine
    job: Job
    seen_ms: int
    reasons: tuple[tuple[str, str, str], ...]
    pictures: tuple[tuple[str, str, bool], ...]
    heat: tuple[Tile, ...]
    failing: tuple[Measure, ...]
    routes: str
    options: tuple[tuple[str, str], ...]
    looks: str
    decisions: tuple[DecisionLine, ...]
    is_open: bool


def present_item(item: Item, who: str, language: str) -> ShownItem:
    """A photo in review, in words of a language, for somebody."""
    job, words = item.job, WORDS[language]
    gate = job.measures.get(QUALITY)
    labels = {**words, "picture_after": words["review_candidate"]}
    return ShownItem(
        line=line_of(job),
        job=job,
        seen_ms=item.seen_ms,
        reasons=tuple((reason.code, *explain(reason, language)) for reason in job.reasons),
        pictures=pictures_of(item.sides, labels if item.is_open else words),
        heat=heat_of(gate if isinstance(gate, Mapping) else {}),
        failing=failing_of(job.measures, language),
        routes=", ".join(step.route for step in job.plan.steps),
        options=_options(job),
        looks=item.look.who if item.look is not None and item.look.who != who else "",
        decisions=present_decisions(item.decisions, language),
        is_open=item.is_open,
    )


def _options(job: Job) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for step in shown(job.plan).steps:
        found += [(f"{step.route}.{name}", value) for name, value in flat(step.options)]
    return tuple(found[:_MOST_OPTIONS])


def decline_choices(language: str) -> list[tuple[str, str, bool]]:
    """Reasons for turning a photo down: code, words, and whether a note is needed."""
    other = WORDS[language]["review_other"]
    return [
        (
            code,
            other if code == NEEDS_NOTE else _short(CODES[code].message[language]),
            code == NEEDS_NOTE,
        )
        for code in DECLINE_CODES
    ]


def _short(message: str) -> str:
    """Without the words that all of them begin with."""
    for lead in ("人工查看:", "A person looked: "):
        message = message.removeprefix(lead)
    return message[:1].upper() + message[1:]


def waiting_told(count: tuple[int, bool], words: Mapping[str, str]) -> str:
    """How many wait, in words."""
    number, is_more = count
    return words["review_more" if is_more else "review_count"].format(n=number)
