"""The unified score, and verdicts by a profile's limits, without a pixel."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from daemon.config.quality import PROFILES, Limits, Profile, Quality, profile_of, with_limits
from daemon.domain.codes import CODES, explain
from daemon.domain.job import Verdict
from daemon.domain.route import Plan, effect_key
from daemon.errors import EngineError, UsageError
from daemon.imaging.photo import Container
from daemon.routes.quality.assess import Assessment, assessed
from daemon.routes.quality.finding import look_at
from daemon.routes.quality.judge import judge
from daemon.routes.quality.look import Look
from daemon.routes.quality.options import Options, parse
from daemon.routes.quality.score import WEIGHTS, log_scale, overall
from daemon.routes.quality.table import MEASURES, Readings, parts_of
from daemon.routes.quality.trial import as_photo
from tests.fakes.engines import FixedAssessor, engines_of, face_at

SCORED = [row for row in MEASURES if row.score is not None]
BY_NAME = {row.name: row for row in MEASURES}
# Widest values that a measure can take; beside these its score no longer changes.
RANGES = {
    "face_px": 300.0, "noise": 40.0, "blockiness": 20.0, "jpeg_quality": 100.0,
    "dynamic_range": 8.0, "colour_cast": 100.0, "yaw": 90.0, "roll": 180.0,
}  # fmt: skip
CLEAN = {
    "face_confidence": 0.9, "face_px": 120.0, "sharpness": 0.15, "half_sharpness": 0.14,
    "half_balance": 0.9, "motion": 0.3, "noise": 1.0, "pixelation": 0.05, "solid_share": 0.0,
    "blockiness": 1.1, "jpeg_quality": None, "luminance_mean": 0.25, "bright_share": 0.0,
    "black_point": 0.02, "dynamic_range": 7.0, "cheek_ratio": 0.8, "colour_cast": 0.0,
    "yaw": 3.0, "roll": 1.0, "second_opinion": 0.6, "second_face": 0.0,
    "dark_share": 0.1, "grey_share": 0.0, "background": 40.0, "pitch": 2.0, "left_margin": 2.0,
    "right_margin": 2.0, "margin_above": 2.0, "margin_below": 2.5, "head_size": 0.3,
}  # fmt: skip


def unit() -> st.SearchStrategy[float]:
    return st.floats(0, 1, allow_nan=False)


@st.composite
def values(draw) -> dict[str, float | None]:
    return {
        row.name: draw(st.one_of(st.none(), unit().map(lambda v, top=top: v * top)))
        if row.score is not None
        else None
        for row in MEASURES
        for top in [RANGES.get(row.name, 1.0)]
    }


def score_of(some: dict[str, float | None]) -> float:
    return overall(parts_of({row.name: some.get(row.name) for row in MEASURES})).value


@given(values(), st.sampled_from(SCORED), unit(), unit())
def test_the_score_never_falls_when_a_measure_gets_better(some, row, one, other) -> None:
    top = RANGES.get(row.name, 1.0)
    first, second = (
        value * top for value in sorted((one, other), key=lambda v: row.score(v * top))
    )
    worse, better = {**some, row.name: first}, {**some, row.name: second}
    assert score_of(worse) <= score_of(better) + 1e-12


@pytest.mark.parametrize("row", SCORED, ids=lambda row: row.name)
def test_each_scored_measure_moves_one_way_over_its_whole_range(row) -> None:
    top = RANGES.get(row.name, 1.0)
    scores = [row.score(value) for value in np.linspace(0, top, 200)]
    steps = np.diff(scores)
    assert (steps <= 1e-12).all() or (steps >= -1e-12).all()
    assert min(scores) >= 0
    assert max(scores) <= 1 + 1e-12


@given(st.dictionaries(st.sampled_from(sorted(WEIGHTS)), unit(), min_size=1))
def test_the_score_is_the_root_of_the_weakest_part_times_the_weighted_whole(parts) -> None:
    kept = {name: max(value, 1e-4) for name, value in parts.items()}
    total = sum(WEIGHTS[name] for name in kept)
    product = math.prod(value ** (WEIGHTS[name] / total) for name, value in kept.items())
    assert overall(parts).value == pytest.approx(math.sqrt(min(kept.values()) * product))


def test_one_destroyed_part_sinks_a_photo_that_an_average_would_save() -> None:
    parts = dict.fromkeys(WEIGHTS, 1.0) | {"patch": 0.0}
    assert overall(parts).value < 0.01
    assert sum(parts.values()) / len(parts) > 0.9


def test_light_and_colour_alone_never_sink_a_photo() -> None:
    assert score_of({**CLEAN, "cheek_ratio": 0.0, "colour_cast": 100.0}) > 0.55


def test_nothing_assessed_is_no_pass() -> None:
    assert overall({}).value == 0
    assert overall({}).band == "reject"


@pytest.mark.parametrize(
    ("value", "band"), [(0.81, "good"), (0.6, "usable"), (0.41, "poor"), (0.39, "reject")]
)
def test_the_score_has_a_band_for_people(value, band) -> None:
    assert replace(overall({"sharp": 1.0}), value=value).band == band


def test_a_calibrated_neural_score_joins_with_its_own_weight() -> None:
    assert score_of({**CLEAN, "out_of_distribution": 0.3}) < score_of(CLEAN)
    assert score_of({**CLEAN, "out_of_distribution": 1.0}) >= score_of(CLEAN)


# ── verdicts ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def template(astronaut) -> Assessment:
    """A real face's pictures behind values that a test makes up."""
    return assessed(Look(as_photo(astronaut), face_at(100, 20, 0.5), (), 0.7))


