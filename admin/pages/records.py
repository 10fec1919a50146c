"""Lists to read: who did what (audit), and who was told what (deliveries)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from admin.presenters_measures import told
from admin.services import PanelServices


def records_pages(services: PanelServices) -> Blueprint:
    """Audit, deliveries."""
    pages = Blueprint("records", __name__)

    @pages.get("/deliveries")
    def deliveries() -> ResponseReturnValue:
        return render_template("deliveries.html", deliveries=services.desk.deliveries())

    @pages.get("/audit")
    def audit() -> ResponseReturnValue:
        rows = [(entry, told(entry.facts)) for entry in services.desk.audit()]
        return render_template("audit.html", rows=rows)

    return pages
