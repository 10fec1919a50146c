"""The quality gate in a real worker: what it accepts is the very file that was dropped."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from daemon.domain.artifact import OutputKind
from daemon.domain.job import Verdict
from daemon.protocol import Result
from tests.fakes.workers import Desk, boot, running, until_answered

pytestmark = pytest.mark.engines


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def jpeg(srgb: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(srgb).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def answer_to(desk: Desk, content: bytes, **options: object) -> tuple[Result, Path]:
    work = desk.work("a", "quality", content=content, options={"quality": options})
    with running(boot()) as handle:
        handle.submit(work)
        result = until_answered(handle, 1)["a"]
    assert isinstance(result, Result)
    return result, Path(work.output_dir)


def test_an_accepted_photo_is_handed_on_byte_for_byte(desk: Desk, astronaut) -> None:
    content = jpeg(astronaut)
    result, out = answer_to(desk, content)
    assert result.verdict is Verdict.DONE
    (output,) = result.outputs
    assert (out / output.name).read_bytes() == content
    assert result.measures["quality"]["measures"]["jpeg_quality"]["value"] > 85
    assert list(result.timings_ms) == ["decode", "quality", "quality.assess", "encode"]


def test_a_photo_for_review_is_the_original_beside_its_picture(desk: Desk, astronaut) -> None:
    content = jpeg(astronaut)
    result, out = answer_to(desk, content, min_score=1.0)
    assert result.verdict is Verdict.REVIEW
    assert [output.kind for output in result.outputs] == [
        OutputKind.RESULT,
        OutputKind.WHY_PICTURE,
    ]
    assert (out / result.outputs[0].name).read_bytes() == content
    assert [reason.code for reason in result.reasons] == ["LOW_OVERALL_QUALITY"]


def test_a_refused_photo_leaves_the_annotated_picture_only(desk: Desk, astronaut) -> None:
    result, _out = answer_to(desk, jpeg(astronaut), reject={"min_face_px": 300})
    assert result.verdict is Verdict.REJECTED
    assert [output.kind for output in result.outputs] == [OutputKind.WHY_PICTURE]
    assert result.reasons[0].facts["limit"] == 300
