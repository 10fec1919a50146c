r"""Addresses of receivers, read strictly: what two programs could read differently is refused.

A lenient reading is how a guard is passed: ``http://2130706433/`` and ``http://0x7f.1/`` are
127.0.0.1 to many programs, ``http://good.example\@evil.example/`` is two hosts at once. Only
spelling is judged here; where a name leads is judged at each attempt (``daemon.net.addresses``).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

import idna

LONGEST_URL = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# The last label decides whether a host is a number (WHATWG URL, "ends in a number checker").
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9]\d{0,4}")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class AddressError(ValueError):
    """An address that is not taken; ``key`` names the sentence that says why.

    Args:
        key: Of ``daemon.config.wording``.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send to.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name in ASCII lower case, or an address in its one canonical form, no brackets.
        port: 1 to 65535.
        path: Path and query, beginning with ``/``.
        address: The host as an address, where it is one.
    """

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None = None

    @property
    def authority(self) -> str:
        """The Host header: with the port where it is not the scheme's own."""
        place = self.place
        is_usual = self.port == DEFAULT_PORTS[self.scheme]
        return place.removesuffix(f":{self.port}") if is_usual else place

    @property
    def place(self) -> str:
        """As an allow-list names it: always with the port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry of an endpoint's allow-list: a name, an address or a network, at one port.

    Attributes:
        port: 1 to 65535.
        name: A host name in ASCII lower case.
        address: One address, written out.
        network: A range.
    """

    port: int
    name: str | None = None
    address: Address | None = None
    network: Network | None = None


def parse_target(url: str) -> Target:
    """Read a receiver's address.

    Raises:
        AddressError: It is not written as it must be.
    """
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        # urlsplit would drop tabs and line breaks without a word.
        raise AddressError(key="bad_url")
    if "#" in url:
        raise AddressError(key="url_fragment")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise AddressError(key="bad_url") from None
    if parts.scheme not in DEFAULT_PORTS or not url.lower().startswith(f"{parts.scheme}://"):
        raise AddressError(key="bad_url")
    if "@" in parts.netloc:
        raise AddressError(key="url_userinfo")
    host, port = _split(parts.netloc)
    path = (parts.path or "/") + (f"?{parts.query}" if "?" in url else "")
    if not path.isascii():
        raise AddressError(key="url_path")
    name, address = parse_host(host)
    return Target(parts.scheme, name, port or DEFAULT_PORTS[parts.scheme], path, address)


def parse_allowed(text: str) -> Allowed:
    """Read an entry: ``host:port``, ``192.168.1.0/24:8080``, ``[fd00::/8]:443``.

    Raises:
        AddressError: It is no such entry, or names no port.
    """
    host, port = _split(text)
    if port is None:
        raise AddressError(key="allow_port")
    if "/" in host:
        return Allowed(port, network=_network(host))
    name, address = parse_host(host)
    return Allowed(port, address=address) if address else Allowed(port, name=name)


def _split(authority: str) -> tuple[str, int | None]:
    """Host (brackets kept) and port."""
    match = re.fullmatch(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]+)(?::(?P<port>.*))?", authority)
    if match is None:
        raise AddressError(key="bad_host")
    port = match["port"]
    if port is None:
        return match["host"], None
    if not _PORT.fullmatch(port) or not port.isascii() or int(port) > 65535:
        raise AddressError(key="bad_port")
    return match["host"], int(port)


def parse_host(text: str) -> tuple[str, Address | None]:
    """A host in its one spelling, and as an address where it is one.

    Raises:
        AddressError: A name with impossible letters, or a number in disguise.
    """
    if text.startswith("["):
        return _ipv6(text[1:-1])
    host = _ascii(text.lower())
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            address = IPv4Address(host)
        except ValueError:
            raise AddressError(key="host_number") from None
        return str(address), address
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise AddressError(key="bad_host")
    return host, None


def _ascii(host: str) -> str:
    """The name as DNS knows it (IDNA 2008, no mapping: full-width digits are no digits)."""
    if host.isascii() and "xn--" not in host:
        return host
    try:
        encoded = idna.encode(host, strict=True, uts46=False)
    except (idna.IDNAError, UnicodeError):
        raise AddressError(key="bad_host") from None
    return encoded.decode("ascii")


def _ipv6(text: str) -> tuple[str, IPv6Address]:
    if "%" in text:  # a zone means something on one machine only
        raise AddressError(key="bad_host")
    try:
        address = IPv6Address(text)
    except ValueError:
        raise AddressError(key="bad_host") from None
    return str(address), address


def _network(text: str) -> Network:
    inner = text[1:-1] if text.startswith("[") else text
    try:
        return ipaddress.ip_network(inner, strict=True)
    except ValueError:
        raise AddressError(key="bad_network") from None


def default_name(target: Target) -> str:
    """How an endpoint is called that has no name of its own: its host, and an unusual port."""
    plain = re.sub(r"[^a-z0-9._-]+", "-", target.host).strip("-._") or "endpoint"
    is_usual = target.port == DEFAULT_PORTS[target.scheme]
    return (plain if is_usual else f"{plain[:57]}-{target.port}")[:64]
