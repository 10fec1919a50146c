"""``/inboxes``: how each inbox is watched, and what lies in it that is no job yet."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.presenters_inboxes import present_inboxes
from admin.services import PanelServices
from daemon.config.model import Config


def inboxes_page(config: Config, services: PanelServices) -> Blueprint:
    """The page of the inboxes."""
    page = Blueprint("inboxes", __name__)

    @page.get("/inboxes")
    def inboxes() -> ResponseReturnValue:
        language = language_of_request(config.language)
        now_ms = services.clock.now_ms()
        return render_template(
            "inboxes.html", inboxes=present_inboxes(services.desk.inboxes(), language, now_ms)
        )

    return page
