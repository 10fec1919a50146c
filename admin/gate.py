"""Who may come in, and whose orders count: sessions, roles, and orders from other pages.

A foreign page can make a browser send a form here. Three things stand against it: the cookie
is not sent along (``SameSite=Strict``), the browser says where the form came from (fetch
metadata, Origin), and the form must carry a word which only our own pages know.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, Request, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import SecurityError

from admin.sessions import Sessions, Tries
from daemon.clock import Clock
from daemon.config.model import Panel
from daemon.errors import ConfigError
from daemon.services.accounts import Account, Accounts, Role

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Everybody may ask these: a monitor has no password, and whoever signs in has none yet.
OPEN_BLUEPRINTS = frozenset({"health", "login"})
# Answers for programs carry tokens of their own; the session counts for nothing there.
PROGRAMS = ("/api/", "/metrics")
# Fetch metadata: a form of our own, or a person's own doing (a bookmark).
_OWN_SITES = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class User:
    """Whoever looks at the panel.

    Attributes:
        name: For the audit.
        role: What they may do.
        is_signed_in: Whether there is anything to sign out of.
    """

    name: str
    role: Role
    is_signed_in: bool = True

    @property
    def is_operator(self) -> bool:
        return self.role is Role.OPERATOR

    @property
    def label(self) -> str:
        """What the audit says."""
        return f"panel:{self.name}"


# Where no password is demanded, whoever sits at this machine is the operator.
SOMEBODY_HERE = User("local", Role.OPERATOR, is_signed_in=False)


class Gate:
    """Sessions and roles.

    Args:
        panel: The panel's settings.
        accounts: Who may sign in.
        clock: Time.
        is_closed: A password is demanded even while there is no account.
    """

    def __init__(self, panel: Panel, accounts: Accounts, clock: Clock, *, is_closed: bool) -> None:
        self.accounts = accounts
        self.sessions = Sessions(clock, panel.session_h * 3600)
        self.tries = Tries(clock)
        # An account that there was once closes the panel for good: a file that goes missing
        # must not open it.
        self._is_closed = is_closed or bool(accounts.all())

    def user(self) -> User | None:
        """Who asks, or ``None`` for somebody who has to sign in first.

        Raises:
            ConfigError: The accounts cannot be read.
        """
        self._is_closed = self._is_closed or bool(self.accounts.all())
        if not self._is_closed:
            return SOMEBODY_HERE
        number = session.get("number", "")
        account = self.sessions.account(number)
        if account is None:
            return None
        if not self.accounts.is_current(account):
            self.sessions.end(number)
            return None
        return User(account.name, account.role)

    def sign_in(self, account: Account) -> None:
        """Begin a session; nothing of the one before is kept but the language."""
        self.sign_out()
        session["number"] = self.sessions.begin(account)

    def sign_out(self) -> None:
        """End the session here and in the browser."""
        self.sessions.end(session.pop("number", ""))
        language = session.get("language")
        session.clear()
        if language is not None:
            session["language"] = language


def guard(app: Flask, gate: Gate) -> None:
    """Look at every question before its page does."""
    # Endpoint → most bytes of its form; others keep to MAX_CONTENT_LENGTH.
    app.config["LONG_FORMS"] = {}

    @app.before_request
    def look() -> ResponseReturnValue | None:
        # A foreign host name has no pages at all.
        if isinstance(request.routing_exception, SecurityError):
            return None
        is_page = request.endpoint != "static" and not request.path.startswith(PROGRAMS)
        if is_page:
            try:
                g.user = gate.user()
            except ConfigError:
                abort(503)
        # An address that does not exist: the page that says so has the menu, for who may see it.
        if request.routing_exception is not None:
            return None
        if request.method not in SAFE_METHODS and _is_foreign(request):
            abort(403, "ORDER_FROM_ELSEWHERE")
        return _page_guard() if is_page else None

    app.jinja_env.globals["csrf_token"] = csrf_token


def csrf_token() -> str:
    """The word that this session's forms carry."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(32)
    return str(session["csrf"])


def _page_guard() -> ResponseReturnValue | None:
    is_safe = request.method in SAFE_METHODS
    if request.blueprint in OPEN_BLUEPRINTS:
        if not is_safe and not _has_token():
            abort(403, "ORDER_WITHOUT_WORD")
        return None
    if g.user is None:
        if not is_safe:
            abort(403, "SIGN_IN_FIRST")
        # Never anything that the question brought along: only a page of ours and its path.
        session["next"] = url_for(str(request.endpoint), **(request.view_args or {}))
        return redirect(url_for("login.sign_in"), 303)
    if is_safe:
        return None
    if not g.user.is_operator:
        abort(403, "VIEWERS_LOOK")
    # Only now is the form read: nobody unknown gets to send a long one.
    if request.endpoint in current_app.config["LONG_FORMS"]:
        request.max_content_length = current_app.config["LONG_FORMS"][request.endpoint]
    if not _has_token():
        abort(403, "ORDER_WITHOUT_WORD")
    return None


def _has_token() -> bool:
    known = session.get("csrf", "")
    given = request.form.get("csrf", "") or request.headers.get("X-CSRF-Token", "")
    return bool(known) and hmac.compare_digest(str(known).encode(), given.encode())


def _is_foreign(asked: Request) -> bool:
    """Whether a browser says that the order comes from somebody else's page."""
    site = asked.headers.get("Sec-Fetch-Site")
    if site is not None and site not in _OWN_SITES:
        return True
    origin = asked.headers.get("Origin")
    # "null" is what a sandboxed frame says; it has no host and is nobody of ours.
    return origin is not None and urlsplit(origin).netloc != asked.host
