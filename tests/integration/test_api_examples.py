"""Every curl line of docs/api.md and docs/monitoring.md is run, and the Python of the README."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from admin import PanelServices, create_app
from admin.client import Booth, Task
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from daemon.domain.artifact import OutputKind
from daemon.domain.job import Verdict
from daemon.services.tasks import Tasks
from tests.fakes.answers import AnsweredAtOnce
from tests.fakes.batch_office import three
from tests.fakes.jobs import queued_job
from tests.fakes.live_panel import LivePanel, live

REPO = Path(__file__).parents[2]
PAGE = (REPO / "docs" / "api.md").read_text()
LINES = [line for line in re.findall(r"^curl .*$", PAGE, re.MULTILINE) if "$TOKEN" not in line]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\x02\0\0\0"
NEW = b"\x89PNG\r\n\x1a\nnew"
# A batch that is over cannot be paused, one that is not has no report: the code says so.
_ORDERS = re.compile(r"/batches/\w+/(pause|resume|cancel|files)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the examples are typed: the files that they name lie there."""
    place = tmp_path / "here"
    place.mkdir()
    for name in ("photo.jpg", "one.jpg", "two.jpg"):
        (place / name).write_bytes(PNG)
    (place / "joiners.zip").write_bytes(three())
    return place


@pytest.fixture
def booth_of_the_page(make_bench) -> Iterator[tuple[Any, LivePanel, Any]]:
    bench = make_bench(
        api={
            "inbox": "in",
            "sync_timeout_s": 0,
            "callbacks": [{"origin": "https://shop.example"}],
        },
        inboxes=[
            {"name": "in", "plan": ["restore"]},
            {"name": "studio", "plan": ["restore"]},
            {"name": "gate", "plan": ["quality", "restore"]},
            {"name": "joiners", "plan": ["restore"], "batches": True},
        ],
    )
    with panel_parts(bench.config, bench.clock) as parts:
        questions = AnsweredAtOnce(bench.config, lambda: bench.database, bench.clock)
        # Nothing happens meanwhile: whoever waits has waited.
        tasks = Tasks(bench.config, lambda: bench.database, bench.clock, sleep=bench.clock.advance)
        api = dataclasses.replace(ApiServices.of(parts), questions=questions, tasks=tasks)
        services = PanelServices(parts.health.checks, parts.overview, parts.desk, bench.clock, api)
        with live(create_app(bench.config, services), bench.config) as panel:
            yield bench, panel, parts


def _batch(bench: Any) -> str:
    from daemon.domain.batch import Batch, BatchState

    name = os.urandom(4).hex().encode() + b".zip"
    job = queued_job(bench.config, bench.database, b"zip", relative=name, now_ms=1)
    with bench.database.write() as uow:
        uow.batches.add(Batch(job.id, "joiners", "j", BatchState.RECEIVED, "en", 1))
        uow.batches.move(job.id, BatchState.OPEN, folder="j")
    return str(job.id)


def _done(bench: Any) -> str:
    job = bench.drop(PNG, relative=b"a.png")
    bench.decide(outputs={OutputKind.RESULT: NEW, OutputKind.EXTRA: NEW})
    bench.publish_all()
    return str(job.id)


def _in_review(bench: Any) -> str:
    job = bench.drop(b"doubtful", relative=b"c.png")
    bench.decide(Verdict.REVIEW, ("IDENTITY_CHANGED",), {OutputKind.RESULT: NEW})
    bench.publish_all()
    return str(job.id)


def _filled(line: str, bench: Any, panel: LivePanel, ended: dict[str, str]) -> str:
    if "/batches/" in line:
        known = _batch(bench)
    elif line.endswith("/review"):
        known = ended["review"]
    elif "-X DELETE" in line:
        known = bench.drop(PNG, relative=b"b.png").id
    else:
        known = ended["done"]
    line = re.sub(r"01a1fe01e7\w{12}", str(known), line)
    line = line.replace("http://127.0.0.1:8480", panel.url)
    return line.replace("curl ", "curl -sS -w '\\n%{http_code}' ", 1)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_example_of_the_page_works(booth_of_the_page, folder: Path) -> None:
    bench, panel, _ = booth_of_the_page
    ended = {"done": _done(bench), "review": _in_review(bench)}
    environ = {**os.environ, "BOOTH": f"{panel.url}/api/v1", "no_proxy": "*"}
    answers: dict[str, str] = {}
    for line in LINES:
        ran = subprocess.run(
            ["sh", "-c", _filled(line, bench, panel, ended)],
            cwd=folder, env=environ, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        answers[line] = ran.stdout[-300:]
        status = ran.stdout.rpartition("\n")[2]
        allowed = {"200", "202"} | ({"409"} if _ORDERS.search(line) else set())
        assert status in allowed, (line, ran.stdout, ran.stderr)
    assert len(answers) >= 24
    assert (folder / "result.jpg").read_bytes() == NEW


@pytest.mark.parametrize("page", ["README.md", "docs/api.md"])
def test_the_python_of_the_page_works(
    booth_of_the_page, folder: Path, page: str, monkeypatch
) -> None:
    _, panel, _ = booth_of_the_page
    (text,) = re.findall(r"```python\n(from admin.client.*?)```", _page(page), re.DOTALL)
    monkeypatch.chdir(folder)
    asked: list[str] = []

    def ended(booth: Booth, task: Task, **_how: Any) -> Task:
        asked.append(task.id)
        return booth.task(task)

    monkeypatch.setattr(Booth, "wait", ended)
    monkeypatch.setattr(Booth, "result", lambda _self, _task: NEW)
    seen: dict[str, Any] = {}
    code = text.replace("http://127.0.0.1:8480", panel.url)
    exec(compile(code, page, "exec"), seen)
    assert len(asked) == 1
    assert seen["result"] == NEW


def _page(name: str) -> str:
    return (REPO / name).read_text()
