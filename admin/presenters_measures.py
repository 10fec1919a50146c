"""Measures of a job as rows of a table: of the quality gate, and of self-checks of ID photos."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin.wording import WORDS
from admin.wording_measures import measure_name, row_name, unit_name

# The gate's word for what it could not measure.
_UNASSESSED = "not_assessed"
_NO_FACE = "FACE_NOT_FOUND"
_FAILING = frozenset({"fail", "warn"})
_MOST_TEXT = 400
# Unit of a row of ID photos → factor and what people read; as in its reasons.
_READ_AS: Mapping[str, tuple[float, str]] = {
    "share": (100.0, "%"),
    "dE00": (1.0, "ΔE"),
    "deg": (1.0, "°"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure.

    Attributes:
        name: As in records and settings.
        label: What people call it.
        value: With its unit, and what is allowed where the record says so.
        score: Of the gate's score, or a dash.
        verdict: ``pass``, ``warn``, ``fail``, ``info`` or ``not_assessed``.
        band: The verdict in words.
    """

    name: str
    label: str
    value: str
    score: str
    verdict: str
    band: str


@dataclass(frozen=True, slots=True)
class Gate:
    """What the quality gate measured.

    Attributes:
        measures: What it could measure.
        unassessed: What it could not: names, each with its label.
        unassessed_told: How many those are and why, in a sentence; empty where there are none.
    """

    measures: tuple[Measure, ...]
    unassessed: tuple[tuple[str, str], ...]
    unassessed_told: str


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """Rows of a file that was made: what they are of, and whether one of them failed."""

    title: str
    rows: tuple[Measure, ...]
    is_failing: bool


def gate_of(gate: Mapping[str, Any], codes: Sequence[str], language: str) -> Gate:
    """The gate's part of a job's measures.

    Args:
        gate: That part.
        codes: Codes of the job's reasons: they tell why so much could not be measured.
        language: ``zh`` or ``en``.
    """
    rows = tuple(_measures(gate, language))
    missing = tuple((row.name, row.label) for row in rows if row.verdict == _UNASSESSED)
    told, words = "", WORDS[language]
    if missing:
        key = "unassessed_no_face" if _NO_FACE in codes else "unassessed"
        key = "unassessed_one" if len(missing) == 1 and key == "unassessed" else key
        told = words[key].format(n=len(missing))
    return Gate(tuple(row for row in rows if row.verdict != _UNASSESSED), missing, told)


def self_checks(measures: Mapping[str, Any], language: str) -> tuple[SelfCheck, ...]:
    """Every self-check of a job's ID photos: of each file, and of each sheet for printing."""
    found, words = [], WORDS[language]
    for name, made in _made(measures):
        rows = tuple(_rows(made, language))
        if rows:
            title = words["id_rows_of" if name else "id_rows"].format(name=name, n=len(rows))
            found.append(SelfCheck(title, rows, any(row.verdict in _FAILING for row in rows)))
    return tuple(found)


def failing_of(measures: Mapping[str, Any], language: str) -> tuple[Measure, ...]:
    """What did not pass: measures of the gate, and rows of ID photos that were measured."""
    found: list[Measure] = []
    for part in measures.values():
        if isinstance(part, Mapping):
            found += [one for one in _measures(part, language) if one.verdict in _FAILING]
    for _, made in _made(measures):
        found += [one for one in _rows(made, language) if one.verdict in _FAILING]
    return tuple(found)


def _made(measures: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What was made by any route: what it is called, and its record."""
    for part in measures.values():
        if not isinstance(part, Mapping):
            continue
        results = part.get("results") or (part,)
        for made in (*results, *(part.get("sheets") or ())):
            if isinstance(made, Mapping):
                yield str(made.get("label") or made.get("paper") or ""), made


def _measures(gate: Mapping[str, Any], language: str) -> Iterator[Measure]:
    rows = gate.get("measures")
    for name, row in rows.items() if isinstance(rows, Mapping) else ():
        if isinstance(row, Mapping):
            value, unit = row.get("value"), unit_name(row.get("unit") or "", language)
            shown = "–" if value is None else f"{told(value)} {unit}".strip()
            verdict, label = str(row.get("verdict", "")), measure_name(name, language)
            score = told(row.get("score"))
            yield Measure(name, label, shown, score, verdict, _band(verdict, language))


def _rows(made: Mapping[str, Any], language: str) -> Iterator[Measure]:
    rows = made.get("rows")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping):
            by, unit = _READ_AS.get(row.get("unit") or "", (1.0, row.get("unit") or ""))
            shown = f"{_by(row.get('value'), by)} {unit_name(unit, language)}".strip()
            limits = [_by(row[key], by) for key in ("low", "high") if row.get(key) is not None]
            limit = f" ({' – '.join(dict.fromkeys(limits))})" if limits else ""
            name, verdict = str(row.get("name", "")), str(row.get("verdict", ""))
            label, band = row_name(name, language), _band(verdict, language)
            yield Measure(name, label, shown + limit, "", verdict, band)


def _by(value: object, factor: float) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or factor == 1:
        return told(value)
    return told(value * factor)


def _band(verdict: str, language: str) -> str:
    return WORDS[language].get(f"verdict_{verdict}", verdict)


def told(value: object) -> str:
    """Any value of a record in a few characters."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, str):
        return value[:_MOST_TEXT]
    if isinstance(value, int):
        return str(value)
    text = json.dumps(_plain(value), ensure_ascii=False, default=str)
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value
