"""What people decided about a photo in review, as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from admin.wording import WORDS
from daemon.domain.review import Decision

_MOST_TEXT = 400


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision in words."""

    at_ms: int
    text: str
    note: str


def present_decisions(decisions: tuple[Decision, ...], language: str) -> tuple[DecisionLine, ...]:
    """What people decided about a photo, as sentences."""
    return tuple(_line(one, WORDS[language]) for one in decisions)


def _line(decision: Decision, words: Mapping[str, str]) -> DecisionLine:
    kind = words[f"review_{decision.kind}"]
    facts: list[str] = [f"{decision.by}: {kind}"]
    if decision.code:
        facts.append(decision.code)
    if decision.outcome is None:
        facts = [words["review_being_done"].format(kind=f"{decision.by}: {kind}")]
    elif not decision.outcome.is_done:
        facts.append(words[f"review_outcome_{decision.outcome}"])
    if instruct := decision.args.get("instruct"):
        facts.append(str(instruct)[:_MOST_TEXT])
    return DecisionLine(decision.decided_ms, " · ".join(facts), decision.note)
