"""The pages about rejects over a real store: the gallery, the hours, what if, and files."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import product

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from admin import PanelServices, create_app
from admin.wording import WORDS
from daemon.bootstrap import panel_parts
from daemon.domain.artifact import Reason
from daemon.domain.job import State, Verdict
from daemon.services.accounts import Accounts, Role
from daemon.services.counting import count_verdict
from tests.fakes.store import job_row

HOUR_MS = 3_600_000
HOSTILE = b'=cmd|"calc"!A1,<script>alert(1)</script>\xff.jpg'


@pytest.fixture
def client(bench) -> Iterator[FlaskClient]:
    with ExitStack() as stack:
        parts = stack.enter_context(panel_parts(bench.config, bench.clock))
        services = PanelServices(parts.health.checks, parts.overview, parts.desk, clock=bench.clock)
        yield create_app(bench.config, services).test_client()


@pytest.fixture(autouse=True)
def _utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")


def judged(bench, sharpness: float, *, score=0.9, name=b"a.jpg", inbox="in", hours_ago=0.0):
    """A photo whose sharpness alone decides, ended and counted; its limit is 0.075."""
    at_ms = bench.clock.now_ms() - int(hours_ago * HOUR_MS)
    number = judged.number = getattr(judged, "number", 0) + 1
    is_bad = sharpness < 0.075
    verdict = Verdict.REJECTED if is_bad else Verdict.DONE
    reasons = (Reason("BLURRED", {"value": sharpness, "limit": 0.075}),) if is_bad else ()
    record = {
        "score": score,
        "profile": "hr",
        "limits": {"reject_below": 0.4, "min_score": 0.6, "reject": {"min_sharpness": 0.075}},
        "warnings": [],
        "not_assessed": [],
        "measures": {"sharpness": {"value": sharpness, "verdict": "fail" if is_bad else "pass"}},
        "face": {},
    }
    job = replace(
        job_row(State(verdict.value), inbox=inbox, relative=name, name_key=f"{number}"),
        id=f"{at_ms:012x}{number:010x}",
        generation=str(number),
        created_ms=at_ms,
        finished_ms=at_ms + 1000,
        verdict=verdict,
        reasons=reasons,
        measures={"quality": record},
        engines={"find_faces": {"name": "centerface"}},
    )
    with bench.database.write() as uow:
        assert uow.jobs.add(job)
        count_verdict(uow, job)
    return job


def ids(page: str) -> list[str]:
    return re.findall(r'href="/jobs/([0-9a-f]{22})"', page)


def test_the_gallery_shows_rejected_photos_newest_first(client, bench):
    old = judged(bench, 0.01, name=b"old.jpg", hours_ago=3)
    new = judged(bench, 0.02, name=b"new.jpg")
    judged(bench, 0.2, name=b"good.jpg")

    page = client.get("/rejects?lang=en").text

    assert ids(page) == [new.id, old.id]
    assert f"/jobs/{new.id}/thumbnail" in page
    assert "good.jpg" not in page
    assert "<code>BLURRED</code>" in page


def test_a_gallery_is_of_what_was_asked_for(client, bench):
    """It is Tuesday, 2023-11-14, 22:13; the other photo came on Sunday at 23:13."""
    judged(bench, 0.01)
    judged(bench, 0.01, hours_ago=47)
    wanted = {
        "inbox=in": 2, "inbox=elsewhere": 0, "code=blurred": 2, "code=NOISY": 0, "days=1": 1,
        "days=30": 2, "hour=22": 1, "hour=23": 1, "hour=5": 0, "weekday=1&hour=22": 1,
        "weekday=6": 1, "weekday=5": 0, "day=2023-11-14": 1,
    }  # fmt: skip

    assert {asked: len(ids(client.get(f"/rejects?{asked}").text)) for asked in wanted} == wanted


def test_pages_of_an_hour_follow_one_another(client, bench):
    for _ in range(51):
        judged(bench, 0.01)
        bench.clock.advance(1)

    first = client.get("/rejects?hour=22&inbox=in").text
    link = re.search(r'href="(\?[^"]+)" rel="next"', first)
    assert link
    second = client.get("/rejects" + link.group(1).replace("&amp;", "&")).text

    assert len(ids(first)) == 50
    assert len(ids(second)) == 1
    assert not set(ids(first)) & set(ids(second))


def test_each_hour_leads_to_its_photos(client, bench):
    bad = judged(bench, 0.01)
    judged(bench, 0.2, hours_ago=1)

    for rows, show in product(("weekday", "inbox", "day"), ("rejected", "quality")):
        page = client.get(f"/rejects/hours?rows={rows}&show={show}&lang=en").text
        links = re.findall(r'href="(/rejects\?[^"]*hour=22[^"]*)"', page)
        assert links, (rows, show)
        assert ids(client.get(links[0].replace("&amp;", "&")).text) == [bad.id]


def test_the_hour_that_stands_out_is_named(client, bench):
    for number in range(40):
        judged(bench, 0.01 if number % 2 else 0.2)
        for hours_ago in (1, 2, 3):
            judged(bench, 0.2, hours_ago=hours_ago)

    page = client.get("/rejects/hours?rows=inbox&lang=en").text

    assert "in, 22–23 h: 50% are rejected (20 of 40), at other hours 0%." in page
    assert "BLURRED" in page


def test_a_moved_limit_is_answered_with_the_photos_that_change(client, bench):
    judged(bench, 0.01)
    freed = judged(bench, 0.062, name=b"freed.jpg")
    judged(bench, 0.2)

    page = client.get("/rejects/limits?gauge=min_sharpness&limit=0.06&lang=en").text

    assert WORDS["en"]["changes_of"].format(n=3, changed=1) in page
    assert ids(page) == [freed.id]
    assert "min_sharpness: 0.06" in page
    assert client.get("/rejects/limits?gauge=min_sharpness&limit=0.075").text.count(">0.075<")


def test_one_way_of_changing_is_listed_alone(client, bench):
    tightened = judged(bench, 0.08)
    page = client.get("/rejects/limits?gauge=min_sharpness&limit=0.1&move=done-rejected").text
    assert ids(page) == [tightened.id]
    page = client.get("/rejects/limits?gauge=min_sharpness&limit=0.1&move=rejected-done").text
    assert ids(page) == []


def test_the_score_has_two_limits(client, bench):
    judged(bench, 0.2, score=0.65)
    page = client.get("/rejects/limits?gauge=score&limit=0.5&review=0.7&lang=en").text
    assert WORDS["en"]["changes_of"].format(n=1, changed=1) in page
    assert "min_score: 0.7" in page
    assert "reject_below: 0.5" in page


def test_no_limit_at_all_frees_everybody(client, bench):
    judged(bench, 0.001)
    page = client.get("/rejects/limits?gauge=min_sharpness&limit=none&lang=en").text
    assert WORDS["en"]["changes_of"].format(n=1, changed=1) in page
    assert "min_sharpness: null" in page


def test_looking_changes_nothing(client, bench):
    job = judged(bench, 0.062)
    client.get("/rejects/limits?gauge=min_sharpness&limit=0.06")
    assert bench.job(job.id) == job
    with bench.database.read() as uow:
        assert uow.audit.latest() == []


def test_a_verdict_that_is_taken_back_stands_nowhere_any_more(client, bench):
    job = judged(bench, 0.062)
    with bench.database.write() as uow:
        count_verdict(uow, job, sign=-1)
    page = client.get("/rejects/limits?gauge=min_sharpness&limit=0.06&lang=en").text
    assert WORDS["en"]["no_values"] in page
    with bench.database.read() as uow:
        assert uow.sums.recounted().keys() >= uow.sums.kept().keys()


def test_a_question_that_makes_no_sense_is_a_mistake(client):
    for path in (
        "/rejects?hour=24", "/rejects?weekday=x", "/rejects?days=0", "/rejects?days=9999",
        "/rejects?hour=²", "/rejects/hours?rows=x", "/rejects/hours?show=x",
        "/rejects/limits?gauge=x", "/rejects/limits?limit=x", "/rejects/limits?limit=nan",
        "/rejects/limits?limit=inf", "/rejects/limits?move=x", "/rejects/limits?move=done-x",
        "/rejects?since=-1", "/photos?state=x", "/photos?day=0001-01-01",
        "/export/jobs.csv?state=x",
    ):  # fmt: skip
        assert client.get(path).status_code == 400, path


def test_an_id_that_is_none_is_not_found(client):
    for page, before in product(
        ("/rejects", "/photos", "/rejects/limits"), ("../x", "g" * 22, "1")
    ):
        assert client.get(f"{page}?before={before}").status_code == 404, (page, before)


def test_every_page_stands_without_a_photo(client):
    for path, language in product(
        ("/rejects?", "/rejects/hours?", "/rejects/limits?", "/photos?", "/rejects?days=365"),
        ("zh", "en"),
    ):
        assert client.get(f"{path}&lang={language}").status_code == 200, path


# ── files ─────────────────────────────────────────────────────────────────────────────────


def test_a_name_is_neither_script_nor_formula(client, bench):
    judged(bench, 0.01, name=HOSTILE)

    assert "<script>alert" not in client.get("/rejects").text
    assert "<script>alert" not in client.get("/rejects/limits?gauge=min_sharpness&limit=0.005").text
    text = client.get("/export/jobs.csv?lang=en").data.decode("utf-8-sig")
    head, row = csv.reader(io.StringIO(text))
    assert head[:3] == ["Job", "Inbox", "File"]
    assert row[2].startswith("'=cmd|")
    assert row[3:5] == ["rejected", "BLURRED"]


def test_a_workbook_holds_names_as_text(client, bench):
    judged(bench, 0.01, name=HOSTILE)
    judged(bench, 0.01, name=b"@SUM(A1)\x01.jpg")

    book = client.get("/export/jobs.xlsx?state=rejected&lang=zh", buffered=True)

    assert book.headers["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(book.data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=cmd|" in sheet
    assert "收件夹" in sheet
    assert len(re.findall("<row ", sheet)) == 3


def test_a_file_keeps_to_the_filter_and_says_where_it_was_cut(client, bench, monkeypatch):
    for number in range(5):
        judged(bench, 0.01 if number else 0.2, name=b"%d.jpg" % number)
        bench.clock.advance(1)
    text = client.get("/export/jobs.csv?state=rejected").data.decode("utf-8-sig")
    assert [row[2] for row in csv.reader(io.StringIO(text))][1:] == [
        "4.jpg", "3.jpg", "2.jpg", "1.jpg",
    ]  # fmt: skip

    monkeypatch.setattr("daemon.services.rejects_export.csv_lines.__defaults__", (3,))
    text = client.get("/export/jobs.csv?lang=en").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 1 + 3 + 1
    assert rows[-1] == ["Only the first 3 rows are here; narrow the filter for the rest."]


def test_who_may_look_may_take_files_and_nobody_else(bench):
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Accounts(bench.config.layout.accounts, quick)
    accounts.set_password("victor", Role.VIEWER, "correct horse battery")
    with ExitStack() as stack:
        parts = stack.enter_context(panel_parts(bench.config, bench.clock))
        services = PanelServices(parts.health.checks, parts.overview, parts.desk, clock=bench.clock)
        browser = create_app(bench.config, services).test_client()
        for path in ("/rejects", "/rejects/limits", "/export/jobs.csv", "/photos", "/batches"):
            assert browser.get(path).status_code == 303
        word = re.search(r'name="csrf" value="([^"]+)"', browser.get("/login").text)
        assert word
        form = {"csrf": word[1], "name": "victor", "password": "correct horse battery"}
        assert browser.post("/login", data=form).status_code == 303
        assert browser.get("/rejects").status_code == 200
        assert browser.get("/export/jobs.csv").status_code == 200
