"""Jobs as intake leaves them: a claimed original, a staged copy, a row that is queued."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from daemon import protocol
from daemon.config.model import Config
from daemon.domain.artifact import OutputFile, OutputKind, Reason
from daemon.domain.job import Claim, Job, State, Verdict, new_job_id
from daemon.domain.route import Plan, effect_key
from daemon.services.filing import attempt_dir, claimed_photo, staged_photo
from daemon.store.database import Database


def queued_job(
    config: Config,
    database: Database,
    content: bytes = b"a photo",
    *,
    relative: bytes = b"photo.jpg",
    notes: Mapping[str, bytes] | None = None,
    now_ms: int = 1_700_000_000_000,
    plan: Plan | None = None,
) -> Job:
    """Put a photo where intake leaves it and write its row."""
    plan = plan or Plan.of(["copy"])
    digest = hashlib.sha256(content).hexdigest()
    job = Job(
        id=new_job_id(now_ms),
        inbox=config.inboxes[0].name,
        relative=relative,
        name_key=os.fsdecode(relative),
        generation=f"{len(content)}:{digest[:8]}",
        state=State.QUEUED,
        plan=plan,
        priority=0,
        language="en",
        created_ms=now_ms,
        sidecars=tuple(os.fsencode(name) for name in notes or {}),
        content_sha256=digest,
        size=len(content),
        effect_key=effect_key(digest, plan),
        queued_ms=now_ms,
    )
    claimed, staged = claimed_photo(config.layout, job), staged_photo(config.layout, job.id)
    for path in (claimed, staged):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, text in (notes or {}).items():
        (claimed.parent / name).write_bytes(text)
    with database.write() as uow:
        assert uow.jobs.add(job)
    return job


def work_like_a_worker(
    config: Config,
    claim: Claim,
    *,
    verdict: Verdict = Verdict.DONE,
    reasons: tuple[Reason, ...] = (),
    outputs: Mapping[OutputKind, bytes] | None = None,
) -> protocol.Result:
    """Write outputs and ``result.json`` as a worker does, and return the result."""
    folder = attempt_dir(config.layout, claim.job.id, claim.job.attempts)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind, content in (outputs or {OutputKind.RESULT: b"restored"}).items():
        name = f"{kind.value}.jpg"
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(OutputFile(kind, name, ".jpg", digest, len(content)))
    result = protocol.Result(
        claim.job.id, claim.job.attempts, verdict, reasons, tuple(files), {"copy": {}}
    )
    (folder / "result.json").write_bytes(protocol.encode(result))
    return result


def record_beside(original: Path) -> dict[str, object]:
    """The record that lies beside a filed original."""
    text = original.with_name(original.name + ".boothd.json").read_bytes()
    record: dict[str, object] = json.loads(text)
    return record
