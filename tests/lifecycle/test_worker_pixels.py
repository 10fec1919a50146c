"""Pictures through a real worker: decoded once, encoded as their like, reasons drawn."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from daemon.domain.artifact import OutputKind
from daemon.domain.job import Verdict
from daemon.errors import FaultVerdict
from daemon.protocol import THUMBNAIL_NAME, Fault, Result
from tests.fakes.workers import Desk, boot, running, until_answered


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def picture(kind: str, size: tuple[int, int] = (64, 48)) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, kind)
    return buffer.getvalue()


def answer_to(desk: Desk, content: bytes, verdict: str = "done") -> tuple[Result | Fault, Path]:
    work = desk.work("a", "copy", "look", content=content, options={"look": {"verdict": verdict}})
    with running(boot(routes="tests.fakes.looking")) as handle:
        handle.submit(work)
        return until_answered(handle, 1)["a"], Path(work.output_dir)


def test_a_picture_comes_out_as_what_it_was_whatever_it_was_called(desk: Desk) -> None:
    content = picture("PNG")
    result, out = answer_to(desk, content)
    assert isinstance(result, Result)
    assert [output.name for output in result.outputs] == ["result.png"]
    with Image.open(out / "result.png") as after, Image.open(io.BytesIO(content)) as before:
        assert np.array_equal(np.asarray(after), np.asarray(before))
    assert result.measures == {"look": {"size": [64, 48]}}
    assert list(result.timings_ms) == ["decode", "copy", "look", "look.measure", "encode"]
    assert result.engines["decode"] == result.engines["encode"] == {"name": "PNG"}


def test_what_could_not_be_kept_is_on_the_record(desk: Desk) -> None:
    result, _out = answer_to(desk, picture("GIF"))
    assert isinstance(result, Result)
    assert result.engines["encode"] == {"name": "PNG", "notes": ["gif_written_as_png"]}


@pytest.mark.parametrize(
    ("verdict", "kinds"),
    [
        ("review", [OutputKind.RESULT, OutputKind.WHY_PICTURE]),
        ("rejected", [OutputKind.WHY_PICTURE]),
        ("failed", [OutputKind.WHY_PICTURE]),
    ],
)
def test_a_verdict_brings_its_own_files(desk: Desk, verdict: str, kinds: list[OutputKind]) -> None:
    result, out = answer_to(desk, picture("JPEG"), verdict)
    assert isinstance(result, Result)
    assert result.verdict is Verdict(verdict)
    assert [output.kind for output in result.outputs] == kinds
    with Image.open(out / "why.jpg") as why:
        assert (why.format, why.size) == ("JPEG", (64, 48))


@pytest.mark.parametrize("verdict", ["done", "rejected"])
def test_a_thumbnail_lies_beside_the_outputs_where_it_is_asked_for(
    desk: Desk, verdict: str
) -> None:
    content, options = picture("PNG", (800, 400)), {"look": {"verdict": verdict}}
    plain = desk.work("a", "look", content=content, options=options)
    asked = replace(desk.work("b", "look", content=content, options=options), thumbnail=True)
    with running(boot(routes="tests.fakes.looking")) as handle:
        handle.submit(plain)
        handle.submit(asked)
        results = until_answered(handle, 2)
    assert isinstance(results["b"], Result)
    assert THUMBNAIL_NAME not in {output.name for output in results["b"].outputs}
    with Image.open(Path(asked.output_dir) / THUMBNAIL_NAME) as small:
        assert (small.format, small.size) == ("JPEG", (256, 128))
    assert not (Path(plain.output_dir) / THUMBNAIL_NAME).exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"just some text", "UNSUPPORTED_FORMAT"),
        (picture("JPEG")[:-200], "TRUNCATED"),
        (picture("PNG", (8, 8)), "IMAGE_TOO_SMALL"),
    ],
)
def test_a_photo_that_cannot_be_read_is_a_fault_with_its_code(
    desk: Desk, content: bytes, code: str
) -> None:
    fault, out = answer_to(desk, content)
    assert isinstance(fault, Fault)
    assert (fault.reason.code, fault.fault) == (code, FaultVerdict.FAIL)
    assert list(out.iterdir()) == []
