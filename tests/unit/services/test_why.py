"""PHOTO.why.txt: what a clerk reads beside a photo that did not come back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daemon.domain.artifact import Reason
from daemon.domain.job import State, Verdict
from daemon.services.why import why_text
from tests.fakes.store import job_row

REASONS = (Reason("IDENTITY_NOT_MEASURABLE"),)


@pytest.mark.parametrize(("language", "where"), [("en", "page Review"), ("zh", "“待人工”页")])
def test_who_reads_of_a_review_reads_where_it_is_decided(language, where) -> None:
    job = replace(job_row(State.PUBLISHING), language=language, filed=b"/booth/review/in/photo.jpg")
    assert where in why_text(job, Verdict.REVIEW, REASONS)
    assert where not in why_text(job, Verdict.REJECTED, REASONS)


def test_a_photo_that_waits_in_no_booth_is_not_decided_about_there() -> None:
    job = replace(job_row(State.PUBLISHING), language="en", filed=None)
    assert "page Review" not in why_text(job, Verdict.REVIEW, REASONS)
