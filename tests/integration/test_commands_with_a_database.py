from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.cli import main
from daemon.cli.exits import Exit
from daemon.clock import ManualClock
from daemon.config.model import Config
from daemon.domain.job import State, Verdict
from daemon.errors import UsageError
from daemon.services import control, queries
from daemon.services.drop import Dropped
from daemon.services.queries import Follower
from daemon.store import schema
from daemon.store.inbox import WaitingFile


@pytest.fixture
def ask(bench: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command on the bench's booth; returns its status and its JSON lines."""
    path = tmp_path / "boothd.yaml"
    path.write_text("root: booth\nlanguage: en\ninboxes: [{name: in, plan: [copy]}]\n")

    def call(*arguments: str, as_json: bool = True) -> tuple[int, Any]:
        capsys.readouterr()
        status = main(["--config", str(path), *arguments, *(["--json"] if as_json else [])])
        out = capsys.readouterr().out
        return status, [json.loads(line) for line in out.splitlines()] if as_json else out

    return call


def ended(bench: Any, verdict: Verdict, *codes: str, **facts: Any) -> Any:
    bench.drop(**facts)
    job = bench.decide(verdict, codes)
    bench.publish_all()
    bench.clock.advance(1)
    return bench.job(job.id)


def test_jobs_are_listed_newest_first_and_by_state(bench: Any, ask: Callable[..., Any]) -> None:
    first = ended(bench, Verdict.DONE, relative=b"a.jpg")
    second = ended(bench, Verdict.REJECTED, "FACE_NOT_FOUND", relative=b"b.jpg", content=b"b")
    third = bench.drop(relative=b"c\xff\n.jpg", content=b"c")
    status, lines = ask("jobs", "list")
    assert status == 0
    assert [line["job"] for line in lines] == [third.id, second.id, first.id]
    assert lines[0]["file"] == "c\ufffd\ufffd.jpg"
    assert (lines[1]["state"], lines[1]["codes"]) == ("rejected", ["FACE_NOT_FOUND"])
    assert [x["job"] for x in ask("jobs", "list", "--state", "done")[1]] == [first.id]
    assert [x["job"] for x in ask("jobs", "list", "--limit", "1")[1]] == [third.id]
    assert [x["job"] for x in ask("jobs", "list", "--before", second.id)[1]] == [first.id]
    assert ask("jobs", "list", "--inbox", "other")[1] == []


def test_a_table_is_for_people(bench: Any, ask: Callable[..., Any]) -> None:
    ended(bench, Verdict.REJECTED, "FACE_NOT_FOUND")
    status, out = ask("jobs", "list", as_json=False)
    assert status == 0
    assert out.splitlines()[0].split() == ["job", "inbox", "file", "state", "why", "age"]
    assert "photo.jpg" in out


def test_a_job_is_shown_with_its_history(bench: Any, ask: Callable[..., Any]) -> None:
    job = ended(bench, Verdict.REJECTED, "FACE_NOT_FOUND")
    status, (shown,) = ask("jobs", "show", job.id)
    assert status == 0
    assert shown["verdict"] == "rejected"
    assert shown["filed"].endswith("rejected/in/photo.jpg")
    assert shown["steps"] == [{"route": "copy", "options": {}}]
    assert "history" in shown
    assert "No face was found." in ask("jobs", "show", job.id, as_json=False)[1]


def test_a_job_that_is_not_there_is_told(ask: Callable[..., Any]) -> None:
    for verb in ("show", "retry", "cancel"):
        assert ask("jobs", verb, "nobody")[0] == Exit.USAGE


def test_an_order_is_a_row_that_the_daemon_finds(bench: Any, ask: Callable[..., Any]) -> None:
    waiting = bench.drop()
    assert ask("jobs", "cancel", waiting.id)[1] == [
        {"job": waiting.id, "order": "cancel", "state": "queued"}
    ]
    with bench.database.read() as uow:
        (order,) = uow.control.pending()
    assert (order.kind, order.job_id) == ("cancel", waiting.id)
    assert order.by.startswith("cli:")
    bench.orders.obey()
    assert bench.job(waiting.id).verdict is Verdict.FAILED


def test_an_order_that_makes_no_sense_is_refused(bench: Any, manual_clock: ManualClock) -> None:
    waiting, done = bench.drop(), None
    with pytest.raises(UsageError, match="queued"):
        control.order(bench.database, manual_clock, "retry", waiting.id, by="me")
    done = bench.decide()
    with pytest.raises(UsageError, match="publishing"):
        control.order(bench.database, manual_clock, "cancel", done.id, by="me")


def claim(bench: Any) -> Any:
    with bench.database.write() as uow:
        return uow.queue.claim("test", 20.0, alone=True)


def test_the_queue_is_paused_and_resumed(bench: Any, ask: Callable[..., Any]) -> None:
    bench.drop()
    assert ask("queue", "pause", "--why", "new disk")[1] == [{"scope": "queue", "held": True}]
    assert claim(bench) is None
    _, (stats,) = ask("stats")
    assert stats["holds"][0]["why"] == "new disk"
    assert ask("queue", "resume")[1][0]["was_held"]
    assert not ask("queue", "resume")[1][0]["was_held"]
    assert claim(bench) is not None


def test_one_inbox_is_paused_and_only_one_that_exists(bench: Any, ask: Callable[..., Any]) -> None:
    assert ask("queue", "pause", "in", "--for", "60")[1][0]["scope"] == "inbox:in"
    with bench.database.read() as uow:
        (hold,) = uow.control.holds()
    assert hold.until_ms is not None
    assert ask("queue", "pause", "inn")[0] == Exit.USAGE


def test_stats_count_verdicts_codes_and_waiting_files(bench: Any) -> None:
    ended(bench, Verdict.DONE)
    ended(bench, Verdict.REJECTED, "FACE_NOT_FOUND", content=b"b", relative=b"b.jpg")
    with bench.database.write() as uow:
        uow.inboxes.put_waiting([WaitingFile("in", b"half.jpg", "incomplete", since_ms=5)])
    found = queries.stats(bench.config, bench.database, bench.clock, hours=168)
    assert found.totals == {
        "received": 2,
        "done": 1,
        "rejected": 1,
        "FACE_NOT_FOUND": 1,
    }
    assert found.inboxes[0].counts[State.DONE] == 1
    assert [(file.name, file.reason) for file in found.waiting] == [("half.jpg", "incomplete")]
    json.dumps(found.as_json())


def test_stats_are_shown_to_people(bench: Any, ask: Callable[..., Any]) -> None:
    bench.drop()
    status, out = ask("stats", as_json=False)
    assert status == 0
    assert "in" in out


def test_the_database_is_upgraded_and_backed_up(
    bench: Any, ask: Callable[..., Any], tmp_path: Path
) -> None:
    status, (said,) = ask("db", "upgrade")
    assert (status, said["to"]) == (0, schema.head_revision())
    status, (said,) = ask("db", "backup")
    assert status == 0
    assert Path(said["backup"]).parent == bench.config.layout.backups
    assert said["bytes"] > 0


def test_an_upgrade_makes_a_missing_database(
    booth: Callable[..., Config], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "boothd.yaml"
    path.write_text("root: fresh\ninboxes: [{name: in, plan: [copy]}]\n")
    assert main(["--config", str(path), "db", "backup"]) == Exit.IO
    assert main(["--config", str(path), "db", "upgrade"]) == 0
    assert (tmp_path / "fresh" / ".boothd" / "boothd.db").exists()
    capsys.readouterr()


def test_a_newer_schema_is_refused_with_its_status(bench: Any, ask: Callable[..., Any]) -> None:
    import pysqlite3.dbapi2 as sqlite

    connection = sqlite.connect(bench.config.layout.database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    assert ask("jobs", "list")[0] == Exit.CONFIG
    assert ask("check")[1][0]["database"]["code"] == "SCHEMA_TOO_NEW"


def test_fsck_says_what_does_not_fit(bench: Any, ask: Callable[..., Any]) -> None:
    job = ended(bench, Verdict.REJECTED, "FACE_NOT_FOUND")
    assert ask("fsck") == (0, [{"ok": True, "rebuilt": None, "disagreements": []}])
    Path(job.filed.decode()).unlink()
    status, (said,) = ask("fsck")
    assert status == Exit.ERROR
    assert said["disagreements"][0]["kind"] == "original_missing"


def test_fsck_rebuilds_a_lost_database(bench: Any, ask: Callable[..., Any]) -> None:
    job = ended(bench, Verdict.REJECTED, "FACE_NOT_FOUND")
    bench.database.close()
    for path in bench.config.layout.state.glob("boothd.db*"):
        path.unlink()
    status, (said,) = ask("fsck", "--rebuild")
    assert (status, said["rebuilt"]["added"]) == (0, 1)
    assert [line["job"] for line in ask("jobs", "list")[1]] == [job.id]


def dropped(name: bytes) -> Dropped:
    return Dropped(Path("/src") / name.decode(), "in", name)


def test_a_follower_sees_each_photo_end_once(bench: Any) -> None:
    since_ms = bench.clock.now_ms()
    ones = [dropped(b"a.jpg"), dropped(b"b.jpg")]
    with Follower(bench.config, bench.clock, ones, since_ms) as follower:
        assert list(follower.look()) == []
        ended(bench, Verdict.DONE, relative=b"a.jpg")
        (first,) = follower.look()
        assert (first[0].name, first[1].state) == ("a.jpg", State.DONE)
        bench.drop(relative=b"b.jpg", content=b"b")
        assert list(follower.look()) == []
        assert follower.doing == "queued"
        assert [doing for _, doing in follower.waiting()] == ["queued"]
        bench.decide(Verdict.REJECTED, ("FACE_NOT_FOUND",))
        bench.publish_all()
        assert [one.name for one, _ in follower.look()] == ["b.jpg"]
        assert not follower.is_waiting


def test_a_follower_does_not_take_an_older_job_for_the_new_one(bench: Any) -> None:
    ended(bench, Verdict.DONE, relative=b"a.jpg")
    with Follower(bench.config, bench.clock, [dropped(b"a.jpg")], bench.clock.now_ms()) as follower:
        assert list(follower.look()) == []


def test_a_follower_waits_for_a_daemon_that_never_ran(booth: Callable[..., Config]) -> None:
    clock = ManualClock()
    with Follower(booth(), clock, [dropped(b"a.jpg")], clock.now_ms()) as follower:
        assert list(follower.look()) == []
        assert follower.is_waiting


def test_a_wait_without_a_daemon_ends_in_time(
    bench: Any, ask: Callable[..., Any], tmp_path: Path
) -> None:
    photo = tmp_path / "p.jpg"
    photo.write_bytes(b"x")
    status, lines = ask("drop", "in", str(photo), "--wait", "--timeout", "0")
    assert (status, lines) == (Exit.TRY_AGAIN, [])
    assert (bench.config.layout.inbox("in") / "p.jpg").exists()
