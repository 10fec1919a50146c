"""Announcing: rows in the outbox, written in the very transaction that makes them true.

One function for each thing that can happen. Who is told is a matter of configuration, what is
told of ``announce_payload``, and how it gets there of ``deliver``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daemon.config.model import Config
from daemon.config.webhook import Webhook
from daemon.domain.job import Job
from daemon.domain.webhook import EVENT_OF, WebhookEvent
from daemon.protocol import THUMBNAIL_NAME
from daemon.services import announce_payload as payload
from daemon.services.filing import attempt_dir
from daemon.store.outbox import Picture
from daemon.store.uow import UnitOfWork
from daemon.telemetry import events

# Larger than any that the worker writes: something else lies under that name then.
MOST_THUMBNAIL = 65_536


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Small pictures of jobs about to end, read before the transaction that ends them.

    Attributes:
        found: By job.
    """

    found: Mapping[str, bytes]

    @classmethod
    def of(cls, config: Config, jobs: Sequence[Job]) -> Thumbnails:
        """Those that some receiver is to get."""
        found: dict[str, bytes] = {}
        for job in jobs:
            event = _event_of(job)
            if any(hook.payload == "thumbnail" for hook in _told(config, event, job.inbox)):
                path = attempt_dir(config.layout, job.id, job.attempts) / THUMBNAIL_NAME
                # A photo that nobody could decode has none; the event says so.
                with contextlib.suppress(OSError), path.open("rb") as reader:
                    found[job.id] = reader.read(MOST_THUMBNAIL + 1)
        return cls(found)

    def picture(self, job: Job) -> dict[str, Any]:
        """What stands in the body."""
        content = self.found.get(job.id, b"")
        if not content or len(content) > MOST_THUMBNAIL:
            return payload.no_picture("thumbnail", "none_made")
        return payload.picture("thumbnail", content, "image/jpeg")


def announce_photo(uow: UnitOfWork, config: Config, job: Job, thumbnails: Thumbnails) -> None:
    """A photo reached its end; its history must hold that already."""
    event, at_ms = _event_of(job), job.finished_ms or uow.now_ms()
    told, called = _told(config, event, job.inbox), _called_back(uow, config, job)
    if not told and called is None:
        return
    seq = sum(known.name == events.JOB_FINISHED for known in uow.history.of(job.id))
    for hook in told:
        data = payload.photo_data(job, seq, hook)
        body, joins = payload.fitting(event, at_ms, data), None
        if hook.payload == "thumbnail":
            body = payload.message(event, at_ms, {**data, "picture": thumbnails.picture(job)})
        elif hook.payload == "original":
            body, joins = _with_original(event, at_ms, data, job)
        uow.outbox.add(job.id, event, hook.label, body, at_ms, seq=seq, picture=joins)
    if called is not None:
        hook, task_id, address = called
        data = {"task": task_id, **payload.photo_data(job, seq, hook)}
        body = payload.fitting(event, at_ms, data)
        uow.outbox.add(job.id, event, hook.label, body, at_ms, seq=seq, address=address)


def _called_back(uow: UnitOfWork, config: Config, job: Job) -> tuple[Webhook, str, str] | None:
    """Whom the caller of the API named for this photo, if the configuration still allows it."""
    if not config.api.callbacks:
        return None
    submission = uow.submissions.of_file(job.inbox, job.relative)
    if submission is None or submission.callback is None:
        return None
    hook = config.api.callback_receiver(submission.caller, submission.callback)
    return None if hook is None else (hook, submission.id, submission.callback)


def _with_original(
    event: str, at_ms: int, data: dict[str, Any], job: Job
) -> tuple[bytes, Picture | None]:
    """The body and the file that joins it when it is sent: ending a photo waits for no reading."""
    if job.filed is None or job.content_sha256 is None:
        omitted = payload.no_picture("original", "none_kept")
        return payload.message(event, at_ms, {**data, "picture": omitted}), None
    stated = {"kind": "original", "media_type": payload.media_type(job)}
    body = payload.message(event, at_ms, {**data, "picture": stated})
    return body, Picture(job.filed, job.content_sha256)


