"""``/``: every inbox with what is waiting, being worked on, and done."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.presenters import present
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.errors import BoothError


def overview_page(config: Config, services: PanelServices) -> Blueprint:
    """The first page, in words of a language."""
    page = Blueprint("overview", __name__)

    @page.get("/")
    def overview() -> ResponseReturnValue:
        language = language_of_request(config.language)
        checks = services.checks()
        try:
            table = present(services.overview(), language)
        except BoothError as error:
            # The checks say what to do; a page without numbers is better than none.
            table = None
            problem = error.code
        else:
            problem = ""
        return render_template(
            "overview.html",
            table=table,
            problem=problem,
            troubles=[check for check in checks if not check.is_ok],
        )

    return page
