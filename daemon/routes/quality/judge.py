"""From measured values to a verdict, by the limits of a profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daemon.config.quality import Limits
from daemon.domain.artifact import Reason
from daemon.domain.job import Verdict
from daemon.routes.quality.assess import Assessment
from daemon.routes.quality.heat import Heat
from daemon.routes.quality.options import Options
from daemon.routes.quality.table import MEASURES, Measure

# Raised beyond the limit, these come first whatever the overshoot: what else is said of such a
# photo can hardly be believed.
HARD = ("PIXELATED",)
# Strong blur runs one way, too; then the blur is the news.
_HIDDEN_BY = {"MOTION_BLUR": "BLURRED"}
# Shown in messages of any language.
_SIDES = {"left_margin": "←", "right_margin": "→", "margin_above": "↑", "margin_below": "↓"}
# Measures that a place in the face explains.
_TILED = {
    "sharpness": "sharpness",
    "half_sharpness": "sharpness",
    "half_balance": "sharpness",
    "solid_share": "solid_share",
    "bright_share": "bright_share",
    "dark_share": "dark_share",
}


@dataclass(frozen=True)
class Finding:
    """A measure beyond a limit.

    Attributes:
        row: Which.
        value: What was measured.
        limit: What was allowed.
        overshoot: How far beyond, as a share of the limit.
    """

    row: Measure
    value: float
    limit: float
    overshoot: float

    def facts(self, heat: Heat) -> dict[str, Any]:
        """What a reason's record says."""
        row = self.row
        component = row.component(self.value) if row.component else None
        measure = _TILED.get(row.name)
        marked = heat.marked(measure) if measure else []
        return {
            "measure": row.name,
            "value": rounded(self.value),
            # FACE_TOO_SMALL is shared with other routes, which call it so.
            "actual": rounded(self.value),
            "limit": rounded(self.limit),
            "unit": row.unit,
            "component": component,
            "where": [list(tile) for tile in marked],
            **({"side": _SIDES[row.name]} if row.name in _SIDES else {}),
        }


@dataclass(frozen=True)
class Judgement:
    """What follows for the photo.

    Attributes:
        verdict: ``done``, ``review`` or ``rejected``.
        reasons: Gravest first; empty for ``done``.
        warnings: Remarks that change nothing, in the same terms.
        verdicts: Measure → ``pass``, ``warn``, ``fail`` or ``not_assessed``.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    verdicts: Mapping[str, str]


def judge(found: Assessment, options: Options) -> Judgement:
    """Hold an assessment against the limits."""
    if found.readings is None:
        return Judgement(Verdict.REJECTED, found.reasons, (), {})
    failed = _beyond(found, options.reject)
    warned = _beyond(found, options.warn)
    reasons = _reasons(failed, found.heat)
    codes = {reason.code for reason in reasons}
    warnings = tuple(r for r in _reasons(warned, found.heat) if r.code not in codes)
    low = _low_score(found, options)
    verdict = Verdict.REJECTED if reasons else Verdict.DONE
    if low is not None:
        rejected = found.score < options.reject_below
        verdict = Verdict.REJECTED if rejected or reasons else Verdict.REVIEW
        reasons = (*reasons, low)
    unchecked = _unchecked(found, options.reject)
    if unchecked and verdict is not Verdict.REJECTED:
        verdict, reasons = Verdict.REVIEW, (*reasons, *unchecked)
    else:
        warnings = (*warnings, *(unchecked or _unchecked(found, options.warn)))
    bad, remarked = ({finding.row.name for finding in some} for some in (failed, warned))
    return Judgement(
        verdict, reasons, warnings, {row.name: _word(row, found, bad, remarked) for row in MEASURES}
    )


def _word(row: Measure, found: Assessment, failed: set[str], warned: set[str]) -> str:
    if found.values[row.name] is None:
        return "not_assessed"
    if row.name in failed:
        return "fail"
    return "warn" if row.name in warned else "pass"


def _beyond(found: Assessment, limits: Limits) -> list[Finding]:
    """Measures on the wrong side, furthest first."""
    findings = []
    for row in MEASURES:
        value = found.values[row.name]
        least, most = (getattr(limits, name) if name else None for name in row.limits)
        if value is None:
            continue
        if least is not None and value < least:
            findings.append(Finding(row, value, least, _over(least - value, least)))
        elif most is not None and value > most:
            findings.append(Finding(row, value, most, _over(value - most, most)))
    return sorted(findings, key=lambda finding: -finding.overshoot)


def _unchecked(found: Assessment, limits: Limits) -> tuple[Reason, ...]:
    """That limits could not be checked: a measure without a value has not passed."""
    assert found.readings is not None
    missing = [
        (row, limit)
        for row in MEASURES
        for limit in (getattr(limits, name) for name in row.limits if name)
        if limit is not None and found.values[row.name] is None and not row.moot(found.readings)
    ]
    if not missing:
        return ()
    (first, limit), *_ = missing
    rows = list(dict.fromkeys(row.name for row, _ in missing))
    labels = dict.fromkeys(f"{row.label['zh']} / {row.label['en']}" for row, _ in missing)
    facts = {
        "measure": first.name,
        "value": None,
        "limit": rounded(limit),
        "unit": first.unit,
        "component": None,
        "where": [],
        "also": rows[1:],
        "what": ", ".join(labels),
    }
    return (Reason("NOT_ASSESSED", facts),)


def _over(beyond: float, limit: float) -> float:
    return beyond / max(abs(limit), 1e-6)


def _reasons(findings: list[Finding], heat: Heat) -> tuple[Reason, ...]:
    """One reason a code, the furthest beyond speaks for it; hard ones first."""
    codes = {finding.row.code for finding in findings}
    spoken: dict[str, Reason] = {}
    for finding in findings:
        code = finding.row.code
        if _HIDDEN_BY.get(code) in codes:
            continue
        if code in spoken:
            also = spoken[code].facts.setdefault("also", [])  # type: ignore[attr-defined]
            also.append(finding.row.name)
        else:
            spoken[code] = Reason(code, finding.facts(heat))
    return tuple(sorted(spoken.values(), key=lambda reason: reason.code not in HARD))


def _low_score(found: Assessment, options: Options) -> Reason | None:
    limit = max(options.min_score or 0.0, options.reject_below)
    if found.score >= limit:
        return None
    shown = options.reject_below if found.score < options.reject_below else limit
    facts = {
        "measure": "score",
        "value": rounded(found.score),
        "limit": shown,
        "unit": "",
        "component": None,
        "where": [list(tile) for tile in found.heat.marked()],
        "weakest": found.overall.weakest,
    }
    return Reason("LOW_OVERALL_QUALITY", facts)


def rounded(value: float) -> float:
    """Four significant figures: a record is read by people."""
    return float(f"{value:.4g}")
