"""What one caller may take of everybody's: calls, connections, threads, bytes, header lines."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from admin import serving
from admin.api.throttle import MOST_CALLERS, Throttle
from daemon.clock import ManualClock
from tests.fakes.booth_process import wait_until
from tests.fakes.live_panel import LivePanel, live

API = "/api/v1"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"


@pytest.fixture
def panel(open_api) -> Iterator[LivePanel]:
    bench, client = open_api(api={"inbox": "in", "max_bytes": 10_000, "waiters": 2})
    with live(client.application, bench.config) as running:
        yield running


def _problem(heard: bytes) -> tuple[int, dict[str, Any]]:
    head, _, body = heard.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower(), heard
    said = json.loads(body)
    assert set(said) <= {"code", "message", "request_id", "detail", "retry_after"}
    return int(head.split()[1]), said


def test_beyond_its_calls_a_caller_is_told_when_to_come_again(open_api) -> None:
    bench, client = open_api(api={"inbox": "in", "calls_per_minute": 3})
    answers = [client.get(f"{API}/jobs") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json["code"] == "RATE_LIMITED"
    assert answers[3].headers["Retry-After"] == str(answers[3].json["retry_after"]) == "20"
    elsewhere = client.get(f"{API}/jobs", environ_base={"REMOTE_ADDR": "127.0.0.2"})
    assert elsewhere.status_code == 200
    bench.clock.advance(20)
    assert client.get(f"{API}/jobs").status_code == 200
    assert client.get(f"{API}/jobs").status_code == 429


def test_a_clock_set_back_gives_and_takes_nothing(manual_clock: ManualClock) -> None:
    throttle = Throttle(60, manual_clock)
    assert [throttle.wait_s("me") for _ in range(60)] == [0] * 60
    manual_clock.jump(-3600)
    assert throttle.wait_s("me") == 1


def test_callers_that_come_once_are_forgotten(manual_clock: ManualClock) -> None:
    throttle = Throttle(1, manual_clock)
    for number in range(MOST_CALLERS + 5):
        throttle.wait_s(str(number))
    assert len(throttle._left) == MOST_CALLERS


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"GET /healthz HTTP/1.1\r\nA b: c\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET /healthz HTTP/1.1\r\nX: a\rb\r\n\r\n", 400, "BAD_REQUEST"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nX: ".ljust(serving.HEAD_BYTES, b"x"), 431, "BAD_REQUEST"),
        (
            b"POST /api/v1/jobs HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n",
            413,
            "REQUEST_TOO_LARGE",
        ),
        (
            b"POST /api/v1/batches HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n",
            413,
            "REQUEST_TOO_LARGE",
        ),
    ],
)
def test_what_the_server_itself_refuses_is_a_problem_too(
    panel: LivePanel, sent: bytes, status: int, code: str
) -> None:
    heard = panel.say(sent)

    assert (_problem(heard)[0], _problem(heard)[1]["code"]) == (status, code)
    assert b"waitress" not in heard.lower()
    assert b"x-content-type-options: nosniff" in heard.lower()


def test_the_servers_own_refusals_speak_the_callers_language(panel: LivePanel) -> None:
    said = [
        _problem(
            panel.say(
                b"POST /api/v1/jobs HTTP/1.1\r\nAccept-Language: %b\r\n"
                b"Content-Length: 99999999999\r\n\r\n" % language
            )
        )[1]["message"]
        for language in (b"zh", b"en")
    ]
    assert said[1].isascii()
    assert not said[0].isascii()


@pytest.mark.parametrize(
    ("sent", "after_s"),
    [
        (b"", serving.HEAD_S),
        (b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nX-A", serving.HEAD_S),
        (
            b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nabc",
            serving.HEAD_S + serving.BODY_S,
        ),
    ],
    ids=["nothing", "half a header", "half a body"],
)
def test_who_dribbles_is_put_out(panel: LivePanel, sent: bytes, after_s: float) -> None:
    with panel.connect() as peer:
        peer.sendall(sent)
        wait_until(lambda: len(panel.server.active_channels) == 1, lambda: "no connection")
        (channel,) = panel.server.active_channels.values()
        if sent:
            wait_until(lambda: channel.request is not None, lambda: "nothing was read")
        panel.server.maintenance(time.time() + after_s - 2)
        assert not channel.will_close
        panel.server.maintenance(time.time() + after_s + 2)
        peer.settimeout(10)
        assert peer.recv(1) == b""


def test_a_slow_but_honest_upload_may_go_on(panel: LivePanel) -> None:
    content = b"x" * 4096
    head = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n"
    with panel.connect() as peer:
        peer.sendall(head + content)
        wait_until(
            lambda: any(
                channel.request is not None and channel.request.body_bytes_received == 4096
                for channel in panel.server.active_channels.values()
            ),
            lambda: "the body was not read",
        )
        (channel,) = panel.server.active_channels.values()
        most_s = serving.HEAD_S + serving.BODY_S + 4096 / serving.SLOWEST_BYTES
        assert not channel.is_dribbling(channel.request.began_s + most_s - 0.5)
        assert channel.is_dribbling(channel.request.began_s + most_s + 0.5)


def test_no_number_of_waiting_calls_keeps_the_others_out(open_api) -> None:
    """As many wait as may; those beyond are answered at once, and a thread is free always."""
    bench, client = open_api(api={"inbox": "in", "waiters": 2})
    task = client.post(f"{API}/jobs", data=PNG, content_type="image/png").json["task_id"]
    seen: list[int] = []

    def wait() -> None:
        own = client.application.test_client()
        seen.append(own.get(f"{API}/task/{task}?wait=30").status_code)

    with live(client.application, bench.config) as panel:
        threads = [threading.Thread(target=wait) for _ in range(2)]
        for thread in threads:
            thread.start()
        tasks = client.application.config["PARTS"].tasks
        wait_until(lambda: tasks._waiters._value == 0, lambda: "nobody waits")
        at_once = panel.say(
            f"GET {API}/task/{task}?wait=30 HTTP/1.0\r\nHost: localhost\r\n\r\n".encode()
        )
        assert at_once.startswith(b"HTTP/1.0 200")
        asked = client.post(f"{API}/compare", data={"a": _file(), "b": _file()})
        assert (asked.status_code, asked.json["code"]) == (503, "SERVICE_BUSY")
        bench.clock.advance(31)
        for thread in threads:
            thread.join()
    assert seen == [200, 200]


def _file() -> Any:
    import io

    return io.BytesIO(PNG), "a.png"


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x=1", "x" * 1000, "<script>", "é", "../.."])
def test_no_id_of_a_caller_writes_a_header(open_api, value: str) -> None:
    _, client = open_api()
    answer = client.get(
        f"{API}/jobs", environ_overrides={"HTTP_X_REQUEST_ID": value.encode().decode("latin-1")}
    )
    assert answer.headers["X-Request-ID"].isalnum()
    assert "Set-Cookie" not in answer.headers
