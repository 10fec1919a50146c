"""``/inboxes``: how each inbox is watched, what lies in it that is no job yet, and its past."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.pages.acting import carried_out
from admin.presenters_inboxes import present_inboxes
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.services.inbox_files import MOST_FILES

_MOST_WHY = 200


def inboxes_page(config: Config, services: PanelServices) -> Blueprint:
    """The page of the inboxes, and what may be ordered on it."""
    page = Blueprint("inboxes", __name__)
    desk = services.desk

    @page.get("/inboxes")
    def inboxes() -> ResponseReturnValue:
        language = language_of_request(config.language)
        now_ms = services.clock.now_ms()
        return render_template(
            "inboxes.html",
            inboxes=present_inboxes(desk.inboxes(), language, now_ms),
            most=MOST_FILES,
        )

    @page.post("/inboxes/scan")
    def scan() -> ResponseReturnValue:
        return _done(lambda: desk.rescan(_inbox(), by=g.user.label), "said_rescan")

    @page.post("/inboxes/pause")
    def pause() -> ResponseReturnValue:
        why = request.form.get("why", "").strip()[:_MOST_WHY]
        return _done(lambda: desk.pause(_inbox(), by=g.user.label, why=why), "said_pause")

    @page.post("/inboxes/resume")
    def resume() -> ResponseReturnValue:
        return _done(lambda: desk.resume(_inbox(), by=g.user.label), "said_resume")

    return page


def _inbox() -> str:
    return request.form.get("inbox", "")


def _done(act: Callable[[], object], word: str) -> ResponseReturnValue:
    return carried_out(act, word, url_for("inboxes.inboxes"))
