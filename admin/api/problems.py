"""Errors of the API: always ``{code, message, request_id}``, never a page and never a trace.

A request brings its own id in ``X-Request-ID`` or is given one; the answer and every line of
the log that it causes carry it.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping

import structlog
from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.domain.codes import CODES, explain
from daemon.errors import BoothError, UsageError
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger

PREFIX = "/api/"
CONTENT_TYPE = "application/problem+json"
REQUEST_ID = "X-Request-ID"
# What a caller who comes too early is told to wait, in seconds.
RETRY_AFTER_S = 2
# The longest that ?wait= waits.
MOST_WAIT_S = 30.0
_COMES_LATER = frozenset({429, 503})
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BY_STATUS = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    503: "SERVICE_BUSY",
}


class Refused(Exception):
    """A call that cannot be answered as it was meant.

    Args:
        code: Of ``daemon.domain.codes``; gives the status too.
        detail: What exactly, for whoever wrote the call.
        retry_after_s: When to come again.
        facts: Values behind the code's message.
    """

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        retry_after_s: int | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.facts = {"detail": detail, **(facts or {})} if detail else facts or {}


def request_id() -> str:
    """The id of the request in hand: the caller's where it is harmless, else a new one."""
    if "request_id" not in g:
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _SAFE_ID.fullmatch(given) else secrets.token_hex(12)
    return str(g.request_id)


def language_of_call(default: str) -> str:
    """``zh`` or ``en``, as the caller's ``Accept-Language`` says."""
    return request.accept_languages.best_match(["zh", "en"]) or default


def problem(refused: Refused, language: str, status: int | None = None) -> Response:
    """The answer for a refusal."""
    code = refused.code if refused.code in CODES else "INTERNAL_ERROR"
    status = status or CODES[code].http_status
    message, advice = explain(Reason(code, refused.facts), language)
    # What exactly is to be done, where somebody knows; else the general advice.
    said = refused.detail if refused.detail and refused.detail not in message else advice
    body: dict[str, object] = {
        "code": code,
        "message": f"{message} {said}",
        "request_id": request_id(),
    }
    if refused.detail:
        body["detail"] = refused.detail
    retry_after_s = refused.retry_after_s or (RETRY_AFTER_S if status in _COMES_LATER else None)
    answer = Response(status=status, content_type=CONTENT_TYPE)
    if retry_after_s is not None:
        body["retry_after"] = retry_after_s
        answer.headers["Retry-After"] = str(retry_after_s)
    if status == CODES["UNAUTHORIZED"].http_status:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="boothd"'
    answer.set_data(json.dumps(body, ensure_ascii=False) + "\n")
    return answer


def speak_json(app: Flask, config: Config) -> None:
    """Give every answer under ``/api/`` its id, and JSON where it would be anything else.

    What Flask refuses before a route is found (no such address, a foreign host name) never
    comes to a handler of ours; it is put into words here.
    """

    @app.before_request
    def begin() -> None:
        if request.path.startswith(PREFIX):
            g.began_s = time.monotonic()
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(request_id=request_id())

    @app.after_request
    def finish(response: Response) -> Response:
        if not request.path.startswith(PREFIX):
            return response
        if response.status_code >= 400 and response.content_type != CONTENT_TYPE:
            code = _BY_STATUS.get(response.status_code)
            code = code or ("BAD_REQUEST" if response.status_code < 500 else "INTERNAL_ERROR")
            told = problem(_said(code, config), language_of_call(config.language))
            response.set_data(told.get_data())
            response.content_type = CONTENT_TYPE
            response.headers.extend(
                {k: v for k, v in told.headers.items() if k in {"Retry-After", "WWW-Authenticate"}}
            )
        response.headers[REQUEST_ID] = request_id()
        _tell(response)
        return response


def _said(code: str, config: Config) -> Refused:
    if code == "REQUEST_TOO_LARGE":
        return Refused(code, facts={"limit": config.api.max_bytes})
    return Refused(code)


def _tell(response: Response) -> None:
    took_ms = round((time.monotonic() - g.get("began_s", time.monotonic())) * 1000)
    get_logger("api").info(
        events.API_ANSWERED,
        request_id=request_id(),
        method=request.method,
        endpoint=request.endpoint,
        status=response.status_code,
        took_ms=took_ms,
    )


def explain_problems(api: Blueprint, config: Config) -> None:
    """What a route of the API raises becomes a problem with its code."""

    def language() -> str:
        return language_of_call(config.language)

    @api.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return problem(error, language())

    @api.errorhandler(BoothError)
    def booth_error(error: BoothError) -> Response:
        if not isinstance(error, UsageError):
            return problem(Refused(error.code, facts=error.facts), language())
        code = error.code if error.code != UsageError.code else "BAD_REQUEST"
        detail = str(error) if str(error) != error.code else ""
        return problem(Refused(code, detail, facts=error.facts), language())

    @api.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response | HTTPException:
        if isinstance(error, RequestEntityTooLarge):
            return problem(_said("REQUEST_TOO_LARGE", config), language())
        return error  # ``speak_json`` finds the words

    @api.errorhandler(Exception)
    def fault(_error: Exception) -> Response:
        get_logger("api").exception(events.API_FAILED, request_id=request_id())
        return problem(Refused("INTERNAL_ERROR"), language())
