"""Callbacks: the caller is told once, signed, at places on the list, and nobody else is.

The receiver is real, its sockets too; schedules run on a clock that the test moves.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admin import PanelServices, create_app
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from daemon.domain.job import Verdict
from daemon.services.deliver import Deliverer
from daemon.services.webhooks import endpoints
from daemon.store.deliveries import Which
from tests.fakes.jobs import queued_job
from tests.fakes.receiver import KEY, OTHER_KEY, Receiver, status

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"
JOBS = "/api/v1/jobs"
TOKENS = {"shop": "s" * 43, "hr": "h" * 43}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def office(make_bench, receiver: Receiver, tmp_path: Path) -> Iterator[Any]:
    """A bench, its API, and ``call(token, **query)`` that submits a photo."""
    tokens = []
    for name, key in (("shop", KEY), ("hr", OTHER_KEY)):
        secret = tmp_path / f"{name}.key"
        secret.write_text(key)
        digest = hashlib.sha256(TOKENS[name].encode()).hexdigest()
        tokens.append({"name": name, "sha256": digest, "callback_secret_file": secret})
    place = f"127.0.0.1:{receiver.port}"
    callbacks = [{"origin": f"http://{place}", "allow": [place], "timeout_s": 1}]
    callbacks.append({"origin": "https://shop.example", "tokens": ["shop"]})
    bench = make_bench(api={"inbox": "in", "tokens": tokens, "callbacks": callbacks})
    bench.clock.jump(time.time() - bench.clock.now_ms() / 1000)
    with panel_parts(bench.config, bench.clock) as parts:
        api = ApiServices.of(parts)
        services = PanelServices(parts.health.checks, parts.overview, parts.desk, api=api)
        client = create_app(bench.config, services).test_client()

        def call(name: str, callback: str, **how: Any) -> Any:
            headers = {"Authorization": f"Bearer {TOKENS[name]}", **how.pop("headers", {})}
            query = {"callback": callback}
            return client.post(
                JOBS, data=PNG, content_type="image/png", headers=headers, query_string=query, **how
            )

        yield bench, call


def _end(bench: Any, task_id: str, verdict: Verdict = Verdict.DONE) -> str:
    name = f"api-{task_id}.png".encode()
    job = queued_job(bench.config, bench.database, PNG, relative=name, now_ms=1)
    bench.decide(verdict, () if verdict is Verdict.DONE else ("FACE_NOT_FOUND",))
    bench.publish_all()
    return str(job.id)


def _deliver(bench: Any) -> int:
    found = Deliverer(bench.config, bench.database, bench.clock, spread=lambda: 0.0)
    found.settle_in()
    due = found.due({})
    for delivery in due:
        found.deliver(delivery)
    return len(due)


def test_the_caller_is_told_at_its_own_address_under_its_own_key(office, receiver) -> None:
    bench, call = office
    url = f"http://127.0.0.1:{receiver.port}/orders/17?paid=yes"
    answer = call("shop", url)
    assert answer.status_code == 202, answer.text
    job_id = _end(bench, answer.json["task_id"], Verdict.REJECTED)

    assert _deliver(bench) == 1
    (request,) = receiver.requests
    assert request.line == "POST /orders/17?paid=yes HTTP/1.1"
    told = request.verified(KEY)
    assert told["type"] == "photo.rejected"
    assert told["data"]["task"] == answer.json["task_id"]
    assert (told["data"]["job"], told["data"]["seq"]) == (job_id, 1)
    assert "file" not in told["data"]
    assert _deliver(bench) == 0


def test_each_program_has_its_own_key(office, receiver) -> None:
    bench, call = office
    url = f"http://127.0.0.1:{receiver.port}/"
    for name in ("hr", "shop"):
        _end(bench, call(name, url).json["task_id"])
    assert _deliver(bench) == 2
    told = {request.verified(key)["data"]["task"] for request, key in _by_key(receiver)}
    assert len(told) == 2


def _by_key(receiver: Receiver) -> list[tuple[Any, str]]:
    found = []
    for request in receiver.requests:
        for key in (KEY, OTHER_KEY):
            try:
                request.verified(key)
            except Exception:  # noqa: BLE001 - signed by the other one
                continue
            found.append((request, key))
    assert {key for _, key in found} == {KEY, OTHER_KEY}
    return found


def test_a_callback_that_fails_is_tried_again_under_the_same_id(office, receiver) -> None:
    bench, call = office
    receiver.answers.append(status(500))
    _end(bench, call("shop", f"http://127.0.0.1:{receiver.port}/a").json["task_id"])

    assert _deliver(bench) == 1
    assert _deliver(bench) == 0
    bench.clock.advance(6)
    assert _deliver(bench) == 1
    first, second = receiver.requests
    assert first.id == second.id
    (line,) = [
        one for one in endpoints(bench.config, bench.database)
        if one.name == f"shop@127.0.0.1:{receiver.port}"
    ]  # fmt: skip
    assert (line.state, line.is_signed) == ("ok", True)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://127.0.0.1:1/",
        "http://127.0.0.1/",
        "http://shop.example/",
        "https://shop.example:8443/",
        "https://shop.example@evil.example/",
        "https://evil.example\\@shop.example/",
        "https://shop.example.evil.example/",
        "https://shop.example/#part",
        "https://2130706433/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        "https://shop.example/\r\nX: y",
        "x" * 3000,
    ],
)
def test_any_other_address_is_refused_before_the_photo_is_taken_in(office, url: str) -> None:
    bench, call = office
    answer = call("shop", url)

    assert (answer.status_code, answer.json["code"]) == (400, "CALLBACK_REFUSED")
    assert not list(bench.config.layout.inbox("in").glob("api-*"))


def test_a_place_of_one_program_is_closed_to_another(office) -> None:
    _, call = office
    assert call("shop", "https://shop.example/x").status_code == 202
    assert call("hr", "https://shop.example/x").json["code"] == "CALLBACK_REFUSED"


def test_the_same_key_with_another_callback_is_another_wish(office, receiver) -> None:
    _, call = office
    key = {"Idempotency-Key": "k"}
    here = f"http://127.0.0.1:{receiver.port}"
    first = call("shop", f"{here}/a", headers=key)
    assert call("shop", f"{here}/a", headers=key).json["task_id"] == first.json["task_id"]
    assert call("shop", f"{here}/b", headers=key).json["code"] == "IDEMPOTENCY_CONFLICT"


def test_what_nobody_allows_any_more_is_not_sent(office, receiver) -> None:
    bench, call = office
    _end(bench, call("shop", f"http://127.0.0.1:{receiver.port}/a").json["task_id"])
    closed = bench.config.api.model_copy(update={"callbacks": ()})
    config = bench.config.model_copy(update={"api": closed})
    found = Deliverer(config, bench.database, bench.clock)
    found.settle_in()

    assert found.due({}) == []
    with bench.database.read() as uow:
        (row,) = uow.deliveries.listed(Which())
    assert row.state.value == "discarded"
    assert receiver.requests == []


def test_a_photo_that_people_dropped_calls_nobody_back(office, receiver) -> None:
    bench, call = office
    call("shop", f"http://127.0.0.1:{receiver.port}/a")
    bench.drop(b"another", relative=b"api-nobody.jpg")
    bench.decide()
    bench.publish_all()

    assert _deliver(bench) == 0
