"""The review on the panel: lists, one photo, decisions by form, and who may not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from admin import PanelServices, create_app
from admin.wording import WORDS
from daemon.bootstrap import panel_parts
from daemon.domain.artifact import OutputKind
from daemon.domain.job import State, Verdict
from daemon.domain.review import DECLINE_CODES
from daemon.services.accounts import Accounts, Role
from daemon.services.review_carry import ReviewCarrier
from daemon.services.thumbnails import thumbnail_path

JPEG = b"\xff\xd8\xff\xe0 a picture"
PASSWORD = "correct horse battery"
CODE = "IDENTITY_CHANGED"


@pytest.fixture
def client(bench) -> Iterator[FlaskClient]:
    """A browser at the machine itself, where no password is demanded."""
    with ExitStack() as stack:
        yield panel(bench, stack).test_client()


def panel(bench, stack):
    parts = stack.enter_context(panel_parts(bench.config, bench.clock))
    services = PanelServices(parts.health.checks, parts.overview, parts.desk, clock=bench.clock)
    return create_app(bench.config, services)


def in_review(bench, name=b"photo.jpg", **facts):
    bench.clock.advance(1)
    job = bench.drop(JPEG + name, relative=name, **facts)
    bench.decide(
        Verdict.REVIEW, (CODE,), {OutputKind.RESULT: JPEG + b"!", OutputKind.WHY_PICTURE: JPEG}
    )
    bench.publish_all()
    return bench.job(job.id)


def carry_out(bench):
    ReviewCarrier(bench.config, bench.database, bench.clock, bench.publisher).step()


def decide(client, job, kind, *, seen=None, **data):
    page = f"/review/{job.id}"
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)
    assert found
    seen = job.finished_ms if seen is None else seen
    return client.post(f"{page}/{kind}", data={"csrf": found.group(1), "seen": seen, **data})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_photo_is_shown_with_all_that_speaks_about_it(client, bench, language):
    job = in_review(bench)
    page = client.get(f"/review/{job.id}?lang={language}").text

    assert WORDS[language]["review_candidate"] in page
    assert CODE in page
    assert f"/jobs/{job.id}/before" in page
    assert f"/jobs/{job.id}/after" in page
    assert f"/jobs/{job.id}/why" in page
    for key in "arxn":
        assert f'data-key="{key}"' in page
    for code in DECLINE_CODES:
        assert f'value="{code}"' in page
    assert page.count("<h1") == 1


def test_accepting_goes_on_to_the_next_photo(client, bench):
    first, second = in_review(bench, b"1.jpg"), in_review(bench, b"2.jpg")
    answer = decide(client, first, "accept")

    assert answer.status_code == 303
    following = client.get(answer.location)
    assert following.location == f"/review/{second.id}"
    carry_out(bench)
    assert bench.job(first.id).state is State.DONE
    last = client.get(decide(client, second, "accept").location)
    assert last.location == "/review"
    assert WORDS["zh"]["review_none"] in client.get("/review?lang=zh").text


def test_rejecting_needs_a_reason_of_the_list(client, bench):
    job = in_review(bench)
    assert decide(client, job, "reject", code="NO_SUCH").status_code == 409
    assert decide(client, job, "reject").status_code == 409
    assert decide(client, job, "reject", code="DECLINED_FACE", note="cap").status_code == 303
    carry_out(bench)
    assert bench.job(job.id).reasons[0].code == "DECLINED_FACE"
    page = client.get(f"/jobs/{job.id}?lang=en").text
    assert "DECLINED_FACE" in page
    assert "panel:local: Turn down" in page
    assert "<q>cap</q>" in page


def test_redoing_takes_routes_options_and_an_instruction(client, bench):
    job = in_review(bench)
    form = {"routes": "quality, restore", "instruct": "softly"}
    wrong = decide(client, job, "redo", options="restore.strenght = 1", **form)
    assert wrong.status_code == 409
    assert "strenght" in wrong.text
    assert decide(client, job, "redo", options="nonsense", **form).status_code == 409
    options = "restore.strength = 0.4\r\nquality.profile = strict\r\n\r\n"
    right = decide(client, job, "redo", options=options, **form)
    assert right.status_code == 303, right.text
    carry_out(bench)
    again = bench.job(job.id)
    assert (again.state, again.instruct) == (State.QUEUED, "softly")
    first, second = again.plan.steps
    assert (first.route, first.options["profile"]) == ("quality", "strict")
    assert (second.route, second.options) == ("restore", {"strength": 0.4})


def test_the_second_of_two_is_told_who_was_first(client, bench):
    job = in_review(bench)
    decide(client, job, "accept")
    answer = decide(client, job, "reject", code="DECLINED_FACE")

    assert answer.status_code == 409
    assert "panel:local" in answer.text
    assert "accept" in answer.text


def test_a_stale_page_decides_nothing(client, bench):
    job = in_review(bench)
    assert decide(client, job, "accept", seen=job.finished_ms - 1).status_code == 409
    assert decide(client, job, "accept", seen="x").status_code == 400
    assert bench.job(job.id).state is State.REVIEW


def test_the_list_filters_by_inbox_and_code(client, bench):
    job = in_review(bench)
    assert job.id in client.get("/review").text
    assert job.id in client.get(f"/review?inbox=in&code={CODE.lower()}").text
    assert job.id not in client.get("/review?code=BLURRED").text
    assert job.id not in client.get("/review?inbox=nowhere").text
    assert client.get("/review?code=<x>").status_code == 400


@pytest.mark.parametrize("kind", ["accept", "reject", "redo"])
def test_an_order_without_the_word_of_the_session_is_refused(client, bench, kind):
    job = in_review(bench)
    for data in ({"seen": job.finished_ms}, {"csrf": "x", "seen": job.finished_ms}):
        assert client.post(f"/review/{job.id}/{kind}", data=data).status_code == 403
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/review/{job.id}/{kind}", headers=foreign).status_code == 403
    assert client.get(f"/review/{job.id}/{kind}").status_code in {404, 405}
    with bench.database.read() as uow:
        assert uow.reviews.of(job.id) == []


@pytest.mark.parametrize("kind", ["accept", "reject", "redo"])
@pytest.mark.parametrize("name", ["..", "0" * 22, "' OR 1=1 --", "%2e%2e%2fx"])
def test_a_forged_id_decides_nothing(client, bench, kind, name):
    in_review(bench)
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)
    data = {"csrf": found.group(1), "seen": 1, "code": "DECLINED_FACE", "routes": "copy"}
    assert client.post(f"/review/{name}/{kind}", data=data).status_code in {404, 405, 409}
    with bench.database.read() as uow:
        assert uow.reviews.open() == []


def test_a_viewer_looks_and_does_not_decide(bench):
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Accounts(bench.config.layout.accounts, quick)
    accounts.set_password("victor", Role.VIEWER, PASSWORD)
    job = in_review(bench)
    with ExitStack() as stack:
        client = panel(bench, stack).test_client()
        assert client.get("/review").status_code == 303, "not without a session"
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text).group(1)
        client.post("/login", data={"csrf": token, "name": "victor", "password": PASSWORD})
        page = client.get(f"/review/{job.id}").text
        assert client.get("/review/next").location == f"/review/{job.id}"
        assert f"/review/{job.id}/accept" not in page
        for kind in ("accept", "reject", "redo"):
            assert decide(client, job, kind).status_code == 403
    with bench.database.read() as uow:
        assert uow.reviews.of(job.id) == []
        assert uow.reviews.looks([job.id]) == {}, "who may not decide holds up nobody"


def test_names_notes_and_instructions_with_markup_are_shown_as_text(client, bench):
    evil = b"<img src=x onerror=alert(1)>.jpg"
    job = in_review(bench, evil)
    decide(client, job, "redo", routes="copy", instruct="<script>alert(2)</script>")
    for path in (f"/review/{job.id}", "/review", f"/jobs/{job.id}", "/audit"):
        page = client.get(path).text
        assert "<img src=x" not in page
        assert "<script>alert" not in page


def test_small_pictures_are_served_by_id_and_a_blank_in_their_place(client, bench):
    job = in_review(bench)
    blank = client.get(f"/jobs/{job.id}/thumbnail")
    assert (blank.status_code, blank.mimetype) == (200, "image/svg+xml")
    path = thumbnail_path(bench.config.layout, job.id)
    path.parent.mkdir(parents=True)
    path.write_bytes(JPEG)
    small = client.get(f"/jobs/{job.id}/thumbnail", buffered=True)
    assert (small.mimetype, small.data) == ("image/jpeg", JPEG)
    path.unlink()
    path.symlink_to(bench.config.layout.database)
    assert client.get(f"/jobs/{job.id}/thumbnail").mimetype == "image/svg+xml"
