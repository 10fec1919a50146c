"""The report of what would be covered: types, places and counts, never a value."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from daemon.domain.privacy.page import Line, Page, Quad
from daemon.imaging.limits import Limits
from daemon.routes.privacy.scan import box_of, scan
from tests.fakes.privacy_oracle import engines_with

NUMBER = "13800000123"


def engines(*texts: str, confidence: float = 1.0) -> Any:
    """A reader that sees these lines, one below the other; nobody sees faces or codes."""

    def read(view: np.ndarray, *, second_look: bool = False) -> Page:
        assert not second_look
        lines = []
        for number, text in enumerate(texts):
            top, right = 20.0 + 40 * number, 10.0 + 10 * len(text)
            quad = Quad((10.0, top), (right, top), (right, top + 20), (10.0, top + 20))
            lines.append(Line(text, quad, confidence=confidence))
        return Page(tuple(lines), view.shape[1], view.shape[0])

    return engines_with(SimpleNamespace(read=read))


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.png"
    Image.new("RGB", (400, 200), "white").save(path)
    return path


def report(path: Path, seen: Any, **options: object) -> dict[str, Any]:
    told: list[tuple[int, int]] = []
    found = scan(path, options, Limits(), seen, name=path.name, told=lambda *got: told.append(got))
    assert told == [(0, 1), (1, 1)]
    return found


def test_a_number_is_told_by_type_and_place_and_never_by_value(sheet: Path) -> None:
    found = report(sheet, engines(f"电话 {NUMBER}"), profile="personal")
    text = json.dumps(found, ensure_ascii=False)
    assert NUMBER not in text
    assert "hmac" not in text
    assert not found["clean"]
    assert found["found"] == {"cn_mobile": 1}
    (page,) = found["pages"]
    (place,) = page["places"]
    ((left, top, right, bottom),) = place["boxes"]
    assert 0 <= left < 0.15
    assert top < 0.1
    assert bottom > 0.2
    assert right > 0.35
    assert (page["lines"], page["unread"], page["unseen"]) == (1, 0, False)


def test_a_page_of_words_without_metadata_is_clean(sheet: Path) -> None:
    found = report(sheet, engines("nothing to hide"), profile="personal")
    assert found["clean"]
    assert found["carried"] == {"complete": True, "telling": False, "found": []}


def test_what_nobody_saw_or_read_is_not_called_clean(tmp_path: Path, sheet: Path) -> None:
    written = tmp_path / "written.png"
    picture = np.full((200, 400, 3), 255, np.uint8)
    picture[50:100:4] = 0
    Image.fromarray(picture).save(written)
    assert report(written, engines())["pages"][0]["unseen"]
    assert not report(written, engines())["clean"]
    dim = engines("~~~~", confidence=0.1)
    for unread in ("cover", "review"):
        found = report(sheet, dim, unread=unread)
        assert (found["unread"], found["clean"]) == (1, False)


def test_a_number_in_the_files_name_is_mentioned_and_does_not_count(sheet: Path) -> None:
    named = sheet.rename(sheet.with_name(f"{NUMBER}.png"))
    found = report(named, engines("words"), profile="personal")
    assert found["name"]
    assert found["clean"]


def test_boxes_stay_on_the_page() -> None:
    quad = Quad((-5.0, 10.0), (500.0, 20.0), (500.0, 40.0), (-5.0, 30.0))
    assert box_of(quad, (400, 200)) == [0.0, 0.05, 1.0, 0.2]
