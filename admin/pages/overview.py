"""``/``: how today goes, the last hours in charts, and every inbox with what is where."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.presenters import alerts, charts, present, tiles
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.errors import BoothError


def overview_page(config: Config, services: PanelServices) -> Blueprint:
    """The first page."""
    page = Blueprint("overview", __name__)

    @page.get("/")
    def overview() -> ResponseReturnValue:
        language = language_of_request(config.language)
        checks = services.checks()
        troubles = [check for check in checks if not check.is_ok]
        try:
            table = present(services.overview(), language)
            figures = services.desk.figures()
        except BoothError as error:
            # The checks say what to do; a page without numbers is better than none.
            return render_template(
                "overview.html", table=None, problem=error.code, troubles=troubles
            )
        return render_template(
            "overview.html",
            table=table,
            troubles=troubles,
            tiles=tiles(figures, checks, language),
            charts=charts(figures, language),
            alerts=alerts(figures, language),
        )

    return page
