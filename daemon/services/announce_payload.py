"""What receivers are told: thin JSON of ids, verdict, reasons and figures.

Nothing of a face, no path outside the inbox, no text that came from a photo or a note: of a
reason's facts only numbers pass, and the few words in ``WORDS``. A picture joins only where the
receiver's section says so.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from daemon.config.webhook import Webhook
from daemon.domain.artifact import Reason
from daemon.domain.assessment import QUALITY, assessment_of
from daemon.domain.job import Job
from daemon.files.safe import display_name

# Standard Webhooks 1.0.0 asks for less than 20 kB.
MOST_BYTES = 20_000
# Of many faces, each with its reason, the first say enough; the rest are counted.
MOST_REASONS = 20
# Facts of reasons that are words of the booth's own, never of a person.
WORDS = frozenset({"limit", "value", "actual", "unit", "side", "format"})
LONGEST_WORD = 40

_MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "heif": "image/heif",
    "heic": "image/heic",
    "avif": "image/avif",
}


def iso(at_ms: int) -> str:
    """A time as ISO 8601 in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message(event: str, at_ms: int, data: Mapping[str, Any]) -> bytes:
    """A body as it is stored, signed and sent: ASCII JSON, always the same for the same facts."""
    body = {"type": event, "timestamp": iso(at_ms), "data": data}
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii")


def photo_data(job: Job, seq: int, webhook: Webhook) -> dict[str, Any]:
    """What is said about a photo that reached its end.

    Args:
        job: With its verdict.
        seq: Which of the job's ends this is.
        webhook: Says how the photo is named.
    """
    assert job.verdict is not None
    told: dict[str, Any] = {"job": job.id, "seq": seq, "inbox": job.inbox}
    told |= _named(job, webhook)
    told |= {"verdict": job.verdict.value, "plan": job.plan.label}
    told["reasons"] = [_reason(reason) for reason in job.reasons[:MOST_REASONS]]
    if len(job.reasons) > MOST_REASONS:
        told["reasons_left_out"] = len(job.reasons) - MOST_REASONS
    quality = _quality(job)
    if quality:
        told["quality"] = quality
    told["received"] = iso(job.created_ms)
    if job.finished_ms is not None:
        told["finished"] = iso(job.finished_ms)
    return told


def _named(job: Job, webhook: Webhook) -> dict[str, str]:
    if webhook.file_name == "none":
        return {}
    if webhook.file_name == "hashed":
        return {"file_sha256": hashlib.sha256(job.relative).hexdigest()}
    return {"file": display_name(job.relative)}


def _reason(reason: Reason) -> dict[str, Any]:
    facts = {name: fact for name, fact in reason.facts.items() if _may_pass(name, fact)}
    # Routes say "actual" or "value" for what was measured; a receiver gets one name for it.
    measured = facts.pop("actual", None)
    facts.setdefault("value", measured)
    return {"code": reason.code, **{name: fact for name, fact in facts.items() if fact is not None}}


def _may_pass(name: str, fact: object) -> bool:
    if isinstance(fact, bool | int):
        return True
    if isinstance(fact, float):
        return math.isfinite(fact)
    return isinstance(fact, str) and name in WORDS and len(fact) <= LONGEST_WORD


def _quality(job: Job) -> dict[str, Any]:
    found = assessment_of(job.measures, job.engines)
    if found is None:
        return {}
    told = {"score": None if found.score is None else found.score / 10_000}
    return {
        **told,
        "band": job.measures[QUALITY].get("band"),
        "profile": found.profile,
        "engine": found.engine,
    }


def fitting(event: str, at_ms: int, data: dict[str, Any]) -> bytes:
    """The body, reasons cut short where it would be too long otherwise."""
    body = message(event, at_ms, data)
    reasons = data.get("reasons", [])
    while len(body) > MOST_BYTES and reasons:
        reasons = reasons[: len(reasons) // 2]
        left_out = len(data["reasons"]) - len(reasons) + data.get("reasons_left_out", 0)
        body = message(event, at_ms, {**data, "reasons": reasons, "reasons_left_out": left_out})
    return body


def media_type(job: Job) -> str:
    """Of the original, by what the decoder found in it."""
    found = job.engines.get("decode")
    name = str(found.get("name", "")) if isinstance(found, Mapping) else ""
    return _MEDIA_TYPES.get(name.lower(), "application/octet-stream")


def picture(kind: str, content: bytes, media: str) -> dict[str, Any]:
    """A picture as it stands in a body."""
    text = base64.b64encode(content).decode("ascii")
    return {"kind": kind, "media_type": media, "size": len(content), "base64": text}


def no_picture(kind: str, why: str) -> dict[str, Any]:
    """In place of a picture that was asked for: why there is none."""
    return {"kind": kind, "omitted": why}


def joined(body: bytes, content: bytes | None, why: str = "") -> bytes:
    """A stored body with its original in place; the same bytes give the same body.

    Args:
        body: As stored, with the picture's kind and media type.
        content: The original, or ``None``.
        why: Why there is none.
    """
    told = json.loads(body)
    stated = told["data"]["picture"]
    put = no_picture(stated["kind"], why)
    if content is not None:
        put = picture(stated["kind"], content, stated["media_type"])
    told["data"]["picture"] = put
    return json.dumps(told, separators=(",", ":"), allow_nan=False).encode("ascii")
