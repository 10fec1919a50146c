"""Every address of the panel, taken from its own table, against the attacks of docs/panel.md.

A page that is added is tried here without anybody writing it down.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from admin import PanelServices, create_app
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from daemon.domain.artifact import OutputKind
from daemon.domain.job import Job, State, Verdict
from daemon.services.accounts import Accounts, Role

PASSWORD = "correct horse battery"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
JPEG = b"\xff\xd8\xff\xe0 a picture"
EVIL = b"<img src=x onerror=alert(1)>\"'&lt;.jpg"
SCRIPT = "\"><script>alert(2)</script><!--' {{7*7}}"
# What anybody may ask; /login and /logout have their own word.
OPEN = {"health.healthz", "health.readyz", "login.sign_in", "static"}
SECRET = "root:x:0:0:this must not come out"
CLIMBS = (
    "..%2f..%2f..%2fsecret.txt",
    "%2e%2e/%2e%2e/secret.txt",
    "..%5c..%5csecret.txt",
    "%252e%252e%252fsecret.txt",
    "%00%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
)
LINE_ENDS = ("x%0d%0aSet-Cookie:%20a=1%0d%0aX-Evil:1", "x%e5%98%8d%e5%98%8aX-Evil:1")


@pytest.fixture
def app(bench) -> Iterator[Flask]:
    """The whole panel, the API with it, over a booth with two photos that ended."""
    (bench.config.layout.root / "secret.txt").write_text(SECRET)
    with ExitStack() as stack:
        parts = stack.enter_context(panel_parts(bench.config, bench.clock))
        services = PanelServices(
            parts.health.checks,
            parts.overview,
            parts.desk,
            clock=bench.clock,
            api=ApiServices.of(parts),
            pages=parts.pages,
        )
        yield create_app(bench.config, services)


@pytest.fixture
def job(bench) -> Job:
    ended = bench.drop(JPEG, relative=EVIL)
    bench.decide(Verdict.REVIEW, ("LOW_RESTORE_QUALITY",), {OutputKind.RESULT: JPEG + b" better"})
    bench.publish_all()
    with bench.database.write() as uow:
        uow.jobs.update(ended.id, instruct=SCRIPT)
    other = bench.drop(b"another", relative=b"=HYPERLINK(1).jpg")
    bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",))
    bench.publish_all()
    assert other.id != ended.id
    with bench.database.write() as uow:
        uow.control.hold("inbox:in", SCRIPT, SCRIPT)
    found: Job = bench.job(ended.id)
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _rules(app: Flask, method: str) -> list[Rule]:
    """Pages and what they are made of; the API and the metrics have tokens, not sessions."""
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if method in (rule.methods or ()) and not rule.rule.startswith(("/api/", "/metrics"))
    ]
    assert len(rules) > 10
    return rules


def _filled(rule: Rule, given: str = "", **values: str) -> str:
    """The rule as an address; a part that nobody names is ``given``."""

    def part(found: re.Match[str]) -> str:
        kind, _, name = found[1].rpartition(":")
        if name in values:
            return values[name]
        options = re.fullmatch(r"any\((.*)\)", kind)
        return options[1].split(",")[0].strip() if options else given

    return re.sub(r"<([^>]+)>", part, rule.rule)


def _accounts(bench: Any) -> None:
    accounts = Accounts(bench.config.layout.accounts, QUICK)
    accounts.set_password("alice", Role.OPERATOR, PASSWORD)
    accounts.set_password("victor", Role.VIEWER, PASSWORD)


def _word(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found, path
    return found[1]


def _sign_in(client: FlaskClient, name: str) -> None:
    data = {"csrf": _word(client, "/login"), "name": name, "password": PASSWORD}
    assert client.post("/login", data=data).status_code == 303


def _state(bench: Any) -> tuple[Any, ...]:
    """What an order would change: the audit, holds, jobs, the files of the inbox."""
    with bench.database.read() as uow:
        audit = [(entry.who, entry.action, entry.target) for entry in uow.audit.latest()]
        holds = sorted(hold.scope for hold in uow.control.holds())
        jobs = [(one.id, one.state, one.priority) for one in uow.jobs.in_state(*State, limit=50)]
    names = sorted(path.name for path in bench.config.layout.inbox("in").iterdir())
    return audit, holds, jobs, names


# ── who comes in ──────────────────────────────────────────────────────────────────────────


def test_nothing_is_shown_to_whom_nobody_knows(app, bench, job):
    _accounts(bench)
    for rule in _rules(app, "GET"):
        if rule.endpoint in OPEN:
            continue
        answer = app.test_client().get(_filled(rule, "x", job_id=job.id))
        assert (answer.status_code, answer.location) == (303, "/login"), rule
        assert job.id not in answer.text


def test_no_order_of_whom_nobody_knows_is_taken(app, bench, job):
    _accounts(bench)
    before = _state(bench)
    for rule in _rules(app, "POST"):
        stranger = app.test_client()
        answer = stranger.post(_filled(rule, "x", job_id=job.id), data={"csrf": ""})
        assert answer.status_code == 403, rule
    assert _state(bench) == before


def test_a_viewer_gives_no_order_at_all(app, bench, job):
    _accounts(bench)
    client = app.test_client()
    _sign_in(client, "victor")
    word = _word(client, "/")
    before = _state(bench)
    for rule in _rules(app, "POST"):
        if rule.endpoint.startswith("login."):
            continue
        answer = client.post(_filled(rule, "x", job_id=job.id), data={"csrf": word})
        assert answer.status_code == 403, rule
    assert _state(bench) == before


# ── orders from elsewhere ─────────────────────────────────────────────────────────────────

FOREIGN: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
)


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_every_order_from_another_page_is_refused_even_with_the_word(app, bench, job, headers):
    client = app.test_client()
    word = _word(client, "/drop")
    before = _state(bench)
    for rule in _rules(app, "POST"):
        answer = client.post(
            _filled(rule, "x", job_id=job.id), data={"csrf": word}, headers=headers
        )
        assert answer.status_code == 403, rule
    assert _state(bench) == before


@pytest.mark.parametrize("word", ["", "x" * 43, "ünïcode", None])
def test_every_order_without_the_word_of_the_session_is_refused(app, bench, job, word):
    client = app.test_client()
    assert _word(client, "/drop") != word
    data = {} if word is None else {"csrf": word}
    before = _state(bench)
    for rule in _rules(app, "POST"):
        answer = client.post(_filled(rule, "x", job_id=job.id), data=data)
        assert answer.status_code == 403, rule
    assert _state(bench) == before


def test_the_word_does_not_count_in_the_address(app, bench, job):
    client = app.test_client()
    word = _word(client, "/drop")
    for rule in _rules(app, "POST"):
        path = _filled(rule, "x", job_id=job.id)
        assert client.post(f"{path}?csrf={word}").status_code == 403, rule


def test_looking_at_everything_orders_nothing(app, bench, job):
    client = app.test_client()
    before = _state(bench)
    for rule in _rules(app, "GET"):
        path = _filled(rule, "x", job_id=job.id, filename="panel.css")
        client.get(f"{path}?inbox=in&why=x&priority=9&wish=cancel&lang=en").close()
    assert _state(bench) == before


# ── paths and ids ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("climb", CLIMBS)
def test_no_address_leads_out_of_the_booth(app, job, climb):
    """A climbing name in place of every part of every address, and as every usual argument."""
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        parts = set(re.findall(r"(?::|<)(\w+)>", rule.rule))
        for part in parts or {""}:
            known = {"job_id": job.id} if part != "job_id" else {}
            path = _filled(rule, "x", **{**known, part: climb})
            arguments = f"file={climb}&path={climb}&name={climb}&next={climb}&inbox={climb}"
            answer = client.get(f"{path}?{arguments}")
            assert answer.status_code < 500 or answer.status_code == 503, (path, answer.status_code)
            assert SECRET not in answer.text, path
            assert "root:x:0:0" not in answer.text, path
            if part:
                assert answer.status_code >= 300, path
            answer.close()


@pytest.mark.parametrize(
    "forged",
    ["0" * 22, "0" * 21, "٠" * 22, "-1", "%27%20OR%201=1--", "%f0%28"],
)
def test_no_forged_id_is_anybodys(app, bench, job, forged):
    client = app.test_client()
    word = _word(client, "/drop")
    before = _state(bench)
    for rule in app.url_map.iter_rules():
        parts = set(re.findall(r"(?::|<)(\w+)>", rule.rule)) - {"filename", "side", "kind", "wish"}
        if not parts:
            continue
        if rule.endpoint == "jobs.thumbnail":
            continue  # a blank stands in for every small picture that there is not
        path = _filled(rule, forged)
        for method in {"GET", "POST", "DELETE"} & (rule.methods or set()):
            answer = client.open(path, method=method, data={"csrf": word})
            assert 300 <= answer.status_code < 500, (method, path, answer.status_code)
    assert _state(bench) == before


# ── what answers carry ────────────────────────────────────────────────────────────────────


def _check_headers(answer: Any, where: str) -> None:
    headers = answer.headers
    policy = dict(part.strip().partition(" ")[::2] for part in _policy(headers))
    assert policy["default-src"] == "'none'", where
    assert policy["frame-ancestors"] == "'none'", where
    assert policy["form-action"] == "'self'", where
    assert policy["base-uri"] == "'none'", where
    assert "unsafe" not in str(policy), where
    assert "*" not in str(policy), where
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    for name, value in wanted.items():
        assert headers.getlist(name) == [value], (where, name)
    assert "camera=()" in headers["Permissions-Policy"], where
    for name in ("Server", "X-Powered-By", "Access-Control-Allow-Origin"):
        assert name not in headers, (where, name)
    if headers.get("Content-Type", "").startswith("text/"):
        assert "charset=utf-8" in headers["Content-Type"], where
    for cookie in headers.getlist("Set-Cookie"):
        for flag in ("HttpOnly", "SameSite=Strict", "Path=/"):
            assert flag in cookie, (where, cookie)
        assert "Domain=" not in cookie, where


def _policy(headers: Any) -> list[str]:
    (policy,) = headers.getlist("Content-Security-Policy")
    return [part for part in policy.split(";") if part.strip()]


def test_every_answer_of_every_address_carries_the_guards(app, job):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        path = _filled(rule, "x", job_id=job.id, filename="panel.css")
        for method in sorted((rule.methods or set()) | {"TRACE", "PUT"}):
            answer = client.open(path, method=method)
            _check_headers(answer, f"{method} {path}")
            answer.close()


def test_every_refusal_carries_the_guards(client):
    long = {"data": bytes(70_000), "content_type": "application/x-www-form-urlencoded"}
    asked = {
        400: client.get("/jobs?state=nonsense"),
        403: client.post("/orders/pause"),
        404: client.get("/no/such/page"),
        405: client.delete("/"),
        413: client.post("/login", **long),
    }
    for status, answer in asked.items():
        _check_headers(answer, str(status))
        assert "Traceback" not in answer.text
        assert answer.status_code == status
    _check_headers(client.get("/", headers={"Host": "evil.example"}), "a foreign host")


def test_no_name_writes_a_header(app, job):
    client = app.test_client()
    for rule, injected in itertools.product(app.url_map.iter_rules(), LINE_ENDS):
        for path in {_filled(rule, injected), _filled(rule, "x", job_id=job.id)}:
            answer = client.get(f"{path}?inbox={injected}&lang={injected}&next={injected}")
            assert "X-Evil" not in answer.headers, path
            assert not [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("a=")], path
            answer.close()


def test_a_download_has_a_name_of_ours(client, job):
    """The photo's own name, which anybody may choose, is in no header."""
    answer = client.get(f"/jobs/{job.id}/after?download=1")
    assert answer.status_code == 200
    disposition = answer.headers["Content-Disposition"]
    answer.close()
    assert re.fullmatch(rf'attachment; filename="?{job.id}-after\.jpg"?', disposition)


# ── names, notes and reasons that are script ──────────────────────────────────────────────


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_takes_a_name_or_a_note_for_markup(app, job, language):
    client, shown = app.test_client(), 0
    for rule in _rules(app, "GET"):
        path = _filled(rule, "x", job_id=job.id, filename="panel.css")
        for query in ("", f"&text={SCRIPT}&code={SCRIPT}&inbox=in&instruct={SCRIPT}"):
            answer = client.get(f"{path}?lang={language}{query}")
            if answer.mimetype == "text/html":
                assert "<img src=x" not in answer.text, path
                assert "<script>alert" not in answer.text, path
                assert 'onerror=alert(1)>"' not in answer.text, path
                assert "49" not in re.findall(r"--&#39; ([^<]*)<", answer.text), path
                shown += "&lt;img src=x onerror" in answer.text
            answer.close()
    assert shown >= 2, "the photo's name is on no page: this test looks at nothing"


def test_an_export_holds_no_formula(client, job):
    """A cell that begins like a formula is one, wherever the file is opened."""
    answer = client.get("/export/jobs.csv")
    assert answer.status_code == 200
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    cells = [cell for row in rows for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "@", "\t", "\r"}]
