"""The page of a job made ready: reasons in words, measures with bands, facts as rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin.presenters_decisions import DecisionLine, present_decisions
from admin.presenters_measures import Gate, SelfCheck, gate_of, self_checks, told
from admin.presenters_overlay import Overlay, Tile, heat_of, overlay_of
from admin.wording import WORDS
from daemon.domain.assessment import QUALITY
from daemon.domain.codes import explain
from daemon.domain.job import LIVE, Job, State
from daemon.domain.withheld import shown
from daemon.services.bulk import PRIORITISABLE
from daemon.services.control import CANCELLABLE, RETRYABLE
from daemon.services.desk import Dossier
from daemon.services.pictures import Side
from daemon.services.queries import JobLine, line_of

# Facts of a route that are pictures or long lists; the record beside the photo has them.
_NOT_TOLD = frozenset({"heat_map", "landmarks", "measures"})
_MOST_FACTS = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a job shows.

    Attributes:
        line: What lists show of it.
        state: Its state in words.
        reasons: Code, message and advice of each.
        pictures: Side, label, and whether a browser may show it.
        quality: The gate's answer in a sentence, or empty.
        gate: The gate's measures.
        checks: What the self-checks of ID photos found.
        heat: Its heat map, empty where there is none.
        overlay: What may be shown over the picture before, if anything.
        facts: Anything else that was measured: what, and its value.
        steps: Routes with their options.
        timings: Step and seconds.
        engines: Part and what did it.
        history: When (ms), what, and its facts.
        decisions: What people decided about it in review.
        deliveries: As they are kept.
        is_live: Whether it moves on by itself.
        waits_for_person: Whether a person may decide about it.
        may_retry: Whether it may be run again.
        may_cancel: Whether it may be called off.
        may_prioritise: Whether its priority still matters.
    """

    line: JobLine
    job: Job
    state: str
    reasons: tuple[tuple[str, str, str], ...]
    pictures: tuple[tuple[str, str, bool], ...]
    quality: str
    gate: Gate
    checks: tuple[SelfCheck, ...]
    heat: tuple[Tile, ...]
    overlay: Overlay | None
    facts: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    timings: tuple[tuple[str, str], ...]
    engines: tuple[tuple[str, str], ...]
    history: tuple[tuple[int, str, str], ...]
    decisions: tuple[DecisionLine, ...]
    deliveries: Sequence[Any]
    is_live: bool
    waits_for_person: bool
    may_retry: bool
    may_cancel: bool
    may_prioritise: bool


def present_dossier(dossier: Dossier, language: str) -> Shown:
    """All about a job in words of a language."""
    job, words = dossier.job, WORDS[language]
    gate = job.measures.get(QUALITY)
    gate = gate if isinstance(gate, Mapping) else {}
    return Shown(
        line=line_of(job),
        job=job,
        state=words[job.state.value],
        reasons=tuple((reason.code, *explain(reason, language)) for reason in job.reasons),
        pictures=pictures_of(dossier.sides, words),
        quality=_quality(gate, words),
        gate=gate_of(gate, [reason.code for reason in job.reasons], language),
        checks=self_checks(job.measures, language),
        heat=heat_of(gate),
        overlay=overlay_of(job, dossier.before_px, language),
        facts=_first(flat(job.measures)),
        steps=tuple((step.route, _first(flat(step.options))) for step in shown(job.plan).steps),
        timings=tuple((step, f"{ms / 1000:.2f} s") for step, ms in job.timings_ms.items()),
        engines=tuple((part, _engine(fact)) for part, fact in job.engines.items()),
        history=tuple((event.at_ms, event.name, told(event.facts)) for event in dossier.events),
        decisions=present_decisions(dossier.decisions, language),
        waits_for_person=job.state is State.REVIEW and job.filed is not None,
        deliveries=dossier.deliveries,
        is_live=job.state in LIVE,
        may_retry=job.state in RETRYABLE,
        may_cancel=job.state in CANCELLABLE,
        may_prioritise=job.state in PRIORITISABLE,
    )


def _engine(fact: object) -> str:
    """Name, version and device, and how each file of weights begins to be told apart."""
    if not isinstance(fact, Mapping):
        return told(fact)
    words = [str(fact[key]) for key in ("name", "version", "device") if fact.get(key)]
    weights = fact.get("weights")
    for name, digest in weights.items() if isinstance(weights, Mapping) else ():
        words.append(f"{str(name).rsplit('/', 1)[-1]} {str(digest)[:12]}")
    return " · ".join(words)


def pictures_of(
    sides: Mapping[Side, bool], words: Mapping[str, str]
) -> tuple[tuple[str, str, bool], ...]:
    return tuple((side.value, words[f"picture_{side}"], shown) for side, shown in sides.items())


def _quality(gate: Mapping[str, Any], words: Mapping[str, str]) -> str:
    score = gate.get("score")
    if not isinstance(score, int | float):
        return ""
    band = str(gate.get("band", "?"))
    facts = {"band": words.get(f"band_{band}", band), "profile": gate.get("profile", "?")}
    return words["quality_told"].format(score=f"{score:.2f}", **facts)


def flat(facts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Nested facts as rows, names joined by dots."""
    for name, value in facts.items():
        if name in _NOT_TOLD:
            continue
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", told(value)


def _first(rows: Iterator[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(row for row, _ in zip(rows, range(_MOST_FACTS), strict=False))