def announce_batch(
    uow: UnitOfWork, config: Config, batch: str, inbox: str, data: Mapping[str, Any]
) -> None:
    """Every photo of a batch reached its end.

    Args:
        uow: The transaction in which its last one did.
        config: Who is told.
        batch: The batch's id: what is announced twice under one id is told once.
        inbox: Where it was dropped.
        data: Counts by verdict and the like; JSON values, nothing that names a person.
    """
    facts = {"batch": batch, "inbox": inbox, **data}
    _announce(uow, config, WebhookEvent.BATCH_FINISHED, f"batch:{batch}", facts, inbox=inbox)


def announce_hold(  # noqa: PLR0913 - a hold's own columns
    uow: UnitOfWork, config: Config, scope: str, *, who: str, why: str, until_ms: int | None = None
) -> None:
    """Nothing of that scope is handed out any more, as of now."""
    at_ms = uow.now_ms()
    inbox = scope.removeprefix("inbox:") if scope.startswith("inbox:") else None
    # Who: a person's login is theirs; receivers learn whether it was a person.
    by = "boothd" if who == "boothd" else "operator"
    facts: dict[str, Any] = {
        "scope": scope,
        "by": by,
        "why": why[:200],
        "since": payload.iso(at_ms),
    }
    if until_ms is not None:
        facts["until"] = payload.iso(until_ms)
    subject = f"hold:{scope}@{at_ms}"
    _announce(uow, config, WebhookEvent.QUEUE_HELD, subject, facts, inbox=inbox)


def announce_stall(uow: UnitOfWork, config: Config, *, since_ms: int, waiting: int) -> None:
    """Photos wait, none is held back, and yet none got on since then."""
    facts = {"since": payload.iso(since_ms), "waiting": waiting}
    _announce(uow, config, WebhookEvent.QUEUE_STALLED, f"stall:queue@{since_ms}", facts)


def announce_outage(uow: UnitOfWork, config: Config, inbox: str, *, reason: str) -> bool:
    """An inbox is away, and not only for a moment; False: its outage was told before.

    Its row must say ``offline`` already: an outage is known by when that began.
    """
    status = uow.inboxes.get(inbox)
    since_ms = uow.now_ms() if status is None else status.since_ms
    facts = {"inbox": inbox, "reason": reason, "offline_since": payload.iso(since_ms)}
    subject = f"{_outages(inbox)}{since_ms:015}"
    return _announce(uow, config, WebhookEvent.INBOX_OFFLINE, subject, facts, inbox=inbox)


def announce_recovery(uow: UnitOfWork, config: Config, inbox: str) -> bool:
    """An inbox is there; False: no outage was told, or that one's end was."""
    subject = uow.outbox.newest_subject(WebhookEvent.INBOX_OFFLINE, _outages(inbox))
    if subject is None:
        return False
    since_ms = int(subject.removeprefix(_outages(inbox)))
    facts = {"inbox": inbox, "offline_since": payload.iso(since_ms)}
    return _announce(uow, config, WebhookEvent.INBOX_RECOVERED, subject, facts, inbox=inbox)


def _outages(inbox: str) -> str:
    """How the subjects of an inbox's outages begin; sorted, they are in order of time."""
    return f"inbox:{inbox}@"


def announce_disabled(
    uow: UnitOfWork, config: Config, endpoint: str, *, why: str, at_ms: int
) -> None:
    """An endpoint was switched off; the others are told."""
    facts = {"endpoint": endpoint, "why": why, "since": payload.iso(at_ms)}
    subject = f"endpoint:{endpoint}@{at_ms}"
    _announce(uow, config, WebhookEvent.ENDPOINT_DISABLED, subject, facts, but_not=endpoint)


def _announce(  # noqa: PLR0913 - what happened to what, and whom it concerns
    uow: UnitOfWork,
    config: Config,
    event: WebhookEvent,
    subject: str,
    facts: Mapping[str, Any],
    *,
    inbox: str | None = None,
    but_not: str | None = None,
) -> bool:
    at_ms, is_new = uow.now_ms(), False
    body = payload.message(event, at_ms, facts)
    for hook in _told(config, event, inbox):
        if hook.label != but_not:
            is_new |= uow.outbox.add(subject, event, hook.label, body, at_ms)
    return is_new


def _told(config: Config, event: str, inbox: str | None) -> list[Webhook]:
    return [hook for hook in config.webhooks if hook.wants(event, inbox)]


def _event_of(job: Job) -> WebhookEvent:
    assert job.verdict is not None
    return EVENT_OF[job.verdict]
