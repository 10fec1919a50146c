"""One GET of a large file: HTTPS, a part of it if wanted, redirects judged one by one.

h11 over the wire that webhooks use, and not a ready-made client: those time each read and not
the whole (decision 34). No cookie and no credential comes from anywhere; a proxy only from the
caller. Whom a public address answers for is not judged: addresses come from the catalogue, and
certificate and sum are checked.
"""

from __future__ import annotations

import base64
import contextlib
import enum
import errno
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urljoin, urlsplit

import h11

from daemon import __version__
from daemon.clock import Clock
from daemon.config.webhook_address import Address, AddressError, Target, parse_target
from daemon.net.names import look_up
from daemon.net.pace import Pace, Patience
from daemon.net.wire import Wire, connect, tls_context

USER_AGENT = f"boothd/{__version__}"
# Signed addresses of stores behind a redirect are long, but not endless.
LONGEST_URL = 8192
MOST_REDIRECTS = 5
MOST_HEAD_BYTES = 65_536
# What is handed on at a time; the wire gives 16 KiB.
PIECE_BYTES = 262_144

_MOVED = frozenset({301, 302, 303, 307, 308})
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_QUERY = re.compile(r"[\x21-\x7e]*")

Lookup = Callable[[str, int, float], list[Address]]


class Trouble(enum.StrEnum):
    """Why a file did not come, or not to its end."""

    ADDRESS = "address"  # not https, or not spelt as it must be
    REDIRECT = "redirect"  # leads to such an address, or in circles
    UNRESOLVED = "unresolved"
    CONNECT = "connect"
    PROXY = "proxy"
    TLS = "tls"
    STATUS = "status"
    PROTOCOL = "protocol"  # an answer that is no file, or not the part that was asked for
    SLOW = "slow"
    CUT = "cut"
    RANGE = "range"  # the part that was asked for does not exist


