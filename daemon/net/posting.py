"""One POST to one receiver, under every rule: vetted address, one deadline, no redirect.

Why not a ready-made client: it would look the name up again by itself after it was vetted
(docs/decisions/0013-webhooks.md). No proxy, no cookie, no credential comes from anywhere.
"""

from __future__ import annotations

import contextlib
import errno
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import h11

from daemon import __version__
from daemon.clock import Clock, SystemClock
from daemon.config.webhook_address import Address, Allowed, Target
from daemon.domain.delivery import Answer, Failure
from daemon.net.addresses import judge
from daemon.net.names import look_up
from daemon.net.wire import Deadline, Wire, connect, tls_context

# Of an answer this much is read, and the beginning of its body kept for people to look at.
MOST_ANSWER_BYTES = 65_536
KEPT_BYTES = 1024
# A body names nobody's machine: who sent it is all that is said.
USER_AGENT = f"boothd/{__version__}"

Lookup = Callable[[str, int, float], list[Address]]


@dataclass(frozen=True, slots=True)
class Letter:
    """What to send, and where.

    Attributes:
        target: Where to.
        allowed: Addresses that are not public and yet may be reached.
        headers: Beside those of HTTP itself.
        body: JSON, as signed.
        timeout_s: For everything together.
        ca_file: Authority that alone is trusted, or ``None``.
    """

    target: Target
    allowed: tuple[Allowed, ...]
    headers: Mapping[str, str]
    body: bytes
    timeout_s: float
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """How an attempt went, in full.

    Attributes:
        answer: What follows from it.
        address: Connected to; empty where no connection was tried.
        detail: More about a failure: a refusal's kind, an error's name; no secret.
        response: The beginning of the answer's body.
    """

    answer: Answer
    address: str = ""
    detail: str = ""
    response: bytes = b""


