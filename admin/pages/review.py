"""``/review``: photos that wait for a person, one at a time, with a key for each decision.

A decision is an order by POST; the daemon carries it out. Each names which of the photo's ends
the person saw, so that nobody decides about a candidate that is not there any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.pages.jobs import known_id
from admin.presenters_review import decline_choices, present_item, waiting_told
from admin.services import PanelServices
from admin.wording import WORDS
from daemon.config.model import Config
from daemon.domain.codes import CODES
from daemon.errors import UsageError
from daemon.services.review import ReviewDesk
from daemon.services.review_again import Again, options_of_lines

_CODE = re.compile(r"[A-Z0-9_]{0,64}")
_PAGE = 50


def review_pages(config: Config, services: PanelServices) -> Blueprint:
    """The list, a photo, and the decisions."""
    pages = Blueprint("review", __name__)
    desk = services.desk.review
    inboxes = [inbox.name for inbox in config.inboxes]

    @pages.get("/review")
    def waiting() -> ResponseReturnValue:
        filters, words = _filters(), WORDS[language_of_request(config.language)]
        after_id = request.args.get("after", "")
        lines = desk.waiting(**filters, after_id=known_id(after_id) if after_id else "")
        is_whole = not after_id and len(lines) < _PAGE
        count = (len(lines), False) if is_whole else desk.count(**filters)
        return render_template(
            "review_list.html",
            lines=lines,
            told=waiting_told(count, words),
            filters=filters,
            inboxes=inboxes,
            codes=sorted(CODES),
            next_id=lines[-1].line.id if len(lines) == _PAGE else "",
        )

    @pages.get("/review/next")
    def following() -> ResponseReturnValue:
        filters, after_id = _filters(), request.args.get("after", "")
        after_id = known_id(after_id) if after_id else ""
        if g.user.is_operator:
            found = desk.next(g.user.label, **filters, after_id=after_id)
            if after_id and found != after_id:
                desk.look_away(after_id, g.user.label)
        else:
            lines = desk.waiting(**filters, after_id=after_id, limit=1)
            found = lines[0].line.id if lines else None
        if found is None:
            return redirect(url_for("review.waiting", **_told(filters)), 303)
        return redirect(url_for("review.photo", job_id=found, **_told(filters)), 303)

    @pages.get("/review/<job_id>")
    def photo(job_id: str) -> ResponseReturnValue:
        who = g.user.label if g.user.is_operator else None
        item = desk.item(known_id(job_id), who)
        if item is None:
            abort(404)
        language = language_of_request(config.language)
        filters = _filters()
        return render_template(
            "review.html",
            shown=present_item(item, g.user.label, language),
            choices=decline_choices(language),
            told=waiting_told(desk.count(**filters), WORDS[language]),
            filters=_told(filters),
        )

    _decision_pages(pages, desk)
    return pages


def _decision_pages(pages: Blueprint, desk: ReviewDesk) -> None:
    @pages.post("/review/<job_id>/accept")
    def accept(job_id: str) -> ResponseReturnValue:
        return _decided(
            job_id, "said_accept", lambda seen: desk.accept(job_id, by=_who(), seen_ms=seen)
        )

    @pages.post("/review/<job_id>/reject")
    def reject(job_id: str) -> ResponseReturnValue:
        code, note = request.form.get("code", ""), request.form.get("note", "")
        return _decided(
            job_id,
            "said_reject",
            lambda seen: desk.reject(job_id, by=_who(), code=code, note=note, seen_ms=seen),
        )

    @pages.post("/review/<job_id>/redo")
    def redo(job_id: str) -> ResponseReturnValue:
        return _decided(
            job_id,
            "said_redo",
            lambda seen: desk.redo(job_id, again_of(request.form), by=_who(), seen_ms=seen),
        )


def _filters() -> dict[str, Any]:
    code = request.args.get("code", "").strip().upper()
    if not _CODE.fullmatch(code):
        abort(400)
    return {"inbox": request.args.get("inbox", "")[:200], "code": code}


def _told(filters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value}


def again_of(form: Mapping[str, str]) -> Again:
    """How a photo is to be done again, as the form says it.

    Raises:
        UsageError: A line is no option.
    """
    routes = tuple(part for part in re.split(r"[,\s]+", form.get("routes", "")[:200]) if part)
    options = options_of_lines(form.get("options", "").splitlines())
    return Again(routes, options, form.get("instruct"))


def _who() -> str:
    return str(g.user.label)


def _decided(job_id: str, word: str, decide: Callable[[int | None], object]) -> ResponseReturnValue:
    """Decide, and go on to the next photo; what cannot be done is said."""
    known_id(job_id)
    seen = request.form.get("seen", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 16):
        abort(400)
    filters = _told(_filters())
    try:
        decide(int(seen))
    except UsageError as error:
        following = url_for("review.following", after=job_id, **filters)
        back = url_for("review.photo", job_id=job_id, **filters)
        return render_template(
            "review_refused.html", reason=str(error), back=back, following=following
        ), 409
    flash(word)
    return redirect(url_for("review.following", after=job_id, **filters), 303)
