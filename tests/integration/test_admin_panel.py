"""The panel shows how the booth is, changes nothing, and gives nothing away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from admin import PanelServices, create_app
from admin.security import check_host
from admin.wording import WORDS
from daemon import __version__
from daemon.bootstrap import panel_parts
from daemon.config.model import Panel
from daemon.domain.job import Verdict
from daemon.errors import ConfigError
from daemon.services.health import STATUS_NAME, DaemonStatus, read_status, write_status


@pytest.fixture
def client(bench) -> Iterator[FlaskClient]:
    with panel_parts(bench.config, bench.clock) as parts:
        services = PanelServices(parts.health.checks, parts.overview, parts.desk)
        app = create_app(bench.config, services)
        yield app.test_client()


@pytest.fixture
def running(bench) -> DaemonStatus:
    """The notice of a daemon that runs and is well."""
    now_ms = bench.clock.now_ms()
    status = DaemonStatus(
        pid=os.getpid(),
        version=__version__,
        started_ms=now_ms,
        at_ms=now_ms,
        worker="ready",
        worker_since_ms=now_ms,
    )
    write_status(bench.config.layout, status)
    return status


def _checks(client):
    answer = client.get("/readyz")
    return answer.status_code, {check["name"]: check for check in answer.json["checks"]}


def test_healthz_answers_whatever_the_booth_is_like(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"ok": True})


def test_a_booth_that_is_well_is_ready(client, running):
    status, checks = _checks(client)

    assert [name for name, check in checks.items() if not check["ok"]] == []
    assert status == 200
    assert set(checks) == {
        "daemon", "worker", "disk", "schema", "database", "queue", "inboxes"
    }  # fmt: skip


def test_without_a_daemon_it_is_not_ready_and_says_so(client):
    status, checks = _checks(client)

    assert status == 503
    assert checks["daemon"]["reason"] == "the daemon has not run here yet"


def test_a_daemon_that_fell_silent_is_noticed(client, running, bench):
    bench.clock.advance(31)
    status, checks = _checks(client)

    assert status == 503
    assert checks["daemon"]["reason"] == "the daemon was last heard of 31 s ago"


@pytest.mark.parametrize("state", ["backing_off", "broken", "stopped", "something new"])
def test_a_worker_that_needs_a_look_is_not_ready(client, running, bench, state):
    write_status(bench.config.layout, _changed(running, worker=state))
    status, checks = _checks(client)

    assert status == 503
    assert checks["worker"]["state"] == state


def test_a_part_without_progress_is_named(client, running, bench):
    write_status(bench.config.layout, _changed(running, silent=("dispatcher",)))

    assert _checks(client)[1]["daemon"]["reason"] == "no progress in: dispatcher"


def _changed(status: DaemonStatus, **facts) -> DaemonStatus:
    names = ("pid", "version", "started_ms", "at_ms", "worker", "worker_since_ms", "silent")
    return DaemonStatus(**{name: getattr(status, name) for name in names} | facts)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff"])
def test_a_notice_that_cannot_be_read_counts_as_none(bench, content):
    (bench.config.layout.state / STATUS_NAME).write_bytes(content)

    assert read_status(bench.config.layout) is None


def test_a_notice_that_cannot_be_written_does_not_stop_the_daemon(bench, running):
    config = bench.config.model_copy(update={"state": bench.config.layout.database / "no"})

    write_status(config.layout, running)


def test_the_oldest_queued_photo_has_its_age(client, running, bench):
    bench.drop()
    bench.clock.advance(25)

    assert _checks(client)[1]["queue"]["oldest_queued_s"] == 25


def test_a_hold_of_the_booth_is_trouble_and_one_of_a_person_is_not(client, running, bench):
    with bench.database.write() as uow:
        uow.control.hold("queue", "alice", "lunch")
    assert _checks(client)[0] == 200
    with bench.database.write() as uow:
        uow.control.lift("queue")
        uow.control.hold("queue", "boothd", "DISK_FULL: 3 MiB free")

    status, checks = _checks(client)

    assert (status, checks["queue"]["reason"]) == (503, "on hold: DISK_FULL: 3 MiB free")


def test_an_offline_inbox_is_named_with_its_reason(client, running, bench):
    with bench.database.write() as uow:
        uow.inboxes.seen(
            "in", device=1, mode="scan", state="offline", reason="EHOSTDOWN",
            scanned_ms=1, files=0, waiting=0,
        )  # fmt: skip

    status, checks = _checks(client)

    assert status == 503
    assert checks["inboxes"]["offline"] == ["in"]
    assert checks["inboxes"]["reason"] == "offline: in: EHOSTDOWN"


def test_too_little_room_is_named(make_bench):
    bench = make_bench(retention={"min_free_mib": 1 << 40})
    with panel_parts(bench.config, bench.clock) as parts:
        (disk,) = [check for check in parts.health.checks() if check.name == "disk"]

    assert not disk.is_ok
    assert disk.reason == f"less than {1 << 40} MiB free: root, state"


def test_without_a_database_the_panel_still_answers(booth, manual_clock):
    config = booth()
    with panel_parts(config, manual_clock) as parts:
        client = create_app(
            config, PanelServices(parts.health.checks, parts.overview, parts.desk)
        ).test_client()
        status, checks = _checks(client)
        page = client.get("/?lang=en")
        jobs = client.get("/jobs")

    assert status == 503
    assert checks["schema"]["reason"] == "there is no database yet"
    assert page.status_code == 200
    assert "there is no database yet" in page.text
    assert jobs.status_code == 503
    assert "boothd" in jobs.text, "it says what to do"
    assert not config.layout.database.exists(), "looking must not make one"


class _Cells(HTMLParser):
    """The text of each cell of a table, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self._in_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._in_cell = self._in_cell and tag not in {"td", "th"}

    def handle_data(self, data):
        if self._in_cell:
            self.rows[-1][-1] += data.strip()


