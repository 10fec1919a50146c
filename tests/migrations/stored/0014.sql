BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0014');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at_ms INTEGER NOT NULL, 
	who TEXT NOT NULL, 
	action TEXT NOT NULL, 
	target TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
)
 STRICT

;
CREATE TABLE batch_jobs (
	batch_id TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	line INTEGER, 
	photo TEXT NOT NULL, 
	CONSTRAINT pk_batch_jobs PRIMARY KEY (batch_id, job_id), 
	CONSTRAINT fk_batch_jobs_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id) ON DELETE CASCADE, 
	CONSTRAINT fk_batch_jobs_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE batch_people (
	batch_id TEXT NOT NULL, 
	line INTEGER NOT NULL, 
	entry TEXT NOT NULL, 
	CONSTRAINT pk_batch_people PRIMARY KEY (batch_id, line), 
	CONSTRAINT fk_batch_people_batch_id FOREIGN KEY(batch_id) REFERENCES batches (id) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE batches (
	id TEXT NOT NULL, 
	inbox TEXT NOT NULL, 
	name TEXT NOT NULL, 
	state TEXT NOT NULL, 
	language TEXT NOT NULL, 
	created_ms INTEGER NOT NULL, 
	folder TEXT NOT NULL, 
	findings TEXT NOT NULL, 
	finished_ms INTEGER, 
	CONSTRAINT pk_batches PRIMARY KEY (id), 
	CONSTRAINT ck_batches_state CHECK (state IN ('received', 'open', 'paused', 'cancelled', 'finished', 'refused'))
)
 STRICT

;
CREATE TABLE canaries (
	inbox TEXT NOT NULL, 
	placed_ms INTEGER NOT NULL, 
	latency_ms INTEGER, 
	outcome TEXT NOT NULL, 
	CONSTRAINT pk_canaries PRIMARY KEY (inbox, placed_ms)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE counters (
	inbox TEXT NOT NULL, 
	hour_ms INTEGER NOT NULL, 
	verdict TEXT NOT NULL, 
	code TEXT NOT NULL, 
	n INTEGER NOT NULL, n_first INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_counters PRIMARY KEY (inbox, hour_ms, verdict, code)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE deliveries (
	outbox_id INTEGER NOT NULL, 
	endpoint TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_ms INTEGER NOT NULL, 
	settled_ms INTEGER, 
	last_ms INTEGER, 
	last_status INTEGER, 
	last_error TEXT NOT NULL, 
	CONSTRAINT pk_deliveries PRIMARY KEY (outbox_id), 
	CONSTRAINT ck_deliveries_state CHECK (state IN ('pending', 'delivered', 'exhausted', 'disabled', 'discarded')), 
	CONSTRAINT ck_deliveries_settled_ms CHECK ((settled_ms IS NULL) = (state = 'pending')), 
	CONSTRAINT fk_deliveries_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE delivery_attempts (
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	at_ms INTEGER NOT NULL, 
	latency_ms INTEGER NOT NULL, 
	address TEXT NOT NULL, 
	status INTEGER, 
	error TEXT NOT NULL, 
	response BLOB NOT NULL, 
	CONSTRAINT pk_delivery_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_delivery_attempts_outbox_id FOREIGN KEY(outbox_id) REFERENCES outbox (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE endpoints (
	name TEXT NOT NULL, 
	url TEXT NOT NULL, 
	disabled_ms INTEGER, 
	disabled_why TEXT NOT NULL, 
	failing_ms INTEGER, 
	failures INTEGER NOT NULL, 
	rest_until_ms INTEGER NOT NULL, 
	throttles INTEGER NOT NULL, 
	last_ms INTEGER, 
	last_ok_ms INTEGER, 
	last_status INTEGER, 
	last_error TEXT NOT NULL, 
	CONSTRAINT pk_endpoints PRIMARY KEY (name)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE gate_places (
	job_id TEXT NOT NULL, 
	inbox TEXT NOT NULL, 
	engine TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	places BLOB NOT NULL, 
	CONSTRAINT pk_gate_places PRIMARY KEY (job_id), 
	CONSTRAINT fk_gate_places_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE histograms (
	kind TEXT NOT NULL, 
	hour_ms INTEGER NOT NULL, 
	inbox TEXT NOT NULL, 
	engine TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	total INTEGER DEFAULT 0 NOT NULL, 
	unscored INTEGER DEFAULT 0 NOT NULL, 
	b0 INTEGER DEFAULT 0 NOT NULL, 
	b1 INTEGER DEFAULT 0 NOT NULL, 
	b2 INTEGER DEFAULT 0 NOT NULL, 
	b3 INTEGER DEFAULT 0 NOT NULL, 
	b4 INTEGER DEFAULT 0 NOT NULL, 
	b5 INTEGER DEFAULT 0 NOT NULL, 
	b6 INTEGER DEFAULT 0 NOT NULL, 
	b7 INTEGER DEFAULT 0 NOT NULL, 
	b8 INTEGER DEFAULT 0 NOT NULL, 
	b9 INTEGER DEFAULT 0 NOT NULL, 
	b10 INTEGER DEFAULT 0 NOT NULL, 
	b11 INTEGER DEFAULT 0 NOT NULL, 
	b12 INTEGER DEFAULT 0 NOT NULL, 
	b13 INTEGER DEFAULT 0 NOT NULL, 
	b14 INTEGER DEFAULT 0 NOT NULL, 
	b15 INTEGER DEFAULT 0 NOT NULL, 
	b16 INTEGER DEFAULT 0 NOT NULL, 
	b17 INTEGER DEFAULT 0 NOT NULL, 
	b18 INTEGER DEFAULT 0 NOT NULL, 
	b19 INTEGER DEFAULT 0 NOT NULL, 
	b20 INTEGER DEFAULT 0 NOT NULL, 
	b21 INTEGER DEFAULT 0 NOT NULL, 
	b22 INTEGER DEFAULT 0 NOT NULL, 
	b23 INTEGER DEFAULT 0 NOT NULL, 
	b24 INTEGER DEFAULT 0 NOT NULL, 
	b25 INTEGER DEFAULT 0 NOT NULL, 
	b26 INTEGER DEFAULT 0 NOT NULL, 
	b27 INTEGER DEFAULT 0 NOT NULL, 
	b28 INTEGER DEFAULT 0 NOT NULL, 
	b29 INTEGER DEFAULT 0 NOT NULL, 
	b30 INTEGER DEFAULT 0 NOT NULL, 
	b31 INTEGER DEFAULT 0 NOT NULL, 
	b32 INTEGER DEFAULT 0 NOT NULL, 
	b33 INTEGER DEFAULT 0 NOT NULL, 
	b34 INTEGER DEFAULT 0 NOT NULL, 
	b35 INTEGER DEFAULT 0 NOT NULL, 
	b36 INTEGER DEFAULT 0 NOT NULL, 
	b37 INTEGER DEFAULT 0 NOT NULL, 
	b38 INTEGER DEFAULT 0 NOT NULL, 
	b39 INTEGER DEFAULT 0 NOT NULL, 
	b40 INTEGER DEFAULT 0 NOT NULL, 
	b41 INTEGER DEFAULT 0 NOT NULL, 
	b42 INTEGER DEFAULT 0 NOT NULL, 
	b43 INTEGER DEFAULT 0 NOT NULL, 
	b44 INTEGER DEFAULT 0 NOT NULL, 
	b45 INTEGER DEFAULT 0 NOT NULL, 
	b46 INTEGER DEFAULT 0 NOT NULL, 
	b47 INTEGER DEFAULT 0 NOT NULL, 
	b48 INTEGER DEFAULT 0 NOT NULL, 
	b49 INTEGER DEFAULT 0 NOT NULL, 
	b50 INTEGER DEFAULT 0 NOT NULL, 
	b51 INTEGER DEFAULT 0 NOT NULL, 
	b52 INTEGER DEFAULT 0 NOT NULL, 
	b53 INTEGER DEFAULT 0 NOT NULL, 
	b54 INTEGER DEFAULT 0 NOT NULL, 
	b55 INTEGER DEFAULT 0 NOT NULL, 
	b56 INTEGER DEFAULT 0 NOT NULL, 
	b57 INTEGER DEFAULT 0 NOT NULL, 
	b58 INTEGER DEFAULT 0 NOT NULL, 
	b59 INTEGER DEFAULT 0 NOT NULL, 
	b60 INTEGER DEFAULT 0 NOT NULL, 
	b61 INTEGER DEFAULT 0 NOT NULL, 
	b62 INTEGER DEFAULT 0 NOT NULL, 
	b63 INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_histograms PRIMARY KEY (kind, hour_ms, inbox, engine, profile, verdict)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE holds (
	scope TEXT NOT NULL, 
	who TEXT NOT NULL, 
	why TEXT NOT NULL, 
	since_ms INTEGER NOT NULL, 
	until_ms INTEGER, 
	CONSTRAINT pk_holds PRIMARY KEY (scope)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE ignored_files (
	inbox TEXT NOT NULL, 
	relative BLOB NOT NULL, 
	rule TEXT NOT NULL, 
	seen_ms INTEGER NOT NULL, 
	CONSTRAINT pk_ignored_files PRIMARY KEY (inbox, relative)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE inbox_changes (
	id INTEGER NOT NULL, 
	inbox TEXT NOT NULL, 
	at_ms INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_inbox_changes PRIMARY KEY (id)
)
 STRICT

;
CREATE TABLE inbox_turns (
	inbox TEXT NOT NULL, 
	served INTEGER NOT NULL, 
	CONSTRAINT pk_inbox_turns PRIMARY KEY (inbox)
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "inbox_turns" VALUES('in',3);
CREATE TABLE inboxes (
	name TEXT NOT NULL, 
	device INTEGER, 
	mode TEXT NOT NULL, 
	state TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	since_ms INTEGER NOT NULL, 
	scanned_ms INTEGER, 
	files INTEGER NOT NULL, 
	waiting INTEGER NOT NULL, 
	CONSTRAINT pk_inboxes PRIMARY KEY (name)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE job_codes (
	job_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_job_codes PRIMARY KEY (job_id, position), 
	CONSTRAINT fk_job_codes_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "job_codes" VALUES('018bcfe568000000000002',0,'IDENTITY_CHANGED','{"actual":0.5}');
CREATE TABLE job_events (
	id INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	at_ms INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	facts TEXT NOT NULL, 
	CONSTRAINT pk_job_events PRIMARY KEY (id), 
	CONSTRAINT fk_job_events_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE job_outputs (
	job_id TEXT NOT NULL, 
	ordinal INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	suffix TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	size INTEGER NOT NULL, 
	target BLOB NOT NULL, 
	published_ms INTEGER, 
	CONSTRAINT pk_job_outputs PRIMARY KEY (job_id, ordinal), 
	CONSTRAINT fk_job_outputs_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "job_outputs" VALUES('018bcfe568000000000002',0,'result','a.jpg','.jpg','ef',7,X'2F6F7574',1700000000003);
CREATE TABLE job_results (
	job_id TEXT NOT NULL, 
	measures TEXT NOT NULL, 
	engines TEXT NOT NULL, 
	timings_ms TEXT NOT NULL, score INTEGER, bucket INTEGER, 
	CONSTRAINT pk_job_results PRIMARY KEY (job_id), 
	CONSTRAINT fk_job_results_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

;
INSERT INTO "job_results" VALUES('018bcfe568000000000002','{"restore":{"faces":[]}}','{"detect":"centerface"}','{}',NULL,NULL);
CREATE TABLE jobs (
	id TEXT NOT NULL, 
	inbox TEXT NOT NULL, 
	relative BLOB NOT NULL, 
	name_key BLOB NOT NULL, 
	search_name TEXT NOT NULL, 
	generation TEXT NOT NULL, 
	state TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	language TEXT NOT NULL, 
	created_ms INTEGER NOT NULL, 
	sidecars BLOB NOT NULL, 
	instruct BLOB NOT NULL, 
	in_ledger INTEGER NOT NULL, 
	content_sha256 TEXT, 
	size INTEGER, 
	effect_key TEXT, 
	attempts INTEGER NOT NULL, 
	crashes INTEGER NOT NULL, 
	owner TEXT, 
	token TEXT, 
	lease_until_ms INTEGER, 
	not_before_ms INTEGER NOT NULL, 
	queued_ms INTEGER, 
	started_ms INTEGER, 
	verdict TEXT, 
	filed BLOB, 
	finished_ms INTEGER, 
	retry_of TEXT, 
	CONSTRAINT pk_jobs PRIMARY KEY (id), 
	CONSTRAINT ck_jobs_state CHECK (state IN ('admitted', 'taken', 'queued', 'working', 'publishing', 'done', 'rejected', 'review', 'failed', 'withdrawn')), 
	CONSTRAINT ck_jobs_finished_ms CHECK ((finished_ms IS NULL) = (state IN ('admitted', 'taken', 'queued', 'working', 'publishing'))), 
	CONSTRAINT ck_jobs_in_ledger CHECK (in_ledger IN (0, 1)), 
	CONSTRAINT ck_jobs_attempts CHECK (attempts >= 0 AND crashes >= 0)
)
 STRICT

;
INSERT INTO "jobs" VALUES('018bcfe568000000000001','in',X'612E6A7067',X'612E6A7067','a.jpg','1:1','queued','[{"route":"copy","options":{}}]',0,'zh',1700000000000,X'',X'',0,NULL,5,NULL,0,0,NULL,NULL,NULL,0,1700000000001,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "jobs" VALUES('018bcfe568000000000002','in',X'7375622FFF2E6A7067',X'7375622FEDB3BF2E6A7067','sub/?.jpg','1:2','review','[{"route":"restore","options":{"strength":0.5}}]',5,'en',1700000000000,X'612E747874',X'E799BD',1,'ab',5,'cd',2,1,NULL,NULL,NULL,0,1700000000001,1700000000002,'review',X'2F72657669657726',1700000000003,NULL);
INSERT INTO "jobs" VALUES('018bcfe568000000000003','in',X'622E6A7067',X'622E6A7067','b.jpg','1:3','publishing','[{"route":"copy","options":{}}]',0,'zh',1700000000000,X'',X'',0,'ab',5,'cd',1,0,NULL,NULL,NULL,0,1700000000001,1700000000002,'done',NULL,NULL,NULL);
CREATE TABLE not_assessed (
	hour_ms INTEGER NOT NULL, 
	inbox TEXT NOT NULL, 
	engine TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	measures TEXT NOT NULL, 
	n INTEGER NOT NULL, 
	CONSTRAINT pk_not_assessed PRIMARY KEY (hour_ms, inbox, engine, profile, measures)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE orders (
	id INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	job_id TEXT, 
	placed_by TEXT NOT NULL, 
	args TEXT NOT NULL, 
	placed_ms INTEGER NOT NULL, 
	closed_ms INTEGER, 
	outcome TEXT, 
	CONSTRAINT pk_orders PRIMARY KEY (id)
)
 STRICT

;
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	subject TEXT NOT NULL, 
	event TEXT NOT NULL, 
	endpoint TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	message_id TEXT NOT NULL, 
	body BLOB NOT NULL, 
	created_ms INTEGER NOT NULL, 
	picture BLOB, 
	picture_sha256 TEXT, 
	sent_sha256 TEXT, address TEXT, 
	CONSTRAINT pk_outbox PRIMARY KEY (id), 
	CONSTRAINT uq_outbox_subject_event_endpoint_seq UNIQUE (subject, event, endpoint, seq), 
	CONSTRAINT uq_outbox_message_id UNIQUE (message_id)
)
 STRICT

;
CREATE TABLE questions (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	arguments TEXT NOT NULL, 
	language TEXT NOT NULL, 
	state TEXT NOT NULL, 
	asks INTEGER NOT NULL, 
	owner TEXT, 
	placed_ms INTEGER NOT NULL, 
	answered_ms INTEGER, 
	facts TEXT, 
	reason TEXT, 
	CONSTRAINT pk_questions PRIMARY KEY (id), 
	CONSTRAINT ck_questions_state CHECK (state IN ('waiting', 'asked', 'answered'))
)
 STRICT

;
CREATE TABLE review_decisions (
	id INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	decided_by TEXT NOT NULL, 
	decided_ms INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	note BLOB NOT NULL, 
	args TEXT NOT NULL, 
	"before" BLOB, 
	"after" BLOB, 
	moved_ms INTEGER, 
	closed_ms INTEGER, 
	outcome TEXT, 
	CONSTRAINT pk_review_decisions PRIMARY KEY (id), 
	CONSTRAINT fk_review_decisions_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 STRICT

;
CREATE TABLE review_looks (
	job_id TEXT NOT NULL, 
	who TEXT NOT NULL, 
	until_ms INTEGER NOT NULL, 
	CONSTRAINT pk_review_looks PRIMARY KEY (job_id), 
	CONSTRAINT fk_review_looks_job_id FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE submissions (
	id TEXT NOT NULL, 
	inbox TEXT NOT NULL, 
	name BLOB NOT NULL, 
	caller TEXT NOT NULL, 
	"key" TEXT, 
	digest TEXT NOT NULL, 
	created_ms INTEGER NOT NULL, 
	placed_ms INTEGER, callback TEXT, 
	CONSTRAINT pk_submissions PRIMARY KEY (id), 
	CONSTRAINT uq_submissions_caller_key UNIQUE (caller, "key")
)
 STRICT

;
CREATE TABLE upkeep (
	task TEXT NOT NULL, 
	last_ms INTEGER NOT NULL, 
	outcome TEXT NOT NULL, 
	CONSTRAINT pk_upkeep PRIMARY KEY (task)
)
 WITHOUT ROWID,
 STRICT

;
CREATE TABLE waiting_files (
	inbox TEXT NOT NULL, 
	relative BLOB NOT NULL, 
	reason TEXT NOT NULL, 
	since_ms INTEGER NOT NULL, 
	changed_ms INTEGER NOT NULL, 
	next_look_ms INTEGER NOT NULL, 
	size INTEGER NOT NULL, 
	CONSTRAINT pk_waiting_files PRIMARY KEY (inbox, relative)
)
 WITHOUT ROWID,
 STRICT

;
CREATE UNIQUE INDEX uq_jobs_live ON jobs (inbox, name_key, generation) WHERE finished_ms IS NULL;
CREATE INDEX ix_jobs_ready ON jobs (state, inbox, priority DESC, id) WHERE state = 'queued' AND not_before_ms = 0 AND crashes = 0;
CREATE INDEX ix_jobs_suspect ON jobs (state, inbox, priority DESC, id) WHERE state = 'queued' AND not_before_ms = 0 AND crashes > 0;
CREATE INDEX ix_jobs_deferred ON jobs (state, not_before_ms) WHERE state = 'queued' AND not_before_ms > 0;
CREATE INDEX ix_jobs_effect ON jobs (state, inbox, effect_key, id) WHERE state = 'done';
CREATE INDEX ix_jobs_identity ON jobs (inbox, name_key, generation);
CREATE INDEX ix_jobs_state ON jobs (state, inbox, id);
CREATE INDEX ix_job_codes_code ON job_codes (code, job_id);
CREATE INDEX ix_orders_pending ON orders (id) WHERE closed_ms IS NULL;
CREATE INDEX ix_job_events_job_id ON job_events (job_id, id);
CREATE INDEX ix_deliveries_due ON deliveries (state, endpoint, next_ms, outbox_id) WHERE state = 'pending';
CREATE INDEX ix_deliveries_settled ON deliveries (settled_ms) WHERE settled_ms IS NOT NULL;
CREATE INDEX ix_deliveries_state ON deliveries (state, endpoint, outbox_id);
CREATE INDEX ix_deliveries_endpoint ON deliveries (endpoint, outbox_id);
CREATE INDEX ix_delivery_attempts_outbox_id ON delivery_attempts (outbox_id, id);
CREATE INDEX ix_batches_live ON batches (id) WHERE finished_ms IS NULL;
CREATE INDEX ix_batch_jobs_job_id ON batch_jobs (job_id);
CREATE INDEX ix_job_results_bucket ON job_results (bucket, job_id) WHERE bucket IS NOT NULL;
CREATE INDEX ix_review_decisions_job_id ON review_decisions (job_id, id);
CREATE UNIQUE INDEX uq_review_decisions_open ON review_decisions (job_id) WHERE closed_ms IS NULL;
CREATE INDEX ix_inbox_changes_inbox_id ON inbox_changes (inbox, id);
COMMIT;
