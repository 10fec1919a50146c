"""A person's decision about a photo in review may come by the API; nobody decides twice."""

from __future__ import annotations

from typing import Any

import pytest

from daemon.domain.artifact import OutputKind
from daemon.domain.job import State, Verdict
from daemon.services.review_carry import ReviewCarrier


def _in_review(bench: Any) -> Any:
    job = bench.drop()
    bench.decide(Verdict.REVIEW, ("IDENTITY_CHANGED",), {OutputKind.RESULT: b"better"})
    bench.publish_all()
    return bench.job(job.id)


def _say(client: Any, job_id: str, **body: Any) -> Any:
    return client.post(f"/api/v1/jobs/{job_id}/review", json=body)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        ({"decision": "accept"}, State.DONE),
        ({"decision": "reject", "code": "DECLINED_NOT_ALIKE"}, State.REJECTED),
    ],
)
def test_a_decision_is_carried_out_and_made_once(api, body: dict[str, str], state: State) -> None:
    bench, client = api
    job = _in_review(bench)
    answer = _say(client, job.id, seen_ms=job.finished_ms, **body)

    assert (answer.status_code, answer.json["by"]) == (202, "api:local")
    late = _say(client, job.id, decision="accept")
    assert (late.status_code, late.json["code"]) == (409, "REVIEW_DECIDED")
    ReviewCarrier(bench.config, bench.database, bench.clock, bench.publisher).step()
    assert bench.job(job.id).state is state


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"decision": "reject", "code": "NO_SUCH"}, 400, "BAD_REQUEST"),
        ({"decision": "burn"}, 400, "BAD_REQUEST"),
        ({}, 400, "BAD_REQUEST"),
        ({"decision": "accept", "seen_ms": 1}, 409, "REVIEW_CHANGED"),
    ],
)
def test_what_is_no_decision_is_refused(api, body: dict[str, Any], status: int, code: str) -> None:
    bench, client = api
    answer = _say(client, _in_review(bench).id, **body)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_only_a_photo_in_review_is_decided_about(api) -> None:
    bench, client = api
    assert _say(client, "0", decision="accept").json["code"] == "NOT_FOUND"
    waiting = _say(client, bench.drop().id, decision="accept")
    assert (waiting.status_code, waiting.json["code"]) == (409, "TOO_LATE")
