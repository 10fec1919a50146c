"""Jobs on the panel: lists with filters, the page of one, its pictures, and orders with audit."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from admin import PanelServices, create_app
from admin.wording import WORDS
from daemon.bootstrap import panel_parts
from daemon.domain.artifact import OutputKind
from daemon.domain.job import State, Verdict
from daemon.services.accounts import Accounts, Role
from daemon.services.thumbnails import thumbnail_path
from daemon.store.inbox import IgnoredFile, WaitingFile

JPEG = b"\xff\xd8\xff\xe0 a picture"
PASSWORD = "correct horse battery"


@pytest.fixture
def client(bench) -> Iterator[FlaskClient]:
    """A browser at the machine itself, where no password is demanded."""
    with ExitStack() as stack:
        yield _panel(bench, stack).test_client()


def _panel(bench, stack):
    parts = stack.enter_context(panel_parts(bench.config, bench.clock))
    services = PanelServices(parts.health.checks, parts.overview, parts.desk, clock=bench.clock)
    return create_app(bench.config, services)


def _order(client, path, page="/", **data):
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found, "the page has no form"
    return client.post(path, data={"csrf": found.group(1), **data})


def _ended(bench, verdict=Verdict.DONE, codes=(), **facts):
    job = bench.drop(facts.pop("content", JPEG), **facts)
    bench.decide(verdict, codes, {OutputKind.RESULT: JPEG + b" restored"})
    bench.publish_all()
    return bench.job(job.id)


def _audit(bench):
    with bench.database.read() as uow:
        return [(entry.who, entry.action, entry.target) for entry in uow.audit.latest()]


def test_the_list_shows_the_newest_first_with_why(client, bench):
    first = _ended(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",), relative=b"a.jpg")
    bench.clock.advance(5)
    second = bench.drop(b"other", relative=b"b.jpg")

    page = client.get("/jobs?lang=en").text

    assert page.index(second.id) < page.index(first.id)
    assert "<code>FACE_NOT_FOUND</code>" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("state=rejected", ["a.jpg"]),
        ("state=queued", ["b.jpg"]),
        ("state=taking_in", []),
        ("code=face_not_found", ["a.jpg"]),
        ("inbox=in", ["b.jpg", "a.jpg"]),
        ("inbox=none", []),
        ("text=B.JP", ["b.jpg"]),
        ("day=2023-11-14", ["b.jpg", "a.jpg"]),
        ("day=2023-11-20", []),
        ("since=1700000004000", ["b.jpg"]),
        ("until=1700000004000", ["a.jpg"]),
    ],
)
def test_filters_say_which_jobs_are_listed(client, bench, asked, found, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    _ended(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",), relative=b"a.jpg")
    bench.clock.advance(5)
    bench.drop(b"other", relative=b"b.jpg")

    page = client.get(f"/jobs?{asked}").text

    assert re.findall(r">([ab]\.jpg)</a></th>", page) == found


@pytest.mark.parametrize(
    "asked",
    ["state=x", "day=yesterday", "day=0001-01-01", "since=-1", "since=9" + 30 * "9", "until=²",
     "before=../x", "before=" + "g" * 22],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_a_mistake(client, asked):
    assert client.get(f"/jobs?{asked}").status_code == 400


def test_pages_follow_one_another_and_keep_the_filter(client, bench):
    for number in range(51):
        bench.clock.advance(1)
        bench.drop(b"%d" % number, relative=b"%02d.jpg" % number)

    first = client.get("/jobs?inbox=in").text
    link = re.search(r'href="(\?[^"]+)" rel="next"', first)
    assert link
    assert "inbox=in" in link.group(1)
    second = client.get("/jobs" + link.group(1).replace("&amp;", "&")).text

    assert len(re.findall(r"\d\d\.jpg</a></th>", first)) == 50
    assert re.findall(r"(\d\d\.jpg)</a></th>", second) == ["00.jpg"]
    assert 'rel="next"' not in second


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_of_a_job_says_why_and_what_to_do(client, bench, language):
    job = _ended(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",))

    page = client.get(f"/jobs/{job.id}?lang={language}").text

    assert WORDS[language]["rejected"] in page
    assert "FACE_NOT_FOUND" in page
    assert "job.finished" in page, "the history is told"


@pytest.mark.parametrize("side", ["before", "after"])
def test_pictures_come_by_the_jobs_id(client, bench, side):
    job = _ended(bench)
    answer = client.get(f"/jobs/{job.id}/{side}", buffered=True)

    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert answer.data.startswith(JPEG)
    assert answer.data.endswith(b"restored") == (side == "after")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_a_browser_may_not_show_is_a_download(client, bench):
    """A photo that is a page of script: stored XSS by content."""
    job = _ended(bench, content=b"<html><script>alert(1)</script>", relative=b"x.html")
    answer = client.get(f"/jobs/{job.id}/before", buffered=True)

    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_row_that_points_elsewhere_opens_nothing(client, bench):
    job = _ended(bench)
    secret = bench.config.layout.root / "secret.jpg"
    secret.write_bytes(JPEG)
    with bench.database.write() as uow:
        uow.jobs.update(job.id, filed=os.fsencode(secret))

    assert client.get(f"/jobs/{job.id}/before").status_code == 404


def test_a_link_in_a_booths_folder_opens_nothing(client, bench):
    job = _ended(bench)
    target = Path(os.fsdecode(job.outputs[0].target))
    secret = bench.config.layout.root / "secret.jpg"
    secret.write_bytes(JPEG)
    target.unlink()
    target.symlink_to(secret)

    assert client.get(f"/jobs/{job.id}/after").status_code == 404


def test_a_folder_that_became_a_link_opens_nothing(client, bench):
    job = _ended(bench)
    out = bench.config.layout.out("in")
    outside = bench.config.layout.root / "elsewhere"
    out.joinpath("sub").mkdir()
    outside.mkdir()
    (outside / "x.jpg").write_bytes(JPEG)
    (out / "sub").rmdir()
    (out / "sub").symlink_to(outside)
    with bench.database.write() as uow:
        uow.jobs.outputs_published(job.id, 0, os.fsencode(out / "sub" / "x.jpg"), 1)

    assert client.get(f"/jobs/{job.id}/after").status_code == 404


def test_a_pipe_in_place_of_a_picture_does_not_hang_the_panel(client, bench):
    job = _ended(bench)
    target = Path(os.fsdecode(job.outputs[0].target))
    target.unlink()
    os.mkfifo(target)

    assert client.get(f"/jobs/{job.id}/after").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/..%2f..%2fetc%2fpasswd",
        "/jobs/0000000000000000000000",
        "/jobs/0000000000000000000000/before",
        "/jobs/' OR 1=1 --",
        "/jobs/018bcfe5680020%0d%0aSet-Cookie:x/after",
        "/jobs/018bcfe568002064b99da9/..%2fbefore",
        "/jobs/018bcfe568002064b99da9/config",
    ],
)
def test_a_forged_id_finds_nothing(client, bench, path):
    bench.drop()
    answer = client.get(path)

    assert answer.status_code == 404
    assert "Set-Cookie:x" not in str(answer.headers)


def test_names_and_instructions_with_markup_are_shown_as_text(client, bench):
    """Stored XSS: whoever may write to a share names files as they like."""
    evil = b"<img src=x onerror=alert(1)>.jpg"
    job = _ended(bench, relative=evil)
    with bench.database.write() as uow:
        uow.jobs.update(job.id, instruct='"><script>alert(2)</script>')

    for path in ("/jobs", f"/jobs/{job.id}", "/audit"):
        page = client.get(path).text
        assert "<img src=x" not in page
        assert "<script>alert" not in page
    assert "&lt;img src=x onerror" in client.get(f"/jobs/{job.id}").text


def test_pausing_and_resuming_are_orders_with_a_row_in_the_audit(client, bench):
    answer = _order(client, "/orders/pause", inbox="in", why="lunch")
    assert (answer.status_code, answer.location) == (303, "/")
    with bench.database.read() as uow:
        (hold,) = uow.control.holds()
    assert (hold.scope, hold.who, hold.why) == ("inbox:in", "panel:local", "lunch")

    assert _order(client, "/orders/resume", inbox="in").status_code == 303
    with bench.database.read() as uow:
        assert uow.control.holds() == []
    assert _audit(bench) == [
        ("panel:local", "queue.resume", "inbox:in"),
        ("panel:local", "queue.pause", "inbox:in"),
    ]


@pytest.mark.parametrize(
    ("name", "back"),
    [("jobs", "/jobs"), ("overview", "/"), ("", "/"), ("//evil.example", "/"), ("login", "/")],
)
def test_an_order_leads_back_to_the_page_that_names_itself_and_nowhere_else(client, name, back):
    answer = _order(client, "/orders/pause", inbox="in", back=name)
    assert (answer.status_code, answer.location) == (303, back)
    refused = _order(client, "/orders/pause", inbox="nowhere", back=name)
    assert refused.status_code == 409
    assert re.search(f'<a href="{back}">(返回|Back)</a>', refused.text)


def test_the_list_of_jobs_names_itself_in_its_orders(client, bench):
    bench.drop()
    _order(client, "/orders/pause", inbox="in")
    page = client.get("/jobs").text

    for order in ("pause", "resume"):
        (form,) = re.findall(rf'action="/orders/{order}".*?</form>', page, re.DOTALL)
        assert 'name="back" value="jobs"' in form


@pytest.mark.parametrize("path", ["/jobs", "/photos", "/rejects"])
def test_a_photo_without_a_small_picture_says_so(client, bench, path):
    job = _ended(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",))
    said = 'alt="no small picture"'
    assert client.get(f"{path}?lang=en").text.count(said) == 1
    small = thumbnail_path(bench.config.layout, job.id)
    small.parent.mkdir(parents=True)
    small.write_bytes(JPEG)
    assert said not in client.get(f"{path}?lang=en").text


def test_what_the_gate_could_not_measure_is_folded_into_one_line(client, bench):
    job = _ended(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",))
    row = {"value": None, "unit": "", "score": None, "verdict": "not_assessed"}
    gate = {"score": 0.0, "band": "reject", "profile": "hr", "measures": {"noise": row}}
    with bench.database.write() as uow:
        uow.jobs.update(job.id, measures={"quality": gate})
    page = client.get(f"/jobs/{job.id}?lang=zh").text

    assert "没有人脸,1 项没有评估。" in page
    assert '<li title="noise">噪点</li>' in page
    assert "not_assessed" not in page
    assert "质量 0.00(不合格,hr)" in page


def test_an_inbox_that_does_not_exist_cannot_be_paused(client, bench):
    answer = _order(client, "/orders/pause", inbox="nowhere")

    assert answer.status_code == 409
    assert _audit(bench) == []


def test_a_finished_job_is_run_again_by_the_daemon(client, bench):
    job = _ended(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",))
    answer = _order(client, f"/jobs/{job.id}/retry", f"/jobs/{job.id}")

    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}")
    assert _audit(bench) == [("panel:local", "job.retry", job.id)]
    bench.orders.obey()
    assert (bench.config.layout.inbox("in") / "photo.jpg").exists()


def test_a_waiting_job_is_called_off_by_the_daemon(client, bench):
    job = bench.drop()
    assert _order(client, f"/jobs/{job.id}/cancel", f"/jobs/{job.id}").status_code == 303

    bench.orders.obey()
    assert bench.job(job.id).state is State.PUBLISHING
    assert bench.job(job.id).reasons[0].code == "CANCELLED"


def test_what_cannot_be_done_any_more_is_said(client, bench):
    job = _ended(bench)
    answer = _order(client, f"/jobs/{job.id}/cancel", f"/jobs/{job.id}")

    assert answer.status_code == 409
    assert _audit(bench) == []


def test_a_waiting_job_comes_sooner(client, bench):
    bench.drop(b"one", relative=b"one.jpg")
    job = bench.drop(b"two", relative=b"two.jpg")
    answer = _order(client, f"/jobs/{job.id}/priority", f"/jobs/{job.id}", priority="7")

    assert answer.status_code == 303
    assert bench.claim().job.id == job.id
    assert _audit(bench) == [("panel:local", "job.priority", job.id)]


@pytest.mark.parametrize(("priority", "status"), [("", 400), ("x", 400), ("101", 409)])
def test_a_priority_that_is_none_is_refused(client, bench, priority, status):
    job = bench.drop()
    answer = _order(client, f"/jobs/{job.id}/priority", f"/jobs/{job.id}", priority=priority)

    assert answer.status_code == status
    assert bench.job(job.id).priority == 0


def test_a_job_that_the_worker_has_keeps_its_priority(client, bench):
    job = bench.drop()
    page = f"/jobs/{job.id}"
    bench.claim()

    assert _order(client, f"{page}/priority", page, priority="5").status_code == 409


@pytest.mark.parametrize("path", ["/orders/pause", "/jobs/{}/retry", "/jobs/{}/cancel"])
def test_nothing_is_ordered_by_looking(client, bench, path):
    job = bench.drop()

    assert client.get(path.format(job.id)).status_code in {404, 405}
    assert _audit(bench) == []


def test_a_viewer_sees_no_order_and_may_give_none(bench):
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Accounts(bench.config.layout.accounts, quick)
    accounts.set_password("victor", Role.VIEWER, PASSWORD)
    job = _ended(bench)
    with ExitStack() as stack:
        client = _panel(bench, stack).test_client()
        assert client.get(f"/jobs/{job.id}/before").status_code == 303, "not without a session"
        _order(client, "/login", "/login", name="victor", password=PASSWORD)
        page = client.get(f"/jobs/{job.id}").text
        refused = _order(client, f"/jobs/{job.id}/retry", f"/jobs/{job.id}")

        assert client.get(f"/jobs/{job.id}/before", buffered=True).status_code == 200
    assert f"/jobs/{job.id}/retry" not in page
    assert refused.status_code == 403
    assert _audit(bench) == []


@pytest.mark.parametrize("path", ["/", "/jobs", "/inboxes", "/deliveries", "/audit", "/settings"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_shown_in_both_languages(client, bench, path, language):
    _ended(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",))
    answer = client.get(f"{path}?lang={language}")

    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert answer.text.count("<h1") == 1


def test_the_browsers_language_counts_until_another_is_chosen(client):
    header = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}
    assert '<html lang="en">' in client.get("/jobs", headers=header).text

    client.get("/jobs?lang=zh", headers=header)

    assert '<html lang="zh">' in client.get("/jobs", headers=header).text


def test_charts_link_to_the_jobs_behind_them(client, bench):
    _ended(bench, Verdict.REJECTED, ("FACE_NOT_FOUND",))
    page = client.get("/?lang=en").text

    links = re.findall(r'<a href="(/photos\?[^"]+)" tabindex="-1"><rect', page)
    assert links
    for link in links:
        assert "photo.jpg" in client.get(link.replace("&amp;", "&")).text


def test_files_that_wait_and_files_that_are_passed_over_are_told_with_why(client, bench):
    now_ms = bench.clock.now_ms()
    with bench.database.write() as uow:
        uow.inboxes.seen("in", device=1, mode="scan", state="online", scanned_ms=now_ms, files=2)
        uow.inboxes.put_waiting(
            [WaitingFile("in", b"<b>new.jpg", "settling", now_ms - 90_000, now_ms, now_ms, 5)]
        )
        uow.inboxes.put_ignored([IgnoredFile("in", b"Thumbs.db", "system file", now_ms)])

    page = client.get("/inboxes?lang=en").text

    assert "&lt;b&gt;new.jpg" in page
    assert "until it stays the same" in page
    assert "1.5 min" in page
    assert "Thumbs.db" in page
    assert "system file" in page


def test_the_settings_show_no_secret(make_bench):
    secret = "whsec_c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWU="
    bench = make_bench(
        webhooks=[{"name": "hr", "url": f"https://u:{secret}@hr.example/x?token={secret}"}]
    )
    with ExitStack() as stack:
        page = _panel(bench, stack).test_client().get("/settings").text

    assert "hr.example" in page
    assert secret not in page
