"""Every log event by name: dotted, past tense; the facts are keys, never inside the text."""

from __future__ import annotations

from typing import Final

DAEMON_STARTED: Final = "daemon.started"
DAEMON_READY: Final = "daemon.ready"
DAEMON_STOPPING: Final = "daemon.stopping"
DAEMON_STOPPED: Final = "daemon.stopped"
LOOP_FAILED: Final = "loop.failed"
NOTIFY_FAILED: Final = "notify.failed"
STATUS_UNWRITTEN: Final = "status.unwritten"
PANEL_STARTED: Final = "panel.started"

INBOX_SCANNED: Final = "inbox.scanned"
INBOX_WENT_OFFLINE: Final = "inbox.went_offline"
INBOX_RECOVERED: Final = "inbox.recovered"
INBOX_WATCH_REBUILT: Final = "inbox.watch_rebuilt"
INBOX_OVERFLOWED: Final = "inbox.overflowed"
FILE_WAITED_LONG: Final = "file.waited_long"

JOB_ADMITTED: Final = "job.admitted"
JOB_QUEUED: Final = "job.queued"
JOB_CLAIMED: Final = "job.claimed"
JOB_FAULTED: Final = "job.faulted"
JOB_RELEASED: Final = "job.released"
JOB_VERDICT_COMMITTED: Final = "job.verdict_committed"
JOB_FINISHED: Final = "job.finished"
JOB_RETRIED: Final = "job.retried"
JOB_WITHDRAWN: Final = "job.withdrawn"
JOB_SOURCE_LOST: Final = "job.source_lost"
JOB_RECOVERED: Final = "job.recovered"
JOB_RESULT_ADOPTED: Final = "job.result_adopted"
JOB_RESULT_DISCARDED: Final = "job.result_discarded"

OUTPUT_PUBLISHED: Final = "output.published"
PUBLISH_POSTPONED: Final = "publish.postponed"
OUTPUT_NAME_TAKEN: Final = "output.name_taken"

WORKER_STARTED: Final = "worker.started"
WORKER_READY: Final = "worker.ready"
WORKER_DIED: Final = "worker.died"
WORKER_KILLED: Final = "worker.killed"
WORKER_RESTARTED: Final = "worker.restarted"
WORKER_RECYCLED: Final = "worker.recycled"
WORKER_BOOT_FAILED: Final = "worker.boot_failed"
WORKER_STOPPED: Final = "worker.stopped"
WORKER_HELD: Final = "worker.held"

PANEL_DIED: Final = "panel.died"
QUEUE_HELD: Final = "queue.held"
QUEUE_RESUMED: Final = "queue.resumed"

UPKEEP_RAN: Final = "upkeep.ran"
UPKEEP_FAILED: Final = "upkeep.failed"
FILE_DELETED: Final = "file.deleted"
BACKUP_WRITTEN: Final = "backup.written"
INTEGRITY_FAILED: Final = "integrity.failed"