class NotFetchedError(Exception):
    """A file did not come.

    Args:
        trouble: What kind of trouble.
        detail: More about it; no secret, no address.
    """

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble} {detail}".strip())
        self.trouble = trouble
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Rules:
    """Under which rules files are fetched.

    Attributes:
        patience: How long a sender is waited for.
        proxy: ``http://[user:password@]host:port`` of an office's proxy; empty: none.
        plain_hosts: Hosts that may be asked without TLS; for tests on loopback, never set by
            a command.
    """

    patience: Patience = field(default_factory=Patience)
    proxy: str = ""
    plain_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which part of a file is wanted.

    Attributes:
        start: Bytes that are here already.
        if_range: Validator of the version they belong to; empty: any.
    """

    start: int = 0
    if_range: str = ""


class Download:
    """An answer whose body has begun.

    Attributes:
        start: Where in the file its body begins.
        total: Length of the whole file; ``None`` where the sender does not say.
        validator: A strong ETag, or empty.
        has_end: A connection that breaks off can be told from the end of the body.
    """

    def __init__(self, wire: Wire, connection: h11.Connection, pace: Pace) -> None:
        self._wire = wire
        self._connection = connection
        self._pace = pace
        self.start = 0
        self.total: int | None = None
        self.validator = ""
        self.has_end = False

    def pieces(self) -> Iterator[bytes]:
        """The body; what came before trouble is handed on first.

        Raises:
            NotFetchedError: It broke off, or came too slowly.
        """
        held = bytearray()
        self._pace.body_begins()
        try:
            while (content := self._next()) is not None:
                held += content
                if len(held) >= PIECE_BYTES:
                    yield bytes(held)
                    held.clear()
        except NotFetchedError:
            if held:
                yield bytes(held)
            raise
        if held:
            yield bytes(held)

    def _next(self) -> bytes | None:
        """What came of the body, perhaps nothing yet; ``None`` at its end."""
        try:
            event = self._connection.next_event()
            if event is h11.NEED_DATA:
                data = self._wire.receive()
                self._pace.came(len(data))
                self._connection.receive_data(data)
                return b""
        except TimeoutError as error:
            raise NotFetchedError(Trouble.SLOW) from error
        except (OSError, h11.RemoteProtocolError) as error:
            raise NotFetchedError(Trouble.CUT, _name(error)) from error
        return bytes(event.data) if isinstance(event, h11.Data) else None


@contextlib.contextmanager
def fetching(
    url: str, wish: Wish, rules: Rules, clock: Clock, *, lookup: Lookup = look_up
) -> Iterator[Download]:
    """Ask for a file; its body is read inside the block.

    Args:
        url: Where it is.
        wish: Which part of it.
        rules: Time limits and the proxy.
        clock: Deadlines.
        lookup: Finds addresses of a name.

    Raises:
        NotFetchedError: There is no such answer.
    """
    target = judged(url, rules, Trouble.ADDRESS)
    for _ in range(MOST_REDIRECTS + 1):
        pace = Pace(rules.patience, clock)
        with contextlib.closing(_reached(target, rules, pace, clock, lookup)) as wire:
            connection, response = _asked(wire, target, wish)
            if response.status_code not in _MOVED:
                yield _begun(Download(wire, connection, pace), response, wish)
                return
        url = urljoin(url, _header(response, b"location"))
        target = judged(url, rules, Trouble.REDIRECT)
    raise NotFetchedError(Trouble.REDIRECT, "too many")


def judged(url: str, rules: Rules, trouble: Trouble) -> Target:
    """Read an address strictly: HTTPS, one host, no password in it.

    Raises:
        NotFetchedError: It is not such an address.
    """
    place, mark, query = url.partition("#")[0].partition("?")
    if len(url) > LONGEST_URL or not _QUERY.fullmatch(query):
        raise NotFetchedError(trouble, "bad_url")
    try:
        target = parse_target(place)
    except AddressError as error:
        raise NotFetchedError(trouble, error.key) from error
    if target.scheme != "https" and target.host not in rules.plain_hosts:
        raise NotFetchedError(trouble, f"{target.scheme}:")
    return replace(target, path=f"{target.path}{mark}{query}")


# ── connecting ────────────────────────────────────────────────────────────────────────────────


def _reached(target: Target, rules: Rules, pace: Pace, clock: Clock, lookup: Lookup) -> Wire:
    if rules.proxy and target.scheme == "https":
        wire = _through(rules.proxy, target, pace, clock, lookup)
    else:
        wire = _connected(target, pace, clock, lookup)
    if target.scheme == "https":
        try:
            wire.secure(tls_context(None), target.host)
        except OSError as error:
            wire.close()
            is_slow = isinstance(error, TimeoutError)
            raise NotFetchedError(Trouble.SLOW if is_slow else Trouble.TLS, _name(error)) from error
    return wire


def _connected(target: Target, pace: Pace, clock: Clock, lookup: Lookup) -> Wire:
    try:
        found = [target.address] if target.address else []
        found = found or lookup(target.host, target.port, pace.left_s())
    except OSError as error:
        raise NotFetchedError(Trouble.UNRESOLVED, _name(error)) from error
    if not found:
        raise NotFetchedError(Trouble.UNRESOLVED)
    try:
        return connect(found, target.port, pace, clock)
    except OSError as error:
        raise NotFetchedError(Trouble.CONNECT, _name(error)) from error


def _through(proxy: str, target: Target, pace: Pace, clock: Clock, lookup: Lookup) -> Wire:
    """A tunnel through the office's proxy (RFC 9110, 9.3.6); it sees the host, no more."""
    parts = urlsplit(proxy)
    plain = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    try:
        place = parse_target(plain)
    except AddressError as error:
        raise NotFetchedError(Trouble.PROXY, error.key) from error
    if place.scheme != "http":
        raise NotFetchedError(Trouble.PROXY, f"{place.scheme}:")
    headers = {"Host": target.place, "User-Agent": USER_AGENT}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(login).decode()}"
    wire = _connected(place, pace, clock, lookup)
    try:
        _, response = _exchanged(wire, "CONNECT", target.place, headers)
    except NotFetchedError:
        wire.close()
        raise
    if response.status_code // 100 != 2:
        wire.close()
        raise NotFetchedError(Trouble.PROXY, str(response.status_code))
    return wire


