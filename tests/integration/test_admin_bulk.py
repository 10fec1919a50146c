"""Orders about every job of a filter: asked once more, done in slices, whole after a kill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from admin import PanelServices, create_app
from daemon.bootstrap import panel_parts
from daemon.domain.job import State, Verdict
from daemon.errors import UsageError
from daemon.services import bulk
from daemon.services.accounts import Accounts, Role
from daemon.services.orders import LOOK_EVERY_S
from daemon.store.views import JobFilter

PASSWORD = "correct horse battery"


@pytest.fixture
def client(bench) -> Iterator[FlaskClient]:
    """A browser at the machine itself, where no password is demanded."""
    with ExitStack() as stack:
        yield panel(bench, stack).test_client()


def panel(bench, stack):
    parts = stack.enter_context(panel_parts(bench.config, bench.clock))
    services = PanelServices(parts.health.checks, parts.overview, parts.desk, clock=bench.clock)
    return create_app(bench.config, services)


def drop(bench, number):
    jobs = []
    for one in range(number):
        bench.clock.advance(0.01)
        jobs.append(bench.drop(b"%d" % one, relative=b"%03d.jpg" % one))
    return jobs


def obey(bench, rounds=1):
    for _ in range(rounds):
        bench.orders.obey()
        bench.clock.advance(LOOK_EVERY_S)


def order(client, what, *, page="/jobs", **data):
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found, "the page has no form"
    return client.post(f"/jobs/all/{what}", data={"csrf": found.group(1), **data})


def audit(bench):
    with bench.database.read() as uow:
        return [(one.who, one.action, dict(one.facts)) for one in uow.audit.latest(500)]


def test_the_question_names_the_filter_and_the_count(client, bench):
    drop(bench, 3)
    page = client.get("/jobs/all/cancel?state=queued&inbox=in&lang=en").text

    assert "Call 3 jobs off?" in page
    assert "Queued" in page
    assert 'name="total" value="3"' in page
    assert "No job is in a state" in client.get("/jobs/all/retry?state=queued&lang=en").text


def test_all_of_a_filter_are_called_off_and_nothing_else(client, bench):
    jobs = drop(bench, 3)
    bench.clock.advance(1)
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",))
    answer = order(client, "cancel", state="queued", total="2")
    assert (answer.status_code, answer.location) == (303, "/jobs?state=queued")
    bench.clock.advance(1)
    late = bench.drop(b"late", relative=b"late.jpg")
    obey(bench, 3)

    states = [bench.job(job.id) for job in jobs]
    assert sorted(job.reasons[0].code for job in states if job.verdict) == [
        "CANCELLED", "CANCELLED", "FACE_NOT_FOUND",
    ]  # fmt: skip
    assert bench.job(late.id).state is State.QUEUED, "it came after the order"
    actions = [action for _, action, _ in audit(bench)]
    assert actions.count("jobs.cancel") == 2, "the order, and that it is through"
    assert actions.count("job.cancel") == 2


def test_rejected_photos_are_run_again(client, bench):
    *_, job = drop(bench, 2)
    for _ in range(2):
        bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",))
    bench.publish_all()
    assert order(client, "retry", code="FACE_NOT_FOUND", total="2").status_code == 303
    obey(bench, 3)
    assert bench.job(job.id).filed is None
    inbox = bench.config.layout.inbox("in")
    assert sorted(path.name for path in inbox.glob("*.jpg")) == ["000.jpg", "001.jpg"]


def test_a_priority_is_set_for_all(client, bench):
    jobs = drop(bench, 3)
    assert order(client, "priority", text="00", total="3", priority="7").status_code == 303
    obey(bench)
    assert [bench.job(job.id).priority for job in jobs] == [7, 7, 7]
    assert order(client, "priority", total="3", priority="101").status_code == 409


def test_it_is_done_a_slice_at_a_time_and_the_list_says_how_far(client, bench, monkeypatch):
    monkeypatch.setattr(bulk, "SLICE", 2)
    jobs = drop(bench, 5)
    order(client, "priority", total="5", priority="3")
    for done in (2, 4, 5):
        obey(bench)
        assert sum(bench.job(job.id).priority == 3 for job in jobs) == done
        assert f"{done} / 5" in client.get("/jobs?lang=zh").text
    bench.clock.advance(3600)
    assert "5 / 5" not in client.get("/jobs").text


def test_a_kill_between_two_slices_leaves_nothing_out_and_does_nothing_twice(bench, monkeypatch):
    monkeypatch.setattr(bulk, "SLICE", 2)
    drop(bench, 5)
    bulk.place(bench.database, bench.clock, JobFilter(), "cancel", by="cli:ann", total=5)

    class Killed(BaseException):
        pass

    def kill(*_args):
        raise Killed

    for _ in range(3):
        with monkeypatch.context() as patched:
            patched.setattr("daemon.store.control.Control.progress", kill)
            with pytest.raises(Killed):
                bench.orders.obey()
        bench.clock.advance(LOOK_EVERY_S)
        obey(bench)
    obey(bench, 2)
    actions = [action for _, action, _ in audit(bench)]
    assert actions.count("job.cancel") == 5
    assert actions.count("jobs.cancel") == 2


def test_never_more_are_met_than_the_person_was_told_of(client, bench):
    jobs = drop(bench, 4)
    order(client, "priority", total="2", priority="9")
    obey(bench, 2)
    assert [bench.job(job.id).priority for job in jobs] == [0, 0, 9, 9]


@pytest.mark.parametrize("total", ["", "x", "-1", "²", "12345678"])
def test_a_count_that_is_none_is_a_mistake(client, bench, total):
    drop(bench, 1)
    assert order(client, "cancel", total=total).status_code == 400


def test_what_is_no_order_is_refused(client, bench):
    drop(bench, 1)
    assert client.get("/jobs/all/delete").status_code == 404
    assert order(client, "delete", total="1").status_code == 404
    assert order(client, "cancel", total="0").status_code == 409
    assert order(client, "retry", state="queued", total="1").status_code == 409
    with pytest.raises(UsageError):
        bulk.meant(bench.database, JobFilter(), "delete")


def test_nothing_is_ordered_by_looking_or_without_the_word(client, bench):
    (job,) = drop(bench, 1)
    client.get("/jobs/all/cancel?state=queued")
    assert client.post("/jobs/all/cancel", data={"total": "1"}).status_code == 403
    obey(bench)
    assert bench.job(job.id).state is State.QUEUED
    assert audit(bench) == []


def test_a_viewer_orders_nothing(bench):
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Accounts(bench.config.layout.accounts, quick)
    accounts.set_password("victor", Role.VIEWER, PASSWORD)
    drop(bench, 1)
    with ExitStack() as stack:
        client = panel(bench, stack).test_client()
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text).group(1)
        client.post("/login", data={"csrf": token, "name": "victor", "password": PASSWORD})
        page = client.get("/jobs").text
        assert "/jobs/all/" not in page
        assert client.get("/jobs/all/cancel").status_code == 403
        assert order(client, "cancel", total="1").status_code == 403
    assert audit(bench) == []


def test_a_receiver_is_told_again(make_bench):
    hooks = [{"name": "hr", "url": "https://hr.example.org/x", "events": ["photo.done"],
              "secret_file": "hr.secret"}]  # fmt: skip
    bench = make_bench(webhooks=hooks)
    drop(bench, 1)
    job = bench.decide()
    bench.publish_all()
    with ExitStack() as stack:
        client = panel(bench, stack).test_client()
        page = client.get(f"/jobs/{job.id}").text
        message = re.search(r'name="message" value="([^"]+)"', page).group(1)
        token = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
        path = f"/jobs/{job.id}/redeliver"
        assert client.post(path, data={"csrf": token, "message": message}).status_code == 303
        assert client.post(path, data={"csrf": token, "message": "msg_x"}).status_code == 409
        assert client.post(path, data={"message": message}).status_code == 403
    assert [action for _, action, _ in audit(bench)] == ["webhooks.redeliver"]
