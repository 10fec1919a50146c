"""The API takes photos in, tells what became of them, and refuses in its own words."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from daemon.domain.artifact import OutputKind
from daemon.domain.job import Verdict
from daemon.services.tasks import Tasks
from tests.fakes.jobs import queued_job

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"
API = "/api/v1"
TOKEN = "t" * 43
READER = "r" * 43


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _submitted(client: FlaskClient, **query: Any) -> str:
    answer = client.post(f"{API}/face/enhance/async", data=PNG, content_type="image/png", **query)
    assert answer.status_code == 202, answer.text
    task_id: str = answer.json["task_id"]
    return task_id


def _taken_in(bench: Any, task_id: str) -> Any:
    """The job that intake makes of a submission's file."""
    name = f"api-{task_id}.png"
    return queued_job(bench.config, bench.database, PNG, relative=name.encode(), now_ms=1)


def _code(answer: Any) -> str:
    assert answer.content_type == "application/problem+json"
    assert set(answer.json) <= {"code", "message", "request_id", "detail", "retry_after"}
    assert answer.json["message"]
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    code: str = answer.json["code"]
    return code


def _bodies() -> list[dict[str, Any]]:
    form = {"image": (io.BytesIO(PNG), "../../etc/passwd.png"), "strength": "0.5"}
    body = {"image": base64.b64encode(PNG).decode(), "strength": 0.5}
    return [
        {"data": form, "content_type": "multipart/form-data"},
        {"json": body},
        {"data": PNG, "content_type": "image/png", "query_string": {"strength": "0.5"}},
    ]


@pytest.mark.parametrize("way", [0, 1, 2], ids=["form", "json", "bare"])
def test_a_photo_comes_in_by_every_way_with_its_options(api, way: int) -> None:
    bench, client = api
    answer = client.post(f"{API}/face/enhance/async", **_bodies()[way])

    assert answer.status_code == 202
    assert (answer.json["state"], answer.json["is_over"]) == ("submitted", False)
    assert answer.headers["Location"] == f"{API}/task/{answer.json['task_id']}"
    folder = bench.config.layout.inbox("in")
    name = f"api-{answer.json['task_id']}.png"
    assert (folder / name).read_bytes() == PNG
    assert json.loads((folder / f"{name}.yaml").read_text()) == {"strength": 0.5}


def test_a_task_is_followed_to_its_result(api) -> None:
    bench, client = api
    task_id = _submitted(client)
    job = _taken_in(bench, task_id)
    seen = client.get(f"{API}/task/{task_id}").json
    assert (seen["state"], seen["job_id"], seen["position"]) == ("queued", job.id, 0)
    early = client.get(f"{API}/task/{task_id}/result")
    assert (early.status_code, _code(early)) == (409, "RESULT_NOT_READY")

    bench.decide(outputs={OutputKind.RESULT: b"\x89PNG\r\n\x1a\nnew"})
    bench.publish_all()

    over = client.get(f"{API}/task/{task_id}", query_string={"wait": 5}).json
    assert (over["state"], over["verdict"], over["is_over"]) == ("done", "done", True)
    result = client.get(f"{API}/task/{task_id}/result", buffered=True)
    assert (result.status_code, result.mimetype) == (200, "image/png")
    assert result.data == b"\x89PNG\r\n\x1a\nnew"
    assert result.headers["X-Boothd-Verdict"] == "done"
    as_json = client.get(f"{API}/task/{task_id}/result", headers={"Accept": "application/json"})
    assert base64.b64decode(as_json.json["image"]) == result.data
    (output,) = client.get(f"{API}/jobs/{job.id}/outputs").json["outputs"]
    assert output["size"] == len(result.data)
    assert client.get(f"{API}/jobs/{job.id}/outputs/0", buffered=True).data == result.data
    assert _code(client.get(f"{API}/jobs/{job.id}/outputs/1")) == "NOT_FOUND"


def test_a_rejected_photo_is_told_by_its_code(api) -> None:
    bench, client = api
    task_id = _submitted(client)
    _taken_in(bench, task_id)
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",))
    bench.publish_all()

    answer = client.get(f"{API}/task/{task_id}/result")
    assert (answer.status_code, _code(answer)) == (422, "FACE_NOT_FOUND")
    (reason,) = client.get(f"{API}/task/{task_id}").json["reasons"]
    assert reason["code"] == "FACE_NOT_FOUND"


def test_a_result_that_somebody_took_away_is_gone(api) -> None:
    bench, client = api
    task_id = _submitted(client)
    _taken_in(bench, task_id)
    bench.decide(outputs={OutputKind.RESULT: b"\x89PNG\r\n\x1a\nnew"})
    (job,) = bench.publish_all()
    Path(os.fsdecode(job.outputs[0].target)).unlink()

    assert _code(client.get(f"{API}/task/{task_id}/result")) == "RESULT_GONE"


