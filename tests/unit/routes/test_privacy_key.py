"""The installation's key: made once, the booth's alone, and never a bad one."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from unittest import mock

import pytest

from daemon.config.boot import WorkerBoot
from daemon.routes.privacy.key import KEY_NAME, NO_KEY, Tags, installation_key


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_once_and_is_nobody_elses(tmp_path):
    key = installation_key(tmp_path / "state")
    assert len(key.secret) == 32
    assert key.tags is Tags.MADE
    assert installation_key(tmp_path / "state") == key
    (file,) = (tmp_path / "state").iterdir()
    assert mode_of(file) == 0o600
    assert key.secret.hex() not in repr(key)


def test_without_an_installation_there_is_none():
    assert installation_key(None) is NO_KEY
    assert not NO_KEY.secret


def test_one_that_others_may_read_is_shut_in_place_and_stays_the_same(tmp_path):
    path = tmp_path / KEY_NAME
    path.write_bytes(bytes(range(32)))
    path.chmod(0o644)
    key = installation_key(tmp_path)
    assert key.secret == bytes(range(32))
    assert mode_of(path) == 0o600


def test_one_that_cannot_be_shut_makes_no_tags(tmp_path):
    path = tmp_path / KEY_NAME
    path.write_bytes(bytes(32))
    path.chmod(0o640)
    with mock.patch.object(os, "fchmod", side_effect=PermissionError):
        assert installation_key(tmp_path).tags is Tags.KEY_REFUSED


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_one_of_another_length_makes_no_tags_and_is_left_alone(tmp_path, content):
    path = tmp_path / KEY_NAME
    path.write_bytes(content)
    key = installation_key(tmp_path)
    assert (key.secret, key.tags) == (b"", Tags.KEY_REFUSED)
    assert path.read_bytes() == content


def test_a_link_or_a_pipe_in_its_place_is_refused(tmp_path):
    other = tmp_path / "other"
    other.write_bytes(bytes(32))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / KEY_NAME).symlink_to(other)
    assert installation_key(tmp_path / "a").tags is Tags.KEY_REFUSED
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "b" / KEY_NAME)
    assert installation_key(tmp_path / "b").tags is Tags.KEY_REFUSED


def test_of_two_workers_that_make_one_at_once_both_have_the_same(tmp_path):
    path = tmp_path / KEY_NAME
    link = os.link

    def later(source, target):
        path.write_bytes(bytes(range(32)))  # the other one was quicker
        path.chmod(0o600)
        link(source, target)

    with mock.patch.object(os, "link", later):
        assert installation_key(tmp_path).secret == bytes(range(32))
    assert [one.name for one in tmp_path.iterdir()] == [KEY_NAME]


def test_the_worker_is_told_where_the_booth_keeps_it(booth):
    config = booth()
    assert WorkerBoot.from_config(config).state == config.layout.state
