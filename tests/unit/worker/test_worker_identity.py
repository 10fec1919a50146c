"""Which engine tells people apart, and what of it the answer names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from daemon.engines.base import EngineFacts, Face
from daemon.engines.offered import OfferedEngines
from daemon.engines.offers import AUTO
from daemon.engines.tasks import IDENTITY
from daemon.errors import InputError
from daemon.imaging.geometry import Box
from daemon.protocol import Ask
from daemon.worker.identity import DLIB_SCALE, answer_compare, answer_embed
from tests.fakes.engines import FixedAssessor, FixedRecogniser, NoProgress, engines_of

# As CenterFace finds it in the portrait.
FACE = Face(
    Box(183, 66, 263, 172),
    np.array(
        [(203.2, 101.7), (247.0, 104.5), (223.3, 125.1), (203.4, 142.3), (241.3, 144.4)],
        np.float32,
    ),
    0.9,
)


@pytest.fixture
def ask(tmp_path: Path, astronaut: Any) -> Callable[..., Mapping[str, Any]]:
    """``ask(question, faces=…, recogniser=…, assessor=…)`` about a photo and itself."""
    photo = tmp_path / "a.png"
    Image.fromarray(astronaut).save(photo)

    def put(question: Any, faces: Any = (FACE,), **engines: Any) -> Mapping[str, Any]:
        with engines_of(faces, **engines) as found:
            ask = Ask("q", "a test", {"a": str(photo), "b": str(photo)})
            facts: Mapping[str, Any] = question(ask, found, NoProgress)
        return facts

    return put


def test_without_a_neural_engine_the_embedded_one_and_its_lines_are_taken(ask) -> None:
    found = ask(answer_compare, recogniser=FixedRecogniser(0.75))
    assert found["similarity"] == 0.25
    assert found["threshold"] == DLIB_SCALE.as_json()
    assert found["engines"]["identity"]["name"] == "fake-identity"
    assert "assess_face" not in found["engines"]


def test_the_identity_guards_other_engine_has_no_say(ask, monkeypatch) -> None:
    """The lines between people are in dlib's distances; ArcFace's mean something else."""
    other = EngineFacts("arcface", "torch 1", {"other.pth": "1" * 64})

    def chosen(_self: object, task: str, asked: str = AUTO) -> EngineFacts | None:
        return other if task == IDENTITY and asked == AUTO else None

    monkeypatch.setattr(OfferedEngines, "facts", chosen)

    def engine(_self: object, task: str, asked: str = AUTO) -> FixedRecogniser | None:
        return FixedRecogniser(0.2) if task == IDENTITY and asked == AUTO else None

    monkeypatch.setattr(OfferedEngines, "facts", chosen)
    monkeypatch.setattr(OfferedEngines, "engine", engine)
    found = ask(answer_compare, recogniser=FixedRecogniser(0.75))
    assert found["similarity"] == 0.25
    assert found["engines"]["identity"]["name"] == "fake-identity"


def test_an_engine_whose_self_test_passed_is_taken_with_its_own_line(ask) -> None:
    found = ask(answer_compare, recogniser=FixedRecogniser(0.75), assessor=FixedAssessor(0.9))
    assert found["similarity"] == 1.0
    assert found["threshold"] == {"same_from": 0.45, "different_below": 0.45, "source": "a fake"}
    assert found["engines"]["identity"]["name"] == "fake-assess"


def test_weights_that_the_self_test_refused_tell_nobody_apart(ask) -> None:
    """Random weights find a toddler and a grown man 0.75 alike, far over the line."""
    found = ask(answer_compare, recogniser=FixedRecogniser(0.75), assessor=FixedAssessor(None))
    assert found["similarity"] == 0.25
    assert found["threshold"] == DLIB_SCALE.as_json()
    assert found["engines"]["identity"]["name"] == "fake-identity"
    assert found["engines"]["assess_face"]["name"] == "fake-assess"


@pytest.mark.parametrize(
    ("assessor", "dimension", "engine"),
    [
        (None, 1, "fake-identity"),
        (FixedAssessor(None), 1, "fake-identity"),
        (FixedAssessor(0.9), 512, "fake-assess"),
    ],
)
def test_a_vector_is_made_by_the_engine_that_would_compare(
    ask, assessor, dimension, engine
) -> None:
    found = ask(answer_embed, assessor=assessor)
    assert found["dimension"] == len(found["vector"]) == dimension
    assert found["engines"]["identity"]["name"] == engine
    assert found["face"]["box"] == FACE.box.as_list()


def test_a_face_in_the_crowd_does_not_count_and_one_of_a_quarter_does(ask) -> None:
    def beside(share: float) -> Face:
        side = (share * FACE.box.area) ** 0.5
        return Face(Box(400, 20, 400 + side, 20 + side), FACE.landmarks + 200, 0.9)

    crowd = ask(answer_compare, faces=(FACE, beside(0.2)))
    assert [photo["faces"] for photo in crowd["photos"]] == [1, 1]
    pair = ask(answer_compare, faces=(FACE, beside(0.3)))
    assert [photo["faces"] for photo in pair["photos"]] == [2, 2]
    assert {"code": "MULTIPLE_FACES", "facts": {"value": 0.3, "limit": 0.25}} in pair["reasons"]


def test_nobody_there_is_too_poor_to_compare_and_nothing_to_describe(ask) -> None:
    found = ask(answer_compare, faces=())
    assert (found["answer"], found["similarity"]) == ("too_poor", None)
    assert [reason["code"] for reason in found["reasons"]] == ["FACE_NOT_FOUND"]
    with pytest.raises(InputError) as caught:
        ask(answer_embed, faces=())
    assert (caught.value.code, caught.value.facts["side"]) == ("FACE_NOT_FOUND", "a")
