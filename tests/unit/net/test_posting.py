"""One attempt against real sockets: what is sent, and what any answer comes to."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from daemon.config.webhook_address import Address, parse_allowed, parse_target
from daemon.domain.delivery import Failure
from daemon.domain.webhook import keys_in
from daemon.net.posting import KEPT_BYTES, Letter, Sent, post
from daemon.net.signing import signed_headers
from tests.fakes.receiver import (
    KEY,
    OTHER_KEY,
    Answer,
    Receiver,
    drips,
    raw,
    reset,
    silence,
    status,
)

BODY = b'{"type":"photo.rejected","timestamp":"2026-01-01T00:00:00.000Z","data":{}}'
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def letter(
    url: str, *allow: str, keys: str = KEY, timeout_s: float = 5.0, ca_file: Path | None = None
) -> Letter:
    headers = signed_headers("msg_1", time.time_ns() // 1_000_000, BODY, keys_in(keys))
    allowed = tuple(map(parse_allowed, allow))
    return Letter(parse_target(url), allowed, headers, BODY, timeout_s, ca_file)


def sent(receiver: Receiver, answer: Answer, *, timeout_s: float = 5.0) -> Sent:
    receiver.answers.append(answer)
    url = f"http://{receiver.place}/in?x=1"
    return post(letter(url, receiver.place, timeout_s=timeout_s))


def test_what_is_sent_is_what_the_standard_asks_for(receiver: Receiver) -> None:
    found = sent(receiver, status(200, body=b"thanks"))
    assert found.answer.is_success
    assert (found.answer.status, found.address, found.response) == (200, "127.0.0.1", b"thanks")
    (request,) = receiver.requests
    assert request.line == "POST /in?x=1 HTTP/1.1"
    assert request.verified()["type"] == "photo.rejected"
    assert request.body == BODY
    assert request.headers["host"] == receiver.place
    assert request.headers["content-type"] == "application/json"
    assert set(request.headers) == {
        "host", "user-agent", "content-type", "content-length", "connection",
        "webhook-id", "webhook-timestamp", "webhook-signature",
    }  # fmt: skip


def test_while_a_key_is_replaced_either_verifies(receiver: Receiver) -> None:
    post(letter(f"http://{receiver.place}/", receiver.place, keys=f"{OTHER_KEY}\n{KEY}"))
    (request,) = receiver.requests
    assert request.headers["webhook-signature"].count("v1,") == 2
    assert request.verified(KEY)
    assert request.verified(OTHER_KEY)


def test_a_changed_body_does_not_verify(receiver: Receiver) -> None:
    sent(receiver, status(200))
    (request,) = receiver.requests
    forged = type(request)(request.line, request.headers, request.body.replace(b"rej", b"acc"))
    with pytest.raises(Exception, match="No matching signature"):
        forged.verified()


@pytest.mark.parametrize(
    ("answer", "code", "failure"),
    [
        (status(204, body=b""), 204, None),
        (status(299), 299, None),
        (status(500), 500, Failure.STATUS),
        (status(404), 404, Failure.STATUS),
        (status(410), 410, Failure.STATUS),
        (status(301, "Location: http://127.0.0.1:1/\r\n"), 301, Failure.REDIRECT),
        (status(307, "Location: /other\r\n"), 307, Failure.REDIRECT),
        (raw(b"HTTP/1.1 102 Wait\r\n\r\n" + HEAD + b"Content-Length: 0\r\n\r\n"), 200, None),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), 200, None),
        (raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), None, Failure.PROTOCOL),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: no\r\n\r\n"), None, Failure.PROTOCOL),
        (raw(b"HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n"), None, Failure.PROTOCOL),
        (raw(HEAD + b"X: " + b"y" * 200_000), None, Failure.PROTOCOL),
        (raw(HEAD + b"Content-Length: 10\r\n\r\nabc"), 200, Failure.RESET),
        (raw(b""), None, Failure.RESET),
        (reset, None, Failure.RESET),
    ],
)
def test_an_answer_is_taken_for_what_it_is(
    receiver: Receiver, answer: Answer, code: int | None, failure: Failure | None
) -> None:
    found = sent(receiver, answer)
    assert (found.answer.status, found.answer.failure) == (code, failure), found
    assert len(receiver.requests) == 1, "a redirect was followed, or the request sent twice"


@pytest.mark.parametrize(
    "answer",
    [silence, drips(HEAD + b"X: " + b"y" * 1000), drips(b"HTTP/1.1 102 Wait\r\n\r\n" * 100)],
)
def test_no_answer_keeps_us_longer_than_the_time(receiver: Receiver, answer: Answer) -> None:
    begun = time.monotonic()
    found = sent(receiver, answer, timeout_s=0.3)
    assert found.answer.failure is Failure.TIMEOUT
    assert time.monotonic() - begun < 3


def test_a_body_without_end_is_cut_and_only_its_beginning_kept(receiver: Receiver) -> None:
    found = sent(receiver, raw(HEAD + b"\r\n" + b"z" * 3_000_000))
    assert found.answer.is_success
    assert found.response == b"z" * KEPT_BYTES


def test_a_refusal_before_the_whole_body_came_is_heard(receiver: Receiver) -> None:
    assert sent(receiver, status(413)).answer.status == 413


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("99999999999999999999", 999_999_999.0),
    ],
)
def test_what_a_receiver_asks_for_is_read(
    receiver: Receiver, value: str, seconds: float | None
) -> None:
    found = sent(receiver, status(503, f"Retry-After: {value}\r\n"))
    assert found.answer.retry_after_s == seconds


def test_a_port_where_nobody_listens_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
    found = post(letter(f"http://{place}/", place))
    assert (found.answer.failure, found.detail) == (Failure.CONNECT, "ECONNREFUSED")


# ── addresses ─────────────────────────────────────────────────────────────────────────────────


def test_this_machine_is_not_told_unless_its_section_says_so(receiver: Receiver) -> None:
    found = post(letter(f"https://{receiver.place}/", "127.0.0.0/8:" + str(receiver.port)))
    assert found.answer.failure is Failure.REFUSED_ADDRESS
    assert found.detail == "loopback 127.0.0.1"
    assert receiver.requests == []


def test_a_name_that_leads_to_two_places_is_refused_for_the_worse(receiver: Receiver) -> None:
    def both(_host: str, _port: int, _timeout_s: float) -> list[Address]:
        return [ipaddress.ip_address("93.184.215.14"), ipaddress.ip_address("127.0.0.1")]

    found = post(letter(f"https://hr.example:{receiver.port}/"), lookup=both)
    assert found.answer.failure is Failure.REFUSED_ADDRESS
    assert receiver.requests == []


def test_the_vetted_address_is_connected_to_and_no_name_looked_up_again(
    receiver: Receiver,
) -> None:
    asked: list[str] = []

    def once(host: str, _port: int, _timeout_s: float) -> list[Address]:
        asked.append(host)
        return [ipaddress.ip_address("127.0.0.1")]

    url = f"http://rebinding.example:{receiver.port}/"
    found = post(letter(url, receiver.place), lookup=once)
    assert found.answer.is_success
    assert asked == ["rebinding.example"]
    assert receiver.requests[0].headers["host"] == f"rebinding.example:{receiver.port}"


def test_a_name_that_nobody_knows_is_no_address() -> None:
    def nobody(_host: str, _port: int, _timeout_s: float) -> list[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    found = post(letter("https://hr.example/"), lookup=nobody)
    assert found.answer.failure is Failure.UNRESOLVED


# ── TLS ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def tls_receiver(authority: trustme.CA, name: str) -> Receiver:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return Receiver(tls=context)


def test_a_certificate_of_ones_own_authority_is_trusted(
    authority: trustme.CA, tmp_path: Path
) -> None:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    with tls_receiver(authority, "127.0.0.1") as receiver:
        url = f"https://{receiver.place}/"
        found = post(letter(url, receiver.place, ca_file=ca_file))
        assert found.answer.is_success, found
        assert receiver.requests[0].verified()


@pytest.mark.parametrize(("name", "trusted"), [("127.0.0.1", False), ("hr.example", True)])
def test_a_certificate_that_is_unknown_or_somebody_elses_is_not(
    authority: trustme.CA, tmp_path: Path, name: str, trusted: bool
) -> None:
    ca_file = tmp_path / "ca.pem"
    (authority if trusted else trustme.CA()).cert_pem.write_to_path(ca_file)
    with tls_receiver(authority, name) as receiver:
        found = post(letter(f"https://{receiver.place}/", receiver.place, ca_file=ca_file))
        assert found.answer.failure is Failure.TLS
        assert receiver.requests == []


def test_a_host_keeps_its_name_in_tls_though_its_address_is_connected_to(
    authority: trustme.CA, tmp_path: Path
) -> None:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca_file)
    with tls_receiver(authority, "hr.example") as receiver:
        url = f"https://hr.example:{receiver.port}/"
        here = [ipaddress.ip_address("127.0.0.1")]
        wanted = letter(url, receiver.place, ca_file=ca_file)
        assert post(wanted, lookup=lambda *_: here).answer.is_success


def test_a_handshake_that_never_ends_is_a_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        found = post(letter(f"https://{place}/", place, timeout_s=0.3))
        assert (found.answer.failure, found.detail) == (Failure.TIMEOUT, "handshake")


def test_plain_http_behind_https_is_no_tls(receiver: Receiver) -> None:
    found = post(letter(f"https://{receiver.place}/", receiver.place, timeout_s=1))
    assert found.answer.failure in {Failure.TLS, Failure.TIMEOUT}
