"""Writes ``stored/NNNN.sql``: a database of each revision with rows in it, as SQL.

Run once for a new revision (``python -m tests.migrations.store_database``) before its release and
commit what it wrote; it leaves the files of older revisions alone, for those must stay what that
version's databases were.
"""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from daemon.store import engine, schema
from daemon.store.backup import backup

STORED = Path(__file__).parent / "stored"

ROWS = """
INSERT INTO inbox_turns VALUES ('in', 3);
INSERT INTO jobs VALUES
 ('018bcfe568000000000001', 'in', x'612e6a7067', x'612e6a7067', 'a.jpg', '1:1', 'queued',
  '[{"route":"copy","options":{}}]', 0, 'zh', 1700000000000, x'', x'', 0, NULL, 5, NULL, 0, 0,
  NULL, NULL, NULL, 0, 1700000000001, NULL, NULL, NULL, NULL, NULL),
 ('018bcfe568000000000002', 'in', x'7375622fff2e6a7067', x'7375622fedb3bf2e6a7067', 'sub/?.jpg',
  '1:2', 'review', '[{"route":"restore","options":{"strength":0.5}}]', 5, 'en', 1700000000000,
  x'612e747874', x'e799bd', 1, 'ab', 5, 'cd', 2, 1, NULL, NULL, NULL, 0, 1700000000001,
  1700000000002, 'review', x'2f72657669657726', 1700000000003, NULL),
 ('018bcfe568000000000003', 'in', x'622e6a7067', x'622e6a7067', 'b.jpg', '1:3', 'publishing',
  '[{"route":"copy","options":{}}]', 0, 'zh', 1700000000000, x'', x'', 0, 'ab', 5, 'cd', 1, 0,
  NULL, NULL, NULL, 0, 1700000000001, 1700000000002, 'done', NULL, NULL, NULL);
INSERT INTO job_codes VALUES ('018bcfe568000000000002', 0, 'IDENTITY_CHANGED', '{"actual":0.5}');
INSERT INTO job_outputs VALUES
 ('018bcfe568000000000002', 0, 'result', 'a.jpg', '.jpg', 'ef', 7, x'2f6f7574', 1700000000003);
INSERT INTO job_results (job_id, measures, engines, timings_ms) VALUES
 ('018bcfe568000000000002', '{"restore":{"faces":[]}}', '{"detect":"centerface"}', '{}');
"""


def main() -> None:
    """Write what is missing."""
    STORED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boothd.db"
        writer = engine.sqlite_writer(path, foreign_keys=False)
        for revision in schema.revisions():
            schema.move_to(writer, revision)
            target = STORED / f"{revision}.sql"
            if not target.exists():
                target.write_text(_dump(path))
        writer.dispose()


def _dump(path: Path) -> str:
    # By the standard library's module, because only that one can dump; from a copy, because two
    # SQLite libraries in one process do not see each other's locks.
    copy = sqlite3.connect(backup(path, path.parent / "copies"))
    copy.executescript(ROWS)
    text = "\n".join(copy.iterdump())
    copy.close()
    return f"{text}\n"


if __name__ == "__main__":
    main()
