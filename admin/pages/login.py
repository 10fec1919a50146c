"""``/login`` and ``/logout``: a name and a password for a session."""

from __future__ import annotations

import math

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from admin.gate import Gate
from admin.language import language_of_request
from admin.wording import WORDS
from daemon.telemetry import events, logging


def login_page(gate: Gate, default_language: str) -> Blueprint:
    """Signing in and out."""
    page = Blueprint("login", __name__)
    log = logging.get_logger("panel")

    def form(word: str, status: int, **facts: object) -> tuple[str, int]:
        words = WORDS[language_of_request(default_language)]
        problem = words[word].format(**facts) if word else ""
        return render_template("login.html", problem=problem), status

    @page.get("/login")
    def sign_in() -> ResponseReturnValue:
        if g.user is not None:
            return redirect(url_for("overview.overview"), 303)
        return form("", 200)

    @page.post("/login")
    def try_to_sign_in() -> ResponseReturnValue:
        address = request.remote_addr or ""
        wait_s = math.ceil(gate.tries.take(address))
        if wait_s:
            log.warning(events.PANEL_SIGN_IN_REFUSED, address=address, why="too_many")
            return *form("too_many_tries", 429, wait=wait_s), {"Retry-After": str(wait_s)}
        name = request.form.get("name", "").strip()
        account = gate.accounts.check(name, request.form.get("password", ""))
        if account is None:
            log.warning(events.PANEL_SIGN_IN_REFUSED, address=address, why="wrong")
            return form("wrong_password", 403)
        gate.tries.succeeded(address)
        wanted = session.get("next") or url_for("overview.overview")
        gate.sign_in(account)
        log.info(events.PANEL_SIGNED_IN, address=address, role=account.role.value)
        return redirect(str(wanted), 303)

    @page.post("/logout")
    def sign_out() -> ResponseReturnValue:
        gate.sign_out()
        return redirect(url_for("login.sign_in"), 303)

    return page
