"""Receivers in the settings: what is taken, and what is said of what is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.config.load import examine, load_config
from daemon.config.webhook import Webhook
from daemon.config.webhook_address import AddressError, parse_allowed, parse_target
from daemon.domain.webhook import SUBSCRIBABLE, keys_in

GOOD = "inboxes:\n  - {name: restore, plan: [restore]}\n"
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(section: str) -> Path:
        path = tmp_path / "boothd.yaml"
        path.write_text(GOOD + f"webhooks:\n  - {section}\n", encoding="utf-8")
        return path

    return put


def problems(path: Path) -> str:
    return "\n".join(examine(path, {"LANG": "en_GB.UTF-8"}).problems)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://user@hr.example/", "url_userinfo"),
        ("https://user:pass@hr.example/", "url_userinfo"),
        ("https://@hr.example/", "url_userinfo"),
        ("https://hr.example/#part", "url_fragment"),
        ("https://2130706433/", "host_number"),
        ("https://0x7f.1/", "host_number"),
        ("https://0x7f000001/", "host_number"),
        ("https://0177.0.0.1/", "host_number"),
        ("https://127.1/", "host_number"),
        ("https://999.1.1.1/", "host_number"),
        ("https://good.example\\@evil.example/", "bad_url"),
        ("https://hr.example/a\tb", "bad_url"),
        ("https://hr.example\r\nX: y/", "bad_url"),
        ("https:/hr.example/", "bad_url"),
        ("ftp://hr.example/", "bad_url"),
        ("https:///x", "bad_host"),
        ("https://hr..example/", "bad_host"),
        ("https://hr.example./", "bad_host"),
        ("https://h%72.example/", "bad_host"),
        ("https://[fe80::1%25eth0]/", "bad_host"),
        ("https://１２７.0.0.1/", "bad_host"),
        ("https://hr.example:0/", "bad_port"),
        ("https://hr.example:65536/", "bad_port"),
        ("https://hr.example:4４3/", "bad_port"),
        ("https://hr.example:/", "bad_port"),
        ("https://hr.example/照片", "url_path"),
    ],
)
def test_an_address_that_two_programs_could_read_differently_is_refused(url: str, key: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_target(url)
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("url", "host", "port", "authority"),
    [
        ("https://HR.Example/in?x=1", "hr.example", 443, "hr.example"),
        ("http://192.168.1.20:8080/", "192.168.1.20", 8080, "192.168.1.20:8080"),
        ("https://[2001:DB8::0:1]:8443/", "2001:db8::1", 8443, "[2001:db8::1]:8443"),
        ("https://人事.example/", "xn--3kq4d.example", 443, "xn--3kq4d.example"),
    ],
)
def test_a_host_has_one_spelling(url: str, host: str, port: int, authority: str) -> None:
    target = parse_target(url)
    assert (target.host, target.port, target.authority) == (host, port, authority)
    assert target.path.startswith("/")


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        ("192.168.1.20", "allow_port"),
        ("192.168.1.0/24", "allow_port"),
        ("192.168.1.1/24:80", "bad_network"),
        ("hr.lan/24:80", "bad_network"),
        ("0x7f.1:80", "host_number"),
        ("fd00::1:80", "bad_port"),
    ],
)
def test_an_entry_of_the_list_is_read_as_strictly(entry: str, key: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_allowed(entry)
    assert caught.value.key == key


def test_every_mistake_in_a_receiver_is_told_with_its_place(write: Write, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    (tmp_path / "key").write_text("whsec_c2hvcnQ=")
    path = write(
        "{url: 'http://hr.lan/', events: [photo.finished], inboxes: [restor],"
        " secret_file: key, ca_file: ca.pem}"
    )
    told = problems(path)
    assert "plain http is only for addresses listed in `allow`; add hr.lan:80 there" in told
    assert "there is no event 'photo.finished'" in told
    assert "photo.done" in told
    assert "restore" in told
    assert "line 1 holds 5 bytes, not 24 to 64" in told
    assert "no file of PEM certificates" in told


def test_two_receivers_of_one_name_are_told_apart_by_hand(write: Write) -> None:
    path = write("{url: 'https://hr.example/a'}\n  - {url: 'https://hr.example/b'}")
    assert "webhook 'hr.example' is already defined at webhooks[0]; give each a name" in problems(
        path
    )


def test_a_receiver_that_is_spelled_well_is_taken(write: Write, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEY}\n\n{KEY}\n")
    events = ", ".join(SUBSCRIBABLE)
    path = write(
        "{name: hr, url: 'http://hr.lan:8080/in', allow: ['hr.lan:8080'], secret_file: key,"
        f" events: [{events}], inboxes: [restore]}}"
    )
    (webhook,) = load_config(path, {}).webhooks
    assert webhook.label == "hr"
    assert webhook.secret_file == tmp_path / "key"
    assert webhook.wants("photo.done", "restore")
    assert not webhook.wants("photo.done", "copy")
    assert webhook.wants("queue.held")


def test_a_receiver_without_a_name_is_called_by_its_host() -> None:
    assert Webhook(url="https://hr.example/x").label == "hr.example"
    assert Webhook(url="https://hr.example:8443/x").label == "hr.example-8443"
    assert Webhook(url="https://[2001:db8::1]/").label == "2001-db8-1"


@pytest.mark.parametrize(
    "text",
    ["", KEY.removeprefix("whsec_"), "whsec_!!!", f"{KEY}\n{KEY}\n{KEY}", "whsec_" + "QUJD" * 30],
)
def test_what_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"line") as caught:
        keys_in(text)
    assert "QUJD" not in str(caught.value)
    assert "MfKQ" not in str(caught.value)


def test_a_key_may_come_without_its_padding() -> None:
    assert keys_in("whsec_" + "QUJD" * 8 + "QQ") == (b"ABC" * 8 + b"A",)