def found_with(template: Assessment, **changed: float | None) -> Assessment:
    known = {row.name: CLEAN.get(row.name) for row in MEASURES} | changed
    total = overall(parts_of(known))
    return replace(template, score=total.value, values=known, overall=total)


def codes_of(template: Assessment, profile: str, **changed: float | None) -> list[str]:
    found = found_with(template, **changed)
    return [reason.code for reason in judge(found, parse({"profile": profile})).reasons]


def test_a_clean_photo_passes_every_profile(template) -> None:
    for profile in PROFILES:
        judged = judge(found_with(template), parse({"profile": profile}))
        assert judged.verdict is Verdict.DONE
        assert judged.reasons == ()


CASES = [
    (row, side, profile)
    for profile in PROFILES
    for row in MEASURES
    for side in (0, 1)
    if row.limits[side] and getattr(PROFILES[profile].reject, row.limits[side]) is not None
]


@pytest.mark.parametrize(
    ("row", "side", "profile"), CASES, ids=lambda part: getattr(part, "name", str(part))
)
def test_every_limit_of_every_profile_is_a_gate(template, row, side, profile) -> None:
    limit = getattr(PROFILES[profile].reject, row.limits[side])
    beyond = limit * 0.999 - 1e-9 if side == 0 else limit * 1.001 + 1e-9
    within = limit * 1.001 if side == 0 else limit * 0.999
    found = found_with(template, **{row.name: beyond})
    judged = judge(found, parse({"profile": profile}))
    assert judged.verdict is Verdict.REJECTED
    assert judged.verdicts[row.name] == "fail"
    (reason,) = [r for r in judged.reasons if r.code == row.code]
    assert reason.facts["measure"] == row.name
    assert reason.facts["limit"] == pytest.approx(limit)
    assert set(reason.facts) >= {"value", "unit", "component", "where"}
    assert row.code not in codes_of(template, profile, **{row.name: within})


def test_a_warning_is_in_the_record_and_rejects_nobody(template) -> None:
    judged = judge(found_with(template, grey_share=1.0), parse({"profile": "hr"}))
    assert judged.verdict is Verdict.DONE
    assert [reason.code for reason in judged.warnings] == ["GREYSCALE"]
    assert judged.verdicts["grey_share"] == "warn"
    assert codes_of(template, "icao", grey_share=1.0) == ["GREYSCALE"]


