"""``boothd privacy scan`` and own profiles of a configuration: real worker, real reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from daemon.cli import main
from daemon.cli.exits import Exit
from tests.fakes import leaky_files

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("privacy_scan")]

Called = Callable[..., tuple[int, str, str]]
DESK = """
privacy: {profiles: {desk: {like: contract, types: {cn_mobile: true}, min_digits: 16}}}
inboxes: [{name: in, plan: [copy]}]
"""


@pytest.fixture
def called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Called:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main([str(one) for one in arguments])
        return (status, *capfd.readouterr())

    return call


def test_a_page_is_reported_without_its_values_and_left_alone(
    called: Called, tmp_path: Path
) -> None:
    page = tmp_path / "page.jpg"
    page.write_bytes(leaky_files.jpeg())
    before = page.read_bytes()
    status, out, _ = called("privacy", "scan", page, "--json")
    found: dict[str, Any] = json.loads(out)
    assert status == Exit.NOT_DONE
    assert (found["file"], found["profile"], found["clean"]) == (str(page), "all_digits", False)
    assert sum(found["found"].values()) >= 1
    assert found["carried"]["telling"]
    assert not [number for number in ("6222", "0212", "3456") if number in out]
    assert leaky_files.SECRET not in out
    assert page.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["page.jpg"]


def test_a_profile_of_ones_own_is_known_and_a_bare_page_is_clean(
    called: Called, tmp_path: Path
) -> None:
    (tmp_path / "boothd.yaml").write_text(DESK)
    bare = tmp_path / "bare.png"
    Image.new("RGB", (320, 240), "white").save(bare)
    status, out, _ = called("privacy", "scan", bare, "--profile", "desk")
    assert status == Exit.OK
    assert "Nothing that desk covers" in out
    status, _, told = called("privacy", "scan", bare, "--profile", "dsk")
    assert status == Exit.USAGE
    assert "did you mean desk?" in told


def test_what_is_no_picture_is_named_with_its_code(called: Called, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff no picture")
    status, out, _ = called("privacy", "scan", broken, "--json")
    assert status == Exit.FAILED
    assert json.loads(out)["codes"]


def test_once_fills_in_a_profile_of_ones_own_and_masks_names(
    called: Called, tmp_path: Path
) -> None:
    (tmp_path / "boothd.yaml").write_text(DESK)
    junk = tmp_path / "13800000123.jpg"
    junk.write_bytes(b"nothing that anybody opens")
    chosen = ("--set", "privacy.profile=desk", "--set", "privacy.mask_name=true")
    _, out, _ = called("once", "privacy", junk, "--out", "out", *chosen, "--json")
    # Had the profile not been filled in, the route would refuse the option: USAGE.
    assert json.loads(out)["codes"] == ["UNSUPPORTED_FORMAT"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["xxxxxxxxxxx.why.txt"]
    status, _, told = called("once", "privacy", junk, "--out", "o", "--set", "privacy.profile=dsk")
    assert status == Exit.USAGE
    assert "desk" in told
