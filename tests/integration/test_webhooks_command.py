"""``boothd webhooks``: what people see and do about receivers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from daemon.cli import main
from daemon.cli.exits import Exit
from daemon.clock import SystemClock
from daemon.config.load import load_config
from daemon.config.model import Config
from daemon.domain.delivery import SCHEDULE_S
from daemon.services.announce import announce_hold
from daemon.services.deliver import Deliverer
from daemon.store import schema
from daemon.store.database import Database
from tests.fakes.receiver import KEY, Receiver, status


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@dataclass
class Booth:
    """A booth with one receiver, and its command line."""

    config: Config
    path: Path
    database: Database
    capsys: pytest.CaptureFixture[str]

    def ask(self, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        code, out = self.say(*arguments, "--json")
        return code, [json.loads(line) for line in out.splitlines()]

    def say(self, *arguments: str) -> tuple[int, str]:
        self.capsys.readouterr()
        code = main(["--config", str(self.path), "webhooks", *arguments])
        return code, self.capsys.readouterr().out

    def announce(self, number: int = 1) -> None:
        with self.database.write() as uow:
            announce_hold(uow, self.config, f"inbox:{number}", who="boothd", why="")

    def deliver(self, times: int = 1) -> None:
        """Attempts, one after another; the schedule is not waited for."""
        deliverer = Deliverer(self.config, self.database, SystemClock())
        deliverer.settle_in()
        for _ in range(times):
            with self.database.write() as uow:
                uow.deliveries.pull_in(0, int(time.time() * 1000) - 1)
            for delivery in deliverer.due({}):
                deliverer.deliver(delivery)


@pytest.fixture
def booth(
    tmp_path: Path, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> Iterator[Booth]:
    (tmp_path / "key").write_text(KEY)
    hook = receiver.section(events=["queue.held"], secret_file="key")
    path = tmp_path / "boothd.yaml"
    path.write_text(
        yaml.safe_dump({"language": "en", "inboxes": [{"name": "in", "plan": ["copy"]}],
                        "webhooks": [hook]})
    )  # fmt: skip
    config = load_config(path, {})
    config.layout.state.mkdir(parents=True)
    schema.upgrade(config.layout.database)
    database = Database(config.layout.database, SystemClock())
    yield Booth(config, path, database, capsys)
    database.close()


def test_receivers_are_listed_with_how_they_do(booth: Booth, receiver: Receiver) -> None:
    assert booth.ask("list")[1][0]["state"] == "new"
    booth.announce()
    booth.deliver()
    code, (line,) = booth.ask("list")
    assert code == 0
    assert (line["endpoint"], line["state"], line["delivered"]) == ("hr", "ok", 1)
    assert line["place"] == f"http://{receiver.place}"
    assert line["signed"]
    assert "hr" in booth.say("list")[1]


def test_messages_and_their_attempts_can_be_looked_into(booth: Booth, receiver: Receiver) -> None:
    receiver.answers.extend([status(500, body=b"\x1b[31mout of order"), status(204, body=b"")])
    booth.announce()
    booth.deliver(2)
    (message,) = booth.ask("list", "hr")[1]
    assert (message["event"], message["state"], message["attempts"]) == (
        "queue.held", "delivered", 2,
    )  # fmt: skip
    assert booth.ask("list", "--state", "exhausted") == (0, [])
    code, (shown,) = booth.ask("show", message["message"])
    assert code == 0
    assert [(one["status"], one["error"]) for one in shown["tries"]] == [
        (500, "status"), (204, ""),
    ]  # fmt: skip
    assert json.loads(shown["body"])["type"] == "queue.held"
    assert "\x1b" not in booth.say("show", message["message"])[1]
    assert booth.ask("show", "msg_0")[0] == Exit.USAGE


def test_a_trial_says_at_once_how_it_went(booth: Booth, receiver: Receiver) -> None:
    code, (told,) = booth.ask("test", "hr")
    assert (code, told["ok"], told["status"]) == (0, True, 204)
    assert receiver.requests[0].verified()["type"] == "webhook.ping"
    receiver.answers.append(status(503))
    code, (told,) = booth.ask("test", "hr")
    assert (code, told["ok"], told["error"]) == (Exit.ERROR, False, "status")
    assert booth.ask("test", "nobody")[0] == Exit.USAGE


def test_what_was_given_up_is_sent_again_under_its_id(booth: Booth, receiver: Receiver) -> None:
    receiver.otherwise = status(500)
    booth.announce()
    booth.deliver(len(SCHEDULE_S) + 1)
    (message,) = booth.ask("list", "hr")[1]
    assert message["state"] == "exhausted"
    assert booth.ask("redeliver", "--endpoint", "hr", "--until", "2020-01-01")[1][0]["count"] == 0
    assert booth.ask("redeliver", "--endpoint", "hr", "--since", "2020-01-01")[1][0]["count"] == 1
    receiver.otherwise = status(200)
    booth.deliver()
    assert booth.ask("list", "hr")[1][0]["state"] == "delivered"
    assert booth.ask("redeliver", "--endpoint", "hr")[1][0]["count"] == 0
    assert booth.ask("redeliver", message["message"])[1][0]["count"] == 1
    booth.deliver()
    assert set(receiver.ids()) == {message["message"]}
    assert booth.ask("redeliver")[0] == Exit.USAGE
    assert booth.ask("redeliver", "msg_0")[0] == Exit.USAGE


def test_a_receiver_that_was_switched_off_is_switched_on_by_hand(
    booth: Booth, receiver: Receiver
) -> None:
    receiver.answers.append(status(410))
    booth.announce()
    booth.deliver()
    booth.announce(2)
    assert booth.ask("list")[1][0]["state"] == "disabled"
    assert booth.ask("redeliver", "--endpoint", "hr", "--all")[0] == Exit.USAGE
    assert booth.ask("enable", "hr")[1][0]["count"] == 2
    booth.deliver()
    assert booth.ask("list")[1][0]["delivered"] == 2
    assert len(set(receiver.ids())) == 2


def test_every_act_of_a_person_is_on_record(booth: Booth) -> None:
    booth.announce()
    booth.ask("redeliver", "--endpoint", "hr", "--all")
    booth.ask("enable", "hr")
    with booth.database.read() as uow:
        acts = [(entry.action, entry.target) for entry in uow.audit.latest()]
    assert acts == [("endpoint.enable", "hr"), ("webhooks.redeliver", "hr")]