# ── HTTP ──────────────────────────────────────────────────────────────────────────────────────


def _asked(wire: Wire, target: Target, wish: Wish) -> tuple[h11.Connection, h11.Response]:
    headers = {
        "Host": target.authority,
        "User-Agent": USER_AGENT,
        "Accept": "application/octet-stream, */*;q=0.5",
        # Bytes as they are: sums and ranges are those of the file itself.
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if wish.start:
        headers["Range"] = f"bytes={wish.start}-"
        if wish.if_range:
            headers["If-Range"] = wish.if_range
    return _exchanged(wire, "GET", target.path, headers)


def _exchanged(
    wire: Wire, method: str, path: str, headers: dict[str, str]
) -> tuple[h11.Connection, h11.Response]:
    """Send a request without a body and read the answer's head."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD_BYTES)
    request = h11.Request(method=method, target=path, headers=list(headers.items()))
    try:
        wire.send(b"".join(connection.send(part) or b"" for part in (request, h11.EndOfMessage())))
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                return connection, event
            if event is h11.NEED_DATA:
                connection.receive_data(wire.receive())
    except TimeoutError as error:
        raise NotFetchedError(Trouble.SLOW) from error
    except OSError as error:
        raise NotFetchedError(Trouble.CUT, _name(error)) from error
    except h11.RemoteProtocolError as error:
        raise NotFetchedError(Trouble.PROTOCOL, "not HTTP") from error


def _begun(download: Download, response: h11.Response, wish: Wish) -> Download:
    """Hold the answer's head against what was asked."""
    status = response.status_code
    if status == 416:
        raise NotFetchedError(Trouble.RANGE)
    if status not in {200, 206}:
        raise NotFetchedError(Trouble.STATUS, str(status))
    kind = _header(response, b"content-type").partition(";")[0].strip().lower()
    if kind == "text/html":  # a sign-in page, or a notice of the hub
        raise NotFetchedError(Trouble.PROTOCOL, kind)
    if _header(response, b"content-encoding").strip().lower() not in {"", "identity"}:
        raise NotFetchedError(Trouble.PROTOCOL, "content-encoding")
    length = _header(response, b"content-length")
    download.total = int(length) if length.isdigit() else None
    is_chunked = _header(response, b"transfer-encoding").strip().lower() == "chunked"
    download.has_end = is_chunked or download.total is not None
    if status == 206:
        download.start = wish.start
        download.total = _range(response, wish)
    etag = _header(response, b"etag").strip()
    download.validator = etag if etag.startswith('"') and etag.endswith('"') else ""
    return download


def _range(response: h11.Response, wish: Wish) -> int | None:
    match = _RANGE.fullmatch(_header(response, b"content-range").strip())
    if match is None or not wish.start or int(match[1]) != wish.start:
        raise NotFetchedError(Trouble.PROTOCOL, "content-range")
    return None if match[3] == "*" else int(match[3])


def _header(response: h11.Response, name: bytes) -> str:
    """The first header of that name (in lower case), or nothing."""
    return next((value.decode("latin-1") for key, value in response.headers if key == name), "")


def _name(error: Exception) -> str:
    """An error without words that could hold a secret or depend on a language."""
    if isinstance(error, TimeoutError):
        return "ETIMEDOUT"
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return error.reason or type(error).__name__
    return errno.errorcode.get(getattr(error, "errno", 0) or 0, type(error).__name__)
