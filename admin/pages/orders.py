"""Orders: pause, resume, run again, call off, priority. Each by POST, then back to a page.

The daemon carries them out; each leaves its row in the audit, with who gave it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, g, request, url_for
from flask.typing import ResponseReturnValue

from admin.pages.acting import carried_out
from admin.pages.jobs import known_id
from admin.services import PanelServices
from daemon.services.control import CANCEL, RETRY

_MOST_WHY = 200
# Pages with forms for orders, as those name themselves; nothing else leads anywhere.
_PAGES: Mapping[str, str] = {"overview": "overview.overview", "jobs": "jobs.jobs"}


def orders_pages(services: PanelServices) -> Blueprint:
    """What an operator may do."""
    pages = Blueprint("orders", __name__)
    desk = services.desk

    @pages.post("/orders/pause")
    def pause() -> ResponseReturnValue:
        inbox, why = request.form.get("inbox") or None, request.form.get("why", "").strip()
        return _done(lambda: desk.pause(inbox, by=_who(), why=why[:_MOST_WHY]), "said_pause")

    @pages.post("/orders/resume")
    def resume() -> ResponseReturnValue:
        inbox = request.form.get("inbox") or None
        return _done(lambda: desk.resume(inbox, by=_who()), "said_resume")

    @pages.post("/jobs/<job_id>/retry")
    def retry(job_id: str) -> ResponseReturnValue:
        known_id(job_id)
        return _done(lambda: desk.order(RETRY, job_id, by=_who()), "said_retry", job_id)

    @pages.post("/jobs/<job_id>/cancel")
    def cancel(job_id: str) -> ResponseReturnValue:
        known_id(job_id)
        return _done(lambda: desk.order(CANCEL, job_id, by=_who()), "said_cancel", job_id)

    @pages.post("/jobs/<job_id>/priority")
    def priority(job_id: str) -> ResponseReturnValue:
        known_id(job_id)
        try:
            number = int(request.form.get("priority", "")[:6])
        except ValueError:
            abort(400)
        return _done(lambda: desk.prioritise(job_id, number, by=_who()), "said_priority", job_id)

    return pages


def _who() -> str:
    return str(g.user.label)


def _done(act: Callable[[], object], word: str, job_id: str = "") -> ResponseReturnValue:
    """Do it, and go back to where it was ordered."""
    page = _PAGES.get(request.form.get("back", ""), "overview.overview")
    return carried_out(act, word, url_for("jobs.job", job_id=job_id) if job_id else url_for(page))
