"""``boothd models``: what people see and do about weight files."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from daemon.cli import main
from daemon.cli.exits import Exit
from daemon.domain.models import ModelBook
from tests.fakes.mirror import Mirror, serves
from tests.fakes.model_files import BOUND, FREE, model_of, sum_of

CONTENT = b"weights" * 1000


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A mirror that the command takes for one on the network: over TLS, with an authority."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Mirror(serves(CONTENT), tls=context) as running:
        yield running


@dataclass
class Booth:
    """A booth, and its command line."""

    path: Path
    capsys: pytest.CaptureFixture[str]

    def ask(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        code, out, _ = self.say(*arguments, "--json")
        return code, [json.loads(line) for line in out.splitlines()]

    def say(self, *arguments: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = main(["--config", str(self.path), "models", *arguments])
        said = self.capsys.readouterr()
        return code, said.out, said.err


@pytest.fixture
def command(
    tmp_path: Path,
    mirror: Mirror,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Booth:
    path = tmp_path / "boothd.yaml"
    inboxes = [{"name": "in", "plan": ["copy"]}]
    retention = {"min_free_mib": 1}
    settings = {"root": str(tmp_path / "booth"), "inboxes": inboxes, "retention": retention}
    path.write_text(yaml.safe_dump({**settings, "language": "en"}))
    models = (
        model_of(CONTENT, urls=(mirror.url(),)),
        model_of(key="net-b", file="b.pth", urls=(mirror.url("b.pth"),)),
        model_of(CONTENT, "net-c", licence=BOUND, urls=(mirror.url("c.pth"),)),
        model_of(key="net-d", file=""),
    )
    book = ModelBook({model.key: model for model in models}, {"free": FREE, "bound": BOUND})
    monkeypatch.setattr("daemon.services.models.model_book", lambda: book)
    return Booth(path, capsys)


def test_a_model_is_fetched_listed_verified_and_found(command: Booth, mirror: Mirror) -> None:
    code, out, err = command.say("pull", "net-a")
    assert (code, out) == (Exit.ERROR, "")
    assert "LICENCE_NOT_ACCEPTED" in err
    assert "MIT" in err
    assert "boothd models pull net-a --accept-licence" in err
    assert not mirror.requests
    code, (line,) = command.ask("pull", "net-a", "--accept-licence")
    assert code == Exit.OK
    assert (line["state"], line["source"], line["is_checked"]) == ("present", mirror.url(), True)
    assert command.say("path", "net-a")[1].strip() == line["path"]
    assert Path(line["path"]).read_bytes() == CONTENT
    code, lines = command.ask("list")
    states = {line["key"]: line["state"] for line in lines}
    assert states == {
        "net-a": "present",
        "net-b": "missing",
        "net-c": "missing",
        "net-d": "missing",
    }
    assert command.ask("verify")[0] == Exit.OK
    Path(line["path"]).write_bytes(CONTENT[:-1])
    code, (line,) = command.ask("verify")
    assert (code, line["code"]) == (Exit.ERROR, "MODEL_INCOMPLETE")


def test_several_go_on_after_one_that_failed(command: Booth, mirror: Mirror) -> None:
    code, lines = command.ask("pull", "net-c", "net-d", "net-b", "--accept-licence")
    assert code == Exit.ERROR
    assert [line.get("code") for line in lines] == [
        "MODEL_NONCOMMERCIAL",
        "MODEL_NOT_A_FILE",
        None,
    ]
    assert (lines[2]["state"], lines[2]["first_sum"]) == ("unverified", True)
    assert lines[2]["sha256"] == sum_of(CONTENT)
    assert [request.line.split()[1] for request in mirror.requests] == ["/b.pth"]


def test_a_mirror_that_fails_is_worth_another_try(command: Booth, mirror: Mirror) -> None:
    mirror.otherwise = serves(b"another file")
    code, out, err = command.say("pull", "net-a", "--accept-licence")
    assert (code, out) == (Exit.TRY_AGAIN, "")
    assert "127.0.0.1: protocol 12 bytes" in err


def test_the_proxy_is_said_without_its_password(
    command: Booth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://bob:secret@127.0.0.1:1")
    code, _, err = command.say("pull", "net-a", "--accept-licence")
    assert code == Exit.TRY_AGAIN
    assert "127.0.0.1:1" in err
    assert "secret" not in err


def test_a_folder_is_taken_in(command: Booth, mirror: Mirror, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "a.pth").write_bytes(CONTENT)
    (stick / "notes.txt").write_bytes(b"x")
    code, _, err = command.say("import", str(stick))
    assert code == Exit.ERROR
    assert "LICENCE_NOT_ACCEPTED" in err
    assert f"boothd models import {stick} --accept-licence" in err
    code, lines = command.ask("import", str(stick), "--accept-licence")
    outcomes = {(line["key"], line["outcome"]): line["code"] for line in lines}
    assert outcomes == {
        ("net-a", "imported"): None,
        ("net-c", "refused"): "MODEL_NONCOMMERCIAL",
        (None, "unknown"): None,
    }
    assert code == Exit.ERROR
    assert command.ask("path", "net-a")[0] == Exit.OK
    assert not mirror.requests


def test_tables_and_mistakes_are_worded(command: Booth) -> None:
    code, out, _ = command.say("list")
    assert code == Exit.OK
    assert out.splitlines()[0].split() == [
        "model",
        "state",
        "MiB",
        "commercial",
        "licence",
        "purpose",
    ]
    assert "many files, not fetched" in out
    code, out, err = command.say("path", "net-a")
    assert (code, out) == (Exit.ERROR, "")
    assert "boothd models pull net-a" in err
    code, _, err = command.say("verify", "net-x")
    assert (code, "MODEL_UNKNOWN" in err) == (Exit.ERROR, True)