def test_a_synchronous_call_that_takes_too_long_answers_with_the_task(api) -> None:
    _, client = api
    answer = client.post(f"{API}/face/enhance/sync", data=PNG, content_type="image/png")

    assert answer.status_code == 202
    assert client.get(f"{API}/task/{answer.json['task_id']}").status_code == 200


def test_a_photo_too_large_for_a_synchronous_call_is_sent_to_the_other(open_api) -> None:
    _, client = open_api(api={"inbox": "in", "max_side_px": 39})
    answer = client.post(f"{API}/face/enhance/sync", data=PNG, content_type="image/png")

    assert (answer.status_code, _code(answer)) == (400, "IMAGE_TOO_LARGE")
    assert "/face/enhance/async" in answer.json["detail"]
    _submitted(client)


def test_the_same_key_is_the_same_task(api) -> None:
    _, client = api
    key = {"Idempotency-Key": "abc"}
    first = _submitted(client, headers=key)

    assert _submitted(client, headers=key) == first
    other = client.post(
        f"{API}/face/enhance/async?strength=1", data=PNG, content_type="image/png", headers=key
    )
    assert (other.status_code, _code(other)) == (409, "IDEMPOTENCY_CONFLICT")


def test_beyond_the_limit_a_call_is_told_when_to_come_again(open_api) -> None:
    _, client = open_api(api={"inbox": "in", "queue_limit": 1})
    _submitted(client)
    answer = client.post(f"{API}/jobs", data=PNG, content_type="image/png")

    assert (answer.status_code, _code(answer)) == (503, "SERVICE_BUSY")
    assert answer.headers["Retry-After"] == str(answer.json["retry_after"])


