"""A company's own words and numbers: known to the worker, shown to nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from admin.api.models import job_full
from admin.presenters_review import _options
from daemon.config.describe import effective
from daemon.config.model import Config
from daemon.domain.job import Job, State, Verdict, new_job_id
from daemon.domain.route import Plan
from daemon.domain.withheld import MARK, shown, withheld
from daemon.errors import UsageError
from daemon.routes.privacy.options import parse
from daemon.services.queries import job_json
from daemon.services.records import from_record, record_file, to_record

WORD, NUMBER = "Project Nightjar", "400-123-4567"
OWN = {"profile": "personal", "words": [WORD, "张伟"], "allow": [NUMBER], "keep_last": 2}
PLAN = Plan.of(["privacy"], {"privacy": OWN})


@pytest.fixture
def job() -> Job:
    return Job(
        id=new_job_id(1_700_000_000_000),
        inbox="in",
        relative=b"a.png",
        name_key="a.png",
        generation="1",
        state=State.REVIEW,
        plan=PLAN,
        priority=0,
        language="en",
        created_ms=1,
        verdict=Verdict.REVIEW,
        filed=b"/x/a.png",
    )


def assert_withheld(text: str) -> None:
    for own in (WORD, "张伟", NUMBER, json.dumps("张伟").strip('"')):
        assert own not in text
    assert text.count(MARK) == 3


def test_a_record_beside_a_photo_says_how_many_and_not_which(job):
    text = record_file(job).decode()
    assert_withheld(text)
    assert from_record(record_file(job)).plan == shown(PLAN)
    assert from_record(to_record(job)).plan == PLAN  # the booth's own, for work to go on with


def test_answers_and_pages_do_not_show_them(job):
    assert_withheld(json.dumps(job_json(job), ensure_ascii=False))
    assert_withheld(json.dumps(job_full(job, "en").steps, ensure_ascii=False))
    assert_withheld(str(_options(job)))


def test_the_settings_in_effect_do_not_show_them(tmp_path):
    config = Config.model_validate(
        {
            "root": tmp_path,
            "privacy": {"profiles": {"house": {"words": [WORD], "allow": [NUMBER]}}},
            "inboxes": [
                {"name": "in", "plan": ["privacy"], "options": {"privacy": {"words": ["张伟"]}}}
            ],
            "webhooks": [{"url": "http://hr.example/x", "allow": ["hr.example"]}],
        }
    )
    told = effective(config)
    assert_withheld(json.dumps(told, ensure_ascii=False, default=str))
    assert told["webhooks"][0]["allow"] == ["hr.example"]


@pytest.mark.parametrize("name", ["words", "allow"])
def test_a_plan_without_them_is_refused_and_never_masked_by_half(name):
    options: dict[str, Any] = {"profile": "personal", name: ["x"]}
    assert parse(options)
    with pytest.raises(UsageError, match="drop the file again"):
        parse(withheld(options))


def test_other_routes_keep_what_they_have():
    plan = Plan.of(["copy"], {"copy": {"words": ["seen"]}})
    assert shown(plan) == plan
    assert withheld({"words": "one"}) == {"words": MARK}
    assert withheld({"words": []}) == {"words": []}
