"""Times and scores in memory: bounded, whole, and the same after the notice was read."""

from __future__ import annotations

import json

import pytest

from daemon.domain.tallies import MOST_STAGES, OTHERS, STAGE_BOUNDS_S, Histogram, Tallies


def _scored(score: object) -> dict[str, object]:
    return {"quality": {"score": score, "profile": "hr"}}


def test_what_is_counted_survives_the_notice() -> None:
    tallies = Tallies()
    tallies.add({"decode": 4.0, "restore": 700_000.0}, _scored(0.35), {})
    tallies.add({"decode": 10.0}, _scored(None), {})
    told = json.loads(json.dumps(tallies.as_json()))

    decode = Histogram.from_json(STAGE_BOUNDS_S, told["stages"]["decode"])
    assert (decode.counts[0], sum(decode.counts)) == (2, 2)
    assert decode.total == pytest.approx(0.014)
    assert told["stages"]["restore"]["counts"][-1] == 1
    assert sum(told["scores"]["counts"]) == 1
    assert told["scores"]["counts"][3] == 1


def test_no_number_of_step_names_makes_it_grow() -> None:
    tallies = Tallies()
    for number in range(3 * MOST_STAGES):
        tallies.add({f"step{number}": 1.0}, {}, {})
    stages = tallies.as_json()["stages"]
    assert len(stages) == MOST_STAGES + 1
    assert sum(stages[OTHERS]["counts"]) == 2 * MOST_STAGES


def test_other_bounds_are_refused() -> None:
    with pytest.raises(ValueError, match="buckets"):
        Histogram.from_json(STAGE_BOUNDS_S, {"counts": [1, 2], "total": 1})
