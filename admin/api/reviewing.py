"""A person's word about a photo in review, said by a program on their behalf."""

from __future__ import annotations

from flask import Blueprint, g
from flask.typing import ResponseReturnValue

from admin.api.bodies import json_body
from admin.api.models_review import DecisionSaid, ReviewBody
from admin.api.operations import connect
from admin.api.problems import Refused
from daemon.services.review import ReviewDesk
from daemon.services.review_again import Again


def reviewing_routes(api: Blueprint, desk: ReviewDesk) -> None:
    """Deciding."""

    def review_job(job_id: str) -> ResponseReturnValue:
        item = desk.item(job_id)
        if item is None:
            code = "NOT_FOUND"
            raise Refused(code)
        if not item.is_open and not item.decisions:
            code = "TOO_LATE"
            raise Refused(code, "it is not in review", facts={"state": item.job.state.value})
        body: ReviewBody = json_body(ReviewBody)
        by = f"api:{g.caller}"
        if body.decision == "accept":
            made = desk.accept(job_id, by=by, seen_ms=body.seen_ms)
        elif body.decision == "reject":
            made = desk.reject(job_id, by=by, code=body.code, note=body.note, seen_ms=body.seen_ms)
        else:
            again = Again(options=body.options, instruct=body.instruct)
            made = desk.redo(job_id, again, by=by, seen_ms=body.seen_ms)
        said = DecisionSaid(
            job_id=made.job_id, decision=made.kind.value, by=made.by, decided_ms=made.decided_ms
        )
        return said.model_dump(), 202

    connect(api, review_job)
