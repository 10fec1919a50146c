"""``/settings``: the configuration in force, to read: each value, and what set it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.presenters_settings import present_settings
from daemon.config.model import Config
from daemon.config.origins import Origins


def settings_page(config: Config, origins: Origins | None) -> Blueprint:
    """The page of the settings."""
    page = Blueprint("settings", __name__)

    @page.get("/settings")
    def settings() -> ResponseReturnValue:
        only_set = request.args.get("only") == "changed"
        language = language_of_request(config.language)
        sections = present_settings(config, origins, language, only_set=only_set)
        file = None if origins is None else origins.path
        return render_template(
            "settings.html", sections=sections, only_set=only_set, config_file=file
        )

    return page
