"""Job ↔ rows: the one place that knows how a job is written down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daemon.domain.artifact import OutputFile, OutputKind, Reason
from daemon.domain.assessment import assessment_of
from daemon.domain.distribution import SCORES
from daemon.domain.job import Job, PlannedOutput, State, Verdict
from daemon.domain.route import Plan
from daemon.files.safe import display_name

# What a row looks like, by column name; a driver's dict or SQLAlchemy's mapping.
Row = Mapping[Any, Any]

# Fields of a job that lie in tables of their own.
MEASURED = frozenset({"measures", "engines", "timings_ms"})
RESULT_FIELDS = MEASURED | {"reasons", "outputs"}


def text_blob(text: str) -> bytes:
    """Any text as bytes, one to one; names may hold lone surrogates, which are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def blob_text(blob: bytes) -> str:
    """The text that ``text_blob`` wrote."""
    return bytes(blob).decode("utf-8", "surrogatepass")


def to_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


# NUL is the one byte that cannot be in a file's name.
_SEPARATOR = b"\0"


def _names_blob(names: Sequence[bytes]) -> bytes:
    return _SEPARATOR.join(names)


def _blob_names(blob: bytes) -> tuple[bytes, ...]:
    return tuple(bytes(blob).split(_SEPARATOR)) if blob else ()


def _plan(text: str) -> Plan:
    return Plan.from_json(json.loads(text))


def _value(state: State | Verdict | None) -> str | None:
    return None if state is None else state.value


_WRITE: dict[str, Callable[[Any], Any]] = {
    "name_key": text_blob,
    "instruct": text_blob,
    "sidecars": _names_blob,
    "in_ledger": int,
    "state": _value,
    "verdict": _value,
    "plan": lambda plan: to_json(plan.as_json()),
}

_FIELDS = tuple(name for name in Job.__dataclass_fields__ if name not in RESULT_FIELDS)


def columns_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Column values for some fields of a job, result fields left out.

    Raises:
        KeyError: A name that is no field of ``Job``.
    """
    unknown = changes.keys() - Job.__dataclass_fields__.keys()
    if unknown:
        raise KeyError(*sorted(unknown))
    columns = {
        name: _WRITE[name](value) if name in _WRITE else value
        for name, value in changes.items()
        if name not in RESULT_FIELDS
    }
    if "relative" in changes:
        columns["search_name"] = search_name(changes["relative"])
    return columns


def search_name(relative: bytes) -> str:
    """The path as people see it, case folded, to look for."""
    return display_name(relative).casefold()


def row_of(job: Job) -> dict[str, Any]:
    """A job's own row."""
    return columns_of({name: getattr(job, name) for name in _FIELDS})


def code_rows(job_id: str, reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [
        {
            "job_id": job_id,
            "position": position,
            "code": reason.code,
            "facts": to_json(dict(reason.facts)),
        }
        for position, reason in enumerate(reasons)
    ]


def output_rows(job_id: str, outputs: Sequence[PlannedOutput]) -> list[dict[str, Any]]:
    return [
        {
            "job_id": job_id,
            "ordinal": ordinal,
            "kind": output.file.kind.value,
            "name": output.file.name,
            "suffix": output.file.suffix,
            "sha256": output.file.sha256,
            "size": output.file.size,
            "target": output.target,
            "published_ms": output.published_ms,
        }
        for ordinal, output in enumerate(outputs)
    ]


def result_row(job_id: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Measures, engines and timings, as far as given, and the score that is among them."""
    found = assessment_of(result.get("measures", {}), {})
    score = None if found is None else found.score
    bucket = None if score is None else SCORES.bucket(score)
    written = {name: to_json(dict(result.get(name, {}))) for name in MEASURED}
    return {"job_id": job_id, **written, "score": score, "bucket": bucket}


def measured_of(row: Row) -> dict[str, Any]:
    """Measures, engines and timings as they were given."""
    return {name: json.loads(row[name]) for name in MEASURED}


def reason_of(row: Row) -> Reason:
    return Reason(row["code"], json.loads(row["facts"]))


def output_of(row: Row) -> PlannedOutput:
    file = OutputFile(
        OutputKind(row["kind"]), row["name"], row["suffix"], row["sha256"], row["size"]
    )
    return PlannedOutput(file, bytes(row["target"]), row["published_ms"])


def job_of(
    row: Row,
    reasons: tuple[Reason, ...] = (),
    outputs: tuple[PlannedOutput, ...] = (),
    result: Row | None = None,
) -> Job:
    """A job from its row and what lies in the other tables."""
    values = {name: row[name] for name in _FIELDS}
    values |= {
        "relative": bytes(row["relative"]),
        "name_key": blob_text(row["name_key"]),
        "instruct": blob_text(row["instruct"]),
        "sidecars": _blob_names(row["sidecars"]),
        "in_ledger": bool(row["in_ledger"]),
        "state": State(row["state"]),
        "plan": _plan(row["plan"]),
        "verdict": None if row["verdict"] is None else Verdict(row["verdict"]),
        "filed": None if row["filed"] is None else bytes(row["filed"]),
    }
    if result is not None:
        values |= measured_of(result)
    return Job(**values, reasons=reasons, outputs=outputs)
