"""Every table, by name; the revisions under ``migrations/`` build exactly these.

Times are integer milliseconds. Paths, and text that came from a file's name or content, are
bytes (see ``rows.text_blob``): a hostile name need not be valid text. JSON is text, ASCII
only. Flags are 0 or 1. SQLite tables are STRICT.

The job's result (reasons, outputs, measures) lies in tables of its own, so that the rows which
the queue walks over stay short.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from daemon.domain.batch import BatchState
from daemon.domain.delivery import DeliveryState
from daemon.domain.distribution import MOST_BUCKETS
from daemon.domain.job import LIVE, State

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

metadata = MetaData(naming_convention=NAMING)

# STRICT tables know INTEGER only; PostgreSQL needs to be told that milliseconds pass 32 bits.
Whole = BigInteger().with_variant(Integer, "sqlite")


def _table(name: str, *parts: Any, rowid: bool = False) -> Table:
    # Small rows live in the primary key itself; wide or append-only ones keep their rowid.
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=rowid)


def _quoted(states: type[State | DeliveryState] | frozenset[State]) -> str:
    every = DeliveryState if states is DeliveryState else State
    return ", ".join(f"'{state.value}'" for state in every if state in states)


# SQLite uses a partial index only where the query repeats these very words: never as a bound
# parameter, always by these names.
# Live is told by a column that does not change while a job moves on, so that its moves leave the
# index on it alone.
IS_LIVE = "finished_ms IS NULL"
IS_READY = "state = 'queued' AND not_before_ms = 0 AND crashes = 0"
IS_SUSPECT = "state = 'queued' AND not_before_ms = 0 AND crashes > 0"
IS_DEFERRED = "state = 'queued' AND not_before_ms > 0"
IS_DONE = "state = 'done'"
IS_PENDING = "closed_ms IS NULL"
IS_DUE = "state = 'pending'"
IS_SETTLED = "settled_ms IS NOT NULL"
IS_UNFINISHED = "finished_ms IS NULL"
IS_SCORED = "bucket IS NOT NULL"


def _partial(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


jobs = _table(
    "jobs",
    Column("id", Text, primary_key=True),
    Column("inbox", Text, nullable=False),
    Column("relative", LargeBinary, nullable=False),
    Column("name_key", LargeBinary, nullable=False),
    # What people type into a search box: the path as shown, case folded.
    Column("search_name", Text, nullable=False),
    Column("generation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_ms", Whole, nullable=False),
    Column("sidecars", LargeBinary, nullable=False),
    Column("instruct", LargeBinary, nullable=False),
    Column("in_ledger", Integer, nullable=False),
    Column("content_sha256", Text),
    Column("size", Whole),
    Column("effect_key", Text),
    Column("attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("owner", Text),
    Column("token", Text),
    Column("lease_until_ms", Whole),
    Column("not_before_ms", Whole, nullable=False),
    Column("queued_ms", Whole),
    Column("started_ms", Whole),
    Column("verdict", Text),
    Column("filed", LargeBinary),
    Column("finished_ms", Whole),
    Column("retry_of", Text),
    CheckConstraint(f"state IN ({_quoted(State)})", name="state"),
    CheckConstraint(f"(finished_ms IS NULL) = (state IN ({_quoted(LIVE)}))", name="finished_ms"),
    CheckConstraint("in_ledger IN (0, 1)", name="in_ledger"),
    CheckConstraint("attempts >= 0 AND crashes >= 0", name="attempts"),
    rowid=True,
)
_partial(
    "uq_jobs_live",
    jobs.c.inbox,
    jobs.c.name_key,
    jobs.c.generation,
    where=IS_LIVE,
    unique=True,
)
# ``state`` leads although it is always the same: SQLite chooses by how many columns an equality
# fixes, and would walk ix_jobs_state otherwise.
_in_turn = (jobs.c.state, jobs.c.inbox, jobs.c.priority.desc(), jobs.c.id)
_partial("ix_jobs_ready", *_in_turn, where=IS_READY)
_partial("ix_jobs_suspect", *_in_turn, where=IS_SUSPECT)
_partial("ix_jobs_deferred", jobs.c.state, jobs.c.not_before_ms, where=IS_DEFERRED)
_partial("ix_jobs_effect", jobs.c.state, jobs.c.inbox, jobs.c.effect_key, jobs.c.id, where=IS_DONE)
Index("ix_jobs_identity", jobs.c.inbox, jobs.c.name_key, jobs.c.generation)
# The one index on all states, because every move rewrites it: a listing over several states or
# inboxes is merged from one step into it for each.
Index("ix_jobs_state", jobs.c.state, jobs.c.inbox, jobs.c.id)


def _of_job(*, primary: bool = True) -> Column[Any]:
    return Column(
        "job_id",
        Text,
        ForeignKey("jobs.id", ondelete="CASCADE"),
        primary_key=primary,
        nullable=False,
    )


job_codes = _table(
    "job_codes",
    _of_job(),
    Column("position", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("facts", Text, nullable=False),
)
Index("ix_job_codes_code", job_codes.c.code, job_codes.c.job_id)

job_outputs = _table(
    "job_outputs",
    _of_job(),
    Column("ordinal", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("suffix", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size", Whole, nullable=False),
    Column("target", LargeBinary, nullable=False),
    Column("published_ms", Whole),
)

job_results = _table(
    "job_results",
    _of_job(),
    Column("measures", Text, nullable=False),
    Column("engines", Text, nullable=False),
    Column("timings_ms", Text, nullable=False),
    # Of ``measures``, in ten-thousandths: a list of bad photos must not read them all.
    Column("score", Whole),
    # Where the score is counted in histograms (``distribution.SCORES``): lists of a bin.
    Column("bucket", Integer),
)
_partial("ix_job_results_bucket", job_results.c.bucket, job_results.c.job_id, where=IS_SCORED)

# Where a photo stands on the gate's gauges: for lists of what a moved limit would change. Its
# measures are a hundred times as long.
gate_places = _table(
    "gate_places",
    _of_job(),
    Column("inbox", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("profile", Text, nullable=False),
    # ``gauges.Places.packed``.
    Column("places", LargeBinary, nullable=False),
)

job_events = _table(
    "job_events",
    Column("id", Whole, primary_key=True, autoincrement=True),
    _of_job(primary=False),
    Column("at_ms", Whole, nullable=False),
    Column("name", Text, nullable=False),
    Column("facts", Text, nullable=False),
    rowid=True,
)
Index("ix_job_events_job_id", job_events.c.job_id, job_events.c.id)

inbox_turns = _table(
    "inbox_turns",
    Column("inbox", Text, primary_key=True),
    # The larger, the more recently a job of this inbox was claimed.
    Column("served", Whole, nullable=False),
)

inboxes = _table(
    "inboxes",
    Column("name", Text, primary_key=True),
    Column("device", Whole),
    Column("mode", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since_ms", Whole, nullable=False),
    Column("scanned_ms", Whole),
    Column("files", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
)

inbox_changes = _table(
    "inbox_changes",
    Column("id", Whole, primary_key=True, autoincrement=True),
    Column("inbox", Text, nullable=False),
    Column("at_ms", Whole, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "inbox", "id"),
    rowid=True,
)

canaries = _table(
    "canaries",
    Column("inbox", Text, primary_key=True),
    Column("placed_ms", Whole, primary_key=True),
    # Until it was claimed, and for one that never was.
    Column("latency_ms", Whole),
    Column("outcome", Text, nullable=False),
)

waiting_files = _table(
    "waiting_files",
    Column("inbox", Text, primary_key=True),
    Column("relative", LargeBinary, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since_ms", Whole, nullable=False),
    Column("changed_ms", Whole, nullable=False),
    Column("next_look_ms", Whole, nullable=False),
    Column("size", Whole, nullable=False),
)

ignored_files = _table(
    "ignored_files",
    Column("inbox", Text, primary_key=True),
    Column("relative", LargeBinary, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("seen_ms", Whole, nullable=False),
)

counters = _table(
    "counters",
    Column("inbox", Text, primary_key=True),
    Column("hour_ms", Whole, primary_key=True),
    # How they ended, or "received": how many there were.
    Column("verdict", Text, primary_key=True),
    # Empty for the verdict itself, else how many of them carried that code.
    Column("code", Text, primary_key=True),
    Column("n", Whole, nullable=False),
    # How many of them had the code as their first.
    Column("n_first", Whole, nullable=False, server_default=text("0")),
)

# The kind leads: whoever reads wants the hours of one.
histograms = _table(
    "histograms",
    Column("kind", Text, primary_key=True),
    Column("hour_ms", Whole, primary_key=True),
    Column("inbox", Text, primary_key=True),
    # These are empty for times.
    Column("engine", Text, primary_key=True),
    Column("profile", Text, primary_key=True),
    Column("verdict", Text, primary_key=True),
    # Sum of the values.
    Column("total", Whole, nullable=False, server_default=text("0")),
    # Photos without a value; then those in each bucket. A column for each makes a row an hour of
    # what would be thirty, and adding to one is a step into the primary key.
    Column("unscored", Whole, nullable=False, server_default=text("0")),
    *(
        Column(name, Whole, nullable=False, server_default=text("0"))
        for name in (f"b{bucket}" for bucket in range(MOST_BUCKETS))
    ),
)

not_assessed = _table(
    "not_assessed",
    Column("hour_ms", Whole, primary_key=True),
    Column("inbox", Text, primary_key=True),
    Column("engine", Text, primary_key=True),
    Column("profile", Text, primary_key=True),
    # All of a photo in one, separated by spaces: nearly all photos miss the same ones.
    Column("measures", Text, primary_key=True),
    Column("n", Whole, nullable=False),
)

holds = _table(
    "holds",
    Column("scope", Text, primary_key=True),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("since_ms", Whole, nullable=False),
    Column("until_ms", Whole),
)

orders = _table(
    "orders",
    Column("id", Whole, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("job_id", Text),
    Column("placed_by", Text, nullable=False),
    Column("args", Text, nullable=False),
    Column("placed_ms", Whole, nullable=False),
    Column("closed_ms", Whole),
    Column("outcome", Text),
    rowid=True,
)
_partial("ix_orders_pending", orders.c.id, where=IS_PENDING)

# What people decided about photos in review; the daemon carries the open ones out.
review_decisions = _table(
    "review_decisions",
    Column("id", Whole, primary_key=True, autoincrement=True),
    _of_job(primary=False),
    Column("kind", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_ms", Whole, nullable=False),
    Column("code", Text, nullable=False),
    # A person's own words may hold anything.
    Column("note", LargeBinary, nullable=False),
    Column("args", Text, nullable=False),
    # Records of the job before and after, so that a crash between two files is no question.
    Column("before", LargeBinary),
    Column("after", LargeBinary),
    Column("moved_ms", Whole),
    Column("closed_ms", Whole),
    Column("outcome", Text),
    rowid=True,
)
Index("ix_review_decisions_job_id", review_decisions.c.job_id, review_decisions.c.id)
# Two people never decide the same photo twice.
_partial("uq_review_decisions_open", review_decisions.c.job_id, where=IS_PENDING, unique=True)

# Who has which photo before them.
review_looks = _table(
    "review_looks",
    _of_job(),
    Column("who", Text, nullable=False),
    Column("until_ms", Whole, nullable=False),
)

outbox = _table(
    "outbox",
    Column("id", Whole, primary_key=True, autoincrement=True),
    # What it is about: a job's id, or what else can be announced (``hold:queue@…``).
    Column("subject", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    # A job that was run again ends again: its first end is 1.
    Column("seq", Integer, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_ms", Whole, nullable=False),
    # The file whose bytes join the body when it is first sent, and what they must be.
    Column("picture", LargeBinary),
    Column("picture_sha256", Text),
    # Digest of the joined body, once there is one: it is the same at every attempt.
    Column("sent_sha256", Text),
    # Where it is sent to, if not to the endpoint's own address.
    Column("address", Text),
    UniqueConstraint("subject", "event", "endpoint", "seq"),
    UniqueConstraint("message_id"),
    rowid=True,
)

deliveries = _table(
    "deliveries",
    Column(
        "outbox_id",
        Whole,
        ForeignKey("outbox.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("endpoint", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_ms", Whole, nullable=False),
    Column("settled_ms", Whole),
    Column("last_ms", Whole),
    Column("last_status", Integer),
    Column("last_error", Text, nullable=False),
    CheckConstraint(f"state IN ({_quoted(DeliveryState)})", name="state"),
    CheckConstraint("(settled_ms IS NULL) = (state = 'pending')", name="settled_ms"),
    rowid=True,
)
_partial(
    "ix_deliveries_due",
    deliveries.c.state,
    deliveries.c.endpoint,
    deliveries.c.next_ms,
    deliveries.c.outbox_id,
    where=IS_DUE,
)
_partial("ix_deliveries_settled", deliveries.c.settled_ms, where=IS_SETTLED)
Index("ix_deliveries_state", deliveries.c.state, deliveries.c.endpoint, deliveries.c.outbox_id)
Index("ix_deliveries_endpoint", deliveries.c.endpoint, deliveries.c.outbox_id)

delivery_attempts = _table(
    "delivery_attempts",
    Column("id", Whole, primary_key=True, autoincrement=True),
    Column("outbox_id", Whole, ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False),
    Column("at_ms", Whole, nullable=False),
    Column("latency_ms", Whole, nullable=False),
    # Where it was sent to; empty where no connection was tried.
    Column("address", Text, nullable=False),
    Column("status", Integer),
    Column("error", Text, nullable=False),
    Column("response", LargeBinary, nullable=False),
    rowid=True,
)
Index("ix_delivery_attempts_outbox_id", delivery_attempts.c.outbox_id, delivery_attempts.c.id)

endpoints = _table(
    "endpoints",
    Column("name", Text, primary_key=True),
    # The address that all this is about: another address under that name starts afresh.
    Column("url", Text, nullable=False),
    Column("disabled_ms", Whole),
    Column("disabled_why", Text, nullable=False),
    Column("failing_ms", Whole),
    Column("failures", Integer, nullable=False),
    Column("rest_until_ms", Whole, nullable=False),
    Column("throttles", Integer, nullable=False),
    Column("last_ms", Whole),
    Column("last_ok_ms", Whole),
    Column("last_status", Integer),
    Column("last_error", Text, nullable=False),
)

questions = _table(
    "questions",
    Column("id", Text, primary_key=True, nullable=False),
    Column("kind", Text, nullable=False),
    Column("arguments", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("asks", Integer, nullable=False),
    Column("owner", Text),
    Column("placed_ms", Whole, nullable=False),
    Column("answered_ms", Whole),
    Column("facts", Text),
    Column("reason", Text),
    CheckConstraint("state IN ('waiting', 'asked', 'answered')", name="state"),
    rowid=True,
)

submissions = _table(
    "submissions",
    Column("id", Text, primary_key=True, nullable=False),
    Column("inbox", Text, nullable=False),
    # The name of its file, as ``jobs.name_key`` has it.
    Column("name", LargeBinary, nullable=False),
    Column("caller", Text, nullable=False),
    Column("key", Text),
    Column("digest", Text, nullable=False),
    Column("created_ms", Whole, nullable=False),
    Column("placed_ms", Whole),
    # Where the caller wants to be told how it ended.
    Column("callback", Text),
    UniqueConstraint("caller", "key"),
    rowid=True,
)

batches = _table(
    "batches",
    Column("id", Text, primary_key=True, nullable=False),
    Column("inbox", Text, nullable=False),
    # JSON: a name that came from a file or a table may hold what no text column takes.
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_ms", Whole, nullable=False),
    Column("folder", Text, nullable=False),
    Column("findings", Text, nullable=False),
    Column("finished_ms", Whole),
    CheckConstraint(
        f"state IN ({', '.join(repr(state.value) for state in BatchState)})", name="state"
    ),
    rowid=True,
)
_partial("ix_batches_live", batches.c.id, where=IS_UNFINISHED)


def _of_batch() -> Column[Any]:
    return Column(
        "batch_id", Text, ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True,
        nullable=False,
    )  # fmt: skip


batch_people = _table(
    "batch_people",
    _of_batch(),
    Column("line", Integer, primary_key=True, nullable=False, autoincrement=False),
    # The row's fields, as JSON.
    Column("entry", Text, nullable=False),
)

batch_jobs = _table(
    "batch_jobs",
    _of_batch(),
    _of_job(),
    # The person's row; none for a photo that is nobody's.
    Column("line", Integer),
    # JSON, as above.
    Column("photo", Text, nullable=False),
)
Index("ix_batch_jobs_job_id", batch_jobs.c.job_id)

audit = _table(
    "audit",
    Column("id", Whole, primary_key=True, autoincrement=True),
    Column("at_ms", Whole, nullable=False),
    Column("who", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("facts", Text, nullable=False),
    rowid=True,
)

upkeep = _table(
    "upkeep",
    Column("task", Text, primary_key=True),
    Column("last_ms", Whole, nullable=False),
    Column("outcome", Text, nullable=False),
)
