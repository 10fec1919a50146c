"""Lists to read: who did what (audit), who was told what (deliveries), and the settings."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.presenters_jobs import flat, told
from admin.services import PanelServices
from daemon.config.describe import effective
from daemon.config.model import Config


def records_pages(config: Config, services: PanelServices) -> Blueprint:
    """Audit, deliveries, settings."""
    pages = Blueprint("records", __name__)

    @pages.get("/deliveries")
    def deliveries() -> ResponseReturnValue:
        return render_template("deliveries.html", deliveries=services.desk.deliveries())

    @pages.get("/audit")
    def audit() -> ResponseReturnValue:
        rows = [(entry, told(entry.facts)) for entry in services.desk.audit()]
        return render_template("audit.html", rows=rows)

    @pages.get("/settings")
    def settings() -> ResponseReturnValue:
        return render_template("settings.html", rows=list(flat(effective(config))))

    return pages
