"""Whether an address may be connected to: a judgement of numbers, without a look at the network.

Receivers in an office live on private addresses, so these may be allowed, one by one, for each
endpoint; what no receiver ever lives on is refused whatever the list says. Addresses that carry
another inside (IPv4-mapped, NAT64, 6to4, Teredo …) are judged by both: Python's ``is_global``
calls ``64:ff9b::7f00:1`` and ``2002:7f00:1::``, which are 127.0.0.1, public.

Sources: IANA special-purpose address registries (IPv4 and IPv6, 2025-10), RFC 6890, 6052, 3056,
4380, 5214; metadata services as their providers document them.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from daemon.config.webhook_address import Address, Allowed, Network, Target


class Refusal(enum.StrEnum):
    """Why an address is not connected to."""

    NEVER = "never"  # loopback, link-local, metadata, multicast: no list may allow them
    LOOPBACK = "loopback"  # this very machine: only an entry with exactly this address
    PRIVATE = "private"  # not public and not allowed for this endpoint
    TUNNEL = "tunnel"  # leads to another address inside that is not public
    PLAIN_HTTP = "plain_http"  # http only to allowed addresses that are not public


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found about one address.

    Attributes:
        address: The one to connect to (an IPv4-mapped one in its IPv4 form).
        refusal: Why not, or ``None``.
    """

    address: Address
    refusal: Refusal | None


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


# Each of these is a service of the machine's host that hands out credentials: AWS, Azure, GCP,
# OpenStack (169.254.169.254 and link-local in general), Azure's wire server, Alibaba, Oracle, and
# the same over IPv6. Some look private, one looks public.
_METADATA = _networks(
    "168.63.129.16/32",
    "100.100.100.200/32",
    "192.0.0.192/32",
    "fd00:ec2::254/128",
    "fd20:ce::254/128",
)
_LOOPBACK = _networks("127.0.0.0/8", "::1/128")
_NEVER = (
    *_METADATA,
    *_networks(
        "0.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "ff00::/8",
        # Local-use NAT64 (RFC 8215): where in it the IPv4 address stands is each network's secret.
        "64:ff9b:1::/48",
    ),
)
# Not reachable from everywhere, beside what this Python's tables already know.
_NOT_PUBLIC = _networks(
    "100.64.0.0/10",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "2001::/23",
    "2001:db8::/32",
    "2620:4f:8000::/48",
    "3fff::/20",
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_MAPPED = IPv6Network("::ffff:0:0/96")
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
# The interface id of ISATAP (RFC 5214), with the "universal" bit either way.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def judge(address: Address, target: Target, allowed: Sequence[Allowed]) -> Judgement:
    """Judge one address that a target's host leads to.

    Args:
        address: As the resolver gave it.
        target: Where the delivery goes.
        allowed: The endpoint's allow-list.
    """
    plain, inside = unwrapped(address)
    return Judgement(plain, _refusal(plain, inside, target, allowed))


def unwrapped(address: Address) -> tuple[Address, tuple[IPv4Address, ...]]:
    """The address itself, and every IPv4 address that it is a way to.

    An IPv4-mapped address is that IPv4 address, on another kind of socket; the others travel
    through some gateway first.
    """
    if isinstance(address, IPv4Address):
        return address, ()
    number = int(address)
    if address in _MAPPED:
        return IPv4Address(number & 0xFFFFFFFF), ()
    if address in _SIX_TO_FOUR:
        return address, (IPv4Address(number >> 80 & 0xFFFFFFFF),)
    if address in _TEREDO:
        server, client = number >> 64 & 0xFFFFFFFF, ~number & 0xFFFFFFFF
        return address, (IPv4Address(server), IPv4Address(client))
    is_embedding = address in _NAT64 or address in _TRANSLATED or address in _COMPATIBLE
    is_isatap = number >> 32 & 0xFFFFFFFF in _ISATAP
    if (is_embedding or is_isatap) and number > 1:  # ``::`` and ``::1`` are what they are
        return address, (IPv4Address(number & 0xFFFFFFFF),)
    return address, ()


def _refusal(
    address: Address,
    inside: Iterable[IPv4Address],
    target: Target,
    allowed: Sequence[Allowed],
) -> Refusal | None:
    if any(not _is_public(inner) for inner in inside):
        return Refusal.TUNNEL
    if _in(address, _NEVER):
        return Refusal.NEVER
    here = [entry for entry in allowed if entry.port == target.port]
    is_named = any(entry.address == address for entry in here)
    if _in(address, _LOOPBACK):
        return None if is_named else Refusal.LOOPBACK
    is_allowed = is_named or any(_covers(entry, address, target) for entry in here)
    is_public = _is_public(address)
    if not is_public and not is_allowed:
        return Refusal.PRIVATE
    if target.scheme == "http" and (is_public or not is_allowed):
        return Refusal.PLAIN_HTTP
    return None


def _covers(entry: Allowed, address: Address, target: Target) -> bool:
    if entry.network is not None:
        return address in entry.network
    return entry.name is not None and entry.name == target.host


def _is_public(address: Address) -> bool:
    if _in(address, _NEVER) or _in(address, _LOOPBACK):
        return False
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return True  # a way to IPv4; what is inside is judged by itself
        if address in _TEREDO or address in _SIX_TO_FOUR:
            return True  # as above
        if address not in _GLOBAL_UNICAST:
            return False
    return address.is_global and not _in(address, _NOT_PUBLIC)


def _in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
