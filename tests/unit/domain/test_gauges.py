"""A moved limit, told from what is stored, equals judging every photo anew.

The gate's own judge is the oracle: photos with random values are judged under random limits, their
records are stored as the booth stores them, and then a limit is moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.config.quality import PROFILES, Limits
from daemon.domain.gauges import GAUGES, SCORE, Place, places_of, unpacked
from daemon.domain.job import Verdict
from daemon.routes.quality.judge import judge, rounded
from daemon.routes.quality.options import Options
from daemon.routes.quality.record import _limits, _measures
from daemon.routes.quality.table import MEASURES
from daemon.services.rejects import Limits as Moved
from daemon.services.rejects import judge_of, spans_of

MEASURE_GAUGES = [gauge for gauge in GAUGES.values() if gauge.name != SCORE]
MEASURED = {name: gauge for gauge in MEASURE_GAUGES for name in gauge.measures}


@dataclass
class Photo:
    """As ``judge`` and ``record`` want to be told of one."""

    score: float
    values: dict[str, float | None]
    is_jpeg: bool
    has_face: bool

    def __post_init__(self) -> None:
        container = SimpleNamespace(format="JPEG" if self.is_jpeg else "PNG")
        look = SimpleNamespace(photo=SimpleNamespace(container=container))
        self.readings = SimpleNamespace(look=look, is_colourless=False) if self.has_face else None
        self.reasons = ()
        self.heat = SimpleNamespace(marked=lambda _=None: [])
        self.overall = SimpleNamespace(weakest="sharp")


@st.composite
def _values(draw: st.DrawFn) -> dict[str, float | None]:
    found: dict[str, float | None] = {row.name: None for row in MEASURES}
    # Most are far on the right side, so that a few decide and not always all of them.
    for name, gauge in MEASURED.items():
        edges = gauge.scale.edges
        at = draw(st.sampled_from(("good", "good", "good", "any", "edge", "none")))
        if at == "none":
            continue
        high = edges[-1] / 10_000
        value = high if gauge.is_least else 0.0
        if name == "head_size":
            value = 0.3
        if at == "any":
            value = draw(st.floats(0, high, allow_nan=False))
        elif at == "edge":
            value = draw(st.sampled_from(gauge.limits))
        found[name] = rounded(value)
    return found


PHOTOS = st.builds(
    Photo,
    score=st.one_of(st.floats(0, 1), st.sampled_from(GAUGES[SCORE].limits)).map(
        lambda score: round(score, 4)
    ),
    values=_values(),
    is_jpeg=st.booleans(),
    has_face=st.sampled_from((True, True, True, False)),
)


@st.composite
def _options(draw: st.DrawFn) -> Options:
    profile = PROFILES[draw(st.sampled_from(sorted(PROFILES)))]
    reject = dict(profile.reject.in_force())
    for gauge in draw(st.lists(st.sampled_from(MEASURE_GAUGES), max_size=6)):
        # Anybody's own limits need not lie between two steps.
        reject[gauge.name] = draw(st.floats(0, gauge.scale.edges[-2] / 10_000).map(rounded))
        if gauge.name.endswith("_deg"):
            reject[gauge.name] = min(reject[gauge.name], 90.0)
    return Options(
        reject_below=round(draw(st.floats(0, 1)), 2),
        min_score=draw(st.one_of(st.none(), st.floats(0, 1).map(lambda x: round(x, 2)))),
        reject=Limits(**reject),
        warn=profile.warn,
    )


def stored(photo: Photo, options: Options) -> tuple[Verdict, dict[str, Any], tuple[Any, ...]]:
    """What the gate decides and what is stored of it."""
    judged = judge(photo, options)
    record = {
        "score": round(photo.score, 4),
        "profile": "hr",
        "limits": _limits(options),
        "warnings": [reason.as_json() for reason in judged.warnings],
        "measures": _measures(photo, judged),
        **({"face": {}} if photo.has_face else {}),
    }
    return judged.verdict, {"quality": record}, judged.reasons


def options_with(options: Options, name: str, limit: float | None, review: float) -> Options:
    if name == SCORE:
        return options.model_copy(update={"reject_below": limit or 0.0, "min_score": review})
    reject = options.reject.model_copy(update={name: limit})
    return options.model_copy(update={"reject": reject})


@settings(max_examples=100, deadline=None)
@given(PHOTOS, _options())
def test_what_is_stored_says_what_the_gate_decided(photo, options):
    verdict, measures, reasons = stored(photo, options)
    places = places_of(measures, {}, reasons)
    assert places is not None
    if not photo.has_face:
        assert {place.verdict for place in places.of.values()} <= {Verdict.REJECTED}
    for name, place in places.of.items():
        assert place.verdict == verdict, name
    assert unpacked("embedded", "hr", places.packed()) == places


@settings(max_examples=200, deadline=None)
@given(PHOTOS, _options(), st.sampled_from(sorted(GAUGES)), st.data())
def test_a_moved_limit_is_told_as_the_gate_would_decide(photo, options, name, data):
    gauge = GAUGES[name]
    limit = data.draw(st.sampled_from(gauge.limits), "limit")
    review = data.draw(st.sampled_from(GAUGES[SCORE].limits), "review")
    if name != SCORE:
        missing = [photo.values[measure] is None for measure in gauge.measures]
        # A limit that was not there would ask for values that nobody knew to be missing.
        if any(missing) and getattr(options.reject, name) is None:
            return
    before, measures, reasons = stored(photo, options)
    places = places_of(measures, {}, reasons)
    assert places is not None

    after = judge(photo, options_with(options, name, limit, review)).verdict

    place = places.of.get(name)
    if place is None:
        assert before == after, "a photo without a value stays where it is"
        return
    moved = Moved(limit, review if name == SCORE else None)
    own = judge_of(gauge, moved)(place.step)
    assert Place(place.step, own, place.others).verdict == after
    listed = any(
        span.standing == place.standing and span.first <= place.step <= span.last
        for span in spans_of(gauge, moved, (before, after))
    )
    assert listed == (before != after)


def test_every_limit_of_the_profiles_can_be_asked_about():
    for profile in PROFILES.values():
        for name, limit in profile.reject.in_force().items():
            assert GAUGES[name].snapped(limit) == limit
        assert GAUGES[SCORE].snapped(profile.min_score) == profile.min_score


@pytest.mark.parametrize("name", Limits.model_fields)
def test_every_limit_of_the_gate_has_a_gauge_with_its_measures(name):
    named = {row.name for row in MEASURES if name in row.limits}
    assert set(GAUGES[name].measures) == named
    assert GAUGES[name].is_least == any(row.limits[0] == name for row in MEASURES)


@pytest.mark.parametrize(
    "measures",
    [
        {},
        {"quality": None},
        {"quality": {"score": 0.5}},
        {"quality": {"limits": 3, "measures": {}}},
    ],
)
def test_a_record_that_does_not_say_how_it_was_judged_has_no_place(measures):
    assert places_of(measures, {}, ()) is None


def test_rubbish_in_a_record_is_no_place_on_its_gauge():
    rows = {"sharpness": {"value": "sharp"}, "yaw": None, "noise": {"value": float("nan")}}
    record = {"score": True, "limits": {"reject": "none"}, "measures": rows, "face": {}}
    places = places_of({"quality": record}, {}, ())
    assert places is not None
    assert places.of == {}
