"""Jobs by the API: the list, one of them, its files, and calling it off."""

from __future__ import annotations

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue

from admin.api import models
from admin.api.bodies import limit_of_call
from admin.api.enhance import send
from admin.api.operations import connect
from admin.api.problems import Refused, language_of_call
from admin.services import ApiServices
from daemon.config.model import Config
from daemon.domain.codes import CODES
from daemon.domain.job import TERMINAL, Job, State
from daemon.services.desk import Desk, Wanted
from daemon.services.pictures import Picture


def jobs_routes(api: Blueprint, config: Config, desk: Desk, services: ApiServices) -> None:
    """Looking at jobs, and cancelling."""

    def language() -> str:
        return language_of_call(config.language)

    def jobs() -> ResponseReturnValue:
        wanted = Wanted(inbox=request.args.get("inbox", ""), states=_states(), code=_code())
        before = request.args.get("before") or None
        lines, next_before = desk.jobs(wanted, before_id=before, limit=limit_of_call())
        page = models.JobPage(
            jobs=tuple(models.job_said(line) for line in lines), next_before=next_before
        )
        return page.model_dump()

    def job(job_id: str) -> ResponseReturnValue:
        return models.job_full(_known(job_id), language()).model_dump()

    def outputs(job_id: str) -> ResponseReturnValue:
        found = _known(job_id)
        said = models.outputs_said(found) if found.state in TERMINAL else ()
        return models.OutputList(outputs=said).model_dump()

    def output(job_id: str, number: int) -> ResponseReturnValue:
        return send(_opened(services, _known(job_id), number))

    def cancel_job(job_id: str) -> ResponseReturnValue:
        found = _known(job_id)
        if found.state in TERMINAL or found.state is State.PUBLISHING:
            code = "TOO_LATE"
            raise Refused(code, facts={"state": found.state.value})
        desk.order("cancel", found.id, by=f"api:{g.caller}")
        return models.job_full(_known(job_id), language()).model_dump(), 202

    def _known(job_id: str) -> Job:
        return _known_to(services, job_id)

    connect(api, jobs, job, outputs, output, cancel_job)


def _known_to(services: ApiServices, job_id: str) -> Job:
    task = services.tasks.find(job_id)
    if task is None or task.job is None:
        code = "NOT_FOUND"
        raise Refused(code)
    return task.job


def _opened(services: ApiServices, job: Job, number: int) -> Picture:
    if job.state not in TERMINAL:
        code = "RESULT_NOT_READY"
        raise Refused(code, facts={"state": job.state.value})
    if number >= len(job.outputs):
        code = "NOT_FOUND"
        raise Refused(code)
    opened = services.tasks.output(job, number)
    if opened is None:
        code = "RESULT_GONE"
        raise Refused(code)
    return opened


def _states() -> tuple[State, ...]:
    text = request.args.get("state", "")
    names = text.split(",") if text else []
    try:
        return tuple(State(name) for name in names)
    except ValueError:
        code, detail = "BAD_REQUEST", f"states are {', '.join(State)}"
        raise Refused(code, detail) from None


def _code() -> str:
    code = request.args.get("code", "")
    if code and code not in CODES:
        bad, detail = "BAD_REQUEST", "there is no such code"
        raise Refused(bad, detail)
    return code
