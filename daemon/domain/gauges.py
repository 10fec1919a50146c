"""What the gate's limits are held against, in steps that can be counted: for "what if".

A *gauge* is a limit of the gate with the values that it judges: ``min_sharpness``, say, or the
unified score. A photo has a *place* on each gauge that could be measured: the step its value lies
in, what this limit alone made of it (*own*), and what everything else made of it (*others*). The
gate's verdict is the graver of the two, so that for a moved limit it can be told anew from the
place alone, without the photo.

Limits are moved by whole steps; then every answer is exact. Every limit that comes with the booth
lies between two steps.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.domain.artifact import Reason
from daemon.domain.assessment import QUALITY, assessment_of
from daemon.domain.distribution import MOST_BUCKETS, SCORE_ONE, Scale
from daemon.domain.job import Verdict

# Of the verdicts that the gate gives, the graver the higher.
GRAVITY = (Verdict.DONE, Verdict.REVIEW, Verdict.REJECTED)
# Own and others → how sums are kept by them, and as a byte.
_STANDINGS = {
    (own, others): f"{own.value}/{others.value}"
    for own, others in itertools.product(GRAVITY, GRAVITY)
}
_BYTES = {standing: at for at, standing in enumerate(_STANDINGS.values())}
SCORE = "score"
# Two bytes for each gauge: what was made of the photo, and the step. So many where it has none.
_WIDTH = 2
_NOWHERE = b"\xff\xff"
_LOW, _UNKNOWN = "LOW_OVERALL_QUALITY", "NOT_ASSESSED"


@dataclass(frozen=True, slots=True)
class Gauge:
    """A limit and what it is held against.

    Attributes:
        name: Of the limit in the configuration, or ``score``.
        measures: Those it judges; the worst of them counts.
        is_least: Whether values below it are on the wrong side, else those above.
        scale: Its steps, in ten-thousandths of the measure's unit.
    """

    name: str
    measures: tuple[str, ...]
    is_least: bool
    scale: Scale

    @property
    def value(self) -> str:
        """What its sums are kept under."""
        return f"gate_{self.name}"

    def units(self, value: float) -> int:
        """A value in the scale's units, so that a limit's own value lies on its right side."""
        units = round(value * SCORE_ONE, 3)
        return math.floor(units) if self.is_least else math.ceil(units) - 1

    @property
    def limits(self) -> tuple[float, ...]:
        """The limits that may be asked about; what lies outside is counted in the end steps."""
        return tuple(edge / SCORE_ONE for edge in self.scale.edges[1:-1])

    def snapped(self, limit: float) -> float:
        """The nearest of ``limits``."""
        return min(self.limits, key=lambda one: (abs(one - limit), one))

    def beyond(self, limit: float | None) -> range:
        """The steps whose values are on the wrong side of a limit; none for no limit.

        Raises:
            ValueError: It is none of ``limits``.
        """
        if limit is None:
            return range(0)
        first = self.scale.edges.index(round(limit * SCORE_ONE))
        return range(first) if self.is_least else range(first, len(self.scale.edges) - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a photo stands on a gauge.

    Attributes:
        step: Its step.
        own: What this limit alone makes of it.
        others: What everything else makes of it.
    """

    step: int
    own: Verdict
    others: Verdict

    @property
    def verdict(self) -> Verdict:
        """What the gate makes of it."""
        return graver(self.own, self.others)

    @property
    def standing(self) -> str:
        """Both, as sums are kept by them."""
        return _STANDINGS[self.own, self.others]


@dataclass(frozen=True, slots=True)
class Places:
    """A photo on every gauge.

    Attributes:
        engine: What made the values.
        profile: What decided.
        of: Gauge → its place; gauges without a value are left out.
    """

    engine: str
    profile: str
    of: Mapping[str, Place]

    def packed(self) -> bytes:
        """As it is kept: two bytes for each of ``GAUGES``."""
        parts = (self.of.get(name) for name in GAUGES)
        return b"".join(_NOWHERE if part is None else _packed(part) for part in parts)


def graver(*verdicts: Verdict) -> Verdict:
    """The gravest of what several limits say."""
    return max(verdicts, key=GRAVITY.index)


def unpacked(engine: str, profile: str, packed: bytes) -> Places:
    """What ``Places.packed`` wrote; gauges that came later than it are left out."""
    found = {}
    for at, name in enumerate(GAUGES):
        standing, step = packed[at * _WIDTH : (at + 1) * _WIDTH] or _NOWHERE
        if standing != _NOWHERE[0]:
            own, others = divmod(standing, len(GRAVITY))
            found[name] = Place(step, GRAVITY[own], GRAVITY[others])
    return Places(engine, profile, found)


def offset_of(gauge: Gauge) -> int:
    """Where a gauge's two bytes begin among the packed ones, counted from 0."""
    return tuple(GAUGES).index(gauge.name) * _WIDTH


def standing_byte(standing: str) -> int:
    """How a ``Place.standing`` is packed."""
    return _BYTES[standing]


def _packed(place: Place) -> bytes:
    return bytes((standing_byte(place.standing), place.step))


