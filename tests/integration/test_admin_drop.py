"""Photos dropped in the browser: they lie in the inbox whole, whatever they are called."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from admin import PanelServices, create_app
from daemon.bootstrap import panel_parts
from daemon.services.accounts import Accounts, Role

PASSWORD = "correct horse battery"


@pytest.fixture
def open_panel(make_bench) -> Iterator:
    with ExitStack() as stack:

        def make(**sections):
            bench = make_bench(**sections)
            parts = stack.enter_context(panel_parts(bench.config, bench.clock))
            services = PanelServices(
                parts.health.checks, parts.overview, parts.desk, clock=bench.clock
            )
            return bench, create_app(bench.config, services).test_client()

        yield make


def _drop(client: FlaskClient, *photos: tuple[bytes, str], inbox="in", **data):
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/drop").text)
    word = found.group(1) if found else ""
    files = [(io.BytesIO(content), name) for content, name in photos]
    form = {"csrf": word, "inbox": inbox, "photos": files, **data}
    return client.post("/drop", data=form, content_type="multipart/form-data", buffered=True)


def _lying(bench):
    folder = bench.config.layout.inbox("in")
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_photos_lie_in_the_inbox_with_their_note(open_panel):
    bench, client = open_panel()
    answer = _drop(client, (b"one", "一寸.jpg"), (b"two", "b.png"), instruct="white background")

    assert (answer.status_code, answer.location) == (303, "/jobs?inbox=in")
    assert _lying(bench) == {
        "一寸.jpg": b"one",
        "一寸.jpg.txt": b"white background\n",
        "b.png": b"two",
        "b.png.txt": b"white background\n",
    }
    assert list((bench.config.layout.state / "uploads").iterdir()) == []
    with bench.database.read() as uow:
        (entry,) = uow.audit.latest()
    assert (entry.who, entry.action, dict(entry.facts)) == (
        "panel:local", "inbox.drop", {"photos": 2}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\x\\me.jpg", None),
        ("..", None),
        (".boothd", "_.boothd"),
        ("a\x00b.jpg", None),
        ("<img src=x>.jpg", "_img src=x_.jpg"),
    ],
)
def test_a_name_is_never_a_path(open_panel, name, kept):
    bench, client = open_panel()
    _drop(client, (b"x", name))

    names = list(_lying(bench))
    assert len(names) == 1
    assert kept is None or names == [kept]
    assert not names[0].startswith(".")
    outside = [
        path for path in bench.config.layout.root.parent.rglob("passwd*") if "in" not in path.parts
    ]
    assert outside == []


def test_a_name_that_is_taken_gets_a_number(open_panel):
    bench, client = open_panel()
    _drop(client, (b"one", "a.jpg"))
    _drop(client, (b"two", "a.jpg"))

    assert _lying(bench) == {"a.jpg": b"one", "a (2).jpg": b"two"}


@pytest.mark.parametrize(
    ("photos", "data"),
    [
        ([], {}),
        ([(b"", "empty.jpg")], {}),
        ([(b"x", "a.jpg")], {"inbox": "nowhere"}),
        ([(b"x", "a.jpg")], {"inbox": "../out"}),
        ([(b"x", "a.jpg")], {"instruct": "one\ntwo"}),
        ([(b"x" * 2000, "a.jpg")], {}),
    ],
)
def test_what_will_not_do_is_refused_whole(open_panel, photos, data):
    bench, client = open_panel(limits={"max_bytes": 1000})
    answer = _drop(client, *photos, **data)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert _lying(bench) == {}


def test_more_than_may_come_at_once_is_refused(open_panel):
    bench, client = open_panel(panel={"upload_mib": 1})
    form = client.get("/drop")
    assert form.status_code == 200
    answer = client.post(
        "/drop", data=bytes((1 << 20) + 1), content_type="multipart/form-data; boundary=x"
    )

    assert answer.status_code == 413
    assert _lying(bench) == {}


def test_nobody_unknown_and_no_viewer_drops_anything(open_panel):
    bench, client = open_panel()
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Accounts(bench.config.layout.accounts, quick)
    accounts.set_password("victor", Role.VIEWER, PASSWORD)
    assert _drop(client, (b"x", "a.jpg")).status_code == 403
    word = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text).group(1)
    data = {"csrf": word, "name": "victor", "password": PASSWORD}
    assert client.post("/login", data=data).status_code == 303

    assert _drop(client, (b"x", "a.jpg")).status_code == 403
    assert _lying(bench) == {}


def test_a_drop_from_another_page_is_refused(open_panel):
    bench, client = open_panel()
    data = {"inbox": "in", "photos": [(io.BytesIO(b"x"), "a.jpg")]}

    assert client.post("/drop", data=data, content_type="multipart/form-data").status_code == 403
    assert _lying(bench) == {}
