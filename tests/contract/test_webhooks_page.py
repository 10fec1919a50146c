"""The page about webhooks tells what is sent, and its example verifies what is sent."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from daemon.config.webhook import Webhook
from daemon.domain.artifact import Reason
from daemon.domain.delivery import SCHEDULE_S, Failure
from daemon.domain.job import Job, State, Verdict
from daemon.domain.route import Plan
from daemon.domain.webhook import WebhookEvent, keys_in
from daemon.net.signing import signed_headers
from daemon.services.announce_payload import photo_data

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
UNITS = {"s": 1, "min": 60, "h": 3600}


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / "docs" / "webhooks.md").read_text(encoding="utf-8")


def examples(page: str) -> dict[str, Any]:
    found = re.findall(r"^```json (\S+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return {name: json.loads(text) for name, text in found}


def test_every_event_has_its_row_and_no_other_has(page: str) -> None:
    events = page.split("## Events")[1].split("\n## ", maxsplit=1)[0]
    rows = re.findall(r"^\| `([a-z.]+)` \| \S", events, re.MULTILINE)
    assert rows == [event.value for event in WebhookEvent]


def test_every_kind_of_event_has_an_example(page: str) -> None:
    shown = examples(page)
    like_rejected = {"photo.done", "photo.review", "photo.failed"}
    assert set(shown) - {"picture"} == {event.value for event in WebhookEvent} - like_rejected
    for name, example in shown.items():
        if name != "picture":
            assert list(example) == ["type", "timestamp", "data"], name
            assert example["type"] == name


def test_a_photo_is_told_with_the_fields_of_the_page(page: str) -> None:
    job = Job(
        id="018bcfe568001a2b3c4d5e",
        inbox="gate",
        relative=b"IMG_1001.jpg",
        name_key="img_1001.jpg",
        generation="1:1",
        state=State.REJECTED,
        plan=Plan.of(["quality"]),
        priority=0,
        language="en",
        created_ms=1_767_225_600_000,
        finished_ms=1_767_225_601_234,
        verdict=Verdict.REJECTED,
        reasons=(Reason("FACE_TOO_SMALL", {"actual": 61, "limit": 90, "unit": "px"}),),
    )
    shown = examples(page)["photo.rejected"]["data"]
    told = photo_data(job, 1, Webhook(url="https://hr.example/"))
    assert told == {name: value for name, value in shown.items() if name != "quality"}
    table = page.split("| field | what |")[1].split("\n\n", maxsplit=1)[0]
    fields = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert {*shown, "picture"} - {"inbox", "plan", "received", "finished"} == set(fields)


def test_the_schedule_on_the_page_is_the_one_that_is_kept(page: str) -> None:
    (row,) = re.findall(r"^\| after \| 0 \|(.*)\|$", page, re.MULTILINE)
    pauses = [cell.split() for cell in row.split("|")]
    assert tuple(int(number) * UNITS[unit] for number, unit in pauses) == SCHEDULE_S


def test_every_failure_is_explained(page: str) -> None:
    explained = page.split("| `why` or `error` |")[1]
    assert [failure for failure in Failure if f"`{failure.value}`" not in explained] == []


def test_the_receiver_on_the_page_takes_what_is_signed_and_nothing_else(
    page: str, tmp_path: Path
) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    seen: set[str] = set()
    handled: list[str] = []
    names: dict[str, Any] = {
        "seen": lambda message: message in seen or seen.add(message),
        "handle": lambda event, _data: handled.append(event),
    }
    exec(code.replace("/etc/hr/boothd.key", str(path)), names)
    body = b'{"type":"photo.done","data":{}}'
    headers = signed_headers("msg_1", time.time_ns() // 1_000_000, body, keys_in(KEY))
    assert names["receive"](body, headers) == 204
    assert names["receive"](body, headers) == 204
    assert names["receive"](body + b" ", headers) == 401
    old = signed_headers("msg_2", time.time_ns() // 1_000_000 - 400_000, body, keys_in(KEY))
    assert names["receive"](body, old) == 401
    assert handled == ["photo.done"]
