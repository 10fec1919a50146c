"""``/drop``: photos sent from a browser into an inbox, as if they had been copied there."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.services import PanelServices
from admin.wording import WORDS
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.errors import BoothError, UsageError
from daemon.services.desk import Upload
from daemon.telemetry import events, logging

_MOST_INSTRUCT = 500


def drop_page(config: Config, services: PanelServices) -> Blueprint:
    """The form, and what takes it."""
    page = Blueprint("drop", __name__)
    inboxes = [inbox.name for inbox in config.inboxes]

    def shown(problem: str, status: int) -> tuple[str, int]:
        chosen = request.values.get("inbox", "") if request.method == "GET" else ""
        mib = config.panel.upload_mib
        facts = {"inboxes": inboxes, "chosen": chosen, "problem": problem, "mib": mib}
        return render_template("drop.html", **facts), status

    @page.get("/drop")
    def form() -> ResponseReturnValue:
        return shown("", 200)

    @page.post("/drop")
    def take() -> ResponseReturnValue:
        language = language_of_request(config.language)
        inbox, instruct = request.form.get("inbox", ""), request.form.get("instruct", "").strip()
        photos = [
            Upload(file.filename, cast("BinaryIO", file.stream))
            for file in request.files.getlist("photos")
            if file.filename
        ]
        if not photos:
            return shown(WORDS[language]["drop_none"], 400)
        try:
            services.desk.drop(inbox, photos, by=g.user.label, instruct=instruct[:_MOST_INSTRUCT])
        except UsageError as error:
            return shown(str(error), 400)
        except BoothError as error:
            message, advice = explain(Reason(error.code, error.facts), language)
            return shown(f"{message} {advice}", 400)
        except OSError as error:
            logging.get_logger("panel").warning(
                events.PANEL_DROP_FAILED, inbox=inbox, errno=error.errno
            )
            return shown(WORDS[language]["drop_away"], 503)
        flash("said_drop")
        return redirect(url_for("jobs.jobs", inbox=inbox), 303)

    return page
