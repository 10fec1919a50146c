"""``POST /quality``: the figures are those of a job, each profile judges, and nothing is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from admin.api.models import quality_said
from daemon.config.boot import WorkerBoot
from daemon.config.quality import Limits, Profile, Quality
from daemon.errors import UsageError
from daemon.protocol import Ask
from daemon.runtime.ask_once import ask_once
from daemon.services.quality_question import profiles_asked

STRICT = Quality(profiles={"strict": Profile(reject=Limits(min_face_px=5000))})


def _ask(path: Path, wanted: str = ""):
    arguments = {"a": str(path), "profiles": profiles_asked(STRICT, wanted)}
    return ask_once(Ask("q1", "quality", arguments), WorkerBoot(), deadline_s=50)


def test_a_portrait_is_judged_by_every_profile(shared_photos) -> None:
    answer = _ask(shared_photos("hq/face0.png"))
    assert answer.reason is None, answer
    said = quality_said(answer.facts, "en")

    assert 0.4 < said.score <= 1
    assert set(said.profiles) == {"lenient", "hr", "icao", "strict"}
    assert said.profiles["lenient"].verdict == "done"
    strict = said.profiles["strict"]
    assert strict.verdict == "rejected"
    assert strict.reasons[0].code == "FACE_TOO_SMALL"
    assert strict.reasons[0].message
    assert strict.measures["face_px"] == "fail"
    assert said.measures["face_px"]["value"] < 5000
    assert len(said.heat_map["grid"]) == 14


def test_a_picture_without_a_face_is_an_answer_too(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    Image.fromarray(np.full((64, 64, 3), 128, np.uint8)).save(path)
    answer = _ask(path, "hr")
    assert answer.reason is None, answer
    said = quality_said(answer.facts, "zh")

    assert said.codes == ("FACE_NOT_FOUND",)
    assert said.score == 0
    assert set(said.profiles) == {"hr"}
    assert said.profiles["hr"].verdict == "rejected"
    assert [reason.code for reason in said.profiles["hr"].reasons] == ["FACE_NOT_FOUND"]


def test_what_is_no_picture_is_refused_by_its_code(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (60_000).to_bytes(4) * 2 + b"\x08\x02\0\0\0"
    )
    answer = _ask(path)
    assert answer.reason is not None
    assert answer.reason.code == "DECOMPRESSION_BOMB"


def test_a_profile_nobody_knows_is_named() -> None:
    with pytest.raises(UsageError, match=r"'hrr'.*hr.*profiles are"):
        profiles_asked(Quality(), "hrr")
