"""The pages about rejects made ready: cells, bars, lines and the words for the configuration."""

from __future__ import annotations

import itertools
import math

import pytest
import yaml

from admin.presenters_rejects import (
    HEIGHT,
    WIDTH,
    moves_of,
    present_answer,
    present_quality,
    present_rejected,
    yaml_lines,
)
from admin.wording import WORDS
from daemon.config.quality import Limits as Configured
from daemon.config.quality import Quality
from daemon.domain.gauges import GAUGES, SCORE
from daemon.domain.job import Verdict
from daemon.domain.share import Share
from daemon.services.rejects import Current, Limits, Question, Step, WhatIf
from daemon.services.rejects_hours import HourGrid, Outstanding, Rows
from daemon.store.counters import HOUR_MS
from daemon.store.statistics import Hours

DONE, REVIEW, REJECTED = Verdict.DONE, Verdict.REVIEW, Verdict.REJECTED


def question(name: str, limits: Limits, inbox: str = "") -> Question:
    hours = Hours(0, HOUR_MS, (inbox,) if inbox else ())
    return Question(GAUGES[name], "centerface", "hr", hours, limits)


def test_a_cell_says_its_share_and_leads_to_its_photos():
    shares = {(0, 8): Share(20, 40), (0, 9): Share(1, 2), (6, 0): Share(0, 50)}
    grid = HourGrid(Rows.WEEKDAY, shares, None)
    shown = present_rejected(grid, {"days": 30}, "en")
    assert [name for name, _ in shown.rows] == ["Monday", "Sunday"]
    monday, sunday = (cells for _, cells in shown.rows)
    assert (monday[8].text, monday[8].shade) == ("50%", 5)
    assert monday[8].link == {"days": 30, "weekday": 0, "hour": 8}
    assert "40 photos" in monday[8].label
    assert monday[9].shade == 0, "of two photos nothing can be said"
    assert (sunday[0].text, sunday[0].link) == ("0%", None)
    assert monday[10].text == ""
    assert shown.said == WORDS["en"]["heat_even"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_worst_hour_is_said_with_its_reason(language):
    worst = Outstanding(("gate", 8), Share(60, 100), Share(30, 300), "UNDEREXPOSED")
    grid = HourGrid(Rows.INBOX, {("gate", 8): Share(60, 100)}, worst)
    shown = present_rejected(grid, {}, language)
    for word in ("gate", "8–9", "60%", "60", "100", "10%"):
        assert word in shown.said
    assert "UNDEREXPOSED" in shown.advice
    assert shown.link == {"inbox": "gate", "hour": 8}


def test_a_day_leads_to_that_very_hour():
    shown = present_quality(Rows.DAY, {(19675, 7): (0.3, 20)}, {}, "centerface", "en")
    ((name, cells),) = shown.rows
    assert name == "2023-11-14"
    assert cells[7].link == {"day": "2023-11-14", "hour": 7}
    assert cells[7].shade == 5


def found(name: str) -> WhatIf:
    edges = GAUGES[name].scale.edges
    steps = tuple(
        Step(low / 10_000, high / 10_000, {DONE: at} if at % 2 else {REJECTED: at, DONE: 1}, {})
        for at, (low, high) in enumerate(itertools.pairwise(edges))
    )
    return WhatIf(100, steps, {(DONE, REJECTED): 3, (REVIEW, REJECTED): 1})


@pytest.mark.parametrize("name", sorted(GAUGES))
def test_a_histogram_stays_inside_its_picture_and_its_areas_are_numbers(name):
    asked = question(name, Limits(GAUGES[name].limits[3], GAUGES[name].limits[5]))
    current = Current(Limits(GAUGES[name].limits[2], None))
    answer = present_answer(asked, found(name), current, "en")
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH for bar in answer.bars)
    assert all(bar.y >= 0 and bar.y + bar.height <= HEIGHT + 0.01 for bar in answer.bars)
    per_photo = {
        round(bar.height * (bar.width + 0.5) / int(bar.label.rsplit(" ", 1)[1]), 1)
        for bar in answer.bars
        if bar.width > 4 and int(bar.label.rsplit(" ", 1)[1]) > 5
    }
    assert max(per_photo) - min(per_photo) <= 0.06 * max(per_photo)
    assert {line.kind for line in answer.lines} == {"now", "then"}
    assert answer.said == "4 of 100 photos would change sides"
    assert [change.number for change in answer.changes] == [3, 1]
    assert not math.isnan(answer.ticks[0][0])


def test_an_empty_histogram_is_drawn_without_a_bar():
    gauge = GAUGES["max_noise"]
    steps = tuple(Step(0.0, 1.0, {}, {}) for _ in gauge.scale.edges[1:])
    answer = present_answer(
        question("max_noise", Limits()), WhatIf(0, steps, {}), Current(Limits()), "zh"
    )
    assert (answer.bars, answer.lines, answer.table) == ((), (), ())


@pytest.mark.parametrize("name", sorted(set(GAUGES) - {SCORE}))
@pytest.mark.parametrize("limit", [None, 3])
def test_the_lines_for_the_configuration_mean_that_limit(name, limit):
    value = None if limit is None else GAUGES[name].limits[limit]
    read = yaml.safe_load(yaml_lines(question(name, Limits(value))))
    profile = Quality.model_validate(read["quality"]).profiles["hr"]
    assert profile.reject == Configured(**{name: value})


def test_the_lines_for_the_score_name_profile_and_inbox():
    read = yaml.safe_load(yaml_lines(question(SCORE, Limits(0.35, 0.65), 'a"b: c')))
    assert read["quality"]["profiles"]["hr"] == {"min_score": 0.65}
    (inbox,) = read["inboxes"]
    assert inbox["name"] == 'a"b: c'
    assert inbox["options"] == {"quality": {"reject_below": 0.35}}


def test_a_change_of_sides_has_a_name():
    assert moves_of("") is None
    assert moves_of("done-rejected") == (DONE, REJECTED)
    for rubbish in ("done", "x-y", "-"):
        with pytest.raises(ValueError, match="is not a valid"):
            moves_of(rubbish)
