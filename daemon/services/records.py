r"""The record beside every original: PHOTO.jpg.boothd.json.

It holds all that the database knows of a job, so that the database can be rebuilt from the
folders, but for the company's own words and numbers (``daemon.domain.withheld``). Bytes that are
not UTF-8 are written with surrogate escapes (``\udcXX`` in JSON).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from daemon.domain.artifact import OutputFile, OutputKind, Reason
from daemon.domain.job import Job, PlannedOutput, State, Verdict
from daemon.domain.review import OUTCOME_OF, Decision, DecisionKind
from daemon.domain.route import Plan
from daemon.domain.withheld import shown

VERSION = 1
SUFFIX = ".boothd.json"


class NotARecordError(ValueError):
    """The text is not a record of a version we know."""


def to_record(job: Job, decided: Decision | None = None) -> bytes:
    """The record of a job whose verdict is committed, as JSON, a line for each key.

    Args:
        job: The job.
        decided: A person's word by which it ended so, where there was one.
    """
    assert job.verdict is not None
    body: dict[str, Any] = {
        "boothd": VERSION,
        "job": job.id,
        "inbox": job.inbox,
        "path": os.fsdecode(job.relative),
        "name_key": job.name_key,
        "generation": job.generation,
        "verdict": job.verdict.value,
        "codes": [reason.code for reason in job.reasons],
        "reasons": [reason.as_json() for reason in job.reasons],
        "plan": job.plan.as_json(),
        "priority": job.priority,
        "language": job.language,
        "instruct": job.instruct,
        "sidecars": [os.fsdecode(name) for name in job.sidecars],
        "in_ledger": job.in_ledger,
        "sha256": job.content_sha256,
        "size": job.size,
        "effect_key": job.effect_key,
        "outputs": [_output_to_record(output) for output in job.outputs],
        "measures": job.measures,
        "engines": job.engines,
        "timings_ms": job.timings_ms,
        "attempts": job.attempts,
        "created_ms": job.created_ms,
        "queued_ms": job.queued_ms,
        "started_ms": job.started_ms,
        "finished_ms": job.finished_ms,
        "filed": os.fsdecode(job.filed or b""),
        "retry_of": job.retry_of,
    }
    if decided is not None:
        body["decided"] = _decision_to_record(decided)
    # A line for each key, for people; json's own indentation is ten times slower.
    lines = (f' "{key}": {json.dumps(body[key], sort_keys=True)}' for key in sorted(body))
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def record_file(job: Job, decided: Decision | None = None) -> bytes:
    """The record as it lies beside the photo: the company's own words are left out of its plan.

    Args:
        job: The job.
        decided: As in ``to_record``.
    """
    return to_record(replace(job, plan=shown(job.plan)), decided)


def _output_to_record(output: PlannedOutput) -> dict[str, Any]:
    return {
        "kind": output.file.kind.value,
        "name": output.file.name,
        "suffix": output.file.suffix,
        "sha256": output.file.sha256,
        "size": output.file.size,
        "path": os.fsdecode(output.target),
        "published_ms": output.published_ms,
    }


def _decision_to_record(decided: Decision) -> dict[str, Any]:
    return {
        "kind": decided.kind.value,
        "by": decided.by,
        "at_ms": decided.decided_ms,
        "code": decided.code,
        "note": decided.note,
    }


def decision_of_record(content: bytes) -> Decision | None:
    """A person's word that a record tells of; ``None`` where it tells of none."""
    try:
        body = json.loads(content)
        told = body["decided"]
        kind, at_ms = DecisionKind(told["kind"]), int(told["at_ms"])
        return Decision(
            id=0,
            job_id=str(body["job"]),
            kind=kind,
            by=str(told["by"]),
            decided_ms=at_ms,
            code=str(told["code"]),
            note=str(told["note"]),
            moved_ms=at_ms,
            closed_ms=at_ms,
            outcome=OUTCOME_OF[kind],
        )
    except (ValueError, KeyError, TypeError):
        return None


def from_record(content: bytes) -> Job:
    """The job a record speaks of, in its terminal state.

    Raises:
        NotARecordError: The content is not a record of this version.
    """
    try:
        body = json.loads(content)
        if body["boothd"] != VERSION:
            msg = f"a record of version {body['boothd']}"
            raise NotARecordError(msg)
        return _job_of(body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotARecordError(str(error)) from error


def _job_of(body: Mapping[str, Any]) -> Job:
    verdict = Verdict(body["verdict"])
    return Job(
        id=str(body["job"]),
        inbox=str(body["inbox"]),
        relative=os.fsencode(body["path"]),
        name_key=str(body["name_key"]),
        generation=str(body["generation"]),
        state=State(verdict.value),
        plan=Plan.from_json(body["plan"]),
        priority=int(body["priority"]),
        language=str(body["language"]),
        created_ms=int(body["created_ms"]),
        sidecars=tuple(os.fsencode(name) for name in body["sidecars"]),
        instruct=str(body["instruct"]),
        in_ledger=bool(body["in_ledger"]),
        content_sha256=body["sha256"],
        size=body["size"],
        effect_key=body["effect_key"],
        attempts=int(body["attempts"]),
        queued_ms=body["queued_ms"],
        started_ms=body["started_ms"],
        verdict=verdict,
        reasons=tuple(Reason.from_json(reason) for reason in body["reasons"]),
        outputs=tuple(_output_of(output) for output in body["outputs"]),
        measures=body["measures"],
        engines=body["engines"],
        timings_ms=body["timings_ms"],
        filed=os.fsencode(body["filed"]),
        finished_ms=body["finished_ms"],
        retry_of=body["retry_of"],
    )


def _output_of(body: Mapping[str, Any]) -> PlannedOutput:
    file = OutputFile(
        kind=OutputKind(body["kind"]),
        name=str(body["name"]),
        suffix=str(body["suffix"]),
        sha256=str(body["sha256"]),
        size=int(body["size"]),
    )
    return PlannedOutput(file, os.fsencode(body["path"]), body["published_ms"])
