"""Batches on the panel: the list, the people, orders with audit, and the files of a report."""

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
from daemon.domain.batch import BatchState
from daemon.services.accounts import Accounts, Role
from daemon.services.batch_desk import FILES
from tests.fakes.archives import table, zipped
from tests.fakes.batch_office import HEAD, Office, three
from tests.fakes.photos import jpeg


@pytest.fixture
def client(office: Office) -> Iterator[FlaskClient]:
    with ExitStack() as stack:
        yield _panel(office, stack).test_client()


def _panel(office: Office, stack: ExitStack):
    parts = stack.enter_context(panel_parts(office.config, office.clock))
    services = PanelServices(parts.health.checks, parts.overview, parts.desk, clock=office.clock)
    return create_app(office.config, services)


def _order(client: FlaskClient, batch_id: str, wish: str, page: str = ""):
    found = re.search(
        r'name="csrf" value="([^"]+)"', client.get(page or f"/batches/{batch_id}").text
    )
    assert found, "the page has no form"
    return client.post(f"/batches/{batch_id}/{wish}", data={"csrf": found.group(1)})


def _audit(office: Office) -> list[tuple[str, str, str]]:
    with office.booth.database.read() as uow:
        return [(entry.who, entry.action, entry.target) for entry in uow.audit.latest()]


def test_a_finished_batch_shows_its_people_and_its_report(client, office):
    office.drop("joiners.zip", three())
    office.run_to_rest()
    batch = office.only()

    assert f"/batches/{batch.id}" in client.get("/batches").text
    page = client.get(f"/batches/{batch.id}?lang=en").text

    for job_id in office.jobs_of(batch).values():
        assert f"/jobs/{job_id.id}/thumbnail" in page
    for name in FILES:
        answer = client.get(f"/batches/{batch.id}/files/{name}", buffered=True)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.data == office.out("joiners", name).read_bytes()


def test_who_sent_nothing_and_what_is_nobodys_is_told(client, office):
    people = table(HEAD, ("1001", "张三", ""), ("1002", "<b>李四</b>", ""))
    photos = {"1001_张三.jpg": jpeg(1), "=who.jpg": jpeg(2), "名单.csv": people}
    office.drop("joiners.zip", zipped(photos))
    office.run_to_rest()

    page = client.get(f"/batches/{office.only().id}?lang=en").text

    assert WORDS["en"]["standing_missing"] in page
    assert "&lt;b&gt;李四" in page
    assert "<b>李四" not in page
    assert "BATCH_PHOTO_UNKNOWN" in page


def test_an_operator_pauses_resumes_and_cancels(client, office):
    office.drop("joiners.zip", three())
    office.take_in_only()
    office.booth.batches.step()
    batch_id = office.only().id

    for wish, state in (
        ("pause", BatchState.PAUSED), ("resume", BatchState.OPEN), ("cancel", BatchState.CANCELLED),
    ):  # fmt: skip
        assert _order(client, batch_id, wish).status_code == 303
        assert office.only().state is state
        assert ("panel:local", f"batch.{wish}", batch_id) in _audit(office)
    refused = _order(client, batch_id, "resume", page="/")
    assert refused.status_code == 409
    assert client.get(f"/batches/{batch_id}/files/report.xlsx").status_code == 404


def test_nothing_is_ordered_by_get_nor_without_the_word(client, office):
    office.drop("joiners.zip", three())
    office.take_in_only()
    batch_id = office.only().id
    assert client.get(f"/batches/{batch_id}/cancel").status_code in {404, 405}
    assert client.post(f"/batches/{batch_id}/cancel").status_code == 403
    assert client.post(f"/batches/{batch_id}/delete").status_code in {403, 404, 405}
    assert _audit(office) == []


def test_a_forged_id_a_path_or_a_link_opens_nothing(client, office, tmp_path):
    office.drop("joiners.zip", three())
    office.run_to_rest()
    batch_id = office.only().id
    for path in (
        "/batches/x", f"/batches/{'0' * 22}", f"/batches/{batch_id}/files/secret.txt",
        f"/batches/{batch_id}/files/..%2f..%2fstate", f"/batches/{'0' * 22}/files/report.xlsx",
        f"/batches/{batch_id}/files/%00", "/batches?before=../x",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    for after in ("x", "-1", "9" * 30):
        assert client.get(f"/batches/{batch_id}?after={after}").status_code == 400
    secret = tmp_path / "secret"
    secret.write_text("not for you")
    report = office.out("joiners", "report.html")
    report.unlink()
    report.symlink_to(secret)
    assert client.get(f"/batches/{batch_id}/files/report.html").status_code == 404


def test_a_viewer_sees_batches_and_no_order(office):
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    Accounts(office.config.layout.accounts, quick).set_password(
        "victor", Role.VIEWER, "long enough"
    )
    office.drop("joiners.zip", three())
    office.take_in_only()
    office.booth.batches.step()
    batch_id = office.only().id
    with ExitStack() as stack:
        browser = _panel(office, stack).test_client()
        word = re.search(r'name="csrf" value="([^"]+)"', browser.get("/login").text)
        assert word
        form = {"csrf": word[1], "name": "victor", "password": "long enough"}
        assert browser.post("/login", data=form).status_code == 303
        page = browser.get(f"/batches/{batch_id}").text
        assert "/cancel" not in page
        assert _order(browser, batch_id, "cancel").status_code == 403
    assert office.only().state is BatchState.OPEN
