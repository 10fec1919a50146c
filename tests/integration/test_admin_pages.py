"""The doctor, engines, inboxes and settings on the panel."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from daemon.services.checkup import ANSWER, FOLDER
from daemon.store.inbox import CanaryRun, IgnoredFile, WaitingFile
from tests.fakes.panel_pages import Pages, open_pages, post

ENGINES = {
    "device": "cpu",
    "memory_mib": 512,
    "gpu_mib": None,
    "engines": {
        "find_faces": {
            "name": "centerface", "version": "onnxruntime 1", "device": "cpu", "loaded": True,
            "weights": {"centerface.onnx": "0918" * 16},
            "files": {"centerface.onnx": "verified"},
        },
        "identity": {
            "name": "dlib-resnet-128", "version": "dlib-bin 20", "device": "cpu", "loaded": False,
            "weights": {"models/r.dat": "55" * 32},
            "files": {"models/r.dat": "r.dat is missing: install the package x"},
        },
        "assess_face": {
            "name": "rts-512", "version": "torch 2", "device": "cpu", "loaded": True,
            "weights": {"pytorch_model.pt": "ab" * 32}, "files": {"pytorch_model.pt": "unproven"},
            "calibration": {
                "id": "0faf5b809f6d", "state": "refused", "refusal": "order",
                "raw": {"clean": 0.3527, "blurred": 0.3743, "mosaic": 0.3057},
            },
        },
        "future_task": {"name": "future", "version": "1", "device": "cpu", "weights": {}},
    },
}  # fmt: skip


@pytest.fixture
def pages(make_bench, tmp_path) -> Iterator[Pages]:
    bench = make_bench()
    path = tmp_path / "boothd.yaml"
    path.write_text("root: booth\npanel:\n  port: 8480\n")
    with open_pages(bench, path) as opened:
        opened.daemon_runs()
        yield opened


# ── engines ───────────────────────────────────────────────────────────────────────────────


def test_engines_are_asked_for_and_shown_with_their_terms(pages):
    client = pages.client()
    first = client.get("/engines?lang=en").text
    assert 'data-live="1"' in first
    assert pages.worker_says(ENGINES).question == "engines"

    page = client.get("/engines").text
    for told in (
        "finds faces", "MIT", "allowed", "digest verified", "loaded", "comparisons and questions",
        "missing", "install the package x",
        "refused by its self-test", "0faf5b809f6d", "0.3527", "because of: clean, blurred",
        "not settled", "no published digest",
        "future_task", "see docs/licences.md", "512 MiB", "pytorch_model.pt", "not there",
    ):  # fmt: skip
        assert told in page, told
    assert "data-live" not in page
    # A fresh answer is not asked for again.
    assert pages.next_ask() is None


def test_without_a_daemon_the_page_says_so(pages):
    pages.daemon_runs("stopped")
    page = pages.client().get("/engines?lang=en").text
    assert "The daemon is not running" in page
    assert "rts-512" in page


def test_the_model_store_is_shown_with_terms_and_what_mends_it(pages):
    store = pages.bench.config.layout.models
    for key, name in (("gfpgan-1.4", "GFPGANv1.4.pth"), ("gpen-bfr-512", "GPEN-BFR-512.pth")):
        (store / key).mkdir(parents=True)
        (store / key / name).write_bytes(b"half")
    page = pages.client().get("/engines?lang=en").text
    for told in (
        "gfpgan-1.4", "incomplete", "MODEL_INCOMPLETE", "restores faces", "not accepted",
        "boothd models pull gfpgan-1.4 --replace --accept-licence",
        "gpen-bfr-512", "allows no business use", "models that are not here", "gpen-bfr-256",
    ):  # fmt: skip
        assert told in page, told
    (store / "lock.json").write_text("{")
    page = pages.client().get("/engines?lang=en").text
    assert "gpen-bfr-512" not in page
    assert "lock.json" in page


def test_an_older_answer_stays_while_the_next_is_on_its_way(pages):
    client = pages.client()
    client.get("/engines")
    pages.worker_says(ENGINES)
    client.get("/engines")
    pages.bench.clock.advance(120)
    pages.daemon_runs()
    page = client.get("/engines?lang=en").text
    assert "centerface" in page
    assert 'data-live="1"' in page


# ── the doctor ────────────────────────────────────────────────────────────────────────────


def _doctor_said(pages: Pages, **said: object) -> None:
    folder = pages.bench.config.layout.state / FOLDER
    folder.mkdir(exist_ok=True)
    at = {"at_ms": pages.bench.clock.now_ms() - 60_000, "took_ms": 2500}
    (folder / ANSWER).write_text(json.dumps({**at, **said}))


def test_the_doctors_findings_stand_by_gravity_with_their_age(pages):
    rows = [
        {"level": "ok", "key": "sqlite.version", "message": "?", "facts": {"version": "3.53"}},
        {"level": "warn", "key": "inbox.fsync", "message": "?", "facts": {"inbox": "<b>in"}},
        {"level": "error", "key": "part.hung", "message": "?",
         "facts": {"part": "inbox:in", "limit": "45"}},
    ]  # fmt: skip
    standing = {"exists": True, "revision": "0001", "head": "0002", "code": "", "detail": ""}
    _doctor_said(pages, findings=rows, problems=["boothd.yaml:1: <i>x"], database=standing)
    page = pages.client().get("/doctor?lang=en").text

    assert page.index("part.hung") < page.index("inbox.fsync") < page.index("sqlite.version")
    for told in ("1 min ago", "took 2.5 s", "2 must be mended", "2 worth a look", "1 in order"):
        assert told in page, told
    assert "run boothd db upgrade" in page
    assert "&lt;b&gt;in" in page
    assert "<i>x" not in page
    assert "没有应答" in pages.client().get("/doctor?lang=zh").text


def test_a_doctor_who_was_stopped_is_said(pages):
    _doctor_said(pages)
    assert "did not come to an end" in pages.client().get("/doctor?lang=en").text


def test_before_anybody_looked_the_button_does_not_say_again(pages):
    client = pages.client()
    assert ">Look now</button>" in client.get("/doctor?lang=en").text
    _doctor_said(pages)
    assert ">Look again</button>" in client.get("/doctor?lang=en").text


def test_viewers_see_the_doctor_and_cannot_call_him(pages):
    pages.accounts()
    victor = pages.signed_in("victor")
    assert "Look now" not in victor.get("/doctor?lang=en").text
    assert post(victor, "/doctor", "/drop").status_code == 403


def test_a_panel_without_its_file_cannot_look(make_bench):
    with open_pages(make_bench()) as opened:
        client = opened.client()
        answer = post(client, "/doctor", "/compare")
    assert answer.status_code == 503


# ── inboxes ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def seen(pages) -> Pages:
    """An inbox that was away for ten minutes, with files in it and canaries behind it."""
    clock = pages.bench.clock
    for state, reason, after_s in (("online", "", 0), ("offline", "EIO", 60), ("online", "", 600)):
        clock.advance(after_s)
        with pages.bench.database.write() as uow:
            uow.inboxes.seen("in", device=1, mode="events", state=state, reason=reason)
    now_ms = clock.now_ms()
    waiting = WaitingFile("in", b"<script>\xff.jpg", "held_by_writer", now_ms - 90_000)
    with pages.bench.database.write() as uow:
        uow.inboxes.put_waiting([waiting])
        uow.inboxes.put_ignored([IgnoredFile("in", b"Thumbs.db", "thumbs.db", now_ms)])
        for number, (outcome, latency_ms) in enumerate(
            [("claimed", 20), ("claimed", 40), ("claimed", 400), ("missed", None)]
        ):
            uow.inboxes.canary(CanaryRun("in", now_ms - number, outcome, latency_ms))
    return pages


def test_an_inbox_shows_files_reasons_past_and_canaries(seen):
    page = seen.client().get("/inboxes?lang=en").text
    for told in (
        "somebody is writing to it", "1.5 min", "thumbs.db", "EIO", "10 min",
        "3 in a day: median 0.04 s, slowest 0.4 s", "1 were missed",
    ):  # fmt: skip
        assert told in page, told
    assert "<script>\ufffd" not in page
    assert "&lt;script&gt;" in page


def test_an_inbox_is_scanned_paused_and_resumed(seen):
    client = seen.client()
    for path, word in (
        ("scan", "inbox.scan"),
        ("pause", "queue.pause"),
        ("resume", "queue.resume"),
    ):
        answer = post(client, f"/inboxes/{path}", "/inboxes", inbox="in", why="stock <b>take")
        assert (answer.status_code, answer.location) == (303, "/inboxes"), path
        if path == "pause":
            page = client.get("/inboxes?lang=en").text
            assert "Held by panel:local: stock &lt;b&gt;take" in page
        with seen.bench.database.read() as uow:
            assert uow.audit.latest()[0].action == word
    with seen.bench.database.read() as uow:
        (order,) = uow.control.pending()
    assert (order.kind, dict(order.args)) == ("scan", {"inbox": "in"})


def test_asking_twice_for_a_scan_is_one_order_and_the_daemon_carries_it_out(make_bench):
    looked: list[str] = []
    bench = make_bench()
    bench.orders._rescan = looked.append
    with open_pages(bench) as opened:
        client = opened.client()
        for _ in range(3):
            post(client, "/inboxes/scan", "/inboxes", inbox="in")
        bench.clock.advance(1)
        bench.orders.obey()
    assert looked == ["in"]
    with bench.database.read() as uow:
        assert uow.control.pending() == []
        assert uow.audit.latest()[0].target == "in"


@pytest.mark.parametrize("path", ["scan", "pause", "resume"])
def test_an_unknown_inbox_and_a_viewer_are_refused(pages, path):
    answer = post(pages.client(), f"/inboxes/{path}", "/inboxes", inbox="../in")
    assert answer.status_code == 409
    pages.accounts()
    victor = pages.signed_in("victor")
    assert post(victor, f"/inboxes/{path}", "/drop", inbox="in").status_code == 403
    with pages.bench.database.read() as uow:
        assert uow.control.pending() == []


# ── settings ──────────────────────────────────────────────────────────────────────────────


def test_every_setting_says_what_set_it(pages):
    page = pages.client().get("/settings?lang=en").text
    assert 'id="panel.port"' in page
    assert "line 3 of the file" in page
    assert "default" in page
    assert "Port to listen on." in page
    chinese = pages.client().get("/settings?lang=zh").text
    assert '<small lang="zh">监听的端口。</small>' in chinese
    changed = pages.client().get("/settings?only=changed&lang=en").text
    assert 'id="panel.port"' in changed
    assert 'id="panel.host"' not in changed


def test_secrets_are_masked(make_bench, tmp_path):
    hook = {"url": "https://user:pw@hr.example/booth?key=abc", "events": ["photo.rejected"]}
    with open_pages(make_bench(webhooks=[hook]), tmp_path / "none.yaml") as opened:
        page = opened.client().get("/settings").text
    assert "hr.example" in page
    for secret in ("user:pw", "key=abc"):
        assert secret not in page
