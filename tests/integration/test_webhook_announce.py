"""What is written down to be told when a photo reaches its end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.domain.job import Verdict
from daemon.protocol import THUMBNAIL_NAME
from daemon.services import control
from daemon.services.announce import MOST_THUMBNAIL, announce_batch
from daemon.services.filing import attempt_dir
from daemon.services.intake import Intake
from daemon.services.intake_online import ALARM_S
from daemon.services.space import keep_room
from daemon.store.outbox import Announcement, Picture
from tests.integration.conftest import Bench

ALL = ["photo.done", "photo.rejected", "photo.review", "photo.failed"]

MakeBench = Callable[..., Bench]


def hook(name: str = "hr", **section: Any) -> dict[str, Any]:
    return {"name": name, "url": "https://hr.example/booth", "events": ALL, **section}


def told(bench: Bench, job_id: str) -> list[Announcement]:
    with bench.database.read() as uow:
        return uow.outbox.of(job_id)


def body(announcement: Announcement) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(announcement.body)
    return parsed


@pytest.mark.parametrize(
    ("verdict", "event"),
    [
        (Verdict.DONE, "photo.done"),
        (Verdict.REJECTED, "photo.rejected"),
        (Verdict.REVIEW, "photo.review"),
        (Verdict.FAILED, "photo.failed"),
    ],
)
def test_an_end_is_told_by_its_own_name(
    make_bench: MakeBench, verdict: Verdict, event: str
) -> None:
    bench = make_bench(webhooks=[hook()])
    job = bench.drop(relative=b"day/photo.jpg")
    bench.decide(verdict, () if verdict is Verdict.DONE else ("FACE_NOT_FOUND",))
    bench.publish_all()
    (one,) = told(bench, job.id)
    assert (one.event, one.endpoint, one.seq) == (event, "hr", 1)
    said = body(one)
    assert said["type"] == event
    assert said["timestamp"].endswith("Z")
    data = said["data"]
    assert (data["job"], data["inbox"], data["verdict"]) == (job.id, "in", verdict.value)
    assert data["file"] == "day/photo.jpg"
    codes = [reason["code"] for reason in data["reasons"]]
    assert codes == ([] if verdict is Verdict.DONE else ["FACE_NOT_FOUND"])
    assert "picture" not in data


def test_only_those_are_told_who_asked_for_it(make_bench: MakeBench) -> None:
    bench = make_bench(
        webhooks=[hook("a"), hook("b", events=["photo.failed"]), hook("c", inboxes=["other"])],
        inboxes=[{"name": "in", "plan": ["copy"]}, {"name": "other", "plan": ["copy"]}],
    )
    job = bench.drop()
    bench.decide()
    bench.publish_all()
    assert [one.endpoint for one in told(bench, job.id)] == ["a"]


def test_what_cannot_be_committed_is_not_told(make_bench: MakeBench) -> None:
    bench = make_bench(webhooks=[hook()])
    job = bench.drop()
    bench.decide()
    assert told(bench, job.id) == []


def test_a_name_may_be_hashed_or_left_out(make_bench: MakeBench) -> None:
    names = [hook("hashed", file_name="hashed"), hook("none", file_name="none")]
    bench = make_bench(webhooks=names)
    job = bench.drop(relative=b"Zhang San.jpg")
    bench.decide()
    bench.publish_all()
    hashed, without = (body(one)["data"] for one in told(bench, job.id))
    assert hashed["file_sha256"] == hashlib.sha256(b"Zhang San.jpg").hexdigest()
    assert not {"file", "file_sha256"} & without.keys()
    assert b"Zhang" not in b"".join(one.body for one in told(bench, job.id))


def test_a_hostile_name_is_told_in_json(make_bench: MakeBench) -> None:
    bench = make_bench(webhooks=[hook()])
    job = bench.drop(relative=b'\xff"\n</x>.jpg')
    bench.decide()
    bench.publish_all()
    (one,) = told(bench, job.id)
    assert one.body.isascii()
    assert "\n" not in body(one)["data"]["file"]


def test_a_thumbnail_joins_and_its_lack_is_said(make_bench: MakeBench) -> None:
    bench = make_bench(webhooks=[hook(payload="thumbnail")])
    said = []
    for content in (b"\xff\xd8small", None, b"x" * (MOST_THUMBNAIL + 1)):
        job = bench.drop()
        bench.decide()
        if content is not None:
            path = attempt_dir(bench.config.layout, job.id, 1) / THUMBNAIL_NAME
            path.write_bytes(content)
        bench.publish_all()
        (one,) = told(bench, job.id)
        said.append(body(one)["data"]["picture"])
    assert said[0] == {
        "kind": "thumbnail", "media_type": "image/jpeg", "size": 7, "base64": "/9hzbWFsbA==",
    }  # fmt: skip
    assert said[1:] == [{"kind": "thumbnail", "omitted": "none_made"}] * 2


def test_an_original_is_named_to_be_read_when_it_is_sent(make_bench: MakeBench) -> None:
    bench = make_bench(webhooks=[hook(payload="original")])
    job = bench.drop(b"the original")
    bench.decide()
    bench.publish_all()
    (one,) = told(bench, job.id)
    filed = bench.job(job.id).filed
    assert filed is not None
    assert one.picture == Picture(filed, hashlib.sha256(b"the original").hexdigest())
    assert body(one)["data"]["picture"]["kind"] == "original"
    assert len(one.body) < 20_000


# ── what is about no photo ────────────────────────────────────────────────────────────────────


def events_told(bench: Bench) -> list[dict[str, Any]]:
    with bench.database.read() as uow:
        return [body(one) for one in uow.outbox.after(0)]


def test_a_hold_is_told_and_not_whose_login_it_was(make_bench: MakeBench) -> None:
    bench = make_bench(webhooks=[hook(events=["queue.held"])])
    control.pause(
        bench.config, bench.database, bench.clock, "queue", by="zhang", why="stock-taking",
        hold_s=60,
    )  # fmt: skip
    (told,) = events_told(bench)
    data = told["data"]
    assert (told["type"], data["scope"], data["by"]) == ("queue.held", "queue", "operator")
    assert data["why"] == "stock-taking"
    assert data["until"] > data["since"]
    assert "zhang" not in json.dumps(told)


def test_a_full_disk_is_told_once(make_bench: MakeBench) -> None:
    bench = make_bench(webhooks=[hook(events=["queue.held"])], retention={"min_free_mib": 1 << 40})
    for _ in range(3):
        keep_room(bench.config, bench.database, bench.clock)
    (told,) = events_told(bench)
    assert told["data"]["by"] == "boothd"
    assert told["data"]["why"].startswith("DISK_FULL")


def test_an_outage_that_lasts_is_told_and_so_is_its_end(
    make_bench: MakeBench, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    bench = make_bench(
        webhooks=[hook(events=["inbox.offline", "inbox.recovered"])],
        inboxes=[{"name": "in", "plan": ["copy"], "path": share}],
    )

    def intake() -> Intake:
        return Intake(bench.config, bench.database, bench.clock, lambda: None)

    def types() -> list[str]:
        return [told["type"] for told in events_told(bench)]

    share.rmdir()
    away = intake()
    away.scan_once("in")
    assert types() == [], "a share that blinks is no news"
    bench.clock.advance(ALARM_S + 1)
    away.scan_once("in")
    away.scan_once("in")
    assert types() == ["inbox.offline"]
    restarted = intake()
    restarted.scan_once("in")
    bench.clock.advance(ALARM_S + 1)
    restarted.scan_once("in")
    assert types() == ["inbox.offline"], "told again for the same outage"
    share.mkdir()
    (share / "photo.jpg").write_bytes(b"x")
    intake().scan_once("in")
    intake().scan_once("in")
    assert types() == ["inbox.offline", "inbox.recovered"]
    offline, recovered = events_told(bench)
    assert offline["data"]["offline_since"] == recovered["data"]["offline_since"]


def test_a_batch_is_told_once_whoever_says_it(make_bench: MakeBench) -> None:
    bench = make_bench(webhooks=[hook(events=["batch.finished"])])
    for _ in range(2):
        with bench.database.write() as uow:
            announce_batch(uow, bench.config, "b1", "in", {"done": 3})
    (told,) = events_told(bench)
    assert told["data"] == {"batch": "b1", "inbox": "in", "done": 3}
