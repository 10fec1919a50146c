"""Photos that come in by the API, and what became of them."""

from __future__ import annotations

import base64
from typing import Any

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue

from admin.api import models
from admin.api.bodies import Brought, photo
from admin.api.operations import connect
from admin.api.problems import MOST_WAIT_S, PREFIX, Refused, language_of_call, request_id
from admin.services import ApiServices
from daemon.config.model import Config
from daemon.domain.artifact import OutputKind, Reason
from daemon.domain.codes import CODES, explain
from daemon.domain.job import Job, State
from daemon.domain.route import RouteId
from daemon.errors import InputError
from daemon.services.pictures import Picture
from daemon.services.submissions import Wish
from daemon.services.tasks import Task
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger


def enhance_routes(api: Blueprint, config: Config, services: ApiServices) -> None:
    """Submitting, waiting, fetching."""
    desk = _Counter(config, services)
    connect(
        api,
        desk.enhance_sync,
        desk.enhance_async,
        desk.submit_job,
        desk.task,
        desk.task_result,
    )


class _Counter:
    """Where photos are handed in and out."""

    def __init__(self, config: Config, services: ApiServices) -> None:
        self._config = config
        self._services = services

    def enhance_sync(self) -> ResponseReturnValue:
        task_id = self._submit(self._face_wish(photo(models.SubmitBody), is_sync=True))
        task = self._services.tasks.wait(task_id, self._config.api.sync_timeout_s)
        if task is None or not task.is_over:
            return self._accepted(task_id)
        return self._picture(task)

    def enhance_async(self) -> ResponseReturnValue:
        wish = self._face_wish(photo(models.SubmitBody), is_sync=False)
        return self._accepted(self._submit(wish))

    def submit_job(self) -> ResponseReturnValue:
        brought = photo(models.SubmitBody)
        plan = tuple(name for name in request.args.get("plan", "").split(",") if name)
        wish = _wish(brought, request.args.get("inbox", ""), plan, dict(brought.options))
        return self._accepted(self._submit(wish))

    def task(self, task_id: str) -> ResponseReturnValue:
        return self._said(self._awaited(task_id)).model_dump()

    def task_result(self, task_id: str) -> ResponseReturnValue:
        task = self._awaited(task_id)
        if not task.is_over:
            code = "RESULT_NOT_READY"
            raise Refused(code, facts={"state": task.state})
        return self._picture(task)

    def _face_wish(self, brought: Brought, *, is_sync: bool) -> Wish:
        inbox = request.args.get("inbox", "") or self._face_inbox()
        options = dict(brought.options)
        known = {each.name: each.plan for each in self._config.inboxes}
        plan = known.get(inbox, ())
        if len(set(plan)) > 1 and RouteId.RESTORE in plan:
            # Bare options are those of the restoring; the plan may judge and sort besides.
            bare = {name: options.pop(name) for name in list(options) if name not in plan}
            own = options.get(RouteId.RESTORE, {})
            if bare:
                options[RouteId.RESTORE.value] = {**own, **bare} if isinstance(own, dict) else bare
        side = self._config.api.max_side_px if is_sync else None
        return _wish(brought, inbox, (), options, side)

    def _face_inbox(self) -> str:
        if self._config.api.inbox:
            return self._config.api.inbox
        for inbox in self._config.inboxes:
            if RouteId.RESTORE in inbox.plan:
                return inbox.name
        code, detail = "BAD_REQUEST", "no inbox restores faces: set api.inbox, or send ?inbox="
        raise Refused(code, detail)

    def _submit(self, wish: Wish) -> str:
        try:
            submission = self._services.submissions.submit(wish)
        except InputError as error:
            detail = ""
            if error.code == "IMAGE_TOO_LARGE" and wish.max_side_px is not None:
                detail = f"use {PREFIX}v1/face/enhance/async for larger pictures"
            raise Refused(error.code, detail, facts=error.facts) from error
        get_logger("api").info(
            events.API_SUBMITTED, task_id=submission.id, inbox=wish.inbox, request_id=request_id()
        )
        return submission.id

    def _accepted(self, task_id: str) -> ResponseReturnValue:
        task = self._services.tasks.find(task_id)
        if task is None:
            code = "NOT_FOUND"
            raise Refused(code)
        address = f"{PREFIX}v1/task/{task_id}"
        return self._said(task).model_dump(), 202, {"Location": address}

    def _awaited(self, task_id: str) -> Task:
        task = self._services.tasks.wait(task_id, wait_of_call())
        if task is None:
            code = "NOT_FOUND"
            raise Refused(code)
        return task

    def _said(self, task: Task) -> models.TaskSaid:
        return models.task_said(task, language_of_call(self._config.language))

    def _picture(self, task: Task) -> ResponseReturnValue:
        """The task's result, or why there is none."""
        assert task.job is not None
        number = _result_of(task.job)
        if number is None:
            raise _ended_without(task.job, language_of_call(self._config.language))
        opened = self._services.tasks.output(task.job, number)
        if opened is None:
            code = "RESULT_GONE"
            raise Refused(code)
        best = request.accept_mimetypes.best_match(["image/*", "application/json"], "image/*")
        if best != "application/json":
            return _with_facts(send(opened), task)
        with opened.content:
            image = base64.b64encode(opened.content.read()).decode("ascii")
        said = models.ResultSaid(
            task_id=task.id,
            verdict=task.state,
            codes=tuple(reason.code for reason in task.job.reasons),
            mime=opened.mime,
            image=image,
        )
        return said.model_dump()