def places_of(
    measures: Mapping[str, Any], engines: Mapping[str, Any], reasons: Sequence[Reason]
) -> Places | None:
    """Where a photo stands, by what its record says; ``None`` where no gate judged it in full.

    Args:
        measures: What its job measured.
        engines: What made them.
        reasons: Why it was not simply done.
    """
    found, record = assessment_of(measures, engines), measures.get(QUALITY)
    if found is None or not isinstance(record, Mapping):
        return None
    limits, rows = record.get("limits"), record.get("measures")
    if not isinstance(limits, Mapping) or not isinstance(rows, Mapping):
        return None
    own = {SCORE: _own_of_score(record, limits, reasons)}
    steps = {SCORE: _step_of_score(found.score, own[SCORE], limits)}
    for gauge in GAUGES.values():
        if gauge.name != SCORE:
            own[gauge.name], steps[gauge.name] = _measured(gauge, rows, limits)
    always = _whatever_the_limits(record, limits, reasons)
    said = Counter([always, *own.values()])
    placed = {
        name: Place(step, own[name], _without(own[name], said))
        for name, step in steps.items()
        if step is not None
    }
    return Places(found.engine, found.profile, placed)


def _without(own: Verdict, said: Mapping[Verdict, int]) -> Verdict:
    """The gravest of what was said, one that said ``own`` left out."""
    return next(verdict for verdict in reversed(GRAVITY) if said.get(verdict, 0) > (verdict is own))


def _whatever_the_limits(
    record: Mapping[str, Any], limits: Mapping[str, Any], reasons: Sequence[Reason]
) -> Verdict:
    """What is made of a photo by what is no limit: no face, or values that could not be taken."""
    if "face" not in record:
        return Verdict.REJECTED
    unknown = any(reason.code == _UNKNOWN for reason in reasons)
    remarks = record.get("warnings")
    for remark in remarks if isinstance(remarks, list) else ():
        # Of a rejected photo it is no reason any more, but a remark; so it is where the limit
        # would only have given one.
        if isinstance(remark, Mapping) and remark.get("code") == _UNKNOWN:
            unknown = unknown or _is_refused_by(str(remark.get("measure")), limits)
    return Verdict.REVIEW if unknown else Verdict.DONE


def _is_refused_by(measure: str, limits: Mapping[str, Any]) -> bool:
    return any(measure in GAUGES[name].measures for name in _in_force(limits) if name in GAUGES)


def _in_force(limits: Mapping[str, Any]) -> Mapping[str, Any]:
    named = limits.get("reject")
    return named if isinstance(named, Mapping) else {}


# ── the score ─────────────────────────────────────────────────────────────────────────────


def _own_of_score(
    record: Mapping[str, Any], limits: Mapping[str, Any], reasons: Sequence[Reason]
) -> Verdict:
    """By the reason that was given: the record's score is rounded, the one judged was not."""
    score, below, low = _score_limits(record, limits)
    told = next((reason for reason in reasons if reason.code == _LOW), None)
    if score is None or (told is None and score >= low):
        return Verdict.DONE
    if score < below or (told is not None and told.facts.get("limit") == below):
        return Verdict.REJECTED
    return Verdict.REVIEW


def _score_limits(
    record: Mapping[str, Any], limits: Mapping[str, Any]
) -> tuple[float | None, float, float]:
    """The score, below what it rejects, and below what it asks for a look."""
    score, below, least = (
        _number(value)
        for value in (record.get(SCORE), limits.get("reject_below"), limits.get("min_score"))
    )
    return score, below or 0.0, max(below or 0.0, least or 0.0)


def _step_of_score(units: int | None, own: Verdict, limits: Mapping[str, Any]) -> int | None:
    if units is None:
        return None
    _, below, low = _score_limits({}, limits)
    if own is Verdict.REJECTED:
        units = min(units, round(below * SCORE_ONE) - 1)
    elif own is Verdict.REVIEW:
        units = min(units, round(low * SCORE_ONE) - 1)
    return GAUGES[SCORE].scale.bucket(units)


# ── the other measures ────────────────────────────────────────────────────────────────────


def _measured(
    gauge: Gauge, rows: Mapping[str, Any], limits: Mapping[str, Any]
) -> tuple[Verdict, int | None]:
    """What a limit makes of a photo, and the step its worst value lies in."""
    known = [
        (value, str(row.get("verdict")))
        for row in (rows.get(name) for name in gauge.measures)
        if isinstance(row, Mapping) and (value := _number(row.get("value"))) is not None
    ]
    if not known:
        return Verdict.DONE, None
    worst = min if gauge.is_least else max
    units = gauge.units(worst(value for value, _ in known))
    limit = _number(_in_force(limits).get(gauge.name))
    if limit is None:
        return Verdict.DONE, gauge.scale.bucket(units)
    is_failed = any(verdict == "fail" and _is_its(gauge, value, limits) for value, verdict in known)
    # Records are rounded: a value is kept on the side of its own limit on which it was judged.
    edge = round(limit * SCORE_ONE)
    is_below = is_failed == gauge.is_least
    units = min(units, edge - 1) if is_below else max(units, edge)
    return Verdict.REJECTED if is_failed else Verdict.DONE, gauge.scale.bucket(units)


