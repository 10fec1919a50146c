"""Batches by the API: bring one, see how far they are, fetch their reports, stop them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from admin.api import models, models_batches
from admin.api.bodies import archive_stream, limit_of_call
from admin.api.enhance import send
from admin.api.operations import connect
from admin.api.problems import PREFIX, Refused, language_of_call
from admin.services import ApiServices
from daemon.config.model import Config
from daemon.errors import UsageError
from daemon.services.batch_desk import BatchPage
from daemon.telemetry import events
from daemon.telemetry.logging import get_logger


def batches_routes(api: Blueprint, config: Config, services: ApiServices) -> None:
    """Bringing, looking, fetching, ordering."""
    desk = _Archive(config, services)
    connect(
        api,
        desk.submit_batch,
        desk.batches,
        desk.batch,
        desk.batch_rows,
        desk.batch_file,
        desk.pause_batch,
        desk.resume_batch,
        desk.cancel_batch,
    )


class _Archive:
    """Where batches are handed in and asked about."""

    def __init__(self, config: Config, services: ApiServices) -> None:
        self._config = config
        self._services = services

    def submit_batch(self) -> ResponseReturnValue:
        submission = self._services.uploads.take(
            archive_stream(),
            request.args.get("inbox", ""),
            caller=g.caller,
            key=request.headers.get("Idempotency-Key"),
        )
        get_logger("api").info(events.API_SUBMITTED, task_id=submission.id, inbox=submission.inbox)
        task = self._services.tasks.find(submission.id)
        assert task is not None
        said = models.task_said(task, language_of_call(self._config.language))
        return said.model_dump(), 202, {"Location": f"{PREFIX}v1/batches/{submission.id}"}

    def batches(self) -> ResponseReturnValue:
        before = request.args.get("before") or None
        lines, next_before = self._services.batches.listed(before_id=before, limit=limit_of_call())
        said = tuple(models_batches.batch_said(line) for line in lines)
        return models_batches.BatchList(batches=said, next_before=next_before).model_dump()

    def batch(self, batch_id: str) -> ResponseReturnValue:
        return self._told(batch_id)

    def batch_rows(self, batch_id: str) -> ResponseReturnValue:
        text = request.args.get("after", "0")
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            code, detail = "BAD_REQUEST", "after is the number of a line: next_after of a page"
            raise Refused(code, detail)
        page = self._known(batch_id, after_line=int(text))
        return models_batches.batch_rows_said(page).model_dump()

    def batch_file(self, batch_id: str, name: str) -> ResponseReturnValue:
        page = self._known(batch_id)
        opened = self._services.batches.file(page.line.batch.id, name)
        if opened is None:
            raise Refused("NOT_FOUND" if page.line.batch.finished_ms else "RESULT_NOT_READY")
        answer = send(opened)
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def pause_batch(self, batch_id: str) -> ResponseReturnValue:
        return self._order("pause", batch_id)

    def resume_batch(self, batch_id: str) -> ResponseReturnValue:
        return self._order("resume", batch_id)

    def cancel_batch(self, batch_id: str) -> ResponseReturnValue:
        return self._order("cancel", batch_id)

    def _order(self, wish: str, batch_id: str) -> ResponseReturnValue:
        batch = self._known(batch_id).line.batch
        try:
            self._services.batches.order(wish, batch.id, by=f"api:{g.caller}")
        except UsageError as error:
            code = "TOO_LATE"
            raise Refused(code, facts={"state": batch.state.value}) from error
        return self._told(batch_id)

    def _told(self, batch_id: str) -> dict[str, Any]:
        page = self._known(batch_id)
        return models_batches.batch_full(page, language_of_call(self._config.language)).model_dump()

    def _known(self, batch_id: str, *, after_line: int = 0) -> BatchPage:
        """The batch of that id, or of the task that brought it."""
        task = self._services.tasks.find(batch_id)
        is_task = task is not None and task.job is not None
        known = task.job.id if is_task and task and task.job else batch_id
        page = self._services.batches.page(known, after_line=after_line)
        if page is None:
            # Brought, and not taken in yet: there is nothing to tell of but the task.
            raise Refused("RESULT_NOT_READY" if task is not None else "NOT_FOUND")
        return page