def _wish(
    brought: Brought,
    inbox: str,
    plan: tuple[str, ...],
    options: dict[str, Any],
    max_side_px: int | None = None,
) -> Wish:
    return Wish(
        content=brought.content,
        caller=g.caller,
        inbox=inbox,
        plan=plan,
        options=options,
        instruct=brought.instruct,
        key=request.headers.get("Idempotency-Key"),
        max_side_px=max_side_px,
        callback=brought.callback,
        language="zh" if language_of_call("en") == "zh" else "en",
    )


def wait_of_call() -> float:
    """``?wait=`` in seconds.

    Raises:
        Refused: It is no number, or none of 0 to ``MOST_WAIT_S``.
    """
    text = request.args.get("wait", "0")
    try:
        wait_s = float(text)
    except ValueError:
        wait_s = -1.0
    if not 0 <= wait_s <= MOST_WAIT_S:
        code, detail = "BAD_REQUEST", f"wait is 0 to {MOST_WAIT_S:g} seconds"
        raise Refused(code, detail)
    return wait_s


def send(opened: Picture) -> Response:
    """An open picture as an answer; it is closed once it was sent."""
    answer = Response(opened.content, mimetype=opened.mime, direct_passthrough=True)
    answer.content_length = opened.size
    answer.headers["Content-Disposition"] = f'attachment; filename="result{opened.suffix}"'
    answer.call_on_close(opened.content.close)
    return answer


def _with_facts(answer: Response, task: Task) -> Response:
    assert task.job is not None
    answer.headers["X-Boothd-Task"] = task.id
    answer.headers["X-Boothd-Verdict"] = task.state
    answer.headers["X-Boothd-Codes"] = ",".join(reason.code for reason in task.job.reasons)
    return answer


def _result_of(job: Job) -> int | None:
    """Number of the result among the outputs; a rejected photo has none that may go out."""
    if job.state not in {State.DONE, State.REVIEW}:
        return None
    numbers = (n for n, out in enumerate(job.outputs) if out.file.kind is OutputKind.RESULT)
    return next(numbers, None)


def _is_of_gate(reason: Reason) -> bool:
    """Whether the quality gate gave it: its reasons name a measure, or the score itself."""
    return reason.code == "LOW_OVERALL_QUALITY" or "measure" in reason.facts


def _ended_without(job: Job, language: str) -> Refused:
    """The gravest reason as a refusal; a verdict that came without any is our own fault."""
    for reason in job.reasons:
        if _is_of_gate(reason):
            facts = {**reason.facts, "reason": reason.code}
            return Refused("LOW_QUALITY", " ".join(explain(reason, language)), facts=facts)
        if reason.code in CODES and CODES[reason.code].http_status >= 400:
            return Refused(reason.code, f"job {job.id} is {job.state.value}", facts=reason.facts)
    if job.state is State.WITHDRAWN:
        return Refused("RESULT_GONE", f"job {job.id} was withdrawn")
    return Refused("INTERNAL_ERROR", f"job {job.id} is {job.state.value}", facts={"job": job.id})
