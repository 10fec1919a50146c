"""What statistics take from a job's measures."""

from __future__ import annotations

import pytest

from daemon.domain.assessment import Assessment, assessment_of

ENGINES = {"find_faces": {"name": "centerface"}, "assess_face": {"name": "none", "note": "no"}}


def test_score_profile_engine_and_what_is_missing():
    measures = {"quality": {"score": 0.61, "profile": "hr", "not_assessed": ["b", "a"]}}
    assert assessment_of(measures, ENGINES) == Assessment("centerface", "hr", 6100, ("a", "b"))


def test_scores_of_two_engines_are_not_those_of_one():
    both = {**ENGINES, "assess_face": {"name": "rts"}}
    found = assessment_of({"quality": {"score": 1}}, both)
    assert found == Assessment("centerface+rts", "", 10_000)


def test_the_engine_that_the_gate_names_is_taken():
    found = assessment_of({"quality": {"score": 1, "engine": "measures-1"}}, ENGINES)
    assert found is not None
    assert found.engine == "measures-1"


@pytest.mark.parametrize("score", [None, "0.5", True, float("nan")])
def test_what_is_no_number_is_no_score(score):
    assert assessment_of({"quality": {"score": score}}, {}) == Assessment("embedded", "", None)


@pytest.mark.parametrize("measures", [{}, {"restore": {}}, {"quality": None}])
def test_a_photo_that_was_not_judged_has_no_assessment(measures):
    assert assessment_of(measures, ENGINES) is None
