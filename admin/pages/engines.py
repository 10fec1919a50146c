"""``/engines``: what each engine does, under which licence, and how it is in the running worker."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.presenters_engines import present_engines
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.services.engine_room import EngineRoom


def engines_page(config: Config, services: PanelServices, room: EngineRoom) -> Blueprint:
    """The page of the engines."""
    page = Blueprint("engines", __name__)

    @page.get("/engines")
    def engines() -> ResponseReturnValue:
        language = language_of_request(config.language)
        found = present_engines(room.look(), language, services.clock.now_ms())
        return render_template("engines.html", found=found)

    return page
