"""A run without a daemon: results, reasons, poisoned photos, files left alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.config.model import Limits, Queue
from daemon.domain.job import Verdict
from daemon.domain.route import Plan
from daemon.errors import UsageError, WorkerLost
from daemon.protocol import Progress
from daemon.runtime.once import OnceResult, OnceSettings, run_once
from tests.fakes.workers import boot

Drop = Callable[..., Path]


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    def make(name: bytes | str, content: bytes = b"not really a photo") -> Path:
        path = tmp_path / "in" / os.fsdecode(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    return make


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def settings(**changes: object) -> OnceSettings:
    return OnceSettings(boot=boot(), language="en", **changes)  # type: ignore[arg-type]


def by_name(results: list[OnceResult]) -> dict[str, OnceResult]:
    return {result.file.name: result for result in results}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_file_comes_out_and_the_originals_stay(drop: Drop, out: Path) -> None:
    files = [drop(f"photo{number}.jpg", os.urandom(2000)) for number in range(8)]
    before = [(file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_nlink) for file in files]
    results = by_name(list(run_once(Plan.of(["copy"]), files, out, settings=settings())))
    assert {result.verdict for result in results.values()} == {Verdict.DONE}
    for file in files:
        assert results[file.name].outputs == (out / file.name,)
        assert (out / file.name).read_bytes() == file.read_bytes()
    after = [(file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_nlink) for file in files]
    assert after == before
    assert len(names(out)) == 8


def test_a_line_has_the_agreed_shape(drop: Drop, out: Path) -> None:
    plan = Plan.of(["fail"], {"fail": {"kind": "rejected"}})
    result = next(iter(run_once(plan, [drop("a.jpg")], out, settings=settings())))
    line = json.loads(json.dumps(result.as_json()))
    assert list(line) == [
        "file", "verdict", "codes", "outputs", "measures", "engines", "timings_ms",
    ]  # fmt: skip
    assert (line["verdict"], line["codes"]) == ("rejected", ["FACE_NOT_FOUND"])
    assert line["measures"] == {"fail": {"faces": 0}}
    assert line["outputs"] == [str(out / "a.why.txt")]
    assert "No face was found." in (out / "a.why.txt").read_text(encoding="utf-8-sig")


def test_what_lies_in_the_folder_is_never_replaced(drop: Drop, out: Path) -> None:
    out.mkdir()
    (out / "a.jpg").write_bytes(b"mine")
    result = next(iter(run_once(Plan.of(["copy"]), [drop("a.jpg")], out, settings=settings())))
    assert result.outputs == (out / "a (2).jpg",)
    assert (out / "a.jpg").read_bytes() == b"mine"


def test_results_may_go_beside_the_originals(drop: Drop) -> None:
    file = drop("a.jpg")
    result = next(iter(run_once(Plan.of(["copy"]), [file], file.parent, settings=settings())))
    assert names(file.parent) == ["a (2).jpg", "a.jpg"]
    assert result.verdict is Verdict.DONE


@pytest.mark.parametrize("name", [b"\xff\xfe \x1b[31m.jpg", b"-rf.jpg", "证件照.jpg", "a\nb.jpg"])
def test_hostile_names_go_in_and_decent_ones_come_out(
    drop: Drop, out: Path, name: bytes | str
) -> None:
    file = drop(name)
    result = next(iter(run_once(Plan.of(["copy"]), [file], out, settings=settings())))
    assert result.verdict is Verdict.DONE
    assert len(names(out)) == 1
    assert names(out)[0].isprintable()
    json.dumps(result.as_json()).encode()


def test_a_poisoned_photo_fails_after_three_crashes_and_its_neighbours_come_out(
    drop: Drop, out: Path
) -> None:
    files = [drop(f"good{number}.jpg") for number in range(5)]
    files.insert(2, drop("bad.jpg", b"poison"))
    plan = Plan.of(["crash"], {"crash": {"only_poison": True}})
    results = by_name(list(run_once(plan, files, out, settings=settings())))
    assert len(results) == 6
    bad = results.pop("bad.jpg")
    assert (bad.verdict, [r.code for r in bad.reasons]) == (Verdict.FAILED, ["WORKER_CRASHED"])
    assert {result.verdict for result in results.values()} == {Verdict.DONE}
    assert names(out) == ["bad.why.txt", *(f"good{number}.jpg" for number in range(5))]


def test_a_photo_that_hangs_fails_as_a_timeout(drop: Drop, out: Path) -> None:
    chosen = OnceSettings(boot=boot(step_s=0.5), queue=Queue(max_attempts=2), language="en")
    plan = Plan.of(["hang"], {"hang": {"only_poison": True}})
    files = [drop("bad.jpg", b"poison"), drop("good.jpg")]
    results = by_name(list(run_once(plan, files, out, settings=chosen)))
    assert [r.code for r in results["bad.jpg"].reasons] == ["WORKER_TIMEOUT"]
    assert results["good.jpg"].verdict is Verdict.DONE


def test_a_photo_that_crashes_once_comes_out(drop: Drop, out: Path, tmp_path: Path) -> None:
    plan = Plan.of(["once_only"], {"once_only": {"marker": str(tmp_path / "marker")}})
    result = next(iter(run_once(plan, [drop("a.jpg")], out, settings=settings())))
    assert result.verdict is Verdict.DONE


def test_a_full_disk_is_told_at_once(drop: Drop, out: Path) -> None:
    plan = Plan.of(["fail"], {"fail": {"kind": "disk"}})
    result = next(iter(run_once(plan, [drop("a.jpg")], out, settings=settings())))
    assert (result.verdict, result.reasons[0].code) == (Verdict.FAILED, "DISK_FULL")


def test_what_is_no_photo_file_gets_a_code_and_the_rest_goes_on(
    drop: Drop, out: Path, tmp_path: Path
) -> None:
    good = drop("good.jpg")
    link, fifo = tmp_path / "in" / "link.jpg", tmp_path / "in" / "fifo.jpg"
    link.symlink_to(good)
    os.mkfifo(fifo)
    files = [link, fifo, tmp_path / "in", tmp_path / "gone.jpg", drop("empty.jpg", b"")]
    files += [drop("big.jpg", b"x" * 3_000_000), good]
    chosen = settings(limits=Limits(max_bytes=2_000_000))
    results = list(run_once(Plan.of(["copy"]), files, out, settings=chosen))
    codes = {result.file.name: [r.code for r in result.reasons] for result in results}
    assert codes == {
        "link.jpg": ["NOT_REGULAR_FILE"],
        "fifo.jpg": ["NOT_REGULAR_FILE"],
        "in": ["NOT_REGULAR_FILE"],
        "gone.jpg": ["NOT_REGULAR_FILE"],
        "empty.jpg": ["EMPTY"],
        "big.jpg": ["IMAGE_TOO_LARGE"],
        "good.jpg": [],
    }


def test_progress_names_the_file(drop: Drop, out: Path) -> None:
    file, seen = drop("a.jpg"), []

    def note(path: Path, progress: Progress) -> None:
        seen.append((path, progress.step))

    list(run_once(Plan.of(["copy"]), [file], out, settings=settings(), on_progress=note))
    assert [step for _, step in seen] == ["decode", "rest", "copy", "rest", "encode"]
    assert {path for path, _ in seen} == {file}


def test_a_worker_that_cannot_start_ends_the_run(drop: Drop, out: Path) -> None:
    broken = OnceSettings(boot=boot(routes="tests.fakes.routes_that_exit"))
    with pytest.raises(WorkerLost, match=r"libfake\.so\.1"):
        list(run_once(Plan.of(["copy"]), [drop("a.jpg")], out, settings=broken))


def test_a_folder_that_cannot_be_made_is_a_usage_error(drop: Drop, tmp_path: Path) -> None:
    file = drop("a.jpg")
    with pytest.raises(UsageError, match="cannot write"):
        list(run_once(Plan.of(["copy"]), [file], file / "out", settings=settings()))


def test_a_run_that_is_left_in_the_middle_leaves_nothing_behind(
    drop: Drop, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    run = run_once(
        Plan.of(["copy"]), [drop(f"{n}.jpg") for n in range(6)], out, settings=settings()
    )
    next(iter(run))
    run.close()  # type: ignore[attr-defined]
    assert names(tmp_path / "tmp") == []


def test_no_files_need_no_worker(out: Path) -> None:
    assert list(run_once(Plan.of(["copy"]), [], out, settings=settings())) == []
