"""Where paths lead, without a look at a share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daemon.config.real_path import RealPaths

MOUNTS = b"""\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
40 22 0:33 / /mnt/hr\\040share rw - nfs4 server:/hr rw
41 22 0:34 / /mnt/gate rw shared:9 master:2 - fuse.sshfs x rw
42 22 8:1 / /mnt/disk rw - fuseblk /dev/sda1 rw
43 22 0:35 / /auto rw - autofs systemd-1 rw
broken line
"""
LINKS = {
    "/srv/in": "../mnt/hr share/in",
    "/srv/loop": "/srv/loop",
    "/mnt/disk/x": "/data",
    "/srv/abs": "/mnt/gate/a",
}


def _link(path: str) -> str:
    assert not path.startswith(("/mnt/hr share", "/mnt/gate", "/auto")), f"touched {path}"
    if path not in LINKS:
        raise OSError
    return LINKS[path]


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/srv/booth", "/srv/booth"),
        ("/srv/in/sub", "/mnt/hr share/in/sub"),
        ("/srv/abs/../b", "/mnt/gate/b"),
        ("/mnt/gate/./c", "/mnt/gate/c"),
        ("/mnt/disk/x/y", "/data/y"),
        ("/auto/anything", "/auto/anything"),
        ("/srv//./x/..", "/srv"),
        ("/../..", "/"),
    ],
)
def test_links_are_followed_as_far_as_the_first_share(path, leads):
    assert RealPaths(lambda: MOUNTS, _link).of(Path(path)) == Path(leads)


def test_a_link_to_itself_comes_to_an_end():
    assert RealPaths(lambda: MOUNTS, _link).of(Path("/srv/loop/x")).name == "x"


def test_on_local_disks_it_is_what_the_system_says(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "up").symlink_to("..")
    for path in ("link/x", "link/up/real/up", "none/x", "link/up/../y"):
        whole = tmp_path / path
        assert RealPaths().of(whole) == Path(os.path.realpath(whole))
