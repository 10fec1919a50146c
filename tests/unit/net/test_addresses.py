"""The guard before every connection: what may be reached, and by whose leave."""

from __future__ import annotations

import ipaddress

import pytest

from daemon.config.webhook_address import Allowed, parse_allowed, parse_target
from daemon.net.addresses import Refusal, judge, unwrapped


def refusal(address: str, url: str = "https://hr.example/", *allow: str) -> Refusal | None:
    allowed: tuple[Allowed, ...] = tuple(map(parse_allowed, allow))
    return judge(ipaddress.ip_address(address), parse_target(url), allowed).refusal


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_a_public_address_is_reached_over_tls(address: str) -> None:
    assert refusal(address) is None


def test_nothing_public_is_told_in_the_clear() -> None:
    assert refusal("93.184.215.14", "http://hr.example/") is Refusal.PLAIN_HTTP
    allowed = refusal("93.184.215.14", "http://hr.example/", "93.184.215.14:80")
    assert allowed is Refusal.PLAIN_HTTP


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.9",
        "192.168.1.20",
        "100.64.0.1",
        "100.127.255.254",
        "198.18.0.1",
        "192.0.2.1",
        "203.0.113.9",
        "fd00::1",
        "fec0::1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
    ],
)
def test_what_is_not_public_must_be_allowed(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    assert refusal(address) is Refusal.PRIVATE
    assert refusal(address, "https://hr.example/", f"{host}:443") is None
    assert refusal(address, "https://hr.example/", f"{host}:8443") is Refusal.PRIVATE


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("64:ff9b::7f00:1", "127.0.0.1"),
        ("64:ff9b::a9fe:a9fe", "169.254.169.254"),
        ("64:ff9b::10.0.0.1", "10.0.0.1"),
        ("2002:7f00:1::", "127.0.0.1"),
        ("2002:c0a8:101::1", "192.168.1.1"),
        ("::127.0.0.1", "127.0.0.1"),
        ("::ffff:0:7f00:1", "127.0.0.1"),
        ("fe80::5efe:7f00:1", "127.0.0.1"),
    ],
)
def test_a_tunnel_is_judged_by_where_it_leads(address: str, inside: str) -> None:
    assert ipaddress.ip_address(inside) in unwrapped(ipaddress.ip_address(address))[1]
    assert refusal(address) is Refusal.TUNNEL
    assert refusal(address, "https://hr.example/", f"[{address}]:443", "[::/0]:443") is not None


def test_a_way_to_a_public_address_is_public() -> None:
    assert refusal("64:ff9b::5db8:d70e") is None
    assert refusal("2002:5db8:d70e::1") is None


def test_both_ends_of_a_teredo_tunnel_are_looked_at() -> None:
    # Server 65.54.227.120, client 192.0.2.45 (the example of RFC 4380, section 4).
    address = ipaddress.ip_address("2001:0000:4136:e378:8000:63bf:3fff:fdd2")
    assert [str(each) for each in unwrapped(address)[1]] == ["65.54.227.120", "192.0.2.45"]
    assert refusal(str(address)) is Refusal.TUNNEL


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "168.63.129.16",
        "100.100.100.200",
        "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:169.254.169.254",
        "169.254.1.1",
        "fe80::1",
        "224.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "::",
        "ff02::1",
        "64:ff9b:1::a9fe:a9fe",
    ],
)
def test_metadata_and_the_like_are_reached_by_no_list(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    everything = ("0.0.0.0/0:443", "[::/0]:443", f"{host}:443", "hr.example:443")
    assert refusal(address, "https://hr.example/", *everything) is Refusal.NEVER


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_no_range_and_no_name_allows_this_machine(address: str) -> None:
    wide = ("0.0.0.0/0:443", "127.0.0.0/8:443", "[::/0]:443", "[::1/128]:443", "hr.example:443")
    assert refusal(address, "https://hr.example/", *wide) is Refusal.LOOPBACK


def test_this_machine_is_allowed_by_exactly_its_address_and_port() -> None:
    url = "http://127.0.0.1:9000/in"
    assert refusal("127.0.0.1", url, "127.0.0.1:9000") is None
    assert refusal("::ffff:127.0.0.1", url, "127.0.0.1:9000") is None
    assert refusal("127.0.0.1", url, "127.0.0.1:9001") is Refusal.LOOPBACK
    assert refusal("127.0.0.2", url, "127.0.0.1:9000") is Refusal.LOOPBACK


def test_an_office_receiver_is_allowed_by_name_address_or_range() -> None:
    url = "http://hr.lan:8443/in"
    assert refusal("192.168.1.20", url, "hr.lan:8443") is None
    assert refusal("192.168.1.20", url, "192.168.0.0/16:8443") is None
    assert refusal("192.168.1.20", url, "other.lan:8443") is Refusal.PRIVATE
    assert refusal("192.168.1.20", url, "192.168.2.0/24:8443") is Refusal.PRIVATE
