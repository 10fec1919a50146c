"""The description is true: schemathesis calls every operation as it says, and as it does not.

The server is real; the worker's answers are canned, for a description says nothing of faces.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from typing import Any

import pytest

from admin import PanelServices, create_app
from admin.api.operations import OPERATIONS
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from daemon.domain.artifact import OutputKind
from daemon.domain.job import Verdict
from daemon.services.tasks import Tasks
from tests.fakes.answers import AnsweredAtOnce
from tests.fakes.live_panel import live

TOKEN = "t" * 43
_CONTENT = (b"first", b"second", b"third")


def _config(make_bench: Any) -> Any:
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    scopes = ["submit", "read", "ask", "metrics", "review"]
    return make_bench(
        api={
            "inbox": "in",
            "sync_timeout_s": 0,
            "calls_per_minute": 0,
            "queue_limit": 100_000,
            "tokens": [{"name": "shop", "sha256": digest, "scopes": scopes}],
            "callbacks": [{"origin": "https://shop.example"}],
        },
        inboxes=[
            {"name": "in", "plan": ["restore"]},
            {"name": "many", "plan": ["restore"], "batches": True},
        ],
    )


@pytest.mark.timeout(170)
def test_schemathesis_finds_nothing(make_bench, tmp_path) -> None:
    bench = _config(make_bench)
    with panel_parts(bench.config, bench.clock) as parts:
        questions = AnsweredAtOnce(bench.config, lambda: bench.database, bench.clock)
        # Nothing happens meanwhile: whoever waits has waited.
        tasks = Tasks(bench.config, lambda: bench.database, bench.clock, sleep=bench.clock.advance)
        api = dataclasses.replace(ApiServices.of(parts), questions=questions, tasks=tasks)
        services = PanelServices(parts.health.checks, parts.overview, parts.desk, api=api)
        with live(create_app(bench.config, services), bench.config) as panel:
            done = _run(panel.url, tmp_path, _jobs(bench))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    # All but the description itself.
    assert f"Tested: {len(OPERATIONS) - 1}" in done.stdout, done.stdout[-3000:]


def _jobs(bench: Any) -> list[str]:
    """One that is done, one that was turned down, one that waits."""
    known = [bench.drop(content, relative=b"%d.png" % n).id for n, content in enumerate(_CONTENT)]
    bench.decide(outputs={OutputKind.RESULT: b"\x89PNG\r\n\x1a\nnew"})
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",))
    bench.publish_all()
    return known


def _run(url: str, folder: Any, known: list[str]) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/v1/openapi.json",
        "--header", f"Authorization: Bearer {TOKEN}", "--checks", "all", "--mode", "all",
        "--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--seed", "1",
        "--generation-deterministic", "--no-color",
        "--workers", "1", "--request-timeout", "10",
    ]  # fmt: skip
    paths = [os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])]  # noqa: PTH109 - as given
    environ = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.fakes.schema_hooks",
        "KNOWN_IDS": ",".join(known),
        "PYTHONPATH": os.pathsep.join(paths),
    }
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=160, check=False
    )


def test_the_page_for_people_needs_nothing_from_elsewhere(open_api) -> None:
    _, client = open_api()
    answer = client.get("/api/v1/docs")

    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for one in OPERATIONS:
        assert f'id="{one.name}"' in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "<script" not in answer.text
    assert " style=" not in answer.text


def test_every_refusal_is_described_with_an_example(open_api) -> None:
    _, client = open_api()
    for path, item in client.get("/api/v1/openapi.json").json["paths"].items():
        for method, one in item.items():
            refusals = {int(status) for status in one["responses"] if int(status) >= 400}
            assert {400, 405, 429, 500, 503} <= refusals, (path, method)
            for status in refusals:
                (media,) = one["responses"][str(status)]["content"]
                assert media == "application/problem+json"


def test_without_tokens_anybody_here_may_call_and_the_description_says_so(open_api) -> None:
    _, client = open_api()
    told = client.get("/api/v1/openapi.json").json
    assert told["paths"]["/api/v1/jobs"]["get"]["security"] == [{"token": ["read"]}, {}]
