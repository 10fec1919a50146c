"""``boothd compare`` and ``embed``: real worker and engines, answers a person would give."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from daemon.cli import main
from daemon.cli.exits import Exit

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("compare")]


@dataclass(frozen=True)
class Called:
    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@pytest.fixture
def called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Called]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    def call(*arguments: str | Path) -> Called:
        capfd.readouterr()
        status = main(list(map(str, arguments)))
        said = capfd.readouterr()
        return Called(status, said.out, said.err)

    return call


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str, Any], Path]:
    def save(name: str, rgb: Any) -> Path:
        path = tmp_path / name
        Image.fromarray(rgb).save(path, quality=90)
        return path

    return save


def test_one_person_photographed_worse_is_a_trusted_match(called, saved, astronaut) -> None:
    smaller = cv2.resize(astronaut, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    darker = np.clip(255 * (smaller / 255.0) ** 1.3, 0, 255).astype(np.uint8)
    result = called("compare", saved("a.jpg", astronaut), saved("b.jpg", darker), "--json")
    assert result.status == Exit.OK
    found = result.json
    assert found["answer"] == "trusted_match"
    assert found["similarity"] >= found["threshold"]["same_from"]
    assert min(photo["quality"]["score"] for photo in found["photos"]) >= 0.6
    assert found["engines"]["identity"]["name"] == "dlib-resnet-128"


def test_two_people_are_a_trusted_non_match(called, saved, astronaut, shared_photos) -> None:
    other = shared_photos("headshot/0004_male.jpg")
    result = called("compare", saved("a.jpg", astronaut), other, "--json")
    assert (result.status, result.json["answer"]) == (Exit.OK, "trusted_non_match")


def test_a_photo_that_is_too_poor_says_nothing(called, saved, astronaut) -> None:
    blurred = cv2.GaussianBlur(astronaut, (0, 0), 4)
    result = called("compare", saved("a.jpg", astronaut), saved("b.jpg", blurred))
    assert result.status == Exit.NOT_DONE
    assert "too poor" in result.stdout
    assert "LOW_OVERALL_QUALITY" in result.stdout


def test_no_face_and_no_photo_are_said_of_the_file_they_are_true_of(
    called, saved, astronaut, tmp_path
) -> None:
    person, wall = saved("a.jpg", astronaut), saved("b.jpg", np.full((300, 300, 3), 180, np.uint8))
    result = called("compare", person, wall, "--json")
    assert (result.status, result.json["answer"]) == (Exit.NOT_DONE, "too_poor")
    assert result.json["photos"][1]["codes"] == ["FACE_NOT_FOUND"]
    rubbish = tmp_path / "c.jpg"
    rubbish.write_bytes(b"no picture")
    refused = called("compare", person, rubbish, "--json")
    assert refused.status == Exit.FAILED
    assert refused.json == {"file": str(rubbish), "codes": ["UNSUPPORTED_FORMAT"]}
    assert "c.jpg: UNSUPPORTED_FORMAT" in refused.stderr
    assert called("compare", person, tmp_path / "missing.jpg").status == Exit.USAGE


def test_a_vector_is_printed_and_is_the_same_each_time(called, saved, astronaut) -> None:
    path = saved("a.png", astronaut)
    first, second = called("embed", path, "--json"), called("embed", path, "--json")
    assert first.status == Exit.OK
    assert first.json["vector"] == second.json["vector"]
    assert len(first.json["vector"]) == first.json["dimension"] == 128
    assert first.json["quality"]["score"] >= 0.6
    wall = saved("b.png", np.full((300, 300, 3), 180, np.uint8))
    refused = called("embed", wall, "--json")
    assert refused.status == Exit.FAILED
    assert refused.json == {"file": str(wall), "codes": ["FACE_NOT_FOUND"]}
    assert "FACE_NOT_FOUND" in refused.stderr


def test_for_people_a_refusal_is_no_output(called, saved) -> None:
    refused = called("embed", saved("a.png", np.full((300, 300, 3), 180, np.uint8)))
    assert (refused.status, refused.stdout) == (Exit.FAILED, "")
    assert "FACE_NOT_FOUND" in refused.stderr
