"""Small pictures: kept when a job ends, gone with the original and with time."""

from __future__ import annotations

from daemon.config.model import Layout
from daemon.domain.job import new_job_id
from daemon.protocol import THUMBNAIL_NAME
from daemon.services.filing import attempt_dir
from daemon.services.thumbnails import (
    KEPT_DAYS,
    drop_thumbnail,
    expire_thumbnails,
    folder_of,
    keep_thumbnail,
    thumbnail_path,
)
from tests.fakes.store import job_row

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000


def kept(layout: Layout, at_ms: int) -> str:
    job = job_row(id=new_job_id(at_ms), attempts=2)
    folder = attempt_dir(layout, job.id, 2)
    folder.mkdir(parents=True)
    (folder / THUMBNAIL_NAME).write_bytes(b"small")
    keep_thumbnail(layout, job)
    return job.id


def test_it_is_kept_and_goes_with_the_original(booth):
    layout = booth().layout
    job_id = kept(layout, NOW_MS)
    assert thumbnail_path(layout, job_id).read_bytes() == b"small"
    drop_thumbnail(layout, job_id)
    drop_thumbnail(layout, job_id)
    assert not thumbnail_path(layout, job_id).exists()


def test_a_photo_that_nobody_decoded_has_none(booth):
    layout = booth().layout
    keep_thumbnail(layout, job_row(id=new_job_id(NOW_MS)))
    assert not folder_of(layout).exists()


def test_after_a_month_it_is_gone(booth):
    layout = booth().layout
    assert expire_thumbnails(layout, NOW_MS) == 0
    old, new = kept(layout, NOW_MS), kept(layout, NOW_MS + 2 * DAY_MS)
    (folder_of(layout) / "not ours").mkdir()
    assert expire_thumbnails(layout, NOW_MS + (KEPT_DAYS + 1) * DAY_MS) == 1
    assert not thumbnail_path(layout, old).exists()
    assert thumbnail_path(layout, new).exists()
    assert (folder_of(layout) / "not ours").exists()
