"""What a note beside a photo may say about the gate: more, never less."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.config.quality import Limits, Profile, Quality, with_limits
from daemon.config.quality_notes import loosened, overlaid
from daemon.domain.route import Plan

CONFIGURED = Quality(
    profiles={
        "badge": Profile(like="hr", reject=Limits(max_noise=3)),
        "anything": Profile(
            min_score=0.0, reject=Limits(**dict.fromkeys(Limits.model_fields)), warn=Limits()
        ),
    }
)


def plan(options: dict[str, Any]) -> Plan:
    return with_limits(Plan.of(("quality", "copy"), {"quality": options}), CONFIGURED)


def less(inbox: dict[str, Any], note: dict[str, Any]) -> list[str]:
    """Where a note loosens an inbox's gate."""
    noted = overlaid({"quality": inbox}, {"quality": note})["quality"]
    return [line.partition(":")[0] for line in loosened(plan(inbox), plan({**inbox, **noted}))]


@pytest.mark.parametrize(
    ("inbox", "note", "named"),
    [
        ({"profile": "hr"}, {"profile": "lenient"}, "quality.reject.min_sharpness"),
        ({"profile": "hr"}, {"profile": "anything"}, "quality.reject.max_noise"),
        ({"profile": "badge"}, {"profile": "hr"}, "quality.reject.max_noise"),
        ({}, {"reject_below": 0.1}, "quality.reject_below"),
        ({}, {"reject_below": "0.1"}, "quality.reject_below"),
        ({"profile": "hr"}, {"min_score": 0.5}, "quality.min_score"),
        ({"min_score": 0.9}, {"min_score": None}, "quality.min_score"),
        ({}, {"reject": {"max_noise": None}}, "quality.reject.max_noise"),
        ({}, {"reject": {"max_noise": 11}}, "quality.reject.max_noise"),
        ({}, {"reject": {"min_face_px": 31}}, "quality.reject.min_face_px"),
        ({"reject": {"max_noise": 2}}, {"reject": None}, "quality.reject.max_noise"),
        ({"profile": "hr"}, {"warn": {"max_background": None}}, "quality.warn.max_background"),
        ({"profile": "hr"}, {"warn": {"max_background": 500}}, "quality.warn.max_background"),
    ],
)
def test_what_a_note_loosens_is_named(inbox, note, named) -> None:
    assert named in less(inbox, note)


@pytest.mark.parametrize(
    ("inbox", "note"),
    [
        ({}, {}),
        ({}, {"profile": "hr"}),
        ({}, {"profile": "icao"}),
        ({"profile": "hr"}, {"profile": "icao"}),
        ({"profile": "hr"}, {"profile": "badge"}),
        ({"profile": "anything"}, {"profile": "lenient"}),
        ({}, {"reject_below": 0.6, "min_score": 0.9}),
        ({}, {"reject": {"max_noise": 2, "min_face_px": 64}}),
        ({}, {"warn": {"max_noise": 2}}),
        ({"reject": {"max_noise": 2}}, {"reject": {"min_face_px": 64}}),
        ({"profile": "hr"}, {"reject": {"max_background": 100}, "warn": {"max_background": None}}),
    ],
)
def test_a_note_may_ask_for_more(inbox, note) -> None:
    assert less(inbox, note) == []


def test_both_numbers_are_told() -> None:
    told = loosened(plan({}), plan({"reject_below": 0.1, "reject": {"max_noise": None}}))
    assert told == ["quality.reject_below: 0.1 < 0.4", "quality.reject.max_noise: null"]


def test_limits_of_a_note_lie_over_the_inboxs_own_one_by_one() -> None:
    own = {"quality": {"reject": {"max_noise": 2}}, "copy": {"a": 1}}
    asked = overlaid(own, {"quality": {"reject": {"min_face_px": 64}}})
    assert asked == {"quality": {"reject": {"max_noise": 2, "min_face_px": 64}}}


def test_a_note_that_makes_no_sense_is_left_to_the_route_which_names_the_mistake() -> None:
    for note in ({"profile": "ikao"}, {"reject": {"max_nois": 3}}, {"reject_below": "low"}):
        assert less({}, note) == []
