from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from daemon.config.model import Config
from daemon.domain.delivery import Failure
from daemon.engines.rts.files import OFFICIAL, calibration_file
from daemon.files.share import ShareFacts, probe_share
from daemon.net.posting import refusal_of
from daemon.services import doctor_wording
from daemon.services.doctor import examine
from daemon.services.doctor_trials import Finding, Level, Trials
from tests.fakes.shares import mounted_as

Booth = Callable[..., Config]
GOOD = ShareFacts(noreplace=True, lease=True, syncs_folders=True)


def keys(findings: list[Finding], level: Level) -> set[str]:
    return {finding.key for finding in findings if finding.level is level}


def trials(facts: ShareFacts = GOOD, **others: Any) -> Trials:
    return Trials(probe=lambda _: facts, **{"free": lambda _: 1 << 40, **others})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_good_booth_has_nothing_to_complain_about(booth: Booth, language: str) -> None:
    findings = examine(booth(language=language), Trials(free=lambda _: 1 << 40))

    assert keys(findings, Level.ERROR) == set()
    assert keys(findings, Level.WARN) == set()
    assert {"inbox.mount", "inbox.rename", "sqlite.version", "disk.free"} <= keys(
        findings, Level.OK
    )
    assert all(finding.message for finding in findings)


def test_nothing_is_left_behind_by_the_trials(booth: Booth, tmp_path: Path) -> None:
    config = booth()
    before = sorted(tmp_path.rglob("*"))
    examine(config)

    assert sorted(tmp_path.rglob("*")) == before


def test_every_problem_is_told_in_one_run(booth: Booth, tmp_path: Path) -> None:
    config = booth(
        inboxes=[
            {"name": "gone", "plan": ["copy"], "path": tmp_path / "gone"},
            {"name": "file", "plan": ["copy"], "path": tmp_path / "file"},
            {"name": "out", "plan": ["copy"], "out": tmp_path / "missing-out"},
        ]
    )
    (tmp_path / "gone").rmdir()
    (tmp_path / "file").rmdir()
    (tmp_path / "file").write_text("no folder")

    findings = examine(config, Trials(free=lambda _: 0))

    assert {"inbox.missing", "output.missing", "disk.free"} <= keys(findings, Level.ERROR)
    missing = [finding for finding in findings if finding.key == "inbox.missing"]
    assert len(missing) == 2


@pytest.mark.parametrize(
    ("facts", "level", "key"),
    [
        (ShareFacts(rename_error=errno.EACCES), Level.WARN, "inbox.rename"),
        (ShareFacts(create_error=errno.EROFS), Level.ERROR, "output.write"),
        (ShareFacts(list_error=errno.EACCES), Level.ERROR, "inbox.list"),
        (ShareFacts(delete_error=errno.EPERM), Level.WARN, "inbox.delete"),
        (ShareFacts(noreplace=False), Level.WARN, "inbox.noreplace"),
        (ShareFacts(lease=False), Level.WARN, "inbox.lease"),
        (ShareFacts(folds_case=True), Level.OK, "inbox.case"),
        (ShareFacts(folds_accents=True), Level.OK, "inbox.accents"),
        (ShareFacts(skew_s=-90.0), Level.WARN, "inbox.clock"),
        (ShareFacts(syncs_folders=False), Level.WARN, "inbox.fsync"),
    ],
)
def test_each_quirk_has_its_finding(
    booth: Booth, facts: ShareFacts, level: Level, key: str
) -> None:
    assert key in keys(examine(booth(), trials(facts)), level)


def test_a_refused_rename_is_an_error_where_photos_may_not_stay(booth: Booth) -> None:
    config = booth(inboxes=[{"name": "in", "plan": ["copy"], "ledger": "never"}])

    findings = examine(config, trials(ShareFacts(rename_error=errno.EACCES)))

    assert "inbox.rename" in keys(findings, Level.ERROR)


def test_a_share_is_told_with_its_cache_and_a_wrong_mode(booth: Booth) -> None:
    config = booth(inboxes=[{"name": "in", "plan": ["copy"], "mode": "events"}])

    findings = examine(config, trials(mounts=mounted_as("nfs4", acregmin="30")))

    assert {"inbox.events_on_share", "inbox.cache"} <= keys(findings, Level.WARN)
    assert "state.network" in keys(findings, Level.ERROR)


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ((3, 40, 1), Level.WARN),
        ((3, 52, 0), Level.WARN),
        ((3, 51, 3), Level.OK),
        ((3, 53, 0), Level.OK),
    ],
)
def test_an_sqlite_with_the_corruption_bug_is_told(
    booth: Booth, version: tuple[int, ...], level: Level
) -> None:
    assert "sqlite.version" in keys(examine(booth(), trials(sqlite_version=version)), level)


