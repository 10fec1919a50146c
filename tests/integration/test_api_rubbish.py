"""Rubbish sent to the API is refused in its own words, and nothing of it is left."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import Any

import pytest

from admin.api.operations import OPERATIONS

API = "/api/v1"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"
HUGE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4) * 2 + b"\x08\x02\0\0\0"
IMAGE = base64.b64encode(PNG)
JSON = {"content_type": "application/json"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/jobs", {"data": b'{"image":' + b"[" * 100_000, **JSON}, 400, "BAD_REQUEST"),
        ("/jobs", {"data": b'{"image":"%b","instruct":"\\ud800"}' % IMAGE, **JSON}, 400, None),
        ("/jobs", {"data": b'{"image":"%b","x":NaN}' % IMAGE, **JSON}, 400, None),
        ("/jobs", {"data": b'{"image":"%b","image":1}' % IMAGE, **JSON}, 400, None),
        ("/jobs", {"data": zlib.compress(b"{}"), **JSON}, 400, "BAD_REQUEST"),
        ("/jobs", {"data": HUGE, "content_type": "image/png"}, 400, "IMAGE_TOO_LARGE"),
        ("/jobs", {"data": PNG[:20], "content_type": "image/png"}, 400, "INVALID_IMAGE"),
        ("/jobs", {"data": b"<?xml version='1.0'?><svg/>", "content_type": "image/svg+xml"},
         400, "INVALID_IMAGE"),
        ("/jobs", {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"},
         400, "MISSING_IMAGE"),
        ("/jobs", {"data": b"x", "content_type": "multipart/form-data"}, 400, "MISSING_IMAGE"),
        ("/jobs?strength=" + "9" * 400, {"data": PNG}, 400, "BAD_OPTION"),
        ("/jobs?strength=1e999", {"data": PNG}, 400, "BAD_OPTION"),
        ("/jobs?strength=NaN", {"data": PNG}, 400, "BAD_OPTION"),
        ("/jobs?options=[" + "[" * 1500, {"data": PNG}, 400, "BAD_REQUEST"),
        ("/jobs?options=%7B%22restore%22:%7B%22%5Cud800%22:1%7D%7D", {"data": PNG}, 400, None),
        ("/jobs?inbox=..%2F..%2Fetc", {"data": PNG}, 400, "BAD_REQUEST"),
        ("/jobs?inbox=%00", {"data": PNG}, 400, "BAD_REQUEST"),
        ("/jobs?instruct=%0d%0aX-Evil:1", {"data": PNG}, 400, "BAD_REQUEST"),
        ("/quality?profile=%00", {"data": PNG}, 400, "BAD_REQUEST"),
        ("/idphoto/parse", {"data": b'{"text":' + b'"a"' * 2 + b"}", **JSON}, 400, "BAD_REQUEST"),
        ("/idphoto/parse", {"json": {"text": "x" * 2001}}, 400, "BAD_REQUEST"),
        ("/compare", {"json": {"a": "data:text/html,<b>", "b": "!"}}, 400, "INVALID_IMAGE"),
    ],
)  # fmt: skip
def test_rubbish_is_refused_and_leaves_nothing(
    api, path: str, body: dict[str, Any], status: int, code: str | None
) -> None:
    bench, client = api
    answer = client.post(API + path, **body)

    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert code is None or answer.json["code"] == code
    assert answer.json["code"] != "INTERNAL_ERROR"
    assert not list(bench.config.layout.inbox("in").iterdir())
    with bench.database.read() as uow:
        assert uow.submissions.count_without_job(0) == 0


@pytest.mark.parametrize(
    "path",
    ["/jobs/%00", "/jobs/x/outputs/99999999999999999999999999", "/task/%ff%fe", "/jobs/..%5c..%5c",
     "/task/" + "a" * 5000, "/jobs/x/outputs/-1", "/jobs/x/outputs/0x0", "//etc/passwd"],
)  # fmt: skip
def test_forged_ids_find_nothing(api, path: str) -> None:
    answer = api[1].get(API + path)
    assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_no_token_of_another_kind_opens_anything(open_api, scheme: str) -> None:
    tokens = [{"name": "screen", "sha256": "0" * 64, "scopes": ["read"]}]
    _, client = open_api(api={"tokens": tokens})
    for given in ("", "0" * 64, "\u00e9", "a" * 20_000, "x y", "null"):
        header = f"{scheme} {given}".encode().decode("latin-1")
        answer = client.get(f"{API}/jobs", environ_overrides={"HTTP_AUTHORIZATION": header})
        assert (answer.status_code, answer.json["code"]) == (401, "UNAUTHORIZED")


def test_a_token_does_what_its_scopes_say_and_nothing_else(open_api) -> None:
    """Every operation against every scope: only its own opens it."""
    names = ("submit", "read", "ask", "metrics", "review")
    tokens = [
        {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "scopes": [name]}
        for name in names
    ]
    _, client = open_api(api={"tokens": tokens, "sync_timeout_s": 0})
    for one in OPERATIONS:
        path = API + one.path.replace("<int:number>", "0").replace("<name>", "report.xlsx")
        path = path.replace("<task_id>", "0").replace("<job_id>", "0").replace("<batch_id>", "0")
        for name in names:
            answer = client.open(
                path, method=one.method, headers={"Authorization": f"Bearer {name}"}
            )
            is_shut = answer.status_code == 403
            assert is_shut == (one.scope not in {None, name}), (one.name, name, answer.text)
