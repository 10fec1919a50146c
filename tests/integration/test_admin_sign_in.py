"""Who comes in: passwords, sessions, roles, and orders that other pages try to place."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from admin import PanelServices, create_app
from admin.sessions import TRIES, WINDOW_S
from daemon.bootstrap import panel_parts
from daemon.errors import ConfigError, UsageError
from daemon.services.accounts import Accounts, Role

RIGHT, WRONG = "correct horse battery", "wrong horse battery"
# As weak as the library allows: what is tested is who comes in, not how long a guess takes.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def panel(bench) -> Iterator[Callable[[], FlaskClient]]:
    """A panel with two accounts; each call is another browser."""
    accounts = Accounts(bench.config.layout.accounts, QUICK)
    accounts.set_password("alice", Role.OPERATOR, RIGHT)
    accounts.set_password("victor", Role.VIEWER, RIGHT)
    with ExitStack() as stack:
        parts = stack.enter_context(panel_parts(bench.config, bench.clock))
        services = PanelServices(parts.health.checks, parts.overview, parts.desk, clock=bench.clock)
        app = create_app(bench.config, services)
        yield app.test_client


def word_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found.group(1)


def sign_in(client: FlaskClient, name: str = "alice", password: str = RIGHT, **headers):
    word = word_of(client.get("/login").text)
    data = {"csrf": word, "name": name, "password": password}
    return client.post("/login", data=data, headers=headers)


def cookie_of(client: FlaskClient):
    return client.get_cookie("boothd_panel")


def test_without_a_session_there_is_only_the_form(panel):
    answer = panel().get("/")

    assert (answer.status_code, answer.location) == (303, "/login")


def test_the_right_password_opens_the_panel(panel):
    client = panel()
    answer = sign_in(client)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "alice" in client.get("/").text


@pytest.mark.parametrize(("name", "password"), [("alice", WRONG), ("mallory", RIGHT), ("", "")])
def test_a_wrong_password_opens_nothing_and_does_not_say_which_was_wrong(panel, name, password):
    client = panel()
    answer = sign_in(client, name, password, **{"Accept-Language": "en"})

    assert answer.status_code == 403
    assert "That name and password do not go together." in answer.text
    assert client.get("/").status_code == 303


def test_too_many_wrong_passwords_must_wait_even_with_the_right_one(panel, bench):
    client = panel()
    for _ in range(TRIES):
        assert sign_in(client, password=WRONG).status_code == 403

    refused = sign_in(client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= WINDOW_S
    bench.clock.advance(WINDOW_S + 1)
    assert sign_in(client).status_code == 303


def test_the_cookie_is_for_this_panel_alone(panel):
    client = panel()
    sign_in(client)
    cookie = cookie_of(client)

    assert cookie.http_only
    assert cookie.same_site == "Strict"


def test_behind_https_the_cookie_goes_over_nothing_else(make_bench):
    bench = make_bench(panel={"is_https": True})
    Accounts(bench.config.layout.accounts, QUICK).set_password("alice", Role.OPERATOR, RIGHT)
    with panel_parts(bench.config, bench.clock) as parts:
        services = PanelServices(parts.health.checks, parts.overview, parts.desk)
        app = create_app(bench.config, services)
        answer = app.test_client().get("/login", base_url="https://localhost")

    assert "; Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_a_session_from_before_the_sign_in_is_worth_nothing_after_it(panel):
    """Fixation: somebody plants a cookie of theirs, and waits for the owner to sign in."""
    victim, attacker = panel(), panel()
    attacker.get("/login")
    planted = cookie_of(attacker).value
    victim.set_cookie("boothd_panel", planted)
    sign_in(victim)

    assert cookie_of(victim).value != planted
    assert victim.get("/").status_code == 200
    assert attacker.get("/").status_code == 303


def test_a_second_sign_in_gets_another_number_and_another_word(panel):
    client = panel()
    sign_in(client)
    with client.session_transaction() as session:
        first = dict(session)
    client.post("/logout", data={"csrf": word_of(client.get("/").text)})
    sign_in(client)
    client.get("/")
    with client.session_transaction() as session:
        assert session["number"] != first["number"]
        assert session.get("csrf") != first.get("csrf")


def test_a_copied_cookie_ends_with_the_session(panel):
    client, thief = panel(), panel()
    sign_in(client)
    thief.set_cookie("boothd_panel", cookie_of(client).value)
    assert thief.get("/").status_code == 200

    client.post("/logout", data={"csrf": word_of(client.get("/").text)})

    assert thief.get("/").status_code == 303


def test_a_cookie_that_was_changed_is_nobodys(panel):
    client = panel()
    sign_in(client)
    value = cookie_of(client).value
    client.set_cookie("boothd_panel", value[:-4] + ("AAAA" if value[-4:] != "AAAA" else "BBBB"))

    assert client.get("/").status_code == 303


def test_a_session_ends_by_itself(panel, bench):
    client = panel()
    sign_in(client)
    bench.clock.advance(bench.config.panel.session_h * 3600 + 1)

    assert client.get("/").status_code == 303


def test_a_new_password_ends_what_was_signed_in_with_the_old_one(panel, bench):
    client = panel()
    sign_in(client)
    accounts = Accounts(bench.config.layout.accounts, QUICK)
    accounts.set_password("alice", Role.OPERATOR, "another horse battery")

    assert client.get("/").status_code == 303


def test_a_file_of_accounts_that_goes_missing_does_not_open_the_panel(panel, bench):
    client = panel()
    bench.config.layout.accounts.unlink()

    assert client.get("/").status_code == 303


def test_a_file_of_accounts_that_cannot_be_read_opens_nothing(panel, bench):
    client = panel()
    sign_in(client)
    bench.config.layout.accounts.write_text("alice operator hunter2\n")

    assert client.get("/").status_code == 503


def test_after_the_sign_in_the_page_that_was_wanted_comes(panel):
    client = panel()
    client.get("/?next=https://evil.example/")

    assert sign_in(client).location == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
    ],
)
def test_an_order_from_another_page_is_refused(panel, headers):
    client = panel()
    sign_in(client)
    word = word_of(client.get("/").text)

    refused = client.post("/logout", data={"csrf": word}, headers=headers)

    assert refused.status_code == 403
    assert client.get("/").status_code == 200, "the session goes on"


def test_an_order_of_our_own_page_is_taken(panel):
    client = panel()
    sign_in(client)
    word = word_of(client.get("/").text)
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}

    assert client.post("/logout", data={"csrf": word}, headers=headers).status_code == 303


@pytest.mark.parametrize("word", [None, "", "guessed"])
def test_an_order_without_the_word_of_the_session_is_refused(panel, word):
    client = panel()
    sign_in(client)
    client.get("/")

    assert client.post("/logout", data={"csrf": word} if word else {}).status_code == 403


def test_the_word_of_another_session_does_not_count(panel):
    client, other = panel(), panel()
    sign_in(client)
    sign_in(other)
    word = word_of(other.get("/").text)

    assert client.post("/logout", data={"csrf": word}).status_code == 403


def test_signing_somebody_else_in_from_another_page_is_refused(panel):
    """Login CSRF: the victim would work in the attacker's session."""
    answer = panel().post("/login", data={"name": "alice", "password": RIGHT})

    assert answer.status_code == 403