def test_what_was_not_assessed_is_neither_pass_nor_fail(template) -> None:
    judged = judge(found_with(template), parse({"profile": "icao"}))
    for name in ("eyes_open", "mouth_closed", "expression", "head_covering", "jpeg_quality"):
        assert judged.verdicts[name] == "not_assessed"


# ── a limit that could not be checked ─────────────────────────────────────────────────────

CAN_BE_MISSING = ("cheek_ratio", "colour_cast", "background", "sharpness", "half_balance", "noise")


@pytest.mark.parametrize("name", CAN_BE_MISSING)
def test_a_limit_that_could_not_be_checked_wants_a_person(template, name) -> None:
    judged = judge(found_with(template, **{name: None}), parse({"profile": "icao"}))
    row = BY_NAME[name]
    assert judged.verdict is Verdict.REVIEW
    (reason,) = judged.reasons
    assert reason.code == "NOT_ASSESSED"
    assert reason.facts["measure"] == name
    assert reason.facts["value"] is None
    side = 0 if row.limits[0] else 1
    assert reason.facts["limit"] == getattr(PROFILES["icao"].reject, row.limits[side])
    assert judged.verdicts[name] == "not_assessed"
    for language in ("zh", "en"):
        assert row.label[language] in explain(reason, language)[0]


def test_several_limits_that_could_not_be_checked_make_one_reason(template) -> None:
    found = found_with(template, cheek_ratio=None, background=None)
    (reason,) = judge(found, parse({"profile": "icao"})).reasons
    assert (reason.facts["measure"], reason.facts["also"]) == ("cheek_ratio", ["background"])


def test_a_remark_that_could_not_be_made_is_one_itself(template) -> None:
    judged = judge(found_with(template, background=None), parse({"profile": "hr"}))
    assert judged.verdict is Verdict.DONE
    (remark,) = judged.warnings
    assert (remark.code, remark.facts["measure"]) == ("NOT_ASSESSED", "background")


def test_what_no_limit_asks_for_may_be_missing(template) -> None:
    found = found_with(template, cheek_ratio=None, background=None, colour_cast=None)
    judged = judge(found, parse({"profile": "lenient"}))
    assert (judged.verdict, judged.reasons, judged.warnings) == (Verdict.DONE, (), ())


def test_a_rejected_photo_is_not_also_sent_to_a_person(template) -> None:
    judged = judge(found_with(template, background=None, yaw=60.0), parse({"profile": "icao"}))
    assert judged.verdict is Verdict.REJECTED
    assert "NOT_ASSESSED" not in [reason.code for reason in judged.reasons]


def test_a_low_score_and_a_missing_measure_are_both_told(template) -> None:
    found = replace(found_with(template, background=None), score=0.65)
    judged = judge(found, parse({"profile": "icao"}))
    assert judged.verdict is Verdict.REVIEW
    assert {reason.code for reason in judged.reasons} == {"LOW_OVERALL_QUALITY", "NOT_ASSESSED"}


@pytest.mark.parametrize(
    ("container", "verdict"), [("PNG", Verdict.DONE), ("JPEG", Verdict.REVIEW)]
)
def test_a_file_without_jpeg_tables_has_no_jpeg_quality_to_miss(
    astronaut, template, container, verdict
) -> None:
    photo = replace(as_photo(astronaut), container=Container(container))
    look = replace(template.readings.look, photo=photo)
    found = replace(found_with(template, jpeg_quality=None), readings=Readings(look))
    assert judge(found, parse({"profile": "icao"})).verdict is verdict


def test_a_picture_without_colour_has_no_cast_to_miss(astronaut, template) -> None:
    grey = as_photo(np.repeat(astronaut.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2))
    readings = Readings(replace(template.readings.look, photo=grey))
    found = replace(found_with(template, colour_cast=None, grey_share=1.0), readings=readings)
    judged = judge(found, parse({"profile": "hr"}))
    assert judged.verdict is Verdict.DONE
    assert [remark.code for remark in judged.warnings] == ["GREYSCALE"]


