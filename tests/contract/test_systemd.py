"""The units: few permissions, nothing systemd does not understand, every limit explained.

``systemd-analyze`` reads files only; no service manager has to run.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from daemon.config.model import Worker

MOST_EXPOSED = 1.5
SERVICES = ("boothd.service", "boothd-admin.service")
UNITS = (*SERVICES, "boothd.slice")
# systemd 254 brought these two; an older one says so and keeps RestartSec.
SINCE_254 = {"RestartSteps", "RestartMaxDelaySec"}

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and not os.environ.get("CI"),
    reason="systemd-analyze is not on this machine",
)


@pytest.fixture
def units(repo_root: Path, tmp_path: Path) -> Path:
    """The units in a folder of their own, commands and folders pointed at what exists here."""
    folder = tmp_path / "units"
    folder.mkdir()
    for name in UNITS:
        text = (repo_root / "systemd" / name).read_text()
        text = re.sub(r"^(ExecStart=)\S+", r"\1/bin/true", text, flags=re.MULTILINE)
        text = text.replace("file:///opt/boothd/docs/install.md", "man:true(1)")
        (folder / name).write_text(text)
    return folder


def _exposure(unit: Path) -> float:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager",
         f"--threshold={round(MOST_EXPOSED * 10)}", str(unit)],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert done.returncode == 0, found[0]
    return float(found[1])


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardly_exposed(units, name):
    assert _exposure(units / name) <= MOST_EXPOSED


@needs_systemd
def test_the_daemon_with_a_gpu_is_hardly_exposed(units, repo_root):
    drop_ins = units / "boothd.service.d"
    drop_ins.mkdir()
    shutil.copy(repo_root / "systemd" / "boothd.service.d" / "gpu.conf", drop_ins)

    plain = _exposure_without_drop_ins(units)
    with_gpu = _exposure(units / "boothd.service")

    assert plain < with_gpu <= MOST_EXPOSED, "the drop-in was not read"


def _exposure_without_drop_ins(units: Path) -> float:
    lone = units / "lone"
    lone.mkdir()
    shutil.copy(units / "boothd.service", lone)
    return _exposure(lone / "boothd.service")


@needs_systemd
def test_systemd_understands_every_line(units):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(units / name) for name in UNITS)],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    # Lines about units of this machine are none of ours.
    ours = [line for line in done.stderr.splitlines() if str(units) in line or "boothd" in line]
    unknown = [re.search(r"Unknown key(?: name)? '(\w+)'", line) for line in ours]

    assert {match[1] for match in unknown if match} <= SINCE_254
    assert [line for line, match in zip(ours, unknown, strict=True) if not match] == []


def _settings(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_wrong_configuration_is_not_tried_again(repo_root, name):
    settings = _settings(repo_root / "systemd" / name)

    assert settings["RestartPreventExitStatus"] == ["78"]
    assert settings["Restart"] == ["on-failure"]


def test_only_the_daemon_itself_feeds_its_watchdog(repo_root):
    settings = _settings(repo_root / "systemd" / "boothd.service")

    assert settings["Type"] == ["notify"]
    assert settings["NotifyAccess"] == ["main"]
    assert settings["WatchdogSec"] == ["30"]
    assert settings["KillMode"] == ["mixed"]


def test_the_service_is_given_longer_to_stop_than_a_step_may_take(repo_root):
    stop_s = float(_settings(repo_root / "systemd" / "boothd.service")["TimeoutStopSec"][0])

    assert stop_s > Worker().step_s


def test_the_kernel_kills_later_than_the_booth_itself(repo_root):
    """The supervisor's own memory mark acts first: it knows which job was at work."""
    settings = _settings(repo_root / "systemd" / "boothd.service")

    assert settings["OOMPolicy"] == ["continue"]
    assert _mib(settings["MemoryHigh"][0]) > Worker().memory_mib
    assert _mib(settings["MemoryMax"][0]) > _mib(settings["MemoryHigh"][0])


def test_the_slice_has_room_for_both_services(repo_root):
    folder = repo_root / "systemd"
    both = [_settings(folder / name) for name in SERVICES]
    whole = _settings(folder / "boothd.slice")

    assert all(settings["Slice"] == ["boothd.slice"] for settings in both)
    assert _mib(whole["MemoryMax"][0]) >= sum(_mib(s["MemoryMax"][0]) for s in both)
    assert int(whole["TasksMax"][0]) >= sum(int(s["TasksMax"][0]) for s in both)


def _mib(text: str) -> int:
    number, unit = int(text[:-1]), text[-1]
    return number * {"M": 1, "G": 1024}[unit]


def test_the_panel_may_write_nothing_but_the_state_folder(repo_root):
    settings = _settings(repo_root / "systemd" / "boothd-admin.service")

    assert settings["ProtectSystem"] == ["strict"]
    assert settings["ReadWritePaths"] == ["/var/lib/boothd"]
    assert settings["IPAddressDeny"] == ["any"]
    assert settings["IPAddressAllow"] == ["localhost"]


@pytest.mark.parametrize("name", [*UNITS, "boothd.service.d/gpu.conf"])
def test_no_secret_and_no_home_folder_is_named(repo_root, name):
    text = (repo_root / "systemd" / name).read_text()

    assert "/home" not in text.replace("ProtectHome", "")
    assert not re.search(r"^Environment=.*(PASSWORD|SECRET|TOKEN|KEY)=", text, re.MULTILINE)


@pytest.mark.parametrize("name", [*UNITS, "boothd.service.d/gpu.conf"])
def test_a_unit_can_be_read_section_by_section(repo_root, name):
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.optionxform = str
    parser.read_string((repo_root / "systemd" / name).read_text())

    assert set(parser.sections()) <= {"Unit", "Service", "Slice", "Install"}
