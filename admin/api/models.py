"""What the API says and hears, as models; the description at ``openapi.json`` is made of them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from daemon.domain.codes import explain
from daemon.domain.job import Job
from daemon.services.queries import JobLine, line_of
from daemon.services.tasks import Task


class Model(BaseModel):
    """Base of everything that crosses the wire."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Problem(Model):
    """Why a call was refused."""

    code: str
    """One word of docs/codes.md."""
    message: str
    """For people, in the caller's language."""
    request_id: str
    """As in X-Request-ID and in the log."""
    detail: str | None = None
    """What exactly, for whoever wrote the call."""
    retry_after: int | None = None
    """Seconds after which to try again."""


class ReasonSaid(Model):
    """Why a photo did not simply pass."""

    code: str
    """One word of docs/codes.md."""
    message: str
    """What is the matter."""
    advice: str
    """What to do about it."""
    facts: dict[str, Any]
    """Measured values and limits."""


class OutputSaid(Model):
    """A file that a job put out."""

    number: int
    """For /jobs/{id}/outputs/{number}."""
    kind: str
    """result, why_picture or extra."""
    suffix: str
    """Ending of its name, with the dot."""
    size: int
    """Bytes."""
    sha256: str
    """Digest of those bytes."""


class TaskSaid(Model):
    """How far a submitted photo is."""

    task_id: str
    """For /task/{task_id}."""
    job_id: str | None
    """Its job, for /jobs/{id}; null before intake has seen the file."""
    inbox: str
    """Where it was put."""
    state: str
    """submitted, admitted, taken, queued, working, publishing; then as the verdict."""
    is_over: bool
    """Nothing more will happen by itself."""
    position: int | None
    """Photos before it in the queue, while it is queued."""
    verdict: str | None
    """done, rejected, review or failed, once it is known."""
    reasons: tuple[ReasonSaid, ...]
    """Gravest first."""
    outputs: tuple[OutputSaid, ...]
    """Its files, once they are published."""
    timings_ms: dict[str, float]
    """Step → milliseconds."""
    created_ms: int
    """When it came, Unix time."""
    finished_ms: int | None
    """When it ended."""


class JobSaid(Model):
    """A job in a list."""

    id: str
    inbox: str
    file: str
    """Path inside the inbox, for people."""
    plan: str
    """Route names."""
    state: str
    codes: tuple[str, ...]
    """Gravest first."""
    attempts: int
    created_ms: int
    finished_ms: int | None


class JobFull(JobSaid):
    """Everything about a job."""

    verdict: str | None
    reasons: tuple[ReasonSaid, ...]
    outputs: tuple[OutputSaid, ...]
    instruct: str
    steps: list[dict[str, Any]]
    """Routes with every option resolved."""
    measures: dict[str, Any]
    engines: dict[str, Any]
    timings_ms: dict[str, float]


class JobPage(Model):
    """A page of jobs, newest first."""

    jobs: tuple[JobSaid, ...]
    next_before: str | None
    """Ask for ?before= this; null at the end."""


class OutputList(Model):
    """What a job put out."""

    outputs: tuple[OutputSaid, ...]


class ResultSaid(Model):
    """A result as JSON."""

    task_id: str
    verdict: str
    codes: tuple[str, ...]
    mime: str
    image: str
    """The file, base64."""


class SubmitBody(BaseModel):
    """A photo as JSON; further keys are options, like those of a query."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    image: str
    """The picture file, base64."""
    instruct: str = ""
    """A person's words, one line."""
    callback: str = ""
    """Where to tell how it ended; its scheme, host and port must be among api.callbacks."""
    options: dict[str, Any] = {}
    """Options by route name."""


class PairBody(BaseModel):
    """Two photos as JSON."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    a: str
    """A picture file, base64."""
    b: str
    """Another one."""


class PhotoBody(BaseModel):
    """A photo as JSON."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    image: str
    """The picture file, base64."""


class ParseBody(BaseModel):
    """An instruction."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    text: str
    """A person's words, one line."""


def reasons_said(job: Job | None, language: str) -> tuple[ReasonSaid, ...]:
    said = []
    for reason in job.reasons if job else ():
        message, advice = explain(reason, language)
        facts = dict(reason.facts)
        said.append(ReasonSaid(code=reason.code, message=message, advice=advice, facts=facts))
    return tuple(said)


def outputs_said(job: Job | None) -> tuple[OutputSaid, ...]:
    return tuple(
        OutputSaid(
            number=number,
            kind=output.file.kind.value,
            suffix=output.file.suffix,
            size=output.file.size,
            sha256=output.file.sha256,
        )
        for number, output in enumerate(job.outputs if job else ())
    )


def task_said(task: Task, language: str) -> TaskSaid:
    job = task.job
    return TaskSaid(
        task_id=task.id,
        job_id=job.id if job else None,
        inbox=task.inbox,
        state=task.state,
        is_over=task.is_over,
        position=task.position,
        verdict=job.verdict.value if job and job.verdict else None,
        reasons=reasons_said(job, language),
        outputs=outputs_said(job) if task.is_over else (),
        timings_ms=dict(job.timings_ms) if job else {},
        created_ms=task.created_ms,
        finished_ms=job.finished_ms if job else None,
    )


def job_said(line: JobLine) -> JobSaid:
    return JobSaid(**_line(line))


def _line(line: JobLine) -> dict[str, Any]:
    said = line.as_json()
    said["id"] = said.pop("job")
    return said


def job_full(job: Job, language: str) -> JobFull:
    return JobFull(
        **_line(line_of(job)),
        verdict=job.verdict.value if job.verdict else None,
        reasons=reasons_said(job, language),
        outputs=outputs_said(job),
        instruct=job.instruct,
        steps=list(job.plan.as_json()),
        measures=dict(job.measures),
        engines=dict(job.engines),
        timings_ms=dict(job.timings_ms),
    )
