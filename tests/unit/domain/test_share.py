"""Shares, their intervals, and the rule that raises an alert."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.domain.share import FEW, Share, is_unusual, standing_out, wilson

counts = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("part", "n", "low", "high"),
    # By the textbook formula with z = 1.959964, to five places.
    [(0, 10, 0.0, 0.27753), (1, 10, 0.01788, 0.40415), (5, 10, 0.23659, 0.76341),
     (10, 10, 0.72247, 1.0)],
)  # fmt: skip
def test_intervals_by_the_book(part, n, low, high):
    assert wilson(part, n) == pytest.approx((low, high), abs=2e-5)


@given(counts)
def test_an_interval_holds_its_share_and_stays_within_zero_and_one(found):
    part, n = found
    low, high = wilson(part, n)
    assert 0 <= low <= part / n <= high <= 1


@given(counts)
def test_the_ends_are_where_the_normal_test_would_just_refuse(found):
    part, n = found
    for end in wilson(part, n):
        assert (part / n - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / n, abs=1e-9)


@given(counts)
def test_the_interval_of_the_others_is_its_mirror(found):
    part, n = found
    low, high = wilson(part, n)
    assert wilson(n - part, n) == pytest.approx((1 - high, 1 - low))


def test_an_interval_is_shown_where_photos_are_few():
    assert Share(1, FEW - 1).interval is not None
    assert Share(1, FEW).interval is None
    assert (Share(0, 0).interval, Share(0, 0).value) == (None, None)


@pytest.mark.parametrize(
    ("part", "n", "usual", "raised"),
    [
        (5, 10, [0.2, 0.2, 0.2], True),
        (4, 10, [0.2, 0.2, 0.2], False),  # twice is not more than twice
        (5, 9, [0.1], False),  # too few photos
        (10, 10, [], False),  # nothing to compare with
        (1, 10, [0.0, 0.0], True),
        (0, 10, [0.0], False),
        (5, 10, [0.2, 0.2, 0.9, 0.9], False),  # the median, between two
    ],
)
def test_an_hour_is_unusual(part, n, usual, raised):
    assert is_unusual(Share(part, n), usual) is raised


def test_what_stands_out_is_certainly_above_all_others():
    even = {hour: Share(15, 100) for hour in range(24)}
    assert standing_out(even) is None
    assert standing_out({**even, 8: Share(45, 100)}) == 8
    assert standing_out({**even, 8: Share(45, 100), 9: Share(60, 100)}) == 9
    assert standing_out({**even, 8: Share(0, 100)}) is None, "a good hour is nothing to look into"


def test_few_photos_and_small_differences_do_not_stand_out():
    even = {hour: Share(1500, 10_000) for hour in range(24)}
    assert standing_out({**even, 3: Share(FEW - 1, FEW - 1)}) is None
    # Certain, but of no account: 20 % among 15 %.
    assert standing_out({**even, 3: Share(2000, 10_000)}) is None
    assert standing_out({}) is None
    assert standing_out({3: Share(40, 40)}) is None, "there are no others"


def test_chance_alone_seldom_makes_one_of_many_stand_out():
    dice = random.Random(7)
    named = 0
    for _ in range(100):
        shares = {
            cell: Share(sum(dice.random() < 0.2 for _ in range(40)), 40) for cell in range(168)
        }
        named += standing_out(shares) is not None
    assert named <= 8, "one in twenty, and some for luck"
