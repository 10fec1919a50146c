"""Callbacks of the API survive whoever dies where: each caller is told, under one id."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daemon.bootstrap import panel_parts
from daemon.domain.job import Verdict
from daemon.services.submissions import Wish
from tests.fakes.booth_process import BoothProcess, wait_until
from tests.fakes.photos import jpeg
from tests.fakes.receiver import KEY, Receiver

ENDS = (Verdict.DONE, Verdict.REJECTED, Verdict.FAILED)

MakeBooth = Callable[..., BoothProcess]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def booth(make_booth: MakeBooth, receiver: Receiver, tmp_path: Path) -> BoothProcess:
    """A booth that was started once, so that there is a database to submit to."""
    secret = tmp_path / "shop.key"
    secret.write_text(KEY)
    place = f"127.0.0.1:{receiver.port}"
    token = {"name": "shop", "sha256": "0" * 64, "callback_secret_file": secret}
    made = make_booth(
        api={"tokens": [token], "callbacks": [{"origin": f"http://{place}", "allow": [place]}]}
    )
    made.start_ready()
    made.stop()
    return made


def _submit(booth: BoothProcess, receiver: Receiver) -> dict[str, str]:
    """Address → the task that is told there."""
    asked = {}
    with panel_parts(booth.config) as parts:
        for number, verdict in enumerate(ENDS):
            path = f"/orders/{number}"
            wish = Wish(
                jpeg(number, verdict, 3000),
                "shop",
                "in",
                callback=f"http://127.0.0.1:{receiver.port}{path}",
            )
            asked[path] = parts.submissions.submit(wish).id
    return asked


# W20 stands right behind the commit that ends a photo, W21 behind a receiver's answer.
@pytest.mark.parametrize("failpoint", ["W20:daemon:1", "W21:daemon:1"])
def test_a_kill_around_a_callback_loses_nothing_and_invents_nothing(
    booth: BoothProcess, receiver: Receiver, failpoint: str
) -> None:
    asked = _submit(booth, receiver)
    booth.start(failpoint)
    assert booth.wait_death() == -signal.SIGKILL, booth.log_tail()
    booth.start()
    booth.wait_drained()
    wait_until(
        lambda: (
            len({request.line for request in receiver.requests}) == len(ENDS)
            and not booth.query("SELECT 1 FROM deliveries WHERE state <> 'delivered'")
        ),
        lambda: f"not everybody was told:\n{booth.log_tail()}",
    )
    booth.stop()
    told: dict[str, set[tuple[str, str]]] = {}
    for request in receiver.requests:
        path = request.line.split()[1]
        said = request.verified()
        told.setdefault(path, set()).add((said["data"]["task"], request.id))
    assert {path: {task for task, _ in said} for path, said in told.items()} == {
        path: {task} for path, task in asked.items()
    }
    assert all(len(said) == 1 for said in told.values()), "one id each, however often"
