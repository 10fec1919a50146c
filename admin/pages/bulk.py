"""``/jobs/all/…``: an order about every job of a filter, asked once more before it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.pages.jobs import wanted_of
from admin.services import PanelServices
from admin.wording import WORDS
from daemon.config.model import Config
from daemon.errors import UsageError
from daemon.services.bulk import ALLOWED, MOST_JOBS

# Names of the filters that a list of jobs knows.
FILTERS = ("inbox", "state", "code", "text", "day", "since", "until", "low")


def bulk_pages(config: Config, services: PanelServices) -> Blueprint:
    """The question with its count, and what takes the answer."""
    pages = Blueprint("bulk", __name__)
    desk = services.desk

    @pages.get("/jobs/all/<what>")
    def ask(what: str) -> ResponseReturnValue:
        _known(what)
        if not g.user.is_operator:
            abort(403, "VIEWERS_LOOK")
        priority = _priority(request.args.get("priority", "0"))
        meant = desk.meant(wanted_of(request.args), what)
        words = WORDS[language_of_request(config.language)]
        return render_template(
            "jobs_all.html",
            what=what,
            meant=meant,
            question=words[f"bulk_ask_{what}"].format(n=meant.jobs, priority=priority),
            most=MOST_JOBS,
            priority=priority,
            filters=_filters(request.args),
        )

    @pages.post("/jobs/all/<what>")
    def order(what: str) -> ResponseReturnValue:
        _known(what)
        form = request.form
        total = form.get("total", "")
        if not (total.isascii() and total.isdigit() and len(total) < 8):
            abort(400)
        back = url_for("jobs.jobs", **_filters(form))
        try:
            desk.order_all(
                wanted_of(form),
                what,
                by=g.user.label,
                total=int(total),
                priority=_priority(form.get("priority", "0")),
            )
        except UsageError as error:
            return render_template("refused.html", reason=str(error), back=back), 409
        flash("said_bulk")
        return redirect(back, 303)

    return pages


def _known(what: str) -> None:
    if what not in ALLOWED:
        abort(404)


def _filters(asked: Mapping[str, str]) -> dict[str, Any]:
    """The filters that were given, to hand them on."""
    return {name: asked[name][:200] for name in FILTERS if asked.get(name)}


def _priority(text: str) -> int:
    try:
        return int(text[:6])
    except ValueError:
        abort(400)
