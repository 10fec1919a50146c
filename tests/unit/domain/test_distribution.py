"""Distributions in fixed buckets: merged by adding, percentiles off by one bucket at most."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.distribution import (
    MOST_BUCKETS,
    SCORE_ONE,
    SCORES,
    TIMES,
    UNSCORED,
    Distribution,
    Scale,
    merged,
    score_units,
)

HOUR_MS = 3_600_000
scores = st.lists(st.integers(0, SCORE_ONE), min_size=1, max_size=60)
times = st.lists(st.integers(0, 9 * HOUR_MS), min_size=1, max_size=60)


def distribution(scale: Scale, values: list[int]) -> Distribution:
    counts: dict[int, int] = {}
    for value in values:
        counts[scale.bucket(value)] = counts.get(scale.bucket(value), 0) + 1
    return Distribution(scale, counts, sum(values))


@given(st.integers(0, 9 * HOUR_MS))
def test_a_time_lies_in_its_bucket_which_is_26_percent_wide(value):
    low, high = TIMES.bounds(TIMES.bucket(value))
    assert low <= value < high
    assert high <= max(16, low * 1.28)


def test_every_scale_has_its_columns():
    for scale in (SCORES, TIMES):
        assert len(scale.edges) - 1 <= MOST_BUCKETS
        assert list(scale.edges) == sorted(set(scale.edges))
    assert TIMES.edges[-1] > 9 * HOUR_MS


def test_what_lies_outside_the_scale_goes_to_its_ends():
    last = len(TIMES.edges) - 2
    assert (TIMES.bucket(-5), TIMES.bucket(1 << 50)) == (0, last)
    assert SCORES.bounds(SCORES.bucket(SCORE_ONE)) == (9800, SCORE_ONE)


@pytest.mark.parametrize(
    ("score", "units"),
    [(0.0, 0), (0.4, 4000), (0.57, 5700), (0.3999999, 3999), (0.39999, 3999), (1.0, 10_000),
     (1.2, 10_000), (-0.1, 0)],
)  # fmt: skip
def test_a_score_is_never_rounded_over_a_limit(score, units):
    assert score_units(score) == units


@given(st.integers(0, SCORE_ONE))
def test_every_whole_score_survives_being_a_fraction(units):
    assert score_units(units / SCORE_ONE) == units


@given(st.one_of(scores.map(lambda v: (SCORES, v)), times.map(lambda v: (TIMES, v))),
       st.sampled_from([0.1, 0.5, 0.9, 0.95, 0.99]))  # fmt: skip
def test_a_percentile_lies_in_the_bucket_of_the_true_one(found, share):
    scale, values = found
    true = sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]
    estimate = distribution(scale, values).percentiles(share)[0]
    low, high = scale.bounds(scale.bucket(true))
    assert estimate is not None
    assert low - 1e-6 <= estimate <= high + 1e-6


@given(st.lists(scores, min_size=1, max_size=5))
def test_merged_parts_are_the_whole(parts):
    whole = [value for part in parts for value in part]
    found = merged(SCORES, (distribution(SCORES, part) for part in parts))
    assert found == distribution(SCORES, whole)
    assert found.mean == pytest.approx(sum(whole) / len(whole))


@given(scores)
def test_what_lies_below_a_limit_is_counted_exactly(values):
    low = sum(value < 4000 for value in values)
    assert distribution(SCORES, values).below(4000) == low


def test_below_what_is_no_edge_cannot_be_told():
    with pytest.raises(ValueError, match="not in tuple"):
        Distribution(SCORES).below(4100)


def test_a_photo_without_a_score_is_in_no_mean_and_no_percentile():
    found = Distribution(SCORES, {UNSCORED: 5, SCORES.bucket(9000): 1}, 9000)
    assert (found.n, found.mean, found.below(4000)) == (1, 9000, 0)
    assert found.percentiles(0.01) == (pytest.approx(9002),)


def test_nothing_has_no_mean_and_no_percentile():
    empty = Distribution(TIMES)
    assert (empty.n, empty.mean, empty.percentiles(0.1, 0.5)) == (0, None, (None, None))


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_several_percentiles_are_those_asked_for_one_by_one(values):
    found = distribution(SCORES, values)
    shares = (0.0, 0.1, 0.1, 0.5, 0.9, 1.0)
    assert found.percentiles(*shares) == tuple(found.percentiles(share)[0] for share in shares)
