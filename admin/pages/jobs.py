"""``/jobs``: every job by filters, newest first; ``/jobs/ID``: all about one, with its pictures."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from admin.language import language_of_request
from admin.presenters import COLUMNS
from admin.presenters_jobs import present_dossier
from admin.services import PanelServices
from daemon.config.model import Config
from daemon.domain.codes import CODES
from daemon.domain.job import State
from daemon.errors import UsageError
from daemon.services.bulk import Going
from daemon.services.desk import Wanted
from daemon.services.pictures import Side

_ID = re.compile(r"[0-9a-f]{22}")
_MOST_TEXT = 200
# What a list may be asked for: the states, and "taking_in" for two of them.
STATES = {**COLUMNS, **{state.value: (state,) for state in State}}
# Later than any photo: larger numbers no clock can tell.
_MOST_MS = 1 << 43
# An order about many that is through is told of for so long.
_SHOWN_MS = 600_000
# Where there is no small picture.
BLANK = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96">'
    '<rect width="96" height="96" fill="#8882"/><path d="M22 66l16-20 12 14 10-8 14 14z" '
    'fill="#8886"/><circle cx="62" cy="34" r="7" fill="#8886"/></svg>'
)


def jobs_pages(config: Config, services: PanelServices) -> Blueprint:
    """The list, the page of a job, and its pictures."""
    pages = Blueprint("jobs", __name__)
    inboxes = [inbox.name for inbox in config.inboxes]

    @pages.get("/jobs")
    def jobs() -> ResponseReturnValue:
        wanted = wanted_of(request.args)
        before = request.args.get("before")
        if before is not None and not _ID.fullmatch(before):
            abort(400)
        lines, next_id = services.desk.jobs(wanted, before_id=before)
        return render_template(
            "jobs.html",
            lines=lines,
            # Older pages stand still; on the first one photos move and new ones come.
            is_live=before is None,
            next_id=next_id,
            is_first=before is None,
            wanted=wanted,
            inboxes=inboxes,
            states=[*COLUMNS, "withdrawn"],
            codes=sorted(CODES),
            going=_still_going(services),
            holds=services.desk.holds(),
        )

    @pages.get("/jobs/<job_id>")
    def job(job_id: str) -> ResponseReturnValue:
        dossier = services.desk.dossier(known_id(job_id))
        if dossier is None:
            abort(404)
        language = language_of_request(config.language)
        return render_template("job.html", shown_job=present_dossier(dossier, language))

    @pages.post("/jobs/<job_id>/redeliver")
    def redeliver(job_id: str) -> ResponseReturnValue:
        message_id = request.form.get("message", "")[:_MOST_TEXT]
        back = url_for("jobs.job", job_id=known_id(job_id))
        try:
            services.desk.redeliver(job_id, message_id, by=g.user.label)
        except UsageError as error:
            return render_template("refused.html", reason=str(error), back=back), 409
        flash("said_redeliver")
        return redirect(back, 303)

    _picture_pages(pages, services)
    return pages


def _still_going(services: PanelServices) -> list[Going]:
    """Orders about many that are not through, and those of the last minutes."""
    since_ms = services.clock.now_ms() - _SHOWN_MS
    return [one for one in services.desk.going() if not one.is_over or one.placed_ms > since_ms]


def _picture_pages(pages: Blueprint, services: PanelServices) -> None:
    @pages.get("/jobs/<job_id>/<any(before, after, why):side>")
    def picture(job_id: str, side: str) -> ResponseReturnValue:
        found = services.desk.picture(known_id(job_id), Side(side))
        if found is None:
            abort(404)
        name = f"{job_id}-{side}{found.suffix}"
        is_download = not found.is_shown or "download" in request.args
        answer: Response = send_file(
            found.content, found.mime, as_attachment=is_download, download_name=name
        )
        answer.content_length = found.size
        return answer

    @pages.app_template_global()
    def has_thumbnail(job_id: str) -> bool:
        return services.desk.has_thumbnail(job_id)

    @pages.get("/jobs/<job_id>/thumbnail")
    def thumbnail(job_id: str) -> ResponseReturnValue:
        found = services.desk.thumbnail(known_id(job_id))
        # Of a photo that nobody decoded, and after thirty days: a blank, not a broken picture.
        if found is None or not found.is_shown:
            if found is not None:
                found.content.close()
            answer = Response(BLANK, mimetype="image/svg+xml")
            answer.cache_control.max_age = 10
        else:
            answer = send_file(found.content, found.mime)
            answer.content_length = found.size
            answer.cache_control.max_age = 3600
        answer.cache_control.private = True
        return answer


def known_id(job_id: str) -> str:
    """An id as the booth makes them; anything else is not found."""
    if not _ID.fullmatch(job_id):
        abort(404)
    return job_id


def wanted_of(asked: MultiDict[str, str]) -> Wanted:
    """The filters of a question; what cannot be understood is a mistake, not ignored."""
    facts: dict[str, Any] = {
        "inbox": asked.get("inbox", "")[:_MOST_TEXT],
        "code": asked.get("code", "").strip().upper()[:_MOST_TEXT],
        "text": asked.get("text", "").strip()[:_MOST_TEXT],
        "is_low": asked.get("low") == "1",
        "since_ms": _time(asked.get("since", "")),
        "until_ms": _time(asked.get("until", "")),
        "day": _day(asked.get("day", "")),
    }
    state = asked.get("state", "")
    if state and state not in STATES:
        abort(400)
    return Wanted(**facts, states=STATES[state] if state else ())


def _time(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:20]) > _MOST_MS:
        abort(400)
    return int(text)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(400)
    if not 1971 <= day.year <= 2200:
        abort(400)
    return day