class _UndeliveredError(Exception):
    """The attempt ended before there was an answer."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail


def post(letter: Letter, *, clock: Clock | None = None, lookup: Lookup = look_up) -> Sent:
    """Make one attempt; trouble on the way is an answer, never an exception.

    Args:
        letter: What, and where to.
        clock: Deadlines and the date in an answer; the system's unless a test brings its own.
        lookup: Finds addresses of a name.
    """
    clock = clock or SystemClock()
    deadline = Deadline(letter.timeout_s, clock)
    try:
        addresses = vetted(letter.target, letter.allowed, deadline.left_s(), lookup)
        wire, shown = _connected(letter, addresses, deadline, clock)
    except _UndeliveredError as error:
        return Sent(Answer(None, error.failure), "", error.detail)
    with contextlib.closing(wire):
        try:
            _secure(wire, letter)
        except _UndeliveredError as error:
            return Sent(Answer(None, error.failure), shown, error.detail)
        return _exchange(wire, letter, shown, clock)


def vetted(
    target: Target, allowed: tuple[Allowed, ...], timeout_s: float, lookup: Lookup = look_up
) -> list[Address]:
    """Where a target leads; one address that must not be reached refuses them all."""
    if target.address is not None:
        found = [target.address]
    else:
        try:
            found = lookup(target.host, target.port, timeout_s)
        except OSError as error:
            raise _UndeliveredError(Failure.UNRESOLVED, _name(error)) from error
    judgements = [judge(address, target, allowed) for address in found]
    for each in judgements:
        if each.refusal is not None:
            raise _UndeliveredError(Failure.REFUSED_ADDRESS, f"{each.refusal} {each.address}")
    if not judgements:
        raise _UndeliveredError(Failure.UNRESOLVED, "no address")
    return [each.address for each in judgements]


def refusal_of(
    target: Target, allowed: tuple[Allowed, ...], timeout_s: float, lookup: Lookup = look_up
) -> tuple[Failure, str] | None:
    """Why an attempt would not even connect, as of now; ``None``: it would."""
    try:
        vetted(target, allowed, timeout_s, lookup)
    except _UndeliveredError as error:
        return error.failure, error.detail
    return None


def _connected(
    letter: Letter, addresses: list[Address], deadline: Deadline, clock: Clock
) -> tuple[Wire, str]:
    port = letter.target.port
    try:
        wire = connect(addresses, port, deadline, clock)
    except OSError as error:
        raise _UndeliveredError(Failure.CONNECT, _name(error)) from error
    return wire, wire.peer


def _secure(wire: Wire, letter: Letter) -> None:
    if letter.target.scheme != "https":
        return
    try:
        context = tls_context(letter.ca_file)
        wire.secure(context, letter.target.host)
    except ssl.SSLCertVerificationError as error:
        raise _UndeliveredError(Failure.TLS, error.verify_message) from error
    except TimeoutError as error:
        raise _UndeliveredError(Failure.TIMEOUT, "handshake") from error
    except ssl.SSLError as error:
        raise _UndeliveredError(Failure.TLS, error.reason or _name(error)) from error
    except OSError as error:
        raise _UndeliveredError(Failure.TLS, _name(error)) from error


# ── HTTP ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Reading:
    """What came back so far."""

    response: h11.Response | None = None
    kept: bytes = b""
    size: int = 0
    is_over: bool = False


def _exchange(wire: Wire, letter: Letter, address: str, clock: Clock) -> Sent:
    reading = _Reading()
    failure, detail = None, ""
    try:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_ANSWER_BYTES)
        request = _request(connection, letter)
        # A receiver that refuses early hangs up before it has read everything; it may have
        # said why.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            wire.send(request)
        _read(wire, connection, reading)
    except h11.ProtocolError as error:
        failure = Failure.RESET if reading.is_over else Failure.PROTOCOL
        detail = str(error)[:200]
    except TimeoutError:
        failure, detail = Failure.TIMEOUT, "answer"
    except OSError as error:
        failure, detail = Failure.RESET, _name(error)
    answer = _answer(reading.response, failure, clock)
    return Sent(answer, address, detail, reading.kept)


def _request(connection: h11.Connection, letter: Letter) -> bytes:
    headers = {
        "Host": letter.target.authority,
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "Content-Length": str(len(letter.body)),
        "Connection": "close",
        **letter.headers,
    }
    start = h11.Request(method="POST", target=letter.target.path, headers=list(headers.items()))
    pieces = (start, h11.Data(data=letter.body), h11.EndOfMessage())
    return b"".join(connection.send(piece) or b"" for piece in pieces)


def _read(wire: Wire, connection: h11.Connection, reading: _Reading) -> None:
    """Read until the answer is whole, or long enough."""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if reading.size >= MOST_ANSWER_BYTES:
                if reading.response is None:
                    msg = "an answer without an end to its head"
                    raise h11.RemoteProtocolError(msg)
                return
            data = wire.receive()
            reading.size += len(data)
            reading.is_over = not data
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            reading.response = event
        elif isinstance(event, h11.Data):
            reading.kept = (reading.kept + bytes(event.data))[:KEPT_BYTES]
        elif not isinstance(event, h11.InformationalResponse):
            return


def _answer(response: h11.Response | None, failure: Failure | None, clock: Clock) -> Answer:
    if response is None:
        return Answer(None, failure or Failure.PROTOCOL)
    status = response.status_code
    if failure is None and status // 100 == 3:
        failure = Failure.REDIRECT
    elif failure is None and status // 100 != 2:
        failure = Failure.STATUS
    return Answer(status, failure, _retry_after_s(response, clock))


def _retry_after_s(response: h11.Response, clock: Clock) -> float | None:
    """What ``Retry-After`` asks for: seconds or a date (RFC 9110, 10.2.3); rubbish is nothing."""
    for name, value in response.headers:
        if name == b"retry-after":
            return _seconds(value.decode("latin-1").strip(), clock)
    return None


def _seconds(text: str, clock: Clock) -> float | None:
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    now = datetime.fromtimestamp(clock.now_ms() / 1000, UTC)
    return max(0.0, (moment - now).total_seconds())


def _name(error: OSError) -> str:
    """An error without words that could hold a secret or depend on a language."""
    if isinstance(error, TimeoutError):
        return "ETIMEDOUT"
    return errno.errorcode.get(error.errno or 0, type(error).__name__)