def test_low_inotify_limits_are_told(booth: Booth) -> None:
    assert "inotify.limit" in keys(examine(booth(), trials(watches=lambda: 100)), Level.WARN)


def test_an_inbox_inside_an_output_folder_is_an_error_through_links_too(
    booth: Booth, tmp_path: Path
) -> None:
    (tmp_path / "results" / "deep").mkdir(parents=True)
    (tmp_path / "alias").symlink_to(tmp_path / "results" / "deep")
    config = booth(
        inboxes=[
            {
                "name": "in",
                "plan": ["copy"],
                "path": tmp_path / "alias",
                "out": tmp_path / "results",
            }
        ]
    )

    assert "folders.overlap" in keys(examine(config, trials()), Level.ERROR)


def test_a_probe_that_fails_altogether_is_a_finding(booth: Booth) -> None:
    def broken(path: Path) -> ShareFacts:
        raise OSError(errno.EIO, "input/output error", path)

    findings = examine(booth(), Trials(probe=broken))

    assert "inbox.probe" in keys(findings, Level.ERROR)


def test_weights_in_the_model_store_are_told_with_their_calibration(booth: Booth) -> None:
    config = booth()
    weights = config.layout.models / OFFICIAL
    assert not any(key.startswith("engine") for key in keys(examine(config, trials()), Level.OK))
    weights.parent.mkdir(parents=True)
    weights.write_bytes(b"")
    assert "engine.rts" in keys(examine(config, trials()), Level.OK)
    for state, level in (("accepted", Level.OK), ("refused", Level.WARN)):
        calibration_file(weights).write_text(json.dumps({"id": "0faf5b809f6d", "state": state}))
        findings = examine(config, trials())
        assert "engine.rts_calibration" in keys(findings, level)
        assert any("0faf5b809f6d" in finding.message for finding in findings)
    calibration_file(weights).write_text("no JSON")
    assert "engine.rts" in keys(examine(config, trials()), Level.OK)


def test_a_gpu_engine_without_weights_is_told(booth: Booth) -> None:
    findings = examine(booth(engines={"prefer": "gpu"}), trials())
    assert "engine.rts_missing" in keys(findings, Level.WARN)


def test_every_sentence_is_there_in_both_languages() -> None:
    for zh, en in doctor_wording._SENTENCES.values():
        assert zh.endswith("。")
        assert en.endswith(".")


def test_the_real_probe_is_what_the_doctor_uses() -> None:
    assert Trials().probe is probe_share


# ── webhooks ──────────────────────────────────────────────────────────────────────────────────


def test_a_receiver_that_would_not_be_told_is_found_out(booth: Booth, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("whsec_" + "QUJD" * 8)
    hooks = [
        {"name": "here", "url": "http://127.0.0.1:9000/x", "allow": ["127.0.0.1:9000"]},
        {"name": "office", "url": "https://192.168.1.20/secret-path", "secret_file": key},
        {"name": "nowhere", "url": "https://nowhere.invalid/", "secret_file": key},
        # Mistakes that the file's own examination tells.
        {"name": "bad", "url": "https://0x7f.1/"},
        {"name": "worse", "url": "https://hr.example/", "allow": ["no port"]},
    ]
    nobody = (Failure.UNRESOLVED, "gaierror")

    def reach(target: Any, allowed: Any) -> Any:
        return nobody if target.host == "nowhere.invalid" else refusal_of(target, allowed, 1.0)

    found = examine(booth(webhooks=hooks, language="en"), trials(reach=reach))
    said = {(one.key, one.level.value): one.message for one in found if "webhook" in one.key}
    assert set(said) == {
        ("webhook.unsigned", "warn"),
        ("webhook.address", "ok"),
        ("webhook.address", "warn"),
        ("webhook.name", "warn"),
    }
    assert "private 192.168.1.20" in said["webhook.address", "warn"]
    assert "secret-path" not in json.dumps(list(said.values()))
