"""What a person is told in Chinese of an engine that cannot be had holds no English sentence."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from admin.presenters_engines import present_engines
from daemon.cli.entry import boothd, run_command
from daemon.config.model import Engines as Settings
from daemon.domain.codes import explain
from daemon.domain.route import Plan
from daemon.domain.sayings import NOTE, in_words, said_of
from daemon.engines.base import WeightFile
from daemon.engines.checkpoint import entries
from daemon.engines.gpen.offer import GPEN_OFFER
from daemon.engines.offers import AUTO, Chooser
from daemon.engines.onnx_detectors.detector import UnlikeError, checked_scores
from daemon.engines.registry import Engines
from daemon.engines.rts.calibration import Refusal
from daemon.errors import EngineUnavailable
from daemon.protocol import Ask, Work
from daemon.services.engine_room import Room
from daemon.worker import engine_room
from daemon.worker.faults import fault_of
from tests.fakes.model_store import spoilt

MODEL = "gpen-bfr-512"
PULL = f"boothd models pull {MODEL}"
WORK = Work("j1", 1, "/s/in", "王五.jpg", "/s/1", Plan.of(["restore"]), "zh")
# Commands are the same in every language.
COMMAND = re.compile(r"boothd models pull [\w -]+|boothd check|boothd --config FILE")
SENTENCE = re.compile(r"[A-Za-z]+,? [a-z]+,? [a-z]+")


def is_english(text: str) -> bool:
    return SENTENCE.search(COMMAND.sub("", text)) is not None


def told(error: Exception, language: str) -> str:
    """What stands in a record's page: through JSON, as the worker sends it."""
    reason = fault_of(WORK, error).reason
    assert json.loads(json.dumps(dict(reason.facts))) == reason.facts
    return explain(reason, language)[0]


@pytest.fixture
def refused(
    tmp_path: Path, stocked: Callable[..., Path], monkeypatch
) -> Callable[[str], Exception]:
    """``refused(why)``: the error of an engine that was asked for by its name."""

    def no_weights() -> None:
        pass

    def wrong_sum() -> None:
        stocked(tmp_path, MODEL, b"weights")
        (file,) = (tmp_path / MODEL).iterdir()
        spoilt(file)

    def no_torch() -> None:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    def make(why: str) -> Exception:
        {"no weights": no_weights, "wrong sum": wrong_sum, "no torch": no_torch}[why]()
        chooser = Chooser(Settings(allow_noncommercial=True), "cpu", tmp_path)
        with pytest.raises(EngineUnavailable) as caught:
            chooser.choose((GPEN_OFFER,), "gpen")
        return caught.value

    return make


@pytest.mark.parametrize(
    ("why", "chinese", "mend"),
    [
        ("no weights", "模型库里没有权重", PULL),
        ("wrong sum", "文件不对", f"{PULL} --replace"),
        ("no torch", "没有安装 torch", "gpu"),
    ],
)
def test_an_engine_asked_for_by_its_name_is_refused_in_chinese(refused, why, chinese, mend) -> None:
    error = refused(why)
    message = told(error, "zh")
    assert chinese in message
    assert mend in message
    assert not is_english(message)
    assert told(error, "en").endswith(str(error))
    assert is_english(told(error, "en"))


def test_a_file_of_another_kind_is_refused_in_chinese(tmp_path: Path) -> None:
    folder = tmp_path / MODEL
    folder.mkdir()
    (folder / "weights.pth").write_bytes(b"no checkpoint")
    with pytest.raises(EngineUnavailable) as caught:
        entries(folder / "weights.pth", "GPEN")
    message = told(caught.value, "zh")
    assert "weights.pth 不是 GPEN 的权重文件" in message
    assert f"请重新获取:{PULL} --replace" in message
    assert not is_english(message)


def test_what_differs_in_an_output_is_told_in_chinese() -> None:
    with pytest.raises(UnlikeError) as caught:
        checked_scores(np.array([[-3.0, 7.0]], np.float32))
    assert in_words(said_of(caught.value).as_json(), "zh") == "它的分数在 -3 到 7 之间,应为 0 到 1"


def test_a_task_that_nobody_does_is_told_in_chinese() -> None:
    names = Chooser(Settings(), "cpu", None)
    with pytest.raises(EngineUnavailable) as caught:
        names.choose((), "nobody")
    assert told(caught.value, "zh").endswith("这项任务没有引擎 'nobody',可用的是:没有")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_panel_tells_in_its_language_why_an_engine_was_not_taken(
    language, tmp_path: Path, monkeypatch
) -> None:
    with Engines(Settings(prefer="gpu"), models=tmp_path) as engines:
        described = engines.describe()
        path = next(name for facts in described.values() for name in facts.get("weights", {}))
        missing = WeightFile("no_such_package", path, "no-such-package", "0" * 64)
        monkeypatch.setattr(engine_room, "_weight_files", lambda: iter([missing]))
        said = engine_room.answer_engines(Ask("a1", "engines", {}), engines, lambda *_: None)
    page = present_engines(Room(1, is_waiting=False, said=said), language, 1)
    shown = [note for engine in page.engines for note in engine.notes]
    shown += [one.told for engine in page.engines for one in engine.files]
    assert any(PULL in note for note in shown)
    assert any("no-such-package" in note for note in shown)
    assert any(is_english(note) for note in shown) == (language == "en")


def test_the_panel_shows_the_note_of_an_older_worker_as_it_is() -> None:
    said = {"engines": {"matting": {"name": "none", NOTE: "no weights in the model store"}}}
    page = present_engines(Room(1, is_waiting=False, said=said), "zh", 1)
    assert page.engines[0].notes == ("no weights in the model store",)


@pytest.mark.parametrize("refusal", list(Refusal))
def test_why_a_calibration_is_refused_is_told_in_words(refusal) -> None:
    facts = {"name": "rts-512", "calibration": {"state": "refused", "refusal": str(refusal)}}
    said = {"engines": {"assess_face": facts}}
    english = present_engines(Room(1, is_waiting=False, said=said), "en", 1).engines[0].notes[-1]
    chinese = present_engines(Room(1, is_waiting=False, said=said), "zh", 1).engines[0].notes[-1]
    assert is_english(english)
    assert not is_english(chinese)
    assert refusal not in chinese


@pytest.mark.parametrize("language", ["zh_CN.UTF-8", "en_GB.UTF-8"])
def test_the_command_line_tells_it_in_the_language_of_the_terminal(
    refused, monkeypatch, capsys, language
) -> None:
    error = refused("no weights")

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setenv("LC_ALL", language)
    monkeypatch.setattr(boothd, "main", fail)
    assert run_command(["check"]) == error.exit_status
    said = capsys.readouterr().err
    assert PULL in said
    assert is_english(said) == (language == "en_GB.UTF-8")


def test_what_auto_says_is_kept_in_words(tmp_path: Path, stocked) -> None:
    stocked(tmp_path, MODEL, b"weights")
    chosen = Chooser(Settings(allow_noncommercial=True), "cpu", tmp_path).choose(
        (GPEN_OFFER,), AUTO
    )
    assert chosen.offer is None
    assert chosen.note.startswith("gpen: its weights are here, but no GPU")
    assert not is_english(in_words([one.as_json() for one in chosen.said], "zh"))