def test_hard_reasons_come_first_then_the_furthest_beyond_the_limit(template) -> None:
    found = {"pixelation": 0.51, "yaw": 70.0, "roll": 31.0}
    assert codes_of(template, "lenient", **found)[:3] == ["PIXELATED", "POSE_YAW", "POSE_ROLL"]


def test_a_blurred_photo_is_not_also_called_shaken(template) -> None:
    codes = codes_of(template, "hr", sharpness=0.02, motion=0.9)
    assert "BLURRED" in codes
    assert "MOTION_BLUR" not in codes


def test_two_measures_of_one_code_make_one_reason(template) -> None:
    judged = judge(
        found_with(template, half_sharpness=0.01, half_balance=0.1), parse({"profile": "hr"})
    )
    (reason,) = [r for r in judged.reasons if r.code == "PARTIAL_BLUR"]
    assert reason.facts["also"] == ["half_balance"] or reason.facts["also"] == ["half_sharpness"]


@pytest.mark.parametrize(
    ("profile", "score", "verdict"),
    [
        ("lenient", 0.39, Verdict.REJECTED), ("lenient", 0.41, Verdict.DONE),
        ("hr", 0.39, Verdict.REJECTED), ("hr", 0.59, Verdict.REVIEW), ("hr", 0.61, Verdict.DONE),
        ("icao", 0.69, Verdict.REVIEW), ("icao", 0.71, Verdict.DONE),
    ],
)  # fmt: skip
def test_a_low_score_wants_a_person_and_a_lower_one_is_rejected(
    template, profile, score, verdict
) -> None:
    found = replace(found_with(template), score=score)
    assert judge(found, parse({"profile": profile})).verdict is verdict


def test_the_border_of_rejection_can_be_moved(template) -> None:
    found = replace(found_with(template), score=0.45)
    assert judge(found, parse({"reject_below": 0.5})).verdict is Verdict.REJECTED


def test_every_measure_that_can_fail_has_words_for_it() -> None:
    assert {row.code for row in MEASURES if row.code} | {"LOW_OVERALL_QUALITY"} <= set(CODES)


# ── profiles as settings ──────────────────────────────────────────────────────────────────


def test_every_limit_belongs_to_exactly_the_measures_that_name_it() -> None:
    named = {name for row in MEASURES for name in row.limits if name}
    assert named == set(Limits.model_fields)


def test_an_administrator_changes_one_limit_and_keeps_the_others() -> None:
    quality = Quality(profiles={"hr": Profile(reject=Limits(min_face_px=48))})
    changed, own = profile_of("hr", quality), PROFILES["hr"]
    assert changed.reject.min_face_px == 48
    assert changed.reject.min_sharpness == own.reject.min_sharpness
    assert changed.warn == own.warn
    assert profile_of("icao", quality) == PROFILES["icao"]


def test_a_new_profile_starts_from_another_and_null_takes_a_limit_away() -> None:
    badge = Profile(like="icao", min_score=0.5, reject=Limits(max_background=None))
    found = profile_of("badge", Quality(profiles={"badge": badge}))
    assert found.reject.max_background is None
    assert found.reject.max_roll_deg == 8
    assert found.min_score == 0.5


def test_a_profile_that_starts_from_itself_is_none() -> None:
    ring = {"a": Profile(like="b"), "b": Profile(like="a")}
    with pytest.raises(KeyError):
        profile_of("a", Quality(profiles=ring))


def test_a_changed_limit_is_another_job_to_whoever_looks_for_duplicates() -> None:
    plan = Plan.of(("quality",), {"quality": {"profile": "hr"}})
    changed = Quality(profiles={"hr": Profile(reject=Limits(min_face_px=48))})
    keys = {effect_key("0" * 64, with_limits(plan, q)) for q in (Quality(), changed)}
    assert len(keys) == 2