def test_the_page_counts_photos_by_inbox_and_state(client, running, bench):
    bench.drop(relative=b"a.jpg")
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",))
    bench.publish_all()
    bench.drop(b"other", relative=b"b.jpg")

    cells = _Cells()
    cells.feed(client.get("/?lang=en").text)
    head, row, total = cells.rows[-3:]

    counted = dict(zip(head, row, strict=True))
    assert (counted["Inbox"], counted["Queued"], counted["Rejected"]) == ("in", "1", "1")
    assert counted["Done"] == "0"
    assert total[0] == "Total"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_speaks_both_languages(client, running, language):
    page = client.get(f"/?lang={language}")

    assert f'<html lang="{language}">' in page.text
    assert WORDS[language]["ready"] in page.text


def test_the_page_speaks_the_booths_language_unless_asked(client, running):
    assert '<html lang="zh">' in client.get("/").text
    assert '<html lang="zh">' in client.get("/?lang=tlh").text


def test_every_word_exists_in_both_languages():
    assert set(WORDS["zh"]) == set(WORDS["en"])


def test_a_hold_with_markup_in_it_is_shown_as_text(client, running, bench):
    with bench.database.write() as uow:
        uow.control.hold("inbox:in", "alice", "<script>alert(1)</script>")

    page = client.get("/").text

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/static/panel.css", "/nothing"])
def test_every_answer_carries_the_guards(client, running, path):
    answer = client.get(path)
    headers = answer.headers
    answer.close()

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_nothing_but_looking_is_taken(client, running, method, path):
    assert getattr(client, method)(path).status_code == 405


def test_looking_writes_nothing(client, running, bench):
    bench.drop()
    before = _data_version(bench)
    for path in ("/", "/readyz", "/healthz"):
        client.get(path)

    assert _data_version(bench) == before


def _data_version(bench) -> tuple[int, int]:
    """Size of the database and of its journal: any commit would lengthen the latter."""
    path = bench.config.layout.database
    return path.stat().st_size, path.with_name(path.name + "-wal").stat().st_size


def test_a_page_of_another_name_on_this_address_reads_nothing(client, running):
    """DNS rebinding: a hostile page whose name resolves to 127.0.0.1."""
    assert client.get("/readyz", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/readyz", headers={"Host": "127.0.0.1:8480"}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "::1", "localhost"])
def test_the_panel_may_listen_on_this_machine(host):
    check_host(Panel(host=host), has_account=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "booth.example", "", "10.0.0.1"])
def test_the_panel_refuses_to_listen_for_others_without_a_password(host):
    with pytest.raises(ConfigError, match=r"panel\.host"):
        check_host(Panel(host=host), has_account=False)


def test_a_panel_that_answers_to_other_names_needs_a_password_too():
    """A reverse proxy on this machine lets others in, whatever the address is."""
    with pytest.raises(ConfigError, match="set-password"):
        check_host(Panel(trusted_hosts=("booth.lan",)), has_account=False)


def test_with_a_password_the_panel_may_listen_for_others():
    check_host(Panel(host="192.168.1.5"), has_account=True)
    check_host(Panel(host="0.0.0.0", trusted_hosts=("booth.lan",)), has_account=True)


def test_every_address_at_once_needs_the_names_that_are_meant():
    with pytest.raises(ConfigError, match=r"panel\.trusted_hosts"):
        check_host(Panel(host="0.0.0.0"), has_account=True)
