"""``/compare``: are two photos of one person? Asked of the running worker; nothing is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)  # fmt: skip
from flask.typing import ResponseReturnValue

from admin.language import language_of_request
from admin.presenters_compare import present_comparison
from admin.wording import WORDS
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.errors import BoothError, InputError
from daemon.services.comparisons import SIDES, Chosen, Comparisons, NoPicture
from daemon.services.pictures import Side

_JOB_ID = re.compile(r"[0-9a-f]{22}")
_NUMBER = re.compile(r"[0-9a-f]{32}")
# What a form has besides its photos.
_FORM_BYTES = 64 * 1024
_CHOICES = (Side.BEFORE, Side.AFTER)


@dataclass(frozen=True, slots=True)
class Field:
    """One side of the form, as it was filled in.

    Attributes:
        side: ``a`` or ``b``.
        label: What it is called.
        job_id: What stands there.
        choice: Which picture of the job.
        problem: What is wrong with it, or empty.
    """

    side: str
    label: str
    job_id: str = ""
    choice: str = Side.BEFORE.value
    problem: str = ""


class Unfit(ValueError):
    """A side of the form that cannot be used; its text is for people."""


def compare_page(app: Flask, config: Config, comparisons: Comparisons) -> Blueprint:
    """The form, and what takes it."""
    page = Blueprint("compare", __name__)
    mib = comparisons.most_bytes / (1 << 20)
    app.config["LONG_FORMS"]["compare.ask"] = 2 * comparisons.most_bytes + _FORM_BYTES

    def shown(fields: list[Field], problem: str = "", status: int = 200) -> tuple[str, int]:
        facts: dict[str, Any] = {"fields": fields, "problem": problem, "mib": f"{mib:.3g}"}
        facts["choices"] = [choice.value for choice in _CHOICES]
        return render_template("compare.html", **facts), status

    @page.get("/compare")
    def form() -> ResponseReturnValue:
        words = _words(config)
        return shown([
            Field(side, words[f"side_{side}"], request.args.get(side, "")[:40]) for side in SIDES
        ])  # fmt: skip

    @page.post("/compare")
    def ask() -> ResponseReturnValue:
        language = language_of_request(config.language)
        photos, fields = _filled(comparisons.most_bytes, WORDS[language])
        if any(field.problem for field in fields):
            return shown(fields, status=400)
        try:
            number = comparisons.ask(photos, by=g.user.label, language=language)
        except InputError as error:
            return shown(_blamed(fields, error, language), status=400)
        except BoothError as error:
            return shown(fields, " ".join(explain(_reason(error), language)), 503)
        return redirect(url_for("compare.answer", number=number), 303)

    _answers(page, config, comparisons)
    return page


def _answers(page: Blueprint, config: Config, comparisons: Comparisons) -> None:
    """The page of an answer, its pictures, and how to let go of it."""

    @page.get("/compare/<number>")
    def answer(number: str) -> ResponseReturnValue:
        language = language_of_request(config.language)
        found = comparisons.look(_known(number), by=g.user.label)
        if found is None:
            return render_template("compare_gone.html"), 404
        if found.is_waiting or found.reason is not None:
            told = [] if found.reason is None else _told(found.reason, language)
            return render_template("compare_waiting.html", number=number, told=told)
        ready = present_comparison(found, language)
        return render_template("compare_answer.html", number=number, found=ready)

    @page.get("/compare/<number>/picture/<side>")
    def picture(number: str, side: str) -> ResponseReturnValue:
        found = comparisons.picture(_known(number), side, by=g.user.label)
        if found is None:
            abort(404)
        content, mime = found
        return Response(content, mimetype=mime)

    @page.post("/compare/<number>/forget")
    def forget(number: str) -> ResponseReturnValue:
        comparisons.forget(_known(number), by=g.user.label)
        flash("said_forgotten")
        return redirect(url_for("compare.form"), 303)


def _filled(most_bytes: int, words: Any) -> tuple[list[Chosen], list[Field]]:
    """What the form names, and the form as it was filled in, with what is wrong with it."""
    photos, fields = list[Chosen](), list[Field]()
    for side in SIDES:
        problem = ""
        try:
            photos.append(_chosen(side, most_bytes, words))
        except Unfit as error:
            problem = str(error)
        fields.append(_field(side, words, problem))
    return photos, fields


def _chosen(side: str, most_bytes: int, words: Any) -> Chosen:
    """What one side of the form names.

    Raises:
        Unfit: Nothing, two things, or no id.
    """
    file, job_id = request.files.get(f"file_{side}"), request.form.get(f"job_{side}", "").strip()
    # One byte more than is allowed: enough to know that it is too many.
    content = b"" if file is None else file.stream.read(most_bytes + 1)
    if job_id and content:
        raise Unfit(words["choose_one"])
    if content or (file is not None and file.filename):
        return Chosen(content=content)
    if not job_id:
        raise Unfit(words["choose_photo"])
    if not _JOB_ID.fullmatch(job_id):
        raise Unfit(words["no_such_job"])
    choice = request.form.get(f"which_{side}", "")
    return Chosen(job_id=job_id, side=Side.AFTER if choice == Side.AFTER else Side.BEFORE)


def _field(side: str, words: Any, problem: str) -> Field:
    choice = request.form.get(f"which_{side}", "")
    return Field(
        side,
        words[f"side_{side}"],
        request.form.get(f"job_{side}", "")[:40],
        choice if choice in {one.value for one in _CHOICES} else Side.BEFORE.value,
        problem,
    )


def _blamed(fields: list[Field], error: InputError, language: str) -> list[Field]:
    """The form with the trouble at the side it is about."""
    told = " ".join(explain(_reason(error), language))
    if isinstance(error, NoPicture):
        told = WORDS[language]["job_has_none"]
    return [
        Field(field.side, field.label, field.job_id, field.choice, told)
        if error.facts.get("side", "a") == field.side
        else field
        for field in fields
    ]


def _told(reason: Reason, language: str) -> list[str]:
    """Why there is no answer, with the photo that is to blame, where one is."""
    side = reason.facts.get("side")
    named = [f"{WORDS[language][f'side_{side}']}:"] if side in SIDES else []
    return [*named, *explain(reason, language)]


def _reason(error: BoothError) -> Reason:
    return Reason(error.code, {**error.facts})


def _known(number: str) -> str:
    if not _NUMBER.fullmatch(number):
        abort(404)
    return number


def _words(config: Config) -> Any:
    return WORDS[language_of_request(config.language)]