@pytest.mark.parametrize("profile", ["icao", "ikao"])
def test_no_step_can_say_of_itself_that_its_limits_are_complete(profile) -> None:
    """Else whoever may set an option could switch every limit off."""
    asked = Plan.of(("quality", "copy"), {"quality": {"profile": profile, "complete": True}})
    own = {"icao": Profile(min_score=0.9)}
    (step, _) = with_limits(asked, Quality(profiles=own)).steps
    if profile == "ikao":
        with pytest.raises(UsageError, match="did you mean icao"):
            parse(step.options)
    else:
        options = parse(step.options)
        assert options.min_score == 0.9
        assert options.reject == PROFILES["icao"].reject


def test_the_mark_of_complete_limits_is_no_option_of_anybodys() -> None:
    assert "complete" not in Options.model_fields


def test_a_job_is_judged_by_the_limits_it_carries() -> None:
    changed = Quality(profiles={"badge": Profile(like="hr", reject=Limits(max_noise=None))})
    plan = with_limits(Plan.of(("quality",), {"quality": {"profile": "badge"}}), changed)
    options = parse(plan.steps[0].options)
    assert options.profile == "badge"
    assert options.reject == PROFILES["hr"].reject.model_copy(update={"max_noise": None})


def test_an_inboxs_own_limit_lies_over_the_profiles() -> None:
    options = parse({"profile": "hr", "reject": {"min_face_px": 40, "max_noise": None}})
    assert options.reject.min_face_px == 40
    assert options.reject.max_noise is None
    assert options.reject.min_sharpness == 0.075
    assert options.min_score == 0.60


NO_LIMITS = (math.nan, math.inf, -math.inf, "nan", "inf")


@pytest.mark.parametrize("value", NO_LIMITS)
@pytest.mark.parametrize("name", Limits.model_fields)
def test_what_is_no_number_is_no_limit(name, value) -> None:
    """Nothing is beyond a limit that is NaN or infinite: it would be one switched off."""
    with pytest.raises(ValidationError):
        Limits.model_validate({name: value})
    for layer in ("reject", "warn"):
        with pytest.raises(UsageError, match=f"quality.{layer}.{name}"):
            parse({layer: {name: value}})


@pytest.mark.parametrize("value", NO_LIMITS)
def test_what_is_no_number_is_no_score_to_ask_for(value) -> None:
    with pytest.raises(ValidationError):
        Profile.model_validate({"min_score": value})
    for name in ("min_score", "reject_below"):
        with pytest.raises(UsageError, match=f"quality.{name}"):
            parse({name: value})


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"profil": "hr"}, "did you mean profile?"),
        ({"profile": "ikao"}, "did you mean icao?"),
        ({"reject": {"min_face": 3}}, "quality.reject.min_face is not an option; did you mean"),
        ({"reject_below": 2}, "quality.reject_below"),
    ],
)
def test_a_mistake_is_named_with_the_nearest_word(raw, told) -> None:
    with pytest.raises(UsageError, match=told.replace("?", r"\?").replace(".", r"\.")):
        parse(raw)


# ── a network's word ──────────────────────────────────────────────────────────────────────


class Doubted(FixedAssessor):
    """Weights that the self-test refused: whoever asks them for a face has trusted them."""

    is_vouched_for = False

    def assess(self, srgb, landmarks):
        message = "the network gave no usable feature"
        raise EngineError(message)


def test_weights_that_nothing_vouches_for_are_not_asked() -> None:
    face = face_at(0, 0, 0.5)
    photo = as_photo(np.full((256, 256, 3), 128, np.uint8))
    with engines_of([face], assessor=Doubted()) as engines:
        assert look_at(photo, engines).out_of_distribution is None


def test_weights_that_are_vouched_for_join_the_measures() -> None:
    photo = as_photo(np.full((256, 256, 3), 128, np.uint8))
    with engines_of([face_at(0, 0, 0.5)], assessor=FixedAssessor(score=0.7)) as engines:
        assert look_at(photo, engines).out_of_distribution == 0.7


def test_the_smallest_number_there_is_scores_like_zero() -> None:
    assert log_scale(5e-324, 4, 60) == log_scale(0.0, 4, 60) == 0.0
    assert log_scale(5e-324, 60, 4) == log_scale(0.0, 60, 4) == 1.0
