"""``/doctor``: what ``boothd check`` says, run as a process of its own that no page waits for."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.presenters_doctor import present_doctor
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.services.checkup import Checkup, Standing
from daemon.telemetry import events, logging


def doctor_page(config: Config, services: PanelServices, checkup: Checkup | None) -> Blueprint:
    """The last answer, and the button for the next."""
    page = Blueprint("doctor", __name__)

    def shown(problem: str, status: int) -> tuple[str, int]:
        standing = Standing(None, None) if checkup is None else checkup.standing()
        language = language_of_request(config.language)
        found = present_doctor(standing, language, services.clock.now_ms())
        facts = {"found": found, "problem": problem, "can_look": checkup is not None}
        return render_template("doctor.html", **facts), status

    @page.get("/doctor")
    def doctor() -> ResponseReturnValue:
        return shown("", 200)

    @page.post("/doctor")
    def look() -> ResponseReturnValue:
        if checkup is None:
            return shown("doctor_none", 503)
        try:
            began = checkup.begin(by=g.user.label)
        except OSError as error:
            logging.get_logger("panel").warning(events.CHECKUP_FAILED, errno=error.errno)
            return shown("doctor_start_failed", 503)
        flash("said_doctor" if began else "said_doctor_busy")
        return redirect(url_for("doctor.doctor"), 303)

    return page