def test_a_name_with_line_ends_writes_no_header_and_no_markup(panel):
    client = panel()
    answer = sign_in(client, "<b>x</b>\r\nSet-Cookie: a=b")

    assert answer.status_code == 403
    assert "<b>x</b>" not in answer.text
    assert all("a=b" not in value for _, value in answer.headers)


def test_a_long_form_is_refused(panel):
    client = panel()
    word = word_of(client.get("/login").text)
    data = {"csrf": word, "name": "alice", "password": "x" * 100_000}

    assert client.post("/login", data=data).status_code == 413


def test_the_hash_is_argon2_and_the_file_is_the_booths_alone(bench):
    path = bench.config.layout.accounts
    Accounts(path).set_password("alice", Role.OPERATOR, RIGHT)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("alice operator $argon2id$")
    assert RIGHT not in path.read_text()


def test_a_password_is_set_from_standard_input_and_closes_the_panel(tmp_path, repo_root):
    config = tmp_path / "boothd.yaml"
    config.write_text('{"root": "booth", "inboxes": [{"name": "in", "plan": ["copy"]}]}')
    command = [sys.executable, "-m", "daemon.cli", "--config", str(config)]
    done = subprocess.run(
        [*command, "panel", "set-password", "victor", "--role", "viewer", "--json"],
        input=f"{RIGHT}\n", text=True, capture_output=True, cwd=repo_root, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    account = Accounts(Path(said["file"])).check("victor", RIGHT)
    assert account is not None
    assert account.role is Role.VIEWER
    assert RIGHT not in done.stdout + done.stderr


def test_another_account_leaves_the_first_as_it_is(bench):
    accounts = Accounts(bench.config.layout.accounts, QUICK)
    accounts.set_password("alice", Role.OPERATOR, RIGHT)
    accounts.set_password("victor", Role.VIEWER, WRONG)

    assert accounts.check("alice", RIGHT)
    assert accounts.check("victor", WRONG)
    assert accounts.check("victor", RIGHT) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [("a b", RIGHT), ("a\nb operator x", RIGHT), ("", RIGHT), ("alice", "short")],
)
def test_names_and_passwords_that_will_not_do_are_refused(bench, name, password):
    accounts = Accounts(bench.config.layout.accounts, QUICK)

    with pytest.raises(UsageError):
        accounts.set_password(name, Role.VIEWER, password)
    assert accounts.all() == {}


def test_a_line_that_is_no_account_is_named(bench):
    path = bench.config.layout.accounts
    path.write_text("alice admin $argon2id$x\n")

    with pytest.raises(ConfigError, match=r"panel\.accounts:1"):
        Accounts(path).all()


@pytest.mark.parametrize("path", ["/no/such/page", "/jobs/0000000000000000000000", "/jobs?state=x"])
def test_pages_that_cannot_be_shown_have_the_menu_for_who_is_signed_in(panel, path):
    stranger, client = panel(), panel()
    sign_in(client)
    page = client.get(f"{path}{'&' if '?' in path else '?'}lang=en").text

    assert '<nav aria-label="Pages">' in page
    assert '<a href="/">Back to the overview</a>' in page
    assert "alice" in page
    assert "<nav" not in stranger.get(path).text


def test_a_viewer_who_may_not_order_has_the_way_back(panel):
    client = panel()
    sign_in(client, "victor")
    word = word_of(client.get("/?lang=en").text)
    refused = client.post("/orders/pause", data={"csrf": word})

    assert refused.status_code == 403
    assert '<nav aria-label="Pages">' in refused.text
    assert '<a href="/">Back to the overview</a>' in refused.text