def _is_its(gauge: Gauge, value: float, limits: Mapping[str, Any]) -> bool:
    """Whether a failure is this limit's; a measure with two of them failed by the nearer one."""
    named = _in_force(limits)
    rivals = [
        other
        for other in GAUGES.values()
        if other.name in named and set(other.measures) & set(gauge.measures)
    ]
    by = min(rivals, key=lambda one: abs((_number(named[one.name]) or 0.0) - value))
    return by.name == gauge.name


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


# ── the gauges ────────────────────────────────────────────────────────────────────────────


def _scale(*stretches: tuple[float, float, float]) -> Scale:
    """Steps from stretches of (start, end, step), one after the other."""
    edges: list[int] = []
    for start, end, step in stretches:
        first, last, each = (round(number * SCORE_ONE) for number in (start, end, step))
        edges += range(first, last, each)
    edges.append(round(stretches[-1][1] * SCORE_ONE))
    assert len(edges) - 1 <= MOST_BUCKETS
    assert all(low < high for low, high in itertools.pairwise(edges))
    return Scale(tuple(edges))


def _gauge(name: str, measures: str, *stretches: tuple[float, float, float]) -> Gauge:
    return Gauge(name, tuple(measures.split()), not name.startswith("max_"), _scale(*stretches))


_DEGREES = ((0, 45, 1), (45, 90, 5))
_FEW = ((0, 0.3, 0.01), (0.3, 1, 0.05))
_DETAIL = ((0, 0.2, 0.005), (0.2, 0.4, 0.02))

# In the order in which they are packed: a new one goes to the end, and none is ever taken away.
# Steps are narrow where limits are set: every limit of the profiles lies between two of them, and
# so does every twentieth of a share.
GAUGES: Mapping[str, Gauge] = {
    gauge.name: gauge
    for gauge in (
        _gauge(SCORE, "score", (0, 0.3, 0.05), (0.3, 0.8, 0.01), (0.8, 1, 0.05)),
        _gauge("min_confidence", "face_confidence",
               (0, 0.4, 0.05), (0.4, 0.9, 0.01), (0.9, 1, 0.05)),
        _gauge("min_second_opinion", "second_opinion", *_FEW),
        _gauge("max_second_face", "second_face", *_FEW),
        _gauge("min_face_px", "face_px", (0, 20, 5), (20, 120, 2), (120, 300, 30)),
        _gauge("min_sharpness", "sharpness", *_DETAIL),
        _gauge("min_half_sharpness", "half_sharpness", *_DETAIL),
        _gauge("min_half_balance", "half_balance", (0, 1, 0.025)),
        _gauge("max_motion", "motion", (0, 0.5, 0.05), (0.5, 1, 0.01)),
        _gauge("max_noise", "noise", (0, 12, 0.25), (12, 20, 1)),
        _gauge("max_pixelation", "pixelation", (0, 0.2, 0.05), (0.2, 0.6, 0.01), (0.6, 1, 0.05)),
        _gauge("max_solid", "solid_share", (0, 0.4, 0.01), (0.4, 1, 0.05)),
        _gauge("max_blockiness", "blockiness", (0, 1, 1), (1, 4, 0.05), (4, 6, 1)),
        _gauge("min_jpeg_quality", "jpeg_quality", (0, 40, 1), (40, 100, 5)),
        _gauge("min_mean_light", "luminance_mean", (0, 0.1, 0.0025), (0.1, 0.5, 0.02)),
        _gauge("max_dark", "dark_share", (0, 0.6, 0.1), (0.6, 1, 0.01)),
        _gauge("max_bright", "bright_share", *_FEW),
        _gauge("max_black_point", "black_point", (0, 0.5, 0.01), (0.5, 1, 0.1)),
        _gauge("min_bits", "dynamic_range", (0, 3, 0.5), (3, 7, 0.1), (7, 8, 0.5)),
        _gauge("min_cheek_ratio", "cheek_ratio", (0, 1, 0.025)),
        _gauge("max_colour_cast", "colour_cast", (0, 30, 0.5), (30, 60, 15)),
        _gauge("max_grey_share", "grey_share", (0, 0.9, 0.1), (0.9, 1, 0.01)),
        _gauge("max_background", "background", (0, 300, 5)),
        _gauge("max_yaw_deg", "yaw", *_DEGREES),
        _gauge("max_pitch_deg", "pitch", *_DEGREES),
        _gauge("max_roll_deg", "roll", (0, 45, 1), (45, 180, 15)),
        _gauge("min_side_margin", "left_margin right_margin", (0, 2, 0.05), (2, 5, 0.5)),
        _gauge("min_top_margin", "margin_above", (0, 3, 0.05)),
        _gauge("min_bottom_margin", "margin_below", (0, 3, 0.05)),
        _gauge("min_head_share", "head_size", (0, 0.5, 0.01), (0.5, 1, 0.05)),
        _gauge("max_head_share", "head_size", (0, 0.5, 0.01), (0.5, 1, 0.05)),
    )
}  # fmt: skip