def test_jobs_are_listed_by_pages_and_called_off(api) -> None:
    bench, client = api
    jobs = [bench.drop(bytes([n]), relative=b"%d.jpg" % n) for n in range(3)]
    first = client.get(f"{API}/jobs?limit=2&state=queued").json
    rest = client.get(f"{API}/jobs?limit=2&before={first['next_before']}").json

    listed = [one["id"] for one in first["jobs"] + rest["jobs"]]
    assert sorted(listed) == sorted(job.id for job in jobs)
    assert rest["next_before"] is None
    answer = client.delete(f"{API}/jobs/{jobs[0].id}")
    assert (answer.status_code, answer.json["state"]) == (202, "queued")
    bench.orders.obey()
    bench.publish_all()
    ended = client.get(f"{API}/jobs/{jobs[0].id}").json
    assert (ended["state"], ended["codes"]) == ("failed", ["CANCELLED"])
    late = client.delete(f"{API}/jobs/{jobs[0].id}")
    assert (late.status_code, _code(late)) == (409, "TOO_LATE")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "NOT_FOUND"),
        ("GET", "/task/../../etc/passwd", {}, 404, "NOT_FOUND"),
        ("GET", "/task/0", {}, 404, "NOT_FOUND"),
        ("GET", "/jobs/0/outputs/0", {}, 404, "NOT_FOUND"),
        ("PUT", "/jobs", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/jobs", {}, 400, "MISSING_IMAGE"),
        ("POST", "/jobs", {"data": b"<html>", "content_type": "image/png"}, 400, "INVALID_IMAGE"),
        (
            "POST",
            "/jobs",
            {"data": PNG, "content_type": "text/html"},
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        ("POST", "/jobs", {"json": {"image": "%%%"}}, 400, "INVALID_IMAGE"),
        ("POST", "/jobs", {"json": {}}, 400, "MISSING_IMAGE"),
        ("POST", "/jobs", {"json": [1]}, 400, "BAD_REQUEST"),
        ("POST", "/jobs", {"data": b"{", "content_type": "application/json"}, 400, "BAD_REQUEST"),
        ("POST", "/jobs?inbox=no", {"data": PNG}, 400, "BAD_REQUEST"),
        ("POST", "/jobs?plan=no", {"data": PNG}, 400, "BAD_REQUEST"),
        ("POST", "/jobs?instruct=a%0Ab", {"data": PNG}, 400, "BAD_REQUEST"),
        ("GET", "/jobs?limit=0", {}, 400, "BAD_REQUEST"),
        ("GET", "/jobs?state=asleep", {}, 400, "BAD_REQUEST"),
        ("GET", "/jobs?code=x", {}, 400, "BAD_REQUEST"),
        ("GET", "/task/0?wait=nan", {}, 400, "BAD_REQUEST"),
        ("GET", "/task/0?wait=31", {}, 400, "BAD_REQUEST"),
        ("GET", "/jobs?state=done,", {}, 400, "BAD_REQUEST"),
        ("POST", "/compare", {"data": {"a": "x"}}, 400, "MISSING_IMAGE"),
        ("POST", "/compare", {"json": {"a": "aGk="}}, 400, "MISSING_IMAGE"),
        ("POST", "/embed", {"data": PNG}, 503, "DAEMON_AWAY"),
        ("POST", "/idphoto/parse", {"json": {}}, 400, "BAD_REQUEST"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_code(
    api, method: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    _, client = api
    answer = client.open(API + path, method=method, **body)

    assert (answer.status_code, _code(answer)) == (status, code)


def test_a_body_without_end_is_refused(open_api) -> None:
    _, client = open_api(api={"inbox": "in", "max_bytes": 1000})
    answer = client.post(f"{API}/jobs", data=b"x" * 80_000, content_type="image/png")

    assert (answer.status_code, _code(answer)) == (413, "REQUEST_TOO_LARGE")


def test_a_fault_of_ours_is_told_without_its_trace(api, monkeypatch, caplog) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Tasks, "wait", break_down)
    answer = api[1].get(f"{API}/task/0")

    assert (answer.status_code, _code(answer)) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.text


def test_a_request_keeps_its_harmless_id_and_is_given_another_for_a_harmful_one(api) -> None:
    _, client = api
    kept = client.get(f"{API}/jobs", headers={"X-Request-ID": "my-1"})
    given = client.get(f"{API}/jobs", headers={"X-Request-ID": "a b<script>"})

    assert kept.headers["X-Request-ID"] == "my-1"
    assert given.headers["X-Request-ID"].isalnum()


def test_errors_speak_the_callers_language(api) -> None:
    _, client = api
    said = [
        client.get(f"{API}/task/0", headers={"Accept-Language": language}).json["message"]
        for language in ("zh", "en")
    ]

    assert said[0] != said[1]
    assert said[1].isascii()


def test_a_foreign_host_name_hears_nothing_but_a_problem(api) -> None:
    answer = api[1].get(f"{API}/jobs", headers={"Host": "evil.example"})

    assert (answer.status_code, _code(answer)) == (400, "BAD_REQUEST")


def test_with_tokens_nobody_comes_in_without_the_right_one(open_api) -> None:
    tokens = [
        {"name": "shop", "sha256": _hash(TOKEN)},
        {"name": "screen", "sha256": _hash(READER), "scopes": ["read"]},
    ]
    bench, client = open_api(api={"inbox": "in", "tokens": tokens})

    def call(method: str, header: str | None) -> Any:
        headers = {} if header is None else {"Authorization": header}
        return client.open(f"{API}/jobs", method=method, data=PNG, headers=headers)

    for wrong in (None, "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {_hash(TOKEN)}"):
        answer = call("GET", wrong)
        assert (answer.status_code, _code(answer)) == (401, "UNAUTHORIZED")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert call("GET", f"Bearer {READER}").status_code == 200
    refused = call("POST", f"Bearer {READER}")
    assert (refused.status_code, _code(refused)) == (403, "FORBIDDEN")
    task_id = call("POST", f"Bearer {TOKEN}").json["task_id"]
    with bench.database.read() as uow:
        assert uow.submissions.get(task_id).caller == "shop"


def test_a_panel_with_a_password_has_no_api_without_tokens(open_api) -> None:
    bench, client = open_api()
    bench.config.layout.accounts.write_text("boss operator $argon2id$v=19$m=8,t=1,p=1$YQ$YQ\n")
    bench.config.layout.accounts.chmod(0o600)

    assert _code(client.get(f"{API}/jobs")) == "UNAUTHORIZED"


def test_an_instruction_is_read(api) -> None:
    answer = api[1].post(f"{API}/idphoto/parse", json={"text": "一寸 白底"})

    assert answer.status_code == 200
    assert "unparsed" in answer.json


def test_the_description_names_every_route_and_no_other(api) -> None:
    _, client = api
    told = client.get(f"{API}/openapi.json").json
    described = {(path, method.upper()) for path, item in told["paths"].items() for method in item}
    rules = client.application.url_map.iter_rules()
    served = {
        (str(rule).replace("<int:", "<").replace("<", "{").replace(">", "}"), method)
        for rule in rules
        if str(rule).startswith(API)
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert described == served
    text = json.dumps(told)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= told["components"]["schemas"].keys()


def test_numbers_for_a_monitor_are_those_of_the_booth(api) -> None:
    bench, client = api
    bench.drop()
    bench.clock.advance(25)
    client.get(f"{API}/task/0")
    answer = client.get("/metrics")

    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert 'boothd_jobs{inbox="in",state="queued"} 1.0' in lines
    assert "boothd_queue_oldest_seconds 25.0" in lines
    assert 'boothd_requests_total{route="task",status="404"} 1.0' in lines
    assert 'boothd_check_ok{check="daemon"} 0.0' in lines


def test_numbers_are_for_tokens_with_that_scope(open_api) -> None:
    tokens = [
        {"name": "shop", "sha256": _hash(TOKEN)},
        {"name": "monitor", "sha256": _hash(READER), "scopes": ["metrics"]},
    ]
    _, client = open_api(api={"tokens": tokens})

    def status(token: str) -> int:
        return client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code

    assert (status("x"), status(TOKEN), status(READER)) == (401, 403, 200)
