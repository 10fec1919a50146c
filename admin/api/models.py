"""What the API says and hears, as models; the description at ``openapi.json`` is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from daemon.domain.artifact import Reason
from daemon.domain.codes import explain
from daemon.domain.job import Job
from daemon.domain.withheld import shown
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


class ProfileSaid(Model):
    """What one profile would make of the photo."""

    verdict: str
    """done, review or rejected."""
    reasons: tuple[ReasonSaid, ...]
    """Gravest first."""
    warnings: tuple[ReasonSaid, ...]
    """Remarks that change nothing."""
    measures: dict[str, str]
    """Measure → pass, warn, fail or not_assessed."""


class QualitySaid(Model):
    """How good a photo is; nothing of it was kept."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    score: float
    """0 to 1; see docs/quality.md."""
    band: str
    codes: tuple[str, ...]
    """What stood in the way of measuring, FACE_NOT_FOUND say."""
    weakest: str | None = None
    """The part that took most from the score."""
    parts: dict[str, dict[str, float]] = {}
    """Part of the score → its own score and weight."""
    measures: dict[str, Any]
    """Measure → value, unit, score, component (the unified quality score of ISO/IEC 29794-5)."""
    not_assessed: tuple[str, ...]
    """Measures that could not be taken."""
    face: dict[str, Any] | None = None
    """Box, landmarks and score of the face that was measured, in pixels of the photo."""
    heat_map: dict[str, Any] | None = None
    """14 × 14 tiles over the aligned face."""
    profiles: dict[str, ProfileSaid]
    """Profile → what it would make of it."""
    engines: dict[str, Any]
    """Task → what did it."""


class CompareSaid(Model):
    """Are two photos of one person? See docs/compare.md."""

    answer: str
    """same, different, unclear or not_comparable."""
    reasons: list[dict[str, Any]]
    """Codes with their facts: why it is not surer."""
    similarity: float | None
    threshold: dict[str, Any]
    """Limits that the engine's similarity is held against, and where they come from."""
    photos: list[dict[str, Any]]
    """Quality, faces and the face that was meant, of each photo."""
    engines: dict[str, Any]


class EmbedSaid(Model):
    """The descriptor of the largest face."""

    vector: list[float]
    dimension: int
    quality: dict[str, Any]
    faces: int
    face: dict[str, Any] | None
    codes: list[str]
    engines: dict[str, Any]


class ParseSaid(Model):
    """What an instruction means; see docs/idphoto.md."""

    slots: dict[str, Any]
    """Wishes that were understood."""
    warnings: list[str]
    unparsed: list[str]
    """Words that were not."""
    reasons: list[dict[str, Any]]
    """The same as codes, with message and advice."""


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
    return tuple(reason_said(reason, language) for reason in (job.reasons if job else ()))


def reason_said(reason: Reason, language: str) -> ReasonSaid:
    message, advice = explain(reason, language)
    facts = dict(reason.facts)
    return ReasonSaid(code=reason.code, message=message, advice=advice, facts=facts)


def quality_said(facts: Mapping[str, Any], language: str) -> QualitySaid:
    """The worker's answer to ``quality``, reasons in words."""

    def said(rows: Sequence[Mapping[str, Any]]) -> tuple[ReasonSaid, ...]:
        return tuple(reason_said(Reason.from_json(row), language) for row in rows)

    profiles = {
        name: ProfileSaid(
            verdict=row["verdict"],
            reasons=said(row["reasons"]),
            warnings=said(row["warnings"]),
            measures=row["measures"],
        )
        for name, row in facts["profiles"].items()
    }
    return QualitySaid(**{**facts, "profiles": profiles})


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
        steps=list(shown(job.plan).as_json()),
        measures=dict(job.measures),
        engines=dict(job.engines),
        timings_ms=dict(job.timings_ms),
    )
