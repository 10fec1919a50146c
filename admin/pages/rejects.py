"""``/rejects``: photos that were turned away, at which hours, and what a moved limit would change.

Lists of jobs leave as CSV and XLSX from here, too. Nothing is ordered on these pages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    render_template,
    request,
    send_file,
    stream_with_context,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from admin.language import language_of_request
from admin.pages.jobs import known_id, wanted_of
from admin.presenters_rejects import (
    gauge_name,
    moves_of,
    number,
    present_answer,
    present_quality,
    present_rejected,
)
from admin.services import PanelServices
from admin.wording import WORDS
from daemon.config.model import Config
from daemon.domain.gauges import GAUGES, SCORE, Gauge
from daemon.services.rejects import Current, Gallery, Limits, Question, Rejects
from daemon.services.rejects_export import MOST_CSV, MOST_XLSX
from daemon.services.rejects_hours import Rows

DAYS = (1, 7, 30, 90, 365)
_NO_LIMIT = "none"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which time and inbox a page is about.

    Attributes:
        hours: As the services ask for it.
        inbox: Of this inbox; empty for all.
        days: So many days up to now; 0 where a stretch is named.
        kept: Arguments that lead to the same choice.
    """

    hours: Any
    inbox: str
    days: int
    kept: dict[str, object]


def rejects_pages(config: Config, services: PanelServices) -> Blueprint:
    """The gallery, the grid of hours, what if, and files."""
    pages, views = Blueprint("rejects", __name__), _Views(config, services)
    pages.add_url_rule("/rejects", view_func=views.gallery)
    pages.add_url_rule("/rejects/hours", view_func=views.hours)
    pages.add_url_rule("/rejects/limits", view_func=views.limits)
    pages.add_url_rule("/photos", view_func=views.photos)
    pages.add_url_rule("/export/jobs.<any(csv, xlsx):kind>", view_func=views.export)
    return pages


class _Views:
    """The pages; each method is one of them and gives it its name."""

    def __init__(self, config: Config, services: PanelServices) -> None:
        self._config = config
        self._desk = services.desk
        self._rejects = services.desk.rejects
        self._inboxes = [inbox.name for inbox in config.inboxes]

    def gallery(self) -> ResponseReturnValue:
        chosen, asked = _chosen(self._rejects, request.args, 7), request.args
        code = asked.get("code", "").strip().upper()[:64]
        wanted = Gallery(
            chosen.hours, code, _whole(asked, "weekday", range(7)), _whole(asked, "hour", range(24))
        )
        lines, next_id = self._rejects.gallery(wanted, before_id=_before(asked))
        return render_template(
            "rejects.html",
            lines=lines,
            next_id=next_id,
            is_first="before" not in asked,
            wanted=wanted,
            reasons=self._rejects.reasons(chosen.hours),
            export=_export_arguments(chosen, code),
            most={"csv": f"{MOST_CSV:,}", "xlsx": f"{MOST_XLSX:,}"},
            **self._choice(chosen),
        )

    def hours(self) -> ResponseReturnValue:
        chosen, asked = _chosen(self._rejects, request.args, 30), request.args
        language = language_of_request(self._config.language)
        rows = _one_of(asked.get("rows", "weekday"), list(Rows))
        engines = self._rejects.engines(chosen.hours)
        show = _one_of(asked.get("show", "rejected"), ["rejected", "quality"])
        engine = asked.get("engine", "")
        engine = engine if engine in engines else next(iter(engines), "")
        if show == "rejected":
            counts = self._rejects.hours.rejected(chosen.hours, Rows(rows))
            grid = present_rejected(counts, chosen.kept, language)
        else:
            means = self._rejects.hours.quality(chosen.hours, Rows(rows), engine)
            grid = present_quality(Rows(rows), means, chosen.kept, engine, language)
        return render_template(
            "rejects_hours.html", grid=grid, rows=rows, all_rows=list(Rows), show=show,
            engine=engine, engines=engines, **self._choice(chosen),
        )  # fmt: skip

    def limits(self) -> ResponseReturnValue:
        chosen, asked = _chosen(self._rejects, request.args, 30), request.args
        gauge = GAUGES.get(asked.get("gauge", SCORE))
        if gauge is None:
            abort(400)
        gates = {f"{profile} · {engine}": (engine, profile) for engine, profile in
                 self._rejects.gates(gauge, chosen.hours)}  # fmt: skip
        gate = asked.get("gate", "")
        gate = gate if gate in gates else next(iter(gates), "")
        engine, profile = gates.get(gate, ("", ""))
        current = self._rejects.current(gauge, profile, chosen.inbox)
        moved = _moved(gauge, asked, current)
        question = Question(gauge, engine, profile, chosen.hours, moved)
        return render_template(
            "rejects_limits.html",
            gauge=gauge,
            gates=gates,
            gate=gate,
            limits=[number(limit) for limit in gauge.limits],
            moved=moved,
            current=current,
            snapped=_snapped(gauge, current),
            number=number,
            is_first="before" not in asked,
            **self._answer(question, current, is_asked=bool(gates)),
            **self._choice(chosen),
        )

    def _answer(self, question: Question, current: Current, *, is_asked: bool) -> dict[str, Any]:
        """What the moved limit would change, and the photos it would change it for."""
        language = language_of_request(self._config.language)
        move, before = _move(request.args), _before(request.args)
        words = WORDS[language]
        gauges = [(name, gauge_name(one, words)) for name, one in GAUGES.items()]
        if not is_asked:
            return {"answer": None, "lines": [], "next_id": None, "gauges": gauges}
        lines, next_id = self._rejects.changed(question, move, before_id=before)
        answer = present_answer(question, self._rejects.what_if(question), current, language)
        return {"answer": answer, "lines": lines, "next_id": next_id, "gauges": gauges}

    def photos(self) -> ResponseReturnValue:
        """The small pictures behind a number, whatever became of them."""
        wanted = wanted_of(request.args)
        lines, next_id = self._desk.jobs(wanted, before_id=_before(request.args))
        return render_template(
            "photos.html",
            lines=lines,
            next_id=next_id,
            is_first="before" not in request.args,
            wanted=wanted,
            state=request.args.get("state", ""),
        )

    def export(self, kind: str) -> ResponseReturnValue:
        wanted = self._desk.filter_of(wanted_of(request.args))
        language = language_of_request(self._config.language)
        if kind == "xlsx":
            file = self._rejects.workbook(wanted, language)
            return send_file(file, _XLSX, as_attachment=True, download_name="jobs.xlsx")
        pieces = stream_with_context(self._rejects.csv(wanted, language))
        answer = Response(pieces, mimetype="text/csv")
        answer.headers["Content-Disposition"] = 'attachment; filename="jobs.csv"'
        return answer

    def _choice(self, chosen: Chosen) -> dict[str, Any]:
        return {"chosen": chosen, "all_days": DAYS, "inboxes": self._inboxes}


