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
    desk = _Asked(config, services)
    connect(api, desk.compare, desk.embed, desk.quality, desk.idphoto_parse)


class _Asked:
    """Where questions are put."""

    def __init__(self, config: Config, services: ApiServices) -> None:
        self._config = config
        self._services = services

    @property
    def _language(self) -> str:
        return language_of_call(self._config.language)

    def compare(self) -> ResponseReturnValue:
        return self._answer("compare", *pair(models.PairBody))

    def embed(self) -> ResponseReturnValue:
        return self._answer("embed", photo(models.PhotoBody).content)

    def quality(self) -> ResponseReturnValue:
        content = photo(models.PhotoBody).content
        asked = profiles_asked(self._config.quality, request.args.get("profile", ""))
        facts = self._answer("quality", content, options={"profiles": asked})
        return models.quality_said(facts, self._language).model_dump()

    def idphoto_parse(self) -> ResponseReturnValue:
        text = json_body(models.ParseBody).text
        if len(text) > _MOST_WORDS:
            code, detail = "BAD_REQUEST", f"text has {_MOST_WORDS} characters at most"
            raise Refused(code, detail)
        return parse_instruction(text, self._language)

    def _answer(
        self, kind: str, *pictures: bytes, options: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        # A thread waits for the answer: never so many that nobody is left for other calls.
        with self._services.tasks.seat() as has_seat:
            if not has_seat:
                code = "SERVICE_BUSY"
                raise Refused(code, "as many calls wait as may")
            return self._waited(kind, pictures, options)

    def _waited(
        self, kind: str, pictures: tuple[bytes, ...], options: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        questions = self._services.questions
        question_id = questions.ask(kind, pictures, options, language=self._language)
        answered = questions.answer(question_id, self._config.api.sync_timeout_s)
        if answered is None:
            questions.drop(question_id)
            code = "SERVICE_BUSY"
            raise Refused(code, "the worker did not come to it in time")
        if answered.reason is not None:
            raise _refused(answered.reason)
        return dict(answered.facts)


def _refused(reason: Reason) -> Refused:
    return Refused(reason.code, facts=reason.facts)
