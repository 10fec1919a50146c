"""Questions by the API: compare, embed, and what an instruction means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from admin.api import models
from admin.api.bodies import json_body, pair, photo
from admin.api.operations import connect
from admin.api.problems import Refused, language_of_call
from admin.services import ApiServices
from daemon.config.model import Config
from daemon.domain.artifact import Reason
from daemon.services.instructions import parse_instruction
from daemon.services.quality_question import profiles_asked

_MOST_WORDS = 2000


def asking_routes(api: Blueprint, config: Config, services: ApiServices) -> None:
    """The worker is asked, and nothing is kept."""

    def compare() -> ResponseReturnValue:
        return _answer("compare", *pair(models.PairBody))

    def embed() -> ResponseReturnValue:
        return _answer("embed", photo(models.PhotoBody).content)

    def quality() -> ResponseReturnValue:
        content = photo(models.PhotoBody).content
        asked = profiles_asked(config.quality, request.args.get("profile", ""))
        facts = _answer("quality", content, options={"profiles": asked})
        language = language_of_call(config.language)
        return models.quality_said(facts, language).model_dump()

    def idphoto_parse() -> ResponseReturnValue:
        text = json_body(models.ParseBody).text
        if len(text) > _MOST_WORDS:
            code, detail = "BAD_REQUEST", f"text has {_MOST_WORDS} characters at most"
            raise Refused(code, detail)
        return parse_instruction(text, language_of_call(config.language))

    def _answer(
        kind: str, *pictures: bytes, options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        # A thread waits for the answer: never so many that nobody is left for other calls.
        with services.tasks.seat() as has_seat:
            if not has_seat:
                code = "SERVICE_BUSY"
                raise Refused(code, "as many calls wait as may")
            return _asked(kind, pictures, options)

    def _asked(
        kind: str, pictures: tuple[bytes, ...], options: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        questions = services.questions
        language = language_of_call(config.language)
        question_id = questions.ask(kind, pictures, options, language=language)
        answered = questions.answer(question_id, config.api.sync_timeout_s)
        if answered is None:
            questions.drop(question_id)
            code = "SERVICE_BUSY"
            raise Refused(code, "the worker did not come to it in time")
        if answered.reason is not None:
            raise _refused(answered.reason)
        return dict(answered.facts)

    connect(api, compare, embed, quality, idphoto_parse)


def _refused(reason: Reason) -> Refused:
    return Refused(reason.code, facts=reason.facts)
