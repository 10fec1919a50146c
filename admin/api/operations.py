"""The operations of the API, each with what it asks for and answers: one table.

Routes, the scopes that tokens need, and the description at ``openapi.json`` are made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from admin.api import models, models_batches, models_review
from daemon.config.api import Scope

INBOX = ("inbox", "Inbox to put the photo into.")
PLAN = ("plan", "Route names, comma between; an inbox with that plan is chosen.")
WAIT = ("wait", "Seconds to wait for an end, 30 at most.")
INSTRUCT = ("instruct", "A person's words, one line.")
CALLBACK = ("callback", "Where to tell how it ended: one of api.callbacks.")
BEFORE = ("before", "Only before the one of that id: next_before of a page.")
LIMIT = ("limit", "How many, 1 to 200; 50 where it is not said.")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    Attributes:
        name: Of the function that answers, and ``operationId``.
        method: ``GET``, ``POST`` or ``DELETE``.
        path: Below ``/api/v1``, with ``<…>`` as Flask has it.
        summary: One sentence.
        scope: What a token needs; ``None``: anybody may.
        answers: Status → model, ``bytes`` for a file, ``str`` for a page, ``None`` for any JSON.
        body: Model of a JSON body; a picture may come as a form or bare too.
        files: Form fields that are pictures.
        query: Name and sentence of each parameter of the query.
        is_idempotent: Takes an ``Idempotency-Key``.
        takes_options: Any other parameter is an option of a route.
        refusals: Codes that it alone may answer with, beside those of every operation.
        is_judged: A photo's own reason may be the answer.
        tag: What it has to do with.
    """

    name: str
    method: str
    path: str
    summary: str
    scope: Scope | None
    answers: dict[int, Any]
    body: type[BaseModel] | None = None
    files: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    is_idempotent: bool = False
    takes_options: bool = False
    refusals: tuple[str, ...] = ()
    is_judged: bool = False
    tag: str = "photos"