def _chosen(rejects: Rejects, asked: MultiDict[str, str], usual: int) -> Chosen:
    """Which time and inbox; what cannot be understood is a mistake, not ignored."""
    wanted = wanted_of(MultiDict({key: value for key, value in asked.items() if key != "state"}))
    inbox = wanted.inbox
    kept: dict[str, object] = {"inbox": inbox} if inbox else {}
    if wanted.day is not None:
        hours = rejects.of_day(wanted.day, inbox)
        return Chosen(hours, inbox, 0, {**kept, "day": wanted.day.isoformat()})
    if wanted.since_ms is not None:
        hours = rejects.between(wanted.since_ms, wanted.until_ms, inbox)
        until = {} if wanted.until_ms is None else {"until": wanted.until_ms}
        return Chosen(hours, inbox, 0, {**kept, "since": wanted.since_ms, **until})
    days = _whole(asked, "days", range(1, DAYS[-1] + 1)) or usual
    return Chosen(rejects.lately(days, inbox), inbox, days, {**kept, "days": days})


def _export_arguments(chosen: Chosen, code: str) -> dict[str, object]:
    """The same photos as the list of jobs is asked for them."""
    found: dict[str, object] = {
        "state": "rejected",
        "since": chosen.hours.since_ms,
        "until": chosen.hours.until_ms,
    }
    if chosen.inbox:
        found["inbox"] = chosen.inbox
    return {**found, "code": code} if code else found


def _whole(asked: MultiDict[str, str], name: str, within: range) -> int | None:
    text = asked.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:6]) not in within:
        abort(400)
    return int(text[:6])


def _before(asked: MultiDict[str, str]) -> str | None:
    before = asked.get("before")
    return None if before is None else known_id(before)


def _one_of(text: str, known: list[Any]) -> str:
    if text not in known:
        abort(400)
    return text


def _moved(gauge: Gauge, asked: MultiDict[str, str], current: Current) -> Limits:
    """The limits as moved; what is not named stands where it stands now."""
    now = _snapped(gauge, current)
    limit = _limit(gauge, asked.get("limit", ""), now.limit)
    if gauge.name != SCORE:
        return Limits(limit)
    return Limits(limit, _limit(gauge, asked.get("review", ""), now.review))


def _snapped(gauge: Gauge, current: Current) -> Limits:
    """The limits now, as near as they can be asked about."""
    found = (
        None if value is None else gauge.snapped(value)
        for value in (current.limits.limit, current.limits.review)
    )  # fmt: skip
    return Limits(*found)


def _limit(gauge: Gauge, text: str, now: float | None) -> float | None:
    if not text:
        return now
    if text == _NO_LIMIT:
        return None
    try:
        value = float(text[:20])
    except ValueError:
        abort(400)
    if not math.isfinite(value):
        abort(400)
    return gauge.snapped(value)


def _move(asked: MultiDict[str, str]) -> Any:
    try:
        return moves_of(asked.get("move", ""))
    except ValueError:
        abort(400)
