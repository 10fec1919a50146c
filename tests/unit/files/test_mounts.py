from __future__ import annotations

from pathlib import Path

import pytest

from daemon.files.mounts import MountTable, mount_of

TABLE = rb"""21 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro
30 21 0:41 / /srv/photos rw,relatime shared:9 - cifs //nas/photos rw,vers=3.1.1,actimeo=1
31 30 0:42 / /srv/photos/local rw - tmpfs none rw
32 21 8:17 /exports/a /srv/bind\040here rw master:3 propagate_from:1 - xfs /dev/sdb1 rw
33 21 0:50 / /srv/nfs rw - nfs4 nas:/vol ro,vers=4.2,acregmin=7,acregmax=90
34 21 0:51 / /srv/old rw - nfs nas:/vol rw,vers=3
35 21 0:52 / /srv/ssh rw - fuse.sshfs me@host: rw
36 21 8:33 / /srv/usb rw - fuseblk /dev/sdc1 rw
37 21 8:34 / /srv/usb rw - ext4 /dev/sdd1 rw
38 21 0:53 / /srv/live rw - nfs4 nas:/live rw,noac
not a line
"""


@pytest.fixture
def table() -> MountTable:
    return MountTable.parse(TABLE)


def test_a_path_lies_on_the_deepest_mount_above_it(table: MountTable) -> None:
    assert table.mount_of(b"/srv/photos/a/b.jpg").fstype == "cifs"
    assert table.mount_of(b"/srv/photos/local/b.jpg").fstype == "tmpfs"
    assert table.mount_of(b"/srv/photos2/b.jpg").fstype == "ext4"
    assert table.mount_of(b"/").fstype == "ext4"


def test_escaped_characters_in_a_mount_point_are_read(table: MountTable) -> None:
    mount = table.mount_of(b"/srv/bind here/x")

    assert mount.point == b"/srv/bind here"
    assert mount.root == b"/exports/a"


def test_of_two_mounts_on_one_point_the_later_is_seen(table: MountTable) -> None:
    assert table.mount_of(b"/srv/usb/x").fstype == "ext4"


@pytest.mark.parametrize(
    ("path", "network"),
    [
        (b"/srv/photos", True),
        (b"/srv/nfs", True),
        (b"/srv/ssh", True),
        (b"/srv/usb", False),
        (b"/srv/photos/local", False),
        (b"/home", False),
    ],
)
def test_types_that_others_write_to_unseen_are_network(
    table: MountTable, path: bytes, network: bool
) -> None:
    assert table.mount_of(path).is_network is network


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        (b"/srv/photos", 1.0),
        (b"/srv/nfs", 7.0),
        (b"/srv/old", 3.0),
        (b"/srv/live", 0.0),
        (b"/home", 0.0),
    ],
)
def test_the_attribute_cache_follows_the_mount_options(
    table: MountTable, path: bytes, seconds: float
) -> None:
    assert table.mount_of(path).attribute_cache_s == seconds


def test_mounts_below_a_folder_are_found_and_the_folder_itself_is_not(table: MountTable) -> None:
    assert set(table.below(b"/srv/photos")) == {b"/srv/photos/local"}
    assert table.below(b"/srv/usb") == {}


def test_an_empty_table_still_answers() -> None:
    assert MountTable.parse(b"").mount_of(b"/x").fstype == "unknown"


def test_links_are_resolved_before_looking(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/proc")

    assert mount_of(tmp_path / "link").fstype == "proc"