_IMAGE = ("image",)
_PHOTO = ("MISSING_IMAGE", "INVALID_IMAGE", "IMAGE_TOO_LARGE")
_ASKED: dict[str, Any] = {
    "refusals": (*_PHOTO, "DAEMON_AWAY", "GPU_RESOURCE_EXHAUSTED", "ENGINE_UNAVAILABLE"),
    "is_judged": True,
    "tag": "questions",
}
_ENDED = (
    "RESULT_NOT_READY",
    "RESULT_GONE",
    "FACE_NOT_FOUND",
    "LOW_QUALITY",
    "GPU_RESOURCE_EXHAUSTED",
    "ENGINE_UNAVAILABLE",
)
_BATCH: dict[str, Any] = {"tag": "batches", "refusals": ("RESULT_NOT_READY",)}
_ORDER: dict[str, Any] = {"tag": "batches", "refusals": ("RESULT_NOT_READY", "TOO_LATE")}
_SUBMITS: dict[str, Any] = {
    "refusals": (
        *_PHOTO,
        "BAD_OPTION",
        "CALLBACK_REFUSED",
        "IDEMPOTENCY_CONFLICT",
        "DISK_FULL",
        "EMPTY",
    ),
    "scope": "submit",
    "body": models.SubmitBody,
    "files": _IMAGE,
    "is_idempotent": True,
    "takes_options": True,
}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "enhance_sync", "POST", "/face/enhance/sync",
        "Restore a small photo and wait for it; 202 with the task where it takes too long.",
        answers={200: bytes, 202: models.TaskSaid}, query=(INBOX, INSTRUCT, CALLBACK),
        is_judged=True, **_SUBMITS,
    ),
    Operation(
        "enhance_async", "POST", "/face/enhance/async", "Restore a photo; answers at once.",
        answers={202: models.TaskSaid}, query=(INBOX, INSTRUCT, CALLBACK), **_SUBMITS,
    ),
    Operation(
        "task", "GET", "/task/<task_id>", "How far a submitted photo is.", "read",
        {200: models.TaskSaid}, query=(WAIT,), tag="tasks",
    ),
    Operation(
        "task_result", "GET", "/task/<task_id>/result", "The picture that came out.", "read",
        {200: bytes}, query=(WAIT,), refusals=_ENDED, is_judged=True, tag="tasks",
    ),
    Operation(
        "submit_job", "POST", "/jobs", "Put a photo into an inbox, or where a plan is run.",
        answers={202: models.TaskSaid}, query=(INBOX, PLAN, INSTRUCT, CALLBACK), **_SUBMITS,
    ),
    Operation(
        "jobs", "GET", "/jobs", "Jobs, newest first, by pages.", "read", {200: models.JobPage},
        tag="jobs",
        query=(
            ("inbox", "Of that inbox."),
            ("state", "In one of these states, comma between."),
            ("code", "With that code among their reasons."),
            BEFORE,
            LIMIT,
        ),
    ),
    Operation(
        "job", "GET", "/jobs/<job_id>", "Everything about a job.", "read", {200: models.JobFull},
        tag="jobs",
    ),
    Operation(
        "cancel_job", "DELETE", "/jobs/<job_id>", "Call a job off; the daemon does it soon.",
        "submit", {202: models.JobFull}, refusals=("TOO_LATE",), tag="jobs",
    ),
    Operation(
        "review_job", "POST", "/jobs/<job_id>/review",
        "Decide about a photo in review; the daemon carries it out soon.", "review",
        {202: models_review.DecisionSaid}, body=models_review.ReviewBody, tag="jobs",
        refusals=("TOO_LATE", "REVIEW_DECIDED", "REVIEW_CHANGED"),
    ),
    Operation(
        "outputs", "GET", "/jobs/<job_id>/outputs", "The files that a job put out.", "read",
        {200: models.OutputList}, tag="jobs",
    ),
    Operation(
        "output", "GET", "/jobs/<job_id>/outputs/<int:number>", "One of those files.", "read",
        {200: bytes}, refusals=("RESULT_NOT_READY", "RESULT_GONE"), tag="jobs",
    ),
    Operation(
        "compare", "POST", "/compare", "Are two photos of one person?", "ask",
        {200: models.CompareSaid}, body=models.PairBody, files=("a", "b"), **_ASKED,
    ),
    Operation(
        "embed", "POST", "/embed", "Descriptors of the faces of a photo; they are personal data.",
        "ask", {200: models.EmbedSaid}, body=models.PhotoBody, files=_IMAGE, **_ASKED,
    ),
    Operation(
        "quality", "POST", "/quality", "How good a photo is; it is not kept.", "ask",
        {200: models.QualitySaid}, body=models.PhotoBody, files=_IMAGE, **_ASKED,
        query=(("profile", "Profiles to judge by, comma between; all of them else."),),
    ),
    Operation(
        "idphoto_parse", "POST", "/idphoto/parse", "What an instruction for an ID photo means.",
        "ask", {200: models.ParseSaid}, body=models.ParseBody, tag="questions",
    ),
    Operation(
        "submit_batch", "POST", "/batches",
        "Bring a zip of photos, with a table of names or without.", "submit",
        {202: models.TaskSaid}, files=("archive",), is_idempotent=True, tag="batches",
        refusals=("ARCHIVE_UNREADABLE", "IDEMPOTENCY_CONFLICT", "DISK_FULL"),
        query=(("inbox", "One that takes batches; the first of them else."),),
    ),
    Operation(
        "batches", "GET", "/batches", "Batches, newest first, by pages.", "read",
        {200: models_batches.BatchList}, query=(BEFORE, LIMIT), tag="batches",
    ),
    Operation(
        "batch", "GET", "/batches/<batch_id>", "How far a batch is; by its task's id, too.", "read",
        {200: models_batches.BatchFull}, **_BATCH,
    ),
    Operation(
        "batch_rows", "GET", "/batches/<batch_id>/rows", "Its people, fifty at a time.", "read",
        {200: models_batches.BatchRows},
        query=(("after", "Only after that line: next_after of a page."),), **_BATCH,
    ),
    Operation(
        "batch_file", "GET", "/batches/<batch_id>/files/<name>",
        "A file of its report: report.xlsx, report.html, contact-sheet.pdf, results.zip.", "read",
        {200: bytes}, **_BATCH,
    ),
    Operation(
        "pause_batch", "POST", "/batches/<batch_id>/pause", "Begin nothing more of it.", "submit",
        {200: models_batches.BatchFull}, **_ORDER,
    ),
    Operation(
        "resume_batch", "POST", "/batches/<batch_id>/resume", "Go on with it.", "submit",
        {200: models_batches.BatchFull}, **_ORDER,
    ),
    Operation(
        "cancel_batch", "POST", "/batches/<batch_id>/cancel",
        "Call off what has not begun; its report is written all the same.", "submit",
        {200: models_batches.BatchFull}, **_ORDER,
    ),
    Operation(
        "openapi", "GET", "/openapi.json", "This description.", None, {200: None}, tag="about"
    ),
    Operation(
        "docs", "GET", "/docs", "This description for people.", None, {200: str}, tag="about"
    ),
)  # fmt: skip


def scopes() -> dict[str, Scope]:
    """What each function needs, by its name."""
    return {one.name: one.scope for one in OPERATIONS if one.scope is not None}


def connect(api: Blueprint, *functions: Callable[..., ResponseReturnValue]) -> None:
    """Let each function answer the operation of its name.

    Raises:
        KeyError: The table has no such operation.
    """
    table = {one.name: one for one in OPERATIONS}
    for function in functions:
        one = table[function.__name__]
        api.add_url_rule(one.path, one.name, function, methods=[one.method])
