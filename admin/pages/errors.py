"""What a person sees where a page cannot be shown: a sentence, and the way back."""

from __future__ import annotations

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from admin.gate import PROGRAMS
from admin.language import language_of_request
from admin.wording import WORDS
from daemon.domain.artifact import Reason
from daemon.domain.codes import CODES, explain
from daemon.errors import BoothError
from daemon.telemetry import events, logging


def explain_errors(app: Flask, default_language: str) -> None:
    """Pages for errors; answers for programs have their own."""

    def shown(status: int, reason: str) -> tuple[str, int]:
        language = language_of_request(default_language)
        words = WORDS[language]
        message = words.get(f"error_{status}", words["error_400" if status < 500 else "error_500"])
        detail = words.get(reason.lower(), "")
        if reason in CODES:
            detail = " ".join(explain(Reason(reason), language))
        return render_template("error.html", message=message, detail=detail, status=status), status

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        # A foreign host name has no pages at all, not even one for errors.
        is_bare = isinstance(error, SecurityError) or error.response is not None
        if is_bare or request.path.startswith(PROGRAMS):
            return error
        page, status = shown(error.code or 500, error.description or "")
        headers = {name: value for name, value in error.get_headers() if name == "Allow"}
        return page, status, headers

    @app.errorhandler(BoothError)
    def booth_error(error: BoothError) -> ResponseReturnValue:
        logging.get_logger("panel").warning(events.PANEL_CANNOT_ANSWER, code=error.code)
        return shown(503, error.code)

    @app.errorhandler(InternalServerError)
    def fault(error: InternalServerError) -> ResponseReturnValue:
        # Flask has logged the traceback; nobody outside gets to see it.
        if request.path.startswith(PROGRAMS):
            return error
        return shown(500, "")
